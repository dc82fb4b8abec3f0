//! Signatures, dates, keys and their grants, ACLs, policies.

use super::*;
use crate::spaces::knobs::Skew;
use serde_json::json;

#[test]
fn a_signature_must_be_of_a_known_key_and_hold() {
    let mut bench = Bench::with_bucket();
    bench.key = Some(("NOBODY".to_owned(), "x".to_owned()));
    assert_eq!(bench.get("/media").code(), "InvalidAccessKeyId");
    bench.key = Some((DEFAULT_ACCESS_KEY.to_owned(), "wrong".to_owned()));
    let got = bench.get("/media");
    assert_eq!((got.status, got.code().as_str()), (403, "SignatureDoesNotMatch"));
    assert!(got.xml().text_of("CanonicalRequest").is_some_and(|t| t.starts_with("GET\n/media\n")));
    bench.sign_in_fully();
    let mut request = bench.signed("GET", "/media?prefix=a", &[], b"");
    *request.uri_mut() = "/media?prefix=b".parse().unwrap();
    assert_eq!(bench.carry(request).code(), "SignatureDoesNotMatch");
    let mut request = bench.signed("PUT", "/media/a", &[], b"");
    request.headers_mut().insert("x-amz-acl", "public-read".parse().unwrap());
    assert_eq!(bench.carry(request).code(), "AccessDenied", "a header that was not signed");
    bench.key = None;
    assert_eq!(bench.get("/media").code(), "AccessDenied");
    assert_eq!(bench.get("/").code(), "AccessDenied");
}

#[test]
fn a_request_must_be_of_this_quarter_of_an_hour() {
    let mut bench = Bench::with_bucket();
    let send = |bench: &mut Bench, seconds: i64| {
        let request = bench.signed("GET", "/media", &[], b"");
        bench.now = Moment(bench.now.0 + seconds * 1000);
        let code = bench.carry(request).code();
        bench.now = Moment(bench.now.0 - seconds * 1000);
        code
    };
    assert_eq!((send(&mut bench, 900), send(&mut bench, -900)), ("200".to_owned(), "200".to_owned()));
    assert_eq!(send(&mut bench, 901), "RequestTimeTooSkewed");
    assert_eq!(send(&mut bench, -901), "RequestTimeTooSkewed");
    bench.knobs.skew = Skew::Ignored;
    assert_eq!(send(&mut bench, 1_000_000), "200");
    bench.knobs.skew = Skew::Auto;
    bench.host = "127.0.0.1:9000";
    assert_eq!(send(&mut bench, 1_000_000), "200", "on loopback clients sign by the machine's clock");
    bench.knobs.skew = Skew::Checked;
    assert_eq!(send(&mut bench, 1_000_000), "RequestTimeTooSkewed");
}

#[test]
fn presigned_requests_work_until_they_expire() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/a", "bytes");
    let (read, write) = (presigned(&bench, "GET", "/media/a", 60), presigned(&bench, "PUT", "/media/b", 60));
    bench.key = None;
    assert_eq!(bench.get(&read).text(), "bytes");
    assert_eq!(bench.put(&write, "by link").code(), "200");
    assert_eq!(bench.put(&read, "other method").code(), "SignatureDoesNotMatch");
    bench.wait(Duration::from_secs(60));
    assert_eq!(bench.get(&read).status, 200);
    bench.wait(Duration::from_secs(1));
    let late = bench.get(&read);
    assert_eq!((late.code().as_str(), late.xml().text_of("Message")), ("AccessDenied", Some("Request has expired")));
}

#[test]
fn scoped_keys_may_what_their_grants_say() {
    let mut bench = Bench::with_bucket();
    bench.put("/other", "");
    bench.put("/media/a", "1");
    bench.sign_in("READER");
    assert_eq!((bench.get("/media/a").status, bench.get("/media").status, bench.head("/media").status), (200, 200, 200));
    for code in
        [bench.put("/media/b", "1").code(), bench.delete("/media/a").code(), bench.get("/other").code(), bench.get("/").code()]
    {
        assert_eq!(code, "AccessDenied");
    }
    bench.sign_in("WRITER");
    assert_eq!((bench.put("/media/b", "1").status, bench.delete("/media/a").status), (200, 204));
    for code in [
        bench.put("/new", "").code(),
        bench.delete("/media").code(),
        bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>").code(),
        bench.put("/other/b", "1").code(),
        bench.delete("/media?cors").code(),
        bench.get("/").code(),
        bench.send("PUT", "/media/c", &[("x-amz-copy-source", "other/b")], "").code().replace("NoSuchKey", "AccessDenied"),
    ] {
        assert_eq!(code, "AccessDenied");
    }
    bench.sign_in_fully();
    bench.put("/other/b", "secret");
    bench.sign_in("WRITER");
    assert_eq!(bench.send("PUT", "/media/c", &[("x-amz-copy-source", "other/b")], "").code(), "AccessDenied");
}

#[test]
fn keys_made_by_the_api_work() {
    let mut bench = Bench::with_bucket();
    {
        let mut cx = Cx::new(&mut bench.state, &bench.world, bench.now, &bench.world.teams[0].uuid);
        let document = json!({
            "name": "app", "access_key": "MADE", "_secret_key": "secret of MADE", "created_at": "2026-11-02T09:00:00Z",
            "grants": [{ "bucket": "media", "permission": "readwrite" }],
        });
        cx.put("spaces_keys", "MADE", document);
    }
    bench.sign_in("MADE");
    assert_eq!(bench.put("/media/a", "1").code(), "200");
    assert_eq!(bench.delete("/media").code(), "AccessDenied");
}

#[test]
fn everybody_reads_what_is_public() {
    let mut bench = Bench::with_bucket();
    bench.send("PUT", "/media/open", &[("x-amz-acl", "public-read")], "1");
    bench.put("/media/closed", "1");
    let public = |bench: &mut Bench| {
        bench.key = None;
        let seen = [
            bench.get("/media/open").status,
            bench.get("/media/closed").status,
            bench.get("/media/none").status,
            bench.get("/media").status,
        ];
        assert_eq!(bench.put("/media/open", "2").code(), "AccessDenied");
        bench.sign_in_fully();
        seen
    };
    assert_eq!(public(&mut bench), [200, 403, 403, 403]);
    bench.send("PUT", "/media?acl", &[("x-amz-acl", "public-read")], "");
    bench.send("PUT", "/media/open?acl", &[("x-amz-acl", "private")], "");
    assert_eq!(public(&mut bench), [403, 403, 403, 200]);
}

#[test]
fn a_policy_opens_and_closes_but_never_locks_out_its_owner() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/public/a", "1");
    let policy = |effect: &str, action: &str, resource: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": effect, "Principal": "*", "Action": action,
            "Resource": format!("arn:aws:s3:::{resource}") }] })
        .to_string()
    };
    let open = policy("Allow", "s3:GetObject", "media/public/*");
    let refused = bench.put("/media?policy", &open);
    assert_eq!((refused.status, refused.code().as_str()), (403, "AccessDenied"), "scoped keys exist");
    bench.knobs.keys.retain(|k| k.grants.iter().all(|g| g.bucket.is_empty()));
    assert_eq!(bench.put("/media?policy", &open).code(), "204");
    bench.key = None;
    assert_eq!((bench.get("/media/public/a").status, bench.get("/media").status), (200, 403));
    bench.sign_in_fully();
    bench.put("/media?policy", &policy("Deny", "s3:*", "media*"));
    assert_eq!(bench.get("/media/public/a").code(), "AccessDenied");
    assert_eq!(bench.delete("/media").code(), "AccessDenied");
    assert_eq!(bench.get("/media?policy").status, 200);
    assert_eq!(bench.delete("/media?policy").status, 204);
    assert_eq!(bench.get("/media/public/a").status, 200);
}
