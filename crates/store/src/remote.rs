//! A store that several people share: the same files as objects in a bucket.
//!
//! [`RemoteDisk`] is a disk like any other, so records, journals and the operation log are what they are
//! everywhere. What differs:
//!
//! ```text
//! about.json                     in the clear: whose it is, who opens it, how it is locked
//! lock, or claims/NONCE          who writes, since when, from where, and in which operation
//! records/…, operations/…        as in a directory, each object closed to age recipients
//! operations/ID/journal/000007   one batch of frames: one write
//! ```
//!
//! Three things keep two writers apart. The *lock* (see `lease.rs`) says who may begin. The *fence* stops
//! whoever lost it: each record names the version that it replaces, and each batch of a journal has its
//! own place, which is written once. So whoever takes over *seals* the journal that the other had open
//! (see `mirror.rs`), and the other's next intent, without which nothing is sent to a vendor, is refused.
//!
//! Objects are read into one picture and served from there. Known hole: between a writer's last intent
//! and its call it cannot be stopped by anything that is written here; what it made then is found by
//! whoever took over, as after a crash.

mod about;
mod disk;
mod lease;
mod mirror;
mod place;
mod probe;
mod sealed;
mod trouble;

pub use about::Locking;
pub use disk::RemoteDisk;
pub use lease::RENEWED;
pub use sealed::Keys;

pub(crate) use trouble::remedy;

/// What a store leaves where it was, when it moved.
pub(crate) const MOVED: &str = "moved.json";

/// Whether a path is in such a store.
pub fn is_elsewhere(path: &std::path::Path) -> bool {
    path.to_string_lossy().starts_with("s3:/")
}
