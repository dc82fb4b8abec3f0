//! Lifecycle rules on the world's clock.

use super::*;

fn rules(bench: &mut Bench, rules: &str) {
    let body = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    let got = bench.send_with_md5("PUT", "/media?lifecycle", &body);
    assert_eq!(got.status, 200, "{}", got.text());
}

fn rule(prefix: &str, action: &str) -> String {
    format!(
        "<Rule><ID>{prefix}{}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{action}</Rule>",
        action.len()
    )
}

#[test]
fn objects_end_at_the_midnight_after_their_days() {
    let mut bench = Bench::with_bucket();
    rules(&mut bench, &rule("tmp/", "<Expiration><Days>2</Days></Expiration>"));
    bench.put("/media/tmp/a", "1");
    bench.put("/media/kept", "1");
    assert!(bench.head("/media/tmp/a").header("x-amz-expiration").starts_with("expiry-date=\"Thu, 05 Nov 2026 00:00:00 GMT\""));
    assert_eq!(bench.head("/media/kept").header("x-amz-expiration"), "");
    bench.now = Moment::parse("2026-11-04T23:59:59Z").unwrap();
    assert_eq!(bench.keys(""), ["kept", "tmp/a"]);
    bench.now = Moment::parse("2026-11-05T00:00:00Z").unwrap();
    assert_eq!(bench.get("/media/tmp/a").code(), "NoSuchKey");
    assert_eq!(bench.keys(""), ["kept"]);
}

#[test]
fn a_rule_that_rests_does_nothing() {
    let mut bench = Bench::with_bucket();
    rules(&mut bench, &rule("", "<Expiration><Days>1</Days></Expiration>").replace("Enabled", "Disabled"));
    bench.put("/media/a", "1");
    bench.days(30);
    assert_eq!(bench.keys(""), ["a"]);
}

#[test]
fn versions_end_after_they_are_replaced_whenever_one_looks() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    let both = "<Expiration><Days>10</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>\
                </NoncurrentVersionExpiration>";
    rules(&mut bench, &rule("", both));
    bench.put("/media/a", "old");
    bench.days(1);
    bench.put("/media/a", "new");
    bench.days(3);
    assert_eq!(bench.get("/media?versions").all("Version", "Size").len(), 2, "the midnight is not there yet");
    bench.days(1);
    assert_eq!(bench.get("/media?versions").all("Version", "Size").len(), 1);
    assert_eq!(bench.get("/media/a").text(), "new");
    // Nobody looks while the object is marked deleted, and while its version then ends.
    bench.days(8);
    let list = bench.get("/media?versions");
    assert_eq!(list.all("DeleteMarker", "LastModified"), ["2026-11-14T00:00:00.000Z"]);
    assert_eq!(list.all("Version", "Key").len(), 1);
    bench.days(20);
    let list = bench.get("/media?versions");
    assert!(list.all("Version", "Key").is_empty() && list.all("DeleteMarker", "Key").is_empty());
    assert_eq!(bench.delete("/media").status, 204);
}

#[test]
fn lonely_markers_end_where_the_rule_says_so() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    let id = bench.put("/media/a", "1").header("x-amz-version-id").to_owned();
    bench.delete("/media/a");
    rules(&mut bench, &rule("", "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"));
    assert_eq!(bench.get("/media?versions").all("DeleteMarker", "Key"), ["a"]);
    bench.delete(&format!("/media/a?versionId={id}"));
    assert!(bench.get("/media?versions").all("DeleteMarker", "Key").is_empty());
}

#[test]
fn unfinished_uploads_end() {
    let mut bench = Bench::with_bucket();
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    rules(&mut bench, &rule("", abort));
    bench.send("POST", "/media/a?uploads", &[], "");
    bench.days(1);
    assert_eq!(bench.get("/media?uploads").all("Upload", "Key"), ["a"]);
    bench.days(1);
    assert!(bench.get("/media?uploads").all("Upload", "Key").is_empty());
}

#[test]
fn some_old_versions_may_be_kept_whatever_their_age() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    let kept = "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions>\
                </NoncurrentVersionExpiration>";
    rules(&mut bench, &rule("", kept));
    for size in 1..=5 {
        bench.put("/media/a", &"x".repeat(size));
    }
    bench.days(10);
    assert_eq!(bench.get("/media?versions").all("Version", "Size"), ["5", "4", "3"]);
}

#[test]
fn where_versioning_is_suspended_the_null_version_gives_way_to_a_marker() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    rules(&mut bench, &rule("", "<Expiration><Date>2026-11-04T00:00:00Z</Date></Expiration>"));
    bench.put("/media/a", "1");
    bench.days(2);
    let list = bench.get("/media?versions");
    assert_eq!((list.all("Version", "Key").len(), list.all("DeleteMarker", "VersionId")), (0, vec!["null".to_owned()]));
}
