//! Multipart uploads.

use super::*;
use crate::spaces::checksum::{Algorithm, md5_bytes, md5_hex};

const MIB: usize = 1 << 20;

fn begin(bench: &mut Bench, key: &str) -> String {
    let got = bench.send("POST", &format!("/media/{key}?uploads"), &[("content-type", "text/plain")], "");
    got.xml().text_of("UploadId").unwrap().to_owned()
}

fn part(bench: &mut Bench, key: &str, id: &str, number: u32, body: &str) -> String {
    let got = bench.put(&format!("/media/{key}?partNumber={number}&uploadId={id}"), body);
    assert_eq!(got.status, 200, "{}", got.text());
    got.header("etag").to_owned()
}

fn complete(bench: &mut Bench, key: &str, id: &str, parts: &[(u32, &str)]) -> Got {
    let inner: String =
        parts.iter().map(|(n, etag)| format!("<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>")).collect();
    let body = format!("<CompleteMultipartUpload>{inner}</CompleteMultipartUpload>");
    bench.send("POST", &format!("/media/{key}?uploadId={id}"), &[], &body)
}

#[test]
fn parts_become_an_object() {
    let mut bench = Bench::with_bucket();
    let id = begin(&mut bench, "big");
    let (first, second) = ("a".repeat(5 * MIB), "b".repeat(10));
    part(&mut bench, "big", &id, 2, "replaced");
    let two = part(&mut bench, "big", &id, 2, &second);
    let one = part(&mut bench, "big", &id, 1, &first);
    let list = bench.get(&format!("/media/big?uploadId={id}"));
    assert_eq!(list.all("Part", "PartNumber"), ["1", "2"]);
    assert_eq!(list.all("Part", "Size"), [(5 * MIB).to_string(), "10".to_owned()]);
    assert_eq!(bench.get("/media/big").code(), "NoSuchKey");
    assert_eq!(bench.get("/media?uploads").all("Upload", "UploadId"), [id.as_str()]);
    let got = complete(&mut bench, "big", &id, &[(1, &one), (2, &two)]);
    let digests = [md5_bytes(first.as_bytes()), md5_bytes(second.as_bytes())].concat();
    assert_eq!(got.xml().text_of("ETag"), Some(format!("\"{}-2\"", md5_hex(&digests)).as_str()));
    let got = bench.get("/media/big");
    assert_eq!((got.body.len(), got.header("content-type")), (5 * MIB + 10, "text/plain"));
    assert!(got.text().ends_with("abbbbbbbbbb"));
    assert_eq!(complete(&mut bench, "big", &id, &[(1, &one)]).code(), "NoSuchUpload");
    assert!(bench.get("/media?uploads").all("Upload", "UploadId").is_empty());
}

#[test]
fn a_completion_must_fit_its_parts() {
    let mut bench = Bench::with_bucket();
    let id = begin(&mut bench, "k");
    let one = part(&mut bench, "k", &id, 1, "small");
    let two = part(&mut bench, "k", &id, 2, "small too");
    let mut code = |parts: &[(u32, &str)]| complete(&mut bench, "k", &id, parts).code();
    assert_eq!(code(&[(1, &one), (2, &two)]), "EntityTooSmall");
    assert_eq!(code(&[(2, &two), (1, &one)]), "InvalidPartOrder");
    assert_eq!(code(&[(1, &two)]), "InvalidPart");
    assert_eq!(code(&[(3, &one)]), "InvalidPart");
    assert_eq!(code(&[]), "MalformedXML");
    assert_eq!(code(&[(1, &one)]), "200");
    assert_eq!(bench.put("/media/k?partNumber=0&uploadId=x", "1").code(), "InvalidArgument");
    assert_eq!(bench.put("/media/k?partNumber=1&uploadId=x", "1").code(), "NoSuchUpload");
}

#[test]
fn an_upload_is_aborted_with_all_its_bytes() {
    let mut bench = Bench::with_bucket();
    let id = begin(&mut bench, "k");
    part(&mut bench, "k", &id, 1, "bytes");
    assert_eq!(bench.delete(&format!("/media/other?uploadId={id}")).code(), "NoSuchUpload", "another key's");
    assert_eq!(bench.delete(&format!("/media/k?uploadId={id}")).status, 204);
    assert_eq!(bench.get(&format!("/media/k?uploadId={id}")).code(), "NoSuchUpload");
    assert!(bench.state.docs.iter().filter(|(name, _)| name.contains("part")).all(|(_, c)| c.len() == 0));
}

#[test]
fn ranges_of_other_objects_become_parts() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/source", "0123456789");
    let id = begin(&mut bench, "k");
    let headers = [("x-amz-copy-source", "media/source"), ("x-amz-copy-source-range", "bytes=2-5")];
    let got = bench.send("PUT", &format!("/media/k?partNumber=1&uploadId={id}"), &headers, "");
    let etag = got.xml().text_of("ETag").unwrap().to_owned();
    assert_eq!(complete(&mut bench, "k", &id, &[(1, &etag)]).code(), "200");
    assert_eq!(bench.get("/media/k").text(), "2345");
}

#[test]
fn uploads_come_in_pages() {
    let mut bench = Bench::with_bucket();
    let ids: Vec<String> = ["a", "b", "a"].into_iter().map(|key| begin(&mut bench, key)).collect();
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let got = bench.get(&format!("/media?uploads&max-uploads=1{query}"));
        seen.extend(got.all("Upload", "UploadId"));
        let xml = got.xml();
        let Some(key) = xml.text_of("NextKeyMarker") else { break };
        query = format!("&key-marker={key}&upload-id-marker={}", xml.text_of("NextUploadIdMarker").unwrap());
    }
    assert_eq!(seen, [ids[0].as_str(), ids[2].as_str(), ids[1].as_str()]);
}

#[test]
fn an_upload_may_be_completed_on_a_condition() {
    let mut bench = Bench::with_bucket();
    let id = begin(&mut bench, "k");
    let etag = part(&mut bench, "k", &id, 1, "1");
    bench.put("/media/k", "there already");
    let body =
        format!("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>");
    let got = bench.send("POST", &format!("/media/k?uploadId={id}"), &[("if-none-match", "*")], &body);
    assert_eq!(got.code(), "PreconditionFailed");
    assert_eq!(bench.get("/media/k").text(), "there already");
}

#[test]
fn checksums_of_parts_must_be_those_that_came_with_them() {
    let mut bench = Bench::with_bucket();
    let id = begin(&mut bench, "k");
    let (right, wrong) = (Algorithm::Crc32.of(b"1"), Algorithm::Crc32.of(b"2"));
    let target = format!("/media/k?partNumber=1&uploadId={id}");
    let put = bench.send("PUT", &target, &[("x-amz-checksum-crc32", &right)], "1");
    assert_eq!(put.header("x-amz-checksum-crc32"), right);
    let etag = put.header("etag").to_owned();
    let mut code = |sum: &str| {
        let part = format!("<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag><ChecksumCRC32>{sum}</ChecksumCRC32></Part>");
        let body = format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>");
        bench.send("POST", &format!("/media/k?uploadId={id}"), &[], &body).code()
    };
    assert_eq!((code(&wrong), code(&right)), ("InvalidPart".to_owned(), "200".to_owned()));
}
