//! Signature version 4 as the server sees it: what a request claims, and whether the claim holds.
//!
//! Written from AWS's documents ("Authenticating Requests (AWS Signature Version 4)" of the S3 API reference), not from
//! a client's code, so that a misreading by a client is caught here.

use super::error::{Code, S3Error};
use crate::Moment;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What `UriEncode` leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same in a path, where a slash stays.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// The payload hash of a request whose body is not signed.
pub const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A presigned request lasts at most a week, in seconds.
const LONGEST: i64 = 604_800;

/// How the signature came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// In the `Authorization` header.
    Header,
    /// In the query, for so many seconds.
    Query {
        /// `X-Amz-Expires`.
        seconds: i64,
    },
}

/// What a request says about its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Access key id.
    pub access_key: String,
    /// `YYYYMMDD/region/s3/aws4_request`.
    pub scope: String,
    /// The region in the scope.
    pub region: String,
    /// Names of the signed headers, in lower case, in the order that they were signed in.
    pub signed_headers: Vec<String>,
    /// In hexadecimal.
    pub signature: String,
    /// `YYYYMMDDTHHMMSSZ`, as sent.
    pub stamp: String,
    /// The same as a moment.
    pub at: Moment,
    /// How it came.
    pub carried: Carried,
}

/// What is needed to check what follows a signed request: the key of the day, the scope, and the signature before.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The signing key.
    pub key: [u8; 32],
    /// `YYYYMMDDTHHMMSSZ`.
    pub stamp: String,
    /// `YYYYMMDD/region/s3/aws4_request`.
    pub scope: String,
    /// Hexadecimal signature of the request.
    pub signature: String,
}

impl Claim {
    /// Reads the claim; `None` for an anonymous request.
    ///
    /// # Errors
    /// When there is a claim that cannot be read, or one of another kind than version 4.
    pub fn read(query: &[(String, String)], headers: &HeaderMap) -> Result<Option<Self>, S3Error> {
        let of = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        if let Some(value) = headers.get(http::header::AUTHORIZATION) {
            let text = value.to_str().map_err(|_| malformed("it is not text"))?;
            return Self::header(text, headers).map(Some);
        }
        match of("X-Amz-Algorithm") {
            Some("AWS4-HMAC-SHA256") => {}
            Some(_) => return Err(bad_query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")),
            None if of("AWSAccessKeyId").is_some() => {
                return Err(S3Error::because(Code::InvalidRequest, "Please use AWS4-HMAC-SHA256."));
            }
            None => return Ok(None),
        }
        let need = |name: &str| of(name).ok_or_else(|| bad_query(&format!("{name} is missing")));
        let seconds: i64 = need("X-Amz-Expires")?.parse().map_err(|_| bad_query("X-Amz-Expires should be a number"))?;
        if !(0..=LONGEST).contains(&seconds) {
            return Err(bad_query("X-Amz-Expires must be less than a week (in seconds) and must be non-negative"));
        }
        let stamp = need("X-Amz-Date")?.to_owned();
        let at = moment(&stamp).ok_or_else(|| bad_query("X-Amz-Date must be formatted \"yyyyMMdd'T'HHmmss'Z'\""))?;
        let signature = need("X-Amz-Signature")?.to_owned();
        let headers = need("X-Amz-SignedHeaders")?;
        let claim = Self::assemble(need("X-Amz-Credential")?, headers, signature, stamp, at, Carried::Query { seconds });
        claim.map(Some).map_err(|reason| bad_query(&reason))
    }

    fn header(text: &str, headers: &HeaderMap) -> Result<Self, S3Error> {
        let Some(rest) = text.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(S3Error::because(Code::InvalidRequest, "Please use AWS4-HMAC-SHA256."));
        };
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',') {
            match part.trim().split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed = Some(value),
                Some(("Signature", value)) => signature = Some(value.to_owned()),
                _ => return Err(malformed("unexpected part")),
            }
        }
        let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature) else {
            return Err(malformed("Credential, SignedHeaders and Signature are all needed"));
        };
        let text_of = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let dated = text_of("x-amz-date").map(|t| (t.to_owned(), moment(t))).or_else(|| {
            let zoned = jiff::fmt::rfc2822::parse(text_of("date")?).ok()?.timestamp();
            Some((zoned.strftime("%Y%m%dT%H%M%SZ").to_string(), Some(Moment(zoned.as_millisecond()))))
        });
        let Some((stamp, Some(at))) = dated else {
            return Err(S3Error::because(Code::AccessDenied, "AWS authentication requires a valid Date or x-amz-date header"));
        };
        Self::assemble(credential, signed, signature, stamp, at, Carried::Header).map_err(|reason| malformed(&reason))
    }

    fn assemble(
        credential: &str,
        signed: &str,
        signature: String,
        stamp: String,
        at: Moment,
        carried: Carried,
    ) -> Result<Self, String> {
        // An access key id may hold slashes; the last four parts are the scope.
        let mut parts = credential.rsplitn(5, '/');
        let (terminator, service, region, day, access_key) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let (Some("aws4_request"), Some("s3"), Some(region), Some(day), Some(access_key)) =
            (terminator, service, region, day, access_key)
        else {
            return Err("the Credential must be \"<key>/YYYYMMDD/REGION/s3/aws4_request\"".to_owned());
        };
        if stamp.get(..8) != Some(day) {
            return Err(format!("invalid credential date {day:?}: the request is of {stamp:?}"));
        }
        let signed_headers: Vec<String> = signed.split(';').map(str::to_ascii_lowercase).collect();
        if !signed_headers.iter().any(|h| h == "host") {
            return Err("the host header must be signed".to_owned());
        }
        Ok(Self {
            access_key: access_key.to_owned(),
            scope: format!("{day}/{region}/s3/aws4_request"),
            region: region.to_owned(),
            signed_headers,
            signature,
            stamp,
            at,
            carried,
        })
    }

    /// Checks the claim against the secret, and gives what a chunked body goes on from.
    ///
    /// `path` and `query` as sent; `payload` is the text of `x-amz-content-sha256`.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`, with the canonical request and the string to sign as the server sees them; `AccessDenied`
    /// when an `x-amz-` header is there that was not signed.
    pub fn verify(
        &self,
        secret: &str,
        method: &str,
        path: &str,
        query: &str,
        headers: &HeaderMap,
        payload: &str,
    ) -> Result<Seed, S3Error> {
        if let Some(name) = headers.keys().map(http::HeaderName::as_str).find(|name| self.must_be_signed(name)) {
            return Err(S3Error::because(Code::AccessDenied, "There were headers present in the request which were not signed")
                .field("HeadersNotSigned", name));
        }
        let canonical = canonical_request(method, path, query, headers, &self.signed_headers, payload);
        let string = string_to_sign(&self.stamp, &self.scope, &canonical);
        let key = signing_key(secret, &self.scope);
        let expected = hex(&hmac(&key, string.as_bytes()));
        if expected != self.signature {
            return Err(S3Error::from(Code::SignatureDoesNotMatch)
                .field("AWSAccessKeyId", &self.access_key)
                .field("StringToSign", string)
                .field("SignatureProvided", &self.signature)
                .field("CanonicalRequest", canonical));
        }
        Ok(Seed { key, stamp: self.stamp.clone(), scope: self.scope.clone(), signature: expected })
    }

    fn must_be_signed(&self, name: &str) -> bool {
        name.starts_with("x-amz-")
            && !(name == "x-amz-content-sha256" && self.carried != Carried::Header)
            && !self.signed_headers.iter().any(|h| h == name)
    }
}

/// The canonical request of version 4, in S3's variant: the path is encoded once.
#[must_use]
pub fn canonical_request(method: &str, path: &str, query: &str, headers: &HeaderMap, signed: &[String], payload: &str) -> String {
    let decoded = percent_decode_str(path).collect::<Vec<u8>>();
    let mut out = format!("{method}\n{}\n{}\n", percent_encoding::percent_encode(&decoded, PATH), canonical_query(query));
    for name in signed {
        let values: Vec<String> = headers.get_all(name.as_str()).iter().map(|v| collapsed(v.as_bytes())).collect();
        let _ = writeln!(out, "{name}:{}", values.join(","));
    }
    let _ = write!(out, "\n{}\n{payload}", signed.join(";"));
    out
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = crate::request::pairs(query)
        .into_iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn collapsed(value: &[u8]) -> String {
    String::from_utf8_lossy(value).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// The string to sign.
#[must_use]
pub fn string_to_sign(stamp: &str, scope: &str, canonical_request: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", sha256_hex(canonical_request.as_bytes()))
}

/// The key of the day for `YYYYMMDD/region/service/aws4_request`.
#[must_use]
pub fn signing_key(secret: &str, scope: &str) -> [u8; 32] {
    let mut parts = scope.split('/');
    let first = hmac(format!("AWS4{secret}").as_bytes(), parts.next().unwrap_or_default().as_bytes());
    parts.fold(first, |key, part| hmac(&key, part.as_bytes()))
}

/// HMAC-SHA256.
#[must_use]
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().into()
        }
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// `YYYYMMDDTHHMMSSZ` as a moment.
#[must_use]
pub fn moment(stamp: &str) -> Option<Moment> {
    let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", stamp).ok()?;
    Some(Moment(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

fn malformed(reason: &str) -> S3Error {
    S3Error::because(Code::AuthorizationHeaderMalformed, format!("The authorization header is malformed; {reason}."))
}

fn bad_query(reason: &str) -> S3Error {
    S3Error::because(Code::AuthorizationQueryParametersError, format!("{reason}."))
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
