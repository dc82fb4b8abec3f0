//! Conditions on reads (RFC 9110, as S3 applies them) and on writes, where the world says what they are worth.

use super::call::Call;
use super::error::{Code, S3Error};
use super::knobs::Conditions;
use super::store::{Bucket, Version};
use crate::Moment;
use std::time::Duration;

/// What a conditional read comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The object is to be sent.
    Send,
    /// 304: the client has it.
    NotModified,
}

/// A set of conditions, whatever headers they came in.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    /// ETags of which one must be the object's.
    pub matches: Option<&'a str>,
    /// ETags of which none may be the object's.
    pub none_match: Option<&'a str>,
    /// The object must be newer.
    pub since: Option<&'a str>,
    /// The object must not be newer.
    pub until: Option<&'a str>,
}

impl Asked<'_> {
    /// Judges a read of `version`.
    ///
    /// # Errors
    /// `PreconditionFailed`.
    pub fn read(&self, version: &Version) -> Result<Outcome, S3Error> {
        // HTTP dates have whole seconds.
        let written = version.written().seconds();
        let newer = |text: &str| date(text).map(|at| written > at.seconds());
        match (self.matches, self.until) {
            (Some(etags), _) if !lists(etags, &version.etag) => return Err(failed("If-Match")),
            (None, Some(until)) if newer(until) == Some(true) => return Err(failed("If-Unmodified-Since")),
            _ => {}
        }
        match (self.none_match, self.since) {
            (Some(etags), _) if lists(etags, &version.etag) => Ok(Outcome::NotModified),
            (None, Some(since)) if newer(since) == Some(false) => Ok(Outcome::NotModified),
            _ => Ok(Outcome::Send),
        }
    }
}

/// Judges a write of the call's key: `If-None-Match: *` and `If-Match: "etag"`.
///
/// # Errors
/// `PreconditionFailed`; `NoSuchKey` for `If-Match` without an object; `NotImplemented` where the world refuses conditions,
/// or for another `If-None-Match` than `*`.
pub fn write(call: &Call, bucket: &Bucket) -> Result<(), S3Error> {
    let (none_match, matches) = (call.req.header("if-none-match"), call.req.header("if-match"));
    if none_match.is_none() && matches.is_none() {
        return Ok(());
    }
    let unseen = match call.knobs.conditional_writes {
        Conditions::Ignored => return Ok(()),
        Conditions::Refused => return Err(Code::NotImplemented.into()),
        Conditions::Honoured => Duration::ZERO,
        Conditions::Twice => UNSEEN,
    };
    if none_match.is_some_and(|value| value.trim() != "*") {
        return Err(Code::NotImplemented.into());
    }
    let newest = bucket.newest(call.cx, &call.key).filter(|v| !v.delete_marker);
    if newest.as_ref().is_some_and(|v| v.written().plus(unseen) > call.now()) {
        return Ok(());
    }
    match (none_match, matches, newest) {
        (Some(_), _, Some(_)) => Err(failed("If-None-Match")),
        (_, Some(_), None) => Err(Code::NoSuchKey.into()),
        (_, Some(etags), Some(version)) if !lists(etags, &version.etag) => Err(failed("If-Match")),
        _ => Ok(()),
    }
}

/// What was written within this time is not seen by conditions under `Conditions::Twice`.
const UNSEEN: Duration = Duration::from_secs(2);

/// True when the list of ETags holds this one, or is `*`.
fn lists(etags: &str, etag: &str) -> bool {
    etags.split(',').map(str::trim).any(|e| e == "*" || e.trim_start_matches("W/").trim_matches('"') == etag)
}

fn date(text: &str) -> Option<Moment> {
    jiff::fmt::rfc2822::parse(text).ok().map(|z| Moment(z.timestamp().as_millisecond()))
}

fn failed(condition: &str) -> S3Error {
    S3Error::from(Code::PreconditionFailed).field("Condition", condition)
}
