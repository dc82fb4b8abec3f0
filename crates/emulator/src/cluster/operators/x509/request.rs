//! Certificate signing requests (PKCS #10).

use super::der::{explicit, integer, oid, read, sequence, set};
use super::{Key, Subject, alternative_names, body, name, pem};

/// 1.2.840.113549.1.9.14: extensions that are asked for.
const EXTENSIONS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x0E];

/// What a request says.
pub(crate) struct Request {
    /// `SubjectPublicKeyInfo` of the key.
    pub public: Vec<u8>,
    /// Common name; may be empty.
    pub common_name: String,
}

/// A request for a certificate about `key`, as PEM.
pub(crate) fn request(subject: &Subject, key: &Key) -> String {
    let extensions = alternative_names(subject).map_or_else(Vec::new, |e| sequence(&[oid(EXTENSIONS), set(&[sequence(&[e])])]));
    let mut parts = vec![integer(&[0]), name(subject), key.public()];
    parts.push(explicit(0, &extensions));
    pem("CERTIFICATE REQUEST", &key.signed(sequence(&parts)))
}

/// Reads a request.
pub(crate) fn read_request(text: &str) -> Option<Request> {
    let der = body(text, "CERTIFICATE REQUEST")?;
    let (_, whole, _) = read(&der)?;
    let (_, inner, _) = read(whole)?;
    let (_, _, rest) = read(inner)?;
    let (_, subject, rest) = read(rest)?;
    let (_, key, _) = read(rest)?;
    Some(Request { public: sequence(&[key.to_vec()]), common_name: common_name(subject) })
}

/// The last value of a name that is a UTF8String.
pub(super) fn common_name(mut subject: &[u8]) -> String {
    let mut found = String::new();
    while let Some((_, part, rest)) = read(subject) {
        subject = rest;
        if let Some((_, pair, _)) = read(part)
            && let Some((_, _, value)) = read(pair)
            && let Some((0x0C, text, _)) = read(value)
        {
            found = String::from_utf8_lossy(text).into_owned();
        }
    }
    found
}
