//! The body of a request: plain and hashed, unsigned, or in chunks (`aws-chunked`) of which each is signed by the one
//! before, with or without a trailer.
//!
//! Source: S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
//! Chunks", and the same "Including Trailing Headers".

use super::error::{Code, S3Error};
use super::sigv4::{Seed, UNSIGNED, hex, hmac, sha256_hex};
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

/// How the body comes, as `x-amz-content-sha256` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As it is, with this hash.
    Hashed(String),
    /// As it is, not covered by the signature.
    Unsigned,
    /// In chunks.
    Chunked {
        /// Whether each chunk is signed.
        signed: bool,
        /// Whether headers follow the last chunk.
        trailer: bool,
    },
}

impl Form {
    /// Reads `x-amz-content-sha256`.
    ///
    /// # Errors
    /// `InvalidArgument` when it is nothing that S3 knows.
    pub fn read(text: &str) -> Result<Self, S3Error> {
        match text {
            UNSIGNED => Ok(Self::Unsigned),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Ok(Self::Chunked { signed: true, trailer: false }),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Ok(Self::Chunked { signed: true, trailer: true }),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Ok(Self::Chunked { signed: false, trailer: true }),
            hash if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Self::Hashed(hash.to_owned())),
            _ => Err(S3Error::because(
                Code::InvalidArgument,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value.",
            )),
        }
    }
}

/// A body as the client meant it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payload {
    /// Its bytes.
    pub bytes: Bytes,
    /// Headers that came after it.
    pub trailers: HeaderMap,
}

/// The body in its plain form, with hashes and chunk signatures checked.
///
/// `seed` is what the request's own signature left; a chunked body needs it when its chunks are signed.
///
/// # Errors
/// `XAmzContentSHA256Mismatch`, `SignatureDoesNotMatch` of a chunk, `IncompleteBody` when chunks do not add up.
pub fn read(form: &Form, raw: &Bytes, headers: &HeaderMap, seed: Option<&Seed>) -> Result<Payload, S3Error> {
    let plain = || Payload { bytes: raw.clone(), trailers: HeaderMap::new() };
    let (signed, trailer) = match form {
        Form::Unsigned => return Ok(plain()),
        Form::Hashed(hash) => {
            let computed = sha256_hex(raw);
            if computed.eq_ignore_ascii_case(hash) {
                return Ok(plain());
            }
            return Err(S3Error::from(Code::XAmzContentSHA256Mismatch)
                .field("ClientComputedContentSHA256", hash)
                .field("S3ComputedContentSHA256", computed));
        }
        Form::Chunked { signed, trailer } => (*signed, *trailer),
    };
    let length = headers.get("x-amz-decoded-content-length").and_then(|v| v.to_str().ok());
    let length: usize = match length.map(str::parse) {
        Some(Ok(length)) => length,
        Some(Err(_)) | None => return Err(Code::MissingContentLength.into()),
    };
    let seed = match (signed, seed) {
        (true, Some(seed)) => Some(seed),
        (true, None) => return Err(Code::AccessDenied.into()),
        (false, _) => None,
    };
    let payload =
        Chunks { rest: raw.clone(), seed, before: seed.map_or_else(String::new, |s| s.signature.clone()) }.run(trailer)?;
    if payload.bytes.len() != length {
        return Err(Code::IncompleteBody.into());
    }
    Ok(payload)
}

struct Chunks<'a> {
    rest: Bytes,
    seed: Option<&'a Seed>,
    before: String,
}

impl Chunks<'_> {
    fn run(mut self, trailer: bool) -> Result<Payload, S3Error> {
        let mut bytes = BytesMut::new();
        loop {
            let line = self.line()?;
            let (size, extension) = line.split_once(';').unwrap_or((&line, ""));
            let size = usize::from_str_radix(size.trim(), 16).map_err(|_| Code::IncompleteBody)?;
            if size > self.rest.len() {
                return Err(Code::IncompleteBody.into());
            }
            let chunk = self.rest.split_to(size);
            self.check_chunk(&chunk, extension)?;
            if size == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk);
            if !self.line()?.is_empty() {
                return Err(Code::IncompleteBody.into());
            }
        }
        let trailers = self.trailers(trailer)?;
        Ok(Payload { bytes: bytes.freeze(), trailers })
    }

    /// The next line without its end; what is left without an end counts as a line, once.
    fn line(&mut self) -> Result<String, S3Error> {
        let end = self.rest.iter().position(|b| *b == b'\n').ok_or(Code::IncompleteBody)?;
        let line = self.rest.split_to(end);
        self.rest.advance(1);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        std::str::from_utf8(line).map(str::to_owned).map_err(|_| Code::IncompleteBody.into())
    }

    fn check_chunk(&mut self, chunk: &[u8], extension: &str) -> Result<(), S3Error> {
        let Some(seed) = self.seed else {
            return Ok(());
        };
        let sent = extension.trim().strip_prefix("chunk-signature=").ok_or(Code::SignatureDoesNotMatch)?;
        let string = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
            seed.stamp,
            seed.scope,
            self.before,
            sha256_hex(b""),
            sha256_hex(chunk)
        );
        self.accept(&string, sent, seed)
    }

    fn accept(&mut self, string: &str, sent: &str, seed: &Seed) -> Result<(), S3Error> {
        let expected = hex(&hmac(&seed.key, string.as_bytes()));
        if expected != sent {
            return Err(S3Error::from(Code::SignatureDoesNotMatch)
                .field("StringToSign", string)
                .field("SignatureProvided", sent));
        }
        self.before = expected;
        Ok(())
    }

    fn trailers(&mut self, expected: bool) -> Result<HeaderMap, S3Error> {
        let mut trailers = HeaderMap::new();
        let mut canonical = String::new();
        let mut signature = None;
        while !self.rest.is_empty() {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or(Code::IncompleteBody)?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            if name == "x-amz-trailer-signature" {
                signature = Some(value.to_owned());
                continue;
            }
            canonical.push_str(&format!("{name}:{value}\n"));
            let header = (HeaderName::try_from(&name), HeaderValue::try_from(value));
            let (Ok(name), Ok(value)) = header else {
                return Err(Code::IncompleteBody.into());
            };
            trailers.append(name, value);
        }
        if !expected && !trailers.is_empty() {
            return Err(S3Error::because(Code::InvalidRequest, "A trailer came that was not announced."));
        }
        if let (true, Some(seed)) = (expected, self.seed) {
            let sent = signature.ok_or(Code::SignatureDoesNotMatch)?;
            let hash = sha256_hex(canonical.as_bytes());
            let string = format!("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{hash}", seed.stamp, seed.scope, self.before);
            self.accept(&string, &sent, seed)?;
        }
        Ok(trailers)
    }
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
