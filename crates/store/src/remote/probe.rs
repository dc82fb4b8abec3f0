//! Whether a place honours conditions: tried on that very place, twice.

use super::place::Place;
use pontoon_core::call::Class;
use pontoon_engine::objects::{Put, When};
use std::io;

/// What answers everybody alike, or does so now and then, must not be trusted with a lock.
pub(crate) fn honours_conditions(place: &Place, nonce: &str) -> io::Result<bool> {
    for round in ["one", "two"] {
        let key = format!("probe/{nonce}-{round}");
        let honours = one(place, &key);
        place.remove(&key)?;
        if !honours? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn one(place: &Place, key: &str) -> io::Result<bool> {
    let tag = match place.0.put(key, b"first", When::Absent) {
        Ok(Put::Stored(tag)) => tag,
        // It does not know conditions, and says so.
        Err(r) if r.class == Class::Invalid => return Ok(false),
        // Whatever this is, it is no clear answer.
        _ => match place.put(key, b"first again", When::Always)? {
            Put::Stored(tag) => tag,
            Put::Refused => return Ok(false),
        },
    };
    let refuses = |bytes: &[u8], when: When<'_>| Ok::<bool, io::Error>(place.put(key, bytes, when)? == Put::Refused);
    if !refuses(b"second", When::Absent)? || !refuses(b"third", When::Same("00000000000000000000000000000000"))? {
        return Ok(false);
    }
    // And it lets through what holds, and nothing of the refused ones is there.
    let is_first = place.get(key)?.is_some_and(|o| o.bytes.starts_with(b"first") && o.tag == tag);
    let replaces = matches!(place.put(key, b"last", When::Same(&tag))?, Put::Stored(_));
    Ok(is_first && replaces && refuses(b"late", When::Same(&tag))?)
}
