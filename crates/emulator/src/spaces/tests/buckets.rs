//! Buckets and what they are set to.

use super::*;
use crate::spaces::names::REGIONS;

#[test]
fn a_bucket_is_made_found_and_taken_away() {
    let mut bench = Bench::new();
    let made = bench
        .put("/media", "<CreateBucketConfiguration><LocationConstraint>nyc3</LocationConstraint></CreateBucketConfiguration>");
    assert_eq!((made.status, made.header("location")), (200, "/media"));
    assert_eq!(bench.head("/media").header("x-amz-bucket-region"), "nyc3");
    assert_eq!(bench.get("/media?location").xml().text, "nyc3");
    let list = bench.get("/");
    assert_eq!(list.xml().get("Buckets").map(|b| b.all("Bucket").count()), Some(1));
    assert_eq!(bench.delete("/media").status, 204);
    assert_eq!(bench.head("/media").status, 404);
    assert!(bench.head("/media").body.is_empty());
    assert_eq!(bench.delete("/media").code(), "NoSuchBucket");
}

#[test]
fn names_are_global() {
    let mut bench = Bench::with_bucket();
    assert_eq!(bench.put("/media", "").code(), "BucketAlreadyOwnedByYou");
    bench.knobs.taken.push("google".to_owned());
    assert_eq!(bench.put("/google", "").code(), "BucketAlreadyExists");
    bench.sign_in("OTHER");
    assert_eq!(bench.put("/media", "").code(), "BucketAlreadyExists");
    assert_eq!(bench.get("/media").code(), "AccessDenied");
    assert_eq!(bench.get("/").xml().get("Buckets").map(|b| b.children.len()), Some(0));
}

#[test]
fn bad_names_places_and_too_many_are_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.put("/Media", "").code(), "InvalidBucketName");
    let place =
        |p: &str| format!("<CreateBucketConfiguration><LocationConstraint>{p}</LocationConstraint></CreateBucketConfiguration>");
    assert_eq!(bench.put("/media", &place("mars1")).code(), "InvalidLocationConstraint");
    assert_eq!(bench.put("/media", &place("ams3")).code(), "InvalidLocationConstraint", "the address is nyc3's");
    assert_eq!(bench.put("/media", "<Other/>").code(), "MalformedXML");
    assert_eq!(bench.put("/media", &place("us-east-1")).code(), "200");
    for team in &mut bench.world.teams {
        team.limits.buckets = 2;
    }
    assert_eq!(bench.put("/media-2", "").code(), "200");
    assert_eq!(bench.put("/media-3", "").code(), "TooManyBuckets");
}

#[test]
fn a_region_shows_its_own_buckets_only() {
    let mut bench = Bench::with_bucket();
    bench.host = "ams3.digitaloceanspaces.com";
    assert_eq!(bench.head("/media").status, 404);
    assert_eq!(bench.put("/other", "").code(), "200");
    assert_eq!(bench.get("/other?location").xml().text, "ams3");
    bench.host = "media.nyc3.digitaloceanspaces.com";
    assert_eq!(bench.put("/key", "bytes").code(), "200");
    bench.host = "127.0.0.1:9000";
    assert_eq!(bench.get("/media/key").text(), "bytes");
    assert_eq!(bench.get("/").xml().get("Buckets").map(|b| b.children.len()), Some(2));
    assert!(REGIONS.contains(&"ams3"));
}

#[test]
fn a_bucket_with_anything_in_it_stays() {
    let mut bench = Bench::with_bucket();
    bench.put("/media/a", "1");
    assert_eq!(bench.delete("/media").code(), "BucketNotEmpty");
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    bench.delete("/media/a");
    assert!(bench.keys("").is_empty());
    assert_eq!(bench.delete("/media").code(), "BucketNotEmpty", "versions are left");
    for id in bench.get("/media?versions").all("Version", "VersionId") {
        bench.delete(&format!("/media/a?versionId={id}"));
    }
    assert_eq!(bench.delete("/media").code(), "BucketNotEmpty", "a delete marker is left");
    for id in bench.get("/media?versions").all("DeleteMarker", "VersionId") {
        bench.delete(&format!("/media/a?versionId={id}"));
    }
    assert_eq!(bench.delete("/media").code(), "204");
    let left: Vec<&str> = bench.state.docs.iter().filter(|(_, c)| c.len() > 0).map(|(name, _)| name).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn lifecycle_cors_policy_and_acl_are_kept() {
    let mut bench = Bench::with_bucket();
    let cors = "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
                </CORSRule></CORSConfiguration>";
    let lifecycle = "<LifecycleConfiguration><Rule><ID>a</ID><Prefix/><Status>Enabled</Status><Expiration><Days>1</Days>\
                     </Expiration></Rule></LifecycleConfiguration>";
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
        "Resource":"arn:aws:s3:::media/*"}]}"#;
    bench.knobs.keys.truncate(1);
    for (name, body, missing) in [
        ("cors", cors, "NoSuchCORSConfiguration"),
        ("lifecycle", lifecycle, "NoSuchLifecycleConfiguration"),
        ("policy", policy, "NoSuchBucketPolicy"),
    ] {
        let target = format!("/media?{name}");
        assert_eq!(bench.get(&target).code(), missing);
        let put = bench.send_with_md5("PUT", &target, body);
        assert!(put.status < 300, "{name}: {}", put.text());
        let got = bench.get(&target);
        if name == "policy" {
            assert_eq!(got.text(), policy);
        } else {
            assert_eq!(got.xml(), Element::parse(body.as_bytes()).unwrap());
        }
        assert_eq!(bench.delete(&target).status, 204);
        assert_eq!(bench.get(&target).code(), missing);
        assert_eq!(bench.send_with_md5("PUT", &target, "<broken").status, 400);
    }
    assert_eq!(bench.put("/media?lifecycle", lifecycle).code(), "InvalidRequest", "without Content-MD5");
    assert_eq!(bench.send("PUT", "/media?acl", &[("x-amz-acl", "public-read")], "").code(), "200");
    let acl = bench.get("/media?acl");
    assert!(acl.text().contains("AllUsers"));
    assert_eq!(bench.put("/media?acl", acl.text()).code(), "200", "an ACL goes back as it came");
    let writable = acl.text().replace("<Permission>READ<", "<Permission>WRITE<");
    assert_eq!(bench.put("/media?acl", &writable).code(), "NotImplemented");
    assert_eq!(bench.send("PUT", "/media?acl", &[("x-amz-acl", "public-read-write")], "").code(), "NotImplemented");
}

#[test]
fn what_spaces_does_not_have_is_said_so() {
    let mut bench = Bench::with_bucket();
    for query in ["encryption", "replication", "object-lock", "tagging", "website"] {
        assert_eq!(bench.get(&format!("/media?{query}")).code(), "NotImplemented", "{query}");
        assert_eq!(bench.put(&format!("/media?{query}"), "<X/>").code(), "NotImplemented", "{query}");
    }
    assert_eq!(bench.send("POST", "/media", &[], "form").code(), "MethodNotAllowed");
    let error = bench.get("/nowhere/key");
    let xml = error.xml();
    assert_eq!(error.status, 404);
    assert_eq!((xml.text_of("Code"), xml.text_of("BucketName")), (Some("NoSuchBucket"), Some("nowhere")));
    assert_eq!(xml.text_of("RequestId"), Some(error.header("x-amz-request-id")));
}

#[test]
fn browsers_are_told() {
    let mut bench = Bench::with_bucket();
    bench.put(
        "/media?cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>https://a.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>\
         <AllowedHeader>*</AllowedHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>",
    );
    bench.key = None;
    let ask = |bench: &mut Bench, origin: &str| {
        let headers =
            [("origin", origin), ("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a, x-b")];
        bench.send("OPTIONS", "/media/a", &headers, "")
    };
    let yes = ask(&mut bench, "https://a.example");
    assert_eq!((yes.status, yes.header("access-control-allow-origin")), (200, "https://a.example"));
    assert_eq!((yes.header("access-control-allow-headers"), yes.header("access-control-max-age")), ("x-a, x-b", "60"));
    assert_eq!(ask(&mut bench, "https://b.example").code(), "AccessDenied");
    bench.sign_in_fully();
    let put = bench.send("PUT", "/media/a", &[("origin", "https://a.example")], "1");
    assert_eq!(put.header("access-control-allow-origin"), "https://a.example");
}
