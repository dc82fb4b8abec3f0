//! What can go wrong with a store that is elsewhere, as an error of a disk that knows its remedy.

use pontoon_core::call::Class;
use pontoon_engine::Refusal;
use std::{fmt, io};

/// An error of a disk with what to do about it.
#[derive(Debug)]
pub(crate) struct Remedied {
    what: String,
    /// What to do, ending in something to type.
    pub remedy: String,
}

impl fmt::Display for Remedied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Remedied {}

/// The remedy that an error carries.
pub(crate) fn remedy(e: &io::Error) -> Option<&str> {
    e.get_ref()?.downcast_ref::<Remedied>().map(|r| r.remedy.as_str())
}

/// An error with its remedy.
pub(crate) fn trouble(what: impl Into<String>, remedy: impl Into<String>) -> io::Error {
    io::Error::other(Remedied { what: what.into(), remedy: remedy.into() })
}

/// Somebody else writes: nothing more is written here.
pub(crate) fn lost(what: impl Into<String>) -> io::Error {
    trouble(what, "what this run did until then is recorded; see who writes: pontoon state show; then go on: pontoon up")
}

/// What a refusal of the place means.
pub(crate) fn refused(r: Refusal) -> io::Error {
    let next = match r.class {
        Class::Denied => "the key of the bucket is refused; remove .pontoon/state.json and another one is made: pontoon plan",
        Class::NotFound => "the bucket is gone; bring it back, or make another one: pontoon state show",
        Class::RateLimited => "the vendor's limit is reached; run it again in a minute",
        Class::Invalid => "what is wrong: pontoon doctor",
        _ => "nothing that was recorded is lost; check the network, then run the same command again",
    };
    trouble(r.message, next)
}
