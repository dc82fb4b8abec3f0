//! Chunked bodies: the worked examples of AWS's documents, and what must not pass.

use super::*;
use crate::spaces::checksum;
use crate::spaces::sigv4::signing_key;

const SCOPE: &str = "20130524/us-east-1/s3/aws4_request";

fn seed(signature: &str) -> Seed {
    Seed {
        key: signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SCOPE),
        stamp: "20130524T000000Z".to_owned(),
        scope: SCOPE.to_owned(),
        signature: signature.to_owned(),
    }
}

fn length(bytes: usize) -> HeaderMap {
    [(HeaderName::from_static("x-amz-decoded-content-length"), HeaderValue::from(bytes))].into_iter().collect()
}

fn body(parts: &[(&str, usize)], end: &str) -> Bytes {
    let mut out = Vec::new();
    for (signature, size) in parts {
        out.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        out.extend(std::iter::repeat_n(b'a', *size));
        if *size > 0 {
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(end.as_bytes());
    out.into()
}

/// "Example: PUT Object" of the chunked upload page: 65 KiB of `a` in chunks of 64 KiB.
fn published() -> (Seed, Bytes) {
    let parts = [
        ("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", 65536),
        ("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024),
        ("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0),
    ];
    (seed("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"), body(&parts, "\r\n"))
}

const SIGNED: Form = Form::Chunked { signed: true, trailer: false };

#[test]
fn the_published_chunks_pass() {
    let (seed, raw) = published();
    let payload = read(&SIGNED, &raw, &length(66560), Some(&seed)).unwrap();
    assert_eq!(payload.bytes.len(), 66560);
    assert!(payload.bytes.iter().all(|b| *b == b'a'));
}

#[test]
fn the_published_trailer_passes() {
    let seed = seed("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    let parts = [
        ("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", 65536),
        ("1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", 1024),
        ("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", 0),
    ];
    let end = "x-amz-checksum-crc32c:sOO8/Q==\r\n\
               x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
    let form = Form::Chunked { signed: true, trailer: true };
    let payload = read(&form, &body(&parts, end), &length(66560), Some(&seed)).unwrap();
    assert_eq!(payload.trailers.get("x-amz-checksum-crc32c").unwrap(), "sOO8/Q==");
    checksum::check(&payload.trailers, &payload.bytes).unwrap().expect("a checksum came");
    let forged = end.replace("sOO8/Q==", "sOO8/A==");
    let error = read(&form, &body(&parts, &forged), &length(66560), Some(&seed)).unwrap_err();
    assert_eq!(error.code, Code::SignatureDoesNotMatch);
}

#[test]
fn a_changed_chunk_or_a_missing_one_does_not_pass() {
    let (seed, raw) = published();
    let mut changed = raw.to_vec();
    changed[200] = b'b';
    let code = |raw: Vec<u8>, size| read(&SIGNED, &raw.into(), &length(size), Some(&seed)).unwrap_err().code;
    assert_eq!(code(changed, 66560), Code::SignatureDoesNotMatch);
    assert_eq!(code(raw.to_vec(), 66559), Code::IncompleteBody);
    for cut in [1, 90, 66000, raw.len() - 60] {
        let code = code(raw[..cut].to_vec(), 66560);
        assert!(matches!(code, Code::IncompleteBody | Code::SignatureDoesNotMatch), "cut at {cut}: {code:?}");
    }
    assert_eq!(read(&SIGNED, &raw, &HeaderMap::new(), Some(&seed)).unwrap_err().code, Code::MissingContentLength);
}

#[test]
fn unsigned_chunks_with_a_trailer_pass() {
    let raw = Bytes::from_static(b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n");
    let form = Form::read("STREAMING-UNSIGNED-PAYLOAD-TRAILER").unwrap();
    let payload = read(&form, &raw, &length(11), None).unwrap();
    assert_eq!(payload.bytes, "hello world");
    assert!(checksum::check(&payload.trailers, &payload.bytes).unwrap().is_some());
}

#[test]
fn a_hashed_body_must_have_its_hash() {
    let form = Form::read(&sha256_hex(b"one")).unwrap();
    assert!(read(&form, &Bytes::from_static(b"one"), &HeaderMap::new(), None).is_ok());
    let error = read(&form, &Bytes::from_static(b"two"), &HeaderMap::new(), None).unwrap_err();
    assert_eq!(error.code, Code::XAmzContentSHA256Mismatch);
    assert_eq!(Form::read("nonsense").unwrap_err().code, Code::InvalidArgument);
}
