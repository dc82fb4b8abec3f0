//! Versioning: on, suspended, never off.

use super::*;

const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const SUSPENDED: &str = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";

#[test]
fn every_write_makes_a_version() {
    let mut bench = Bench::with_bucket();
    assert_eq!(bench.get("/media?versioning").xml().text_of("Status"), None);
    bench.put("/media/a", "0");
    assert_eq!(bench.put("/media?versioning", ENABLED).code(), "200");
    assert_eq!(bench.get("/media?versioning").xml().text_of("Status"), Some("Enabled"));
    let one = bench.put("/media/a", "1").header("x-amz-version-id").to_owned();
    let two = bench.put("/media/a", "2").header("x-amz-version-id").to_owned();
    assert!(one.len() == 32 && one != two);
    let list = bench.get("/media?versions");
    assert_eq!(list.all("Version", "VersionId"), [two.as_str(), one.as_str(), "null"]);
    assert_eq!(list.all("Version", "IsLatest"), ["true", "false", "false"]);
    assert_eq!(bench.get("/media/a").text(), "2");
    assert_eq!(bench.get(&format!("/media/a?versionId={one}")).text(), "1");
    assert_eq!(bench.get("/media/a?versionId=null").text(), "0");
    assert_eq!(bench.get("/media/a?versionId=none").code(), "NoSuchVersion");
    assert_eq!(bench.delete(&format!("/media/a?versionId={two}")).status, 204);
    assert_eq!(bench.get("/media/a").text(), "1");
}

#[test]
fn a_deletion_is_a_marker_that_can_be_taken_back() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", ENABLED);
    bench.put("/media/a", "1");
    let deleted = bench.delete("/media/a");
    assert_eq!((deleted.status, deleted.header("x-amz-delete-marker")), (204, "true"));
    let marker = deleted.header("x-amz-version-id").to_owned();
    let got = bench.get("/media/a");
    assert_eq!((got.code().as_str(), got.header("x-amz-delete-marker")), ("NoSuchKey", "true"));
    let got = bench.get(&format!("/media/a?versionId={marker}"));
    assert_eq!((got.status, got.header("allow")), (405, "DELETE"));
    assert_eq!(bench.get("/media?versions").all("DeleteMarker", "VersionId"), [marker.as_str()]);
    assert!(bench.keys("").is_empty());
    let undone = bench.delete(&format!("/media/a?versionId={marker}"));
    assert_eq!((undone.header("x-amz-delete-marker"), undone.header("x-amz-version-id")), ("true", marker.as_str()));
    assert_eq!(bench.get("/media/a").text(), "1");
}

#[test]
fn suspended_means_that_null_is_replaced_and_the_others_stay() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", ENABLED);
    let kept = bench.put("/media/a", "1").header("x-amz-version-id").to_owned();
    bench.put("/media?versioning", SUSPENDED);
    assert_eq!(bench.put("/media/a", "2").header("x-amz-version-id"), "null");
    bench.put("/media/a", "3");
    assert_eq!(bench.get("/media?versions").all("Version", "VersionId"), ["null", kept.as_str()]);
    assert_eq!(bench.delete("/media/a").header("x-amz-version-id"), "null");
    let list = bench.get("/media?versions");
    assert_eq!((list.all("Version", "VersionId"), list.all("DeleteMarker", "VersionId")), (vec![kept], vec!["null".to_owned()]));
    assert_eq!(bench.put("/media?versioning", "<VersioningConfiguration/>").code(), "IllegalVersioningConfigurationException");
    let off = "<VersioningConfiguration><Status>Disabled</Status></VersioningConfiguration>";
    assert_eq!(bench.put("/media?versioning", off).code(), "MalformedXML");
    assert_eq!(bench.get("/media?versioning").xml().text_of("Status"), Some("Suspended"));
}

#[test]
fn versions_come_in_pages() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", ENABLED);
    for key in ["a", "b", "a", "dir/c", "a"] {
        bench.put(&format!("/media/{key}"), "1");
    }
    bench.delete("/media/b");
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let got = bench.get(&format!("/media?versions&max-keys=2&delimiter=%2F{query}"));
        let xml = got.xml();
        for line in &xml.children {
            if matches!(line.name.as_str(), "Version" | "DeleteMarker") {
                seen.push(format!("{} {}", line.text_of("Key").unwrap(), line.text_of("IsLatest").unwrap()));
            }
        }
        seen.extend(got.all("CommonPrefixes", "Prefix"));
        let Some(key) = xml.text_of("NextKeyMarker") else { break };
        let id = xml.text_of("NextVersionIdMarker").unwrap_or_default();
        query = format!("&key-marker={}&version-id-marker={id}", key.replace('/', "%2F"));
    }
    assert_eq!(seen, ["a true", "a false", "a false", "b true", "b false", "dir/"]);
}

#[test]
fn many_deletions_make_markers() {
    let mut bench = Bench::with_bucket();
    bench.put("/media?versioning", ENABLED);
    let id = bench.put("/media/a", "1").header("x-amz-version-id").to_owned();
    bench.put("/media/b", "1");
    let body = format!("<Delete><Object><Key>a</Key><VersionId>{id}</VersionId></Object><Object><Key>b</Key></Object></Delete>");
    let got = bench.send_with_md5("POST", "/media?delete", &body);
    assert_eq!(got.all("Deleted", "DeleteMarker"), ["", "true"]);
    let list = bench.get("/media?versions");
    assert_eq!((list.all("Version", "Key"), list.all("DeleteMarker", "Key")), (vec!["b".to_owned()], vec!["b".to_owned()]));
}
