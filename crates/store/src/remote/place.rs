//! Requests to the place, until they are answered.

use super::trouble::refused;
use pontoon_core::call::Class;
use pontoon_engine::{
    Refusal,
    objects::{Listed, Object, Objects, Put, When},
};
use std::{io, time::Duration};

/// How often something is asked before it counts as refused.
const TRIES: u32 = 5;

/// A place, asked again where that may help.
pub(crate) struct Place(pub Box<dyn Objects>);

impl Place {
    fn pause(&self, tries: u32, r: &Refusal) {
        self.0.pause(r.retry_after.unwrap_or(Duration::from_secs(1 << tries)).min(Duration::from_secs(30)));
    }

    fn again<T>(&self, ask: impl Fn() -> Result<T, Refusal>) -> io::Result<T> {
        let mut tries = 0;
        loop {
            match ask() {
                Err(r) if tries + 1 < TRIES && passes(r.class) => self.pause(tries, &r),
                answer => return answer.map_err(refused),
            }
            tries += 1;
        }
    }

    pub fn get(&self, key: &str) -> io::Result<Option<Object>> {
        self.again(|| self.0.get(key))
    }
    pub fn list(&self, prefix: &str) -> io::Result<Vec<Listed>> {
        self.again(|| self.0.list(prefix))
    }
    pub fn remove(&self, key: &str) -> io::Result<()> {
        self.again(|| self.0.remove(key))
    }

    /// Writes, and finds out whether a write without an answer happened: no two contents are ever the
    /// same, so what stands there is either ours or somebody else's.
    pub fn put(&self, key: &str, bytes: &[u8], when: When<'_>) -> io::Result<Put> {
        let (mut tries, mut doubtful) = (0, false);
        loop {
            match self.0.put(key, bytes, when) {
                Ok(Put::Refused) if doubtful => {
                    let ours = self.get(key)?.filter(|o| o.bytes == bytes);
                    return Ok(ours.map_or(Put::Refused, |o| Put::Stored(o.tag)));
                }
                Err(r) if tries + 1 < TRIES && passes(r.class) => {
                    doubtful |= r.class == Class::Indeterminate;
                    self.pause(tries, &r);
                }
                answer => return answer.map_err(refused),
            }
            tries += 1;
        }
    }
}

fn passes(class: Class) -> bool {
    matches!(class, Class::Transient | Class::RateLimited | Class::Conflict | Class::Indeterminate)
}
