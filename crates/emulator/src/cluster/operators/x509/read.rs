//! What a certificate says about whom, and from when to when.

use super::der::read;
use super::request::common_name;
use super::{Subject, body};
use crate::clock::Moment;

/// Common name of the subject of the first certificate.
pub(crate) fn subject_of(pem: &str) -> Option<Subject> {
    let der = body(pem, "CERTIFICATE")?;
    let (_, subject) = fields(&der)?;
    Some(Subject { common_name: common_name(&subject), ..Subject::default() })
}

/// First and last moment of the first certificate.
pub(crate) fn validity(pem: &str) -> Option<(Moment, Moment)> {
    let der = body(pem, "CERTIFICATE")?;
    let (times, _) = fields(&der)?;
    let (tag, from, rest) = read(&times)?;
    let (second, to, _) = read(rest)?;
    Some((time(tag, from)?, time(second, to)?))
}

/// Validity and subject: after version, serial, algorithm and issuer.
fn fields(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (_, whole, _) = read(der)?;
    let (_, inner, _) = read(whole)?;
    let mut rest = inner;
    for _ in 0..4 {
        rest = read(rest)?.2;
    }
    let (_, times, rest) = read(rest)?;
    let (_, subject, _) = read(rest)?;
    Some((times.to_vec(), subject.to_vec()))
}

/// `YYMMDDHHMMSSZ` of this century, or four digits of the year.
fn time(tag: u8, text: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(text).ok()?;
    let full = if tag == 0x17 { format!("20{text}") } else { text.to_owned() };
    let part = |from: usize, to: usize| full.get(from..to);
    let (date, clock) = ((part(0, 4)?, part(4, 6)?, part(6, 8)?), (part(8, 10)?, part(10, 12)?, part(12, 14)?));
    Moment::parse(&format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, clock.0, clock.1, clock.2))
}
