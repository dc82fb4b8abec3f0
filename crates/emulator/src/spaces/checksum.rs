//! Digests of a body that a client may send along: `Content-MD5` and `x-amz-checksum-*`.
//!
//! Source: S3 API reference, "Checking object integrity". SHA-1 is refused as not implemented.

use super::error::{Code, S3Error};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A checksum algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// CRC-32 of ISO 3309.
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64nvme,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every one that is known.
    pub const ALL: [Self; 4] = [Self::Crc32, Self::Crc32c, Self::Crc64nvme, Self::Sha256];

    /// The header that carries it.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64nvme => "x-amz-checksum-crc64nvme",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The element that carries it in a document.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64nvme => "ChecksumCRC64NVME",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// The checksum of `bytes`, in base64.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Crc32 => STANDARD.encode((crc(bytes, 0xEDB8_8320, 0xFFFF_FFFF) as u32).to_be_bytes()),
            Self::Crc32c => STANDARD.encode((crc(bytes, 0x82F6_3B78, 0xFFFF_FFFF) as u32).to_be_bytes()),
            Self::Crc64nvme => STANDARD.encode(crc(bytes, 0x9A6C_9329_AC4B_C9B5, u64::MAX).to_be_bytes()),
            Self::Sha256 => STANDARD.encode(Sha256::digest(bytes)),
        }
    }
}

/// A checksum that was sent with a body, and holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// Which.
    pub algorithm: Algorithm,
    /// In base64.
    pub value: String,
}

/// The checksum that `headers` (or trailers) carry, checked against `body`.
///
/// # Errors
/// `BadDigest` when it does not hold; `InvalidRequest` when there are several; `NotImplemented` for SHA-1.
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<Option<Checksum>, S3Error> {
    if headers.contains_key("x-amz-checksum-sha1") {
        return Err(S3Error::because(Code::NotImplemented, "Checksums by SHA-1 are not implemented."));
    }
    let mut found = None;
    for algorithm in Algorithm::ALL {
        let Some(sent) = headers.get(algorithm.header()) else {
            continue;
        };
        if found.is_some() {
            return Err(S3Error::because(Code::InvalidRequest, "Expecting a single x-amz-checksum- header."));
        }
        let value = algorithm.of(body);
        if sent.as_bytes() != value.as_bytes() {
            let name = algorithm.header().trim_start_matches("x-amz-checksum-").to_uppercase();
            return Err(S3Error::because(
                Code::BadDigest,
                format!("The {name} you specified did not match the calculated checksum."),
            ));
        }
        found = Some(Checksum { algorithm, value });
    }
    Ok(found)
}

/// Checks `Content-MD5` when it is there.
///
/// # Errors
/// `InvalidDigest` when it is none; `BadDigest` when it is another body's.
pub fn check_md5(headers: &HeaderMap, body: &[u8]) -> Result<(), S3Error> {
    let Some(sent) = headers.get("content-md5") else {
        return Ok(());
    };
    let sent = STANDARD.decode(sent.as_bytes()).ok().filter(|d| d.len() == 16).ok_or(Code::InvalidDigest)?;
    if sent == Md5::digest(body).as_slice() { Ok(()) } else { Err(Code::BadDigest.into()) }
}

/// MD5 in hexadecimal: the ETag of what came in one piece.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    super::sigv4::hex(&Md5::digest(bytes))
}

/// MD5 as bytes.
#[must_use]
pub fn md5_bytes(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// A reflected CRC of 32 or 64 bits with all ones before and after.
fn crc(bytes: &[u8], polynomial: u64, ones: u64) -> u64 {
    let mut table = [0u64; 256];
    for (slot, index) in table.iter_mut().zip(0u64..) {
        *slot = (0..8).fold(index, |value, _| if value & 1 == 1 { (value >> 1) ^ polynomial } else { value >> 1 });
    }
    let end = bytes.iter().fold(ones, |crc, byte| {
        let index = usize::from((crc as u8) ^ byte);
        table.get(index).copied().unwrap_or(0) ^ (crc >> 8)
    });
    end ^ ones
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms, over "123456789".
    #[test]
    fn checksums_have_their_published_check_values() {
        let of = |algorithm: Algorithm| STANDARD.decode(algorithm.of(b"123456789")).unwrap();
        assert_eq!(of(Algorithm::Crc32), 0xCBF4_3926_u32.to_be_bytes());
        assert_eq!(of(Algorithm::Crc32c), 0xE306_9283_u32.to_be_bytes());
        assert_eq!(of(Algorithm::Crc64nvme), 0xAE8B_1486_0A79_9888_u64.to_be_bytes());
        assert_eq!(md5_hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn a_checksum_must_hold_and_stand_alone() {
        let headers = |list: &[(&'static str, &str)]| -> HeaderMap {
            list.iter().map(|(n, v)| (http::HeaderName::from_static(n), v.parse().unwrap())).collect()
        };
        let good = Algorithm::Crc32.of(b"a");
        assert_eq!(check(&headers(&[]), b"a"), Ok(None));
        let found = check(&headers(&[("x-amz-checksum-crc32", &good)]), b"a").unwrap().unwrap();
        assert_eq!((found.algorithm, found.value), (Algorithm::Crc32, good.clone()));
        let code = |list: &[(&'static str, &str)]| check(&headers(list), b"b").unwrap_err().code;
        assert_eq!(code(&[("x-amz-checksum-crc32", &good)]), Code::BadDigest);
        assert_eq!(code(&[("x-amz-checksum-sha1", "x")]), Code::NotImplemented);
        let (one, two) = (Algorithm::Crc32.of(b"b"), Algorithm::Sha256.of(b"b"));
        assert_eq!(code(&[("x-amz-checksum-crc32", &one), ("x-amz-checksum-sha256", &two)]), Code::InvalidRequest);
        assert_eq!(check_md5(&headers(&[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")]), b""), Ok(()));
        let md5 = |value: &str| check_md5(&headers(&[("content-md5", value)]), b"b").unwrap_err().code;
        assert_eq!((md5("1B2M2Y8AsgTpgAmY7PhCfg=="), md5("nonsense")), (Code::BadDigest, Code::InvalidDigest));
    }
}
