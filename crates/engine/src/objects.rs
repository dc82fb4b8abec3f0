//! A place for objects elsewhere, such as a bucket: what a shared store stands on, as a port.
//!
//! Blocking, unlike the other ports: the store is read and written between the steps of a run, by the
//! one who may do nothing else meanwhile.

use crate::ports::Refusal;
use jiff::Timestamp;
use std::time::Duration;

/// An object as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Changes with every write of another content.
    pub tag: String,
}

/// An object as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// Its tag.
    pub tag: String,
}

/// When a write may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When<'a> {
    /// In any case.
    Always,
    /// Where there is no such object.
    Absent,
    /// Where the object still has this tag.
    Same(&'a str),
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The object has this tag now.
    Stored(String),
    /// The condition does not hold: nothing was written.
    Refused,
}

/// Reads and writes objects. One method, one request; nothing is retried, and the class of a refusal
/// says whether a write may have had its effect (`Indeterminate`).
pub trait Objects {
    /// The whole object; none where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn get(&self, key: &str) -> Result<Option<Object>, Refusal>;
    /// Writes a whole object, if the place cares for conditions: see [`When`].
    ///
    /// # Errors
    /// Where it was not written, or nobody knows.
    fn put(&self, key: &str, bytes: &[u8], when: When<'_>) -> Result<Put, Refusal>;
    /// Every object whose key begins so, in the order of keys.
    ///
    /// # Errors
    /// Where it cannot be listed.
    fn list(&self, prefix: &str) -> Result<Vec<Listed>, Refusal>;
    /// Removes an object; nothing if there is none.
    ///
    /// # Errors
    /// Where it may still be there.
    fn remove(&self, key: &str) -> Result<(), Refusal>;
    /// Waits.
    fn pause(&self, time: Duration);
    /// Now.
    fn now(&self) -> Timestamp;
    /// What it is called, such as `s3://shop-state-1a2b3c4d`; no secret.
    fn name(&self) -> &str;
}
