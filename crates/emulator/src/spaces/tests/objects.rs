//! Objects: bytes, headers, conditions, copies, lists.

use super::*;
use crate::spaces::checksum::{Algorithm, md5_hex};
use crate::spaces::knobs::{Checksums, Conditions};

#[test]
fn an_object_comes_back_as_it_was_put() {
    let mut bench = Bench::with_bucket();
    let headers = [
        ("content-type", "text/plain"),
        ("cache-control", "max-age=5"),
        ("content-encoding", "aws-chunked, gzip"),
        ("x-amz-meta-colour", "blue"),
    ];
    let put = bench.send("PUT", "/media/a%20b/%C3%BC%2Bc", &headers, "hello");
    assert_eq!((put.status, put.header("etag")), (200, "\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(put.header("x-amz-version-id"), "");
    for (method, body) in [("GET", "hello"), ("HEAD", "")] {
        let got = bench.send(method, "/media/a%20b/%C3%BC%2Bc", &[], "");
        assert_eq!((got.status, got.text()), (200, body));
        assert_eq!((got.header("content-length"), got.header("content-type")), ("5", "text/plain"));
        assert_eq!((got.header("cache-control"), got.header("content-encoding")), ("max-age=5", "gzip"));
        assert_eq!((got.header("x-amz-meta-colour"), got.header("etag")), ("blue", "\"5d41402abc4b2a76b9719d911017c592\""));
        assert_eq!(got.header("last-modified"), "Mon, 02 Nov 2026 09:00:00 GMT");
    }
    assert_eq!(bench.keys(""), ["a b/ü+c"]);
    let asked = bench.get("/media/a%20b/%C3%BC%2Bc?response-content-type=image%2Fpng");
    assert_eq!(asked.header("content-type"), "image/png");
    assert_eq!(bench.delete("/media/a%20b/%C3%BC%2Bc").status, 204);
    assert_eq!(bench.delete("/media/a%20b/%C3%BC%2Bc").status, 204, "deleting again is no error");
    assert_eq!(bench.get("/media/a%20b/%C3%BC%2Bc").code(), "NoSuchKey");
}

#[test]
fn parts_of_an_object_are_read() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/a", "0123456789");
    let got = bench.send("GET", "/media/a", &[("range", "bytes=2-4")], "");
    assert_eq!((got.status, got.text(), got.header("content-range")), (206, "234", "bytes 2-4/10"));
    assert_eq!(got.header("content-length"), "3");
    let got = bench.send("GET", "/media/a", &[("range", "bytes=-2")], "");
    assert_eq!((got.status, got.text()), (206, "89"));
    let got = bench.send("GET", "/media/a", &[("range", "bytes=99-")], "");
    assert_eq!((got.status, got.code().as_str()), (416, "InvalidRange"));
}

#[test]
fn reads_obey_conditions() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/a", "1");
    let etag = format!("\"{}\"", md5_hex(b"1"));
    let mut status = |name: &str, value: &str| bench.send("GET", "/media/a", &[(name, value)], "").status;
    assert_eq!((status("if-match", &etag), status("if-match", "\"x\"")), (200, 412));
    assert_eq!((status("if-none-match", &etag), status("if-none-match", "\"x\"")), (304, 200));
    let (before, after) = ("Mon, 02 Nov 2026 08:00:00 GMT", "Mon, 02 Nov 2026 09:00:00 GMT");
    assert_eq!((status("if-modified-since", before), status("if-modified-since", after)), (200, 304));
    assert_eq!((status("if-unmodified-since", before), status("if-unmodified-since", after)), (412, 200));
}

/// The statuses of two conditional creations in a row, of a third after a while, and what is there then.
fn race(conditions: Conditions) -> (Vec<u16>, String) {
    let mut bench = Bench::with_bucket();
    bench.knobs.conditional_writes = conditions;
    let mut statuses = Vec::new();
    for body in ["first", "second", "third"] {
        statuses.push(bench.send("PUT", "/media/lock", &[("if-none-match", "*")], body).status);
        bench.wait(Duration::from_secs(u64::from(body == "second") * 10));
    }
    let held = bench.get("/media/lock");
    (statuses, if held.status == 200 { held.text().to_owned() } else { String::new() })
}

#[test]
fn conditional_writes_are_worth_what_the_world_says() {
    assert_eq!(race(Conditions::Honoured), (vec![200, 412, 412], "first".to_owned()));
    assert_eq!(race(Conditions::Ignored), (vec![200, 200, 200], "third".to_owned()));
    assert_eq!(race(Conditions::Twice), (vec![200, 200, 412], "second".to_owned()));
    assert_eq!(race(Conditions::Refused), (vec![501, 501, 501], String::new()));
}

#[test]
fn a_write_may_depend_on_what_is_there() {
    let mut bench = Bench::with_bucket();
    let etag = format!("\"{}\"", md5_hex(b"1"));
    assert_eq!(bench.send("PUT", "/media/a", &[("if-match", &etag)], "2").code(), "NoSuchKey");
    bench.put("/media/a", "1");
    assert_eq!(bench.send("PUT", "/media/a", &[("if-match", &etag)], "2").code(), "200");
    let late = bench.send("PUT", "/media/a", &[("if-match", &etag)], "3");
    assert_eq!((late.code().as_str(), late.xml().text_of("Condition")), ("PreconditionFailed", Some("If-Match")));
    assert_eq!(bench.get("/media/a").text(), "2");
    assert_eq!(bench.send("PUT", "/media/b", &[("if-none-match", "\"x\"")], "1").code(), "NotImplemented");
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    bench.delete("/media/a");
    assert_eq!(bench.send("PUT", "/media/a", &[("if-none-match", "*")], "4").code(), "200", "a delete marker is nothing");
}

#[test]
fn copies() {
    let mut bench = Bench::with_bucket();
    bench.send("PUT", "/media/a%20b", &[("x-amz-meta-colour", "blue"), ("content-type", "text/plain")], "bytes");
    let copied = bench.send("PUT", "/media/b", &[("x-amz-copy-source", "/media/a%20b")], "");
    assert_eq!((copied.status, copied.xml().text_of("ETag")), (200, Some(format!("\"{}\"", md5_hex(b"bytes")).as_str())));
    let got = bench.get("/media/b");
    assert_eq!((got.text(), got.header("x-amz-meta-colour")), ("bytes", "blue"));
    let replaced = [("x-amz-copy-source", "media/b"), ("x-amz-metadata-directive", "REPLACE"), ("content-type", "image/png")];
    assert_eq!(bench.send("PUT", "/media/b", &replaced, "").status, 200);
    let got = bench.get("/media/b");
    assert_eq!((got.text(), got.header("x-amz-meta-colour"), got.header("content-type")), ("bytes", "", "image/png"));
    let mut code = |headers: &[(&str, &str)]| bench.send("PUT", "/media/b", headers, "").code();
    assert_eq!(code(&[("x-amz-copy-source", "media/b")]), "InvalidRequest");
    assert_eq!(code(&[("x-amz-copy-source", "media/none")]), "NoSuchKey");
    assert_eq!(code(&[("x-amz-copy-source", "none/b")]), "NoSuchBucket");
    assert_eq!(code(&[("x-amz-copy-source", "nonsense")]), "InvalidArgument");
    assert_eq!(code(&[("x-amz-copy-source", "media/a%20b"), ("x-amz-copy-source-if-match", "\"x\"")]), "PreconditionFailed");
    assert_eq!(code(&[("x-amz-copy-source", "media/a%20b"), ("x-amz-copy-source-if-none-match", "*")]), "PreconditionFailed");
}

#[test]
fn lists_come_in_pages() {
    let mut bench = Bench::with_bucket();
    for key in ["b/2", "a", "b/1", "c&d", "e/f/g"] {
        bench.put(&format!("/media/{key}"), "1");
    }
    assert_eq!(bench.keys(""), ["a", "b/1", "b/2", "c&d", "e/f/g"]);
    assert_eq!(bench.keys("&delimiter=%2F"), ["a", "c&d", "b/", "e/"]);
    assert_eq!(bench.keys("&prefix=b%2F&delimiter=%2F"), ["b/1", "b/2"]);
    assert_eq!(bench.keys("&start-after=b%2F1"), ["b/2", "c&d", "e/f/g"]);
    assert_eq!(bench.keys("&encoding-type=url&prefix=c"), ["c%26d"]);
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let got = bench.get(&format!("/media?list-type=2&delimiter=%2F&max-keys=1{query}"));
        assert_eq!(got.xml().text_of("KeyCount"), Some("1"));
        seen.extend(got.all("Contents", "Key"));
        seen.extend(got.all("CommonPrefixes", "Prefix"));
        match got.xml().text_of("NextContinuationToken") {
            Some(token) => query = format!("&continuation-token={token}"),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b/", "c&d", "e/"]);
    let first = bench.get("/media?max-keys=2");
    assert_eq!(
        (first.all("Contents", "Key"), first.xml().text_of("IsTruncated")),
        (vec!["a".to_owned(), "b/1".into()], Some("true"))
    );
    assert_eq!(first.xml().text_of("NextMarker"), None);
    assert_eq!(bench.get("/media?marker=b%2F1").all("Contents", "Key"), ["b/2", "c&d", "e/f/g"]);
    assert_eq!(bench.get("/media?delimiter=%2F&max-keys=2").xml().text_of("NextMarker"), Some("b/"));
    assert_eq!(bench.get("/media?list-type=2&max-keys=0").xml().text_of("IsTruncated"), Some("false"));
    for bad in ["max-keys=x", "max-keys=-1", "encoding-type=x", "list-type=2&continuation-token=%25"] {
        assert_eq!(bench.get(&format!("/media?{bad}")).code(), "InvalidArgument", "{bad}");
    }
}

#[test]
fn many_are_deleted_at_once() {
    let mut bench = Bench::with_bucket();
    for key in ["a", "b", "c"] {
        bench.put(&format!("/media/{key}"), "1");
    }
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>none</Key></Object></Delete>";
    assert_eq!(bench.send("POST", "/media?delete", &[], body).code(), "InvalidRequest", "no digest");
    let got = bench.send_with_md5("POST", "/media?delete", body);
    assert_eq!(got.all("Deleted", "Key"), ["a", "none"]);
    let quiet = bench.send_with_md5("POST", "/media?delete", "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>");
    assert!(quiet.xml().children.is_empty());
    assert_eq!(bench.keys(""), ["c"]);
    assert_eq!(bench.send_with_md5("POST", "/media?delete", "<Delete/>").code(), "MalformedXML");
}

#[test]
fn digests_must_hold() {
    let mut bench = Bench::with_bucket();
    assert_eq!(bench.send("PUT", "/media/a", &[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")], "x").code(), "BadDigest");
    let crc = Algorithm::Crc32.of(b"x");
    let put = bench.send("PUT", "/media/a", &[("x-amz-checksum-crc32", &crc)], "x");
    assert_eq!((put.status, put.header("x-amz-checksum-crc32")), (200, crc.as_str()));
    let got = bench.send("GET", "/media/a", &[("x-amz-checksum-mode", "ENABLED")], "");
    assert_eq!(got.header("x-amz-checksum-crc32"), crc);
    assert_eq!(bench.get("/media/a").header("x-amz-checksum-crc32"), "");
    assert_eq!(bench.send("PUT", "/media/a", &[("x-amz-checksum-crc32", &crc)], "y").code(), "BadDigest");
    let mut request = bench.signed("PUT", "/media/a", &[], b"signed");
    *request.body_mut() = Bytes::from_static(b"forged");
    assert_eq!(bench.carry(request).code(), "XAmzContentSHA256Mismatch");
    assert_eq!(bench.get("/media/a").text(), "x");
}

#[test]
fn a_trailer_is_read_or_refused_as_the_world_says() {
    let mut bench = Bench::with_bucket();
    let headers = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{}\r\n\r\n", Algorithm::Crc32.of(b"hello"));
    assert_eq!(bench.send("PUT", "/media/a", &headers, &body).code(), "200");
    assert_eq!(bench.get("/media/a").text(), "hello");
    let forged = body.replace("hello", "hallo");
    assert_eq!(bench.send("PUT", "/media/a", &headers, &forged).code(), "BadDigest");
    bench.knobs.checksums = Checksums::TrailersRefused;
    assert_eq!(bench.send("PUT", "/media/a", &headers, &body).code(), "XAmzContentSHA256Mismatch");
}

#[test]
fn what_is_too_long_or_not_there_is_refused() {
    let mut bench = Bench::with_bucket();
    assert_eq!(bench.put(&format!("/media/{}", "k".repeat(1024)), "1").code(), "200");
    assert_eq!(bench.put(&format!("/media/{}", "k".repeat(1025)), "1").code(), "KeyTooLongError");
    let (most, more) = ("v".repeat(2047), "v".repeat(2048));
    assert_eq!(bench.send("PUT", "/media/a", &[("x-amz-meta-m", &most)], "1").code(), "200");
    assert_eq!(bench.send("PUT", "/media/b", &[("x-amz-meta-m", &more)], "1").code(), "MetadataTooLarge");
    for name in ["x-amz-server-side-encryption-customer-algorithm", "x-amz-object-lock-mode", "x-amz-tagging", "x-amz-grant-read"]
    {
        assert_eq!(bench.send("PUT", "/media/b", &[(name, "x")], "1").code(), "NotImplemented", "{name}");
    }
    assert_eq!(bench.get("/media/a?partNumber=1").code(), "NotImplemented");
    assert_eq!(bench.get("/media/b").code(), "NoSuchKey");
    bench.send("PUT", "/media/a?acl", &[("x-amz-acl", "public-read")], "");
    bench.key = None;
    assert_eq!(bench.get("/media/a?response-content-type=text%2Fhtml").code(), "InvalidRequest");
}

#[test]
fn lists_name_the_owner_where_asked() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/a", "1");
    for (query, named) in [("list-type=2", false), ("list-type=2&fetch-owner=true", true), ("prefix=a", true)] {
        let xml = bench.get(&format!("/media?{query}")).xml();
        let item = xml.get("Contents").unwrap();
        assert_eq!(item.get("Owner").is_some(), named, "{query}");
        let seen = (item.text_of("Size"), item.text_of("StorageClass"), item.text_of("LastModified"));
        assert_eq!(seen, (Some("1"), Some("STANDARD"), Some("2026-11-02T09:00:00.000Z")));
    }
}
