//! Object storage within the cloud: world file, log, faults, what is shown of it.

use bytes::Bytes;
use pontoon_emulator::spaces::sigv4;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Cut, Moment, Vendor, World};
use serde_json::{Value, json};
use std::path::PathBuf;

const WORLD: &str = r#"
    [spaces]
    conditional_writes = "ignored"
    skew = "checked"
    taken = ["google"]
    keys = [
        { access_key = "FULL", secret_key = "one" },
        { access_key = "READ", secret_key = "two", grants = [{ bucket = "media", permission = "read" }] },
    ]
"#;

fn key(access_key: &str, secret: &str) -> (String, String) {
    (access_key.to_owned(), secret.to_owned())
}

struct Client {
    cloud: Cloud,
    key: (String, String),
}

impl Client {
    fn new(world: &str, dir: Option<PathBuf>) -> Self {
        Self { cloud: Cloud::open(World::parse(world).unwrap(), dir, Clock::REAL).unwrap(), key: key("FULL", "one") }
    }

    fn request(&self, at: Moment, method: &str, target: &str, body: &str) -> http::Request<Bytes> {
        let host = "nyc3.digitaloceanspaces.com";
        let stamp = at.rfc3339().replace(['-', ':'], "");
        let hash = sigv4::sha256_hex(body.as_bytes());
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("https://{host}{target}"))
            .header("host", host)
            .header("x-amz-content-sha256", &hash)
            .header("x-amz-date", &stamp)
            .header("if-none-match", "*")
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        let signed = ["host", "if-none-match", "x-amz-content-sha256", "x-amz-date"].map(str::to_owned);
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let scope = format!("{}/nyc3/s3/aws4_request", &stamp[..8]);
        let canonical = sigv4::canonical_request(method, path, query, request.headers(), &signed, &hash);
        let string = sigv4::string_to_sign(&stamp, &scope, &canonical);
        let signature = sigv4::hex(&sigv4::hmac(&sigv4::signing_key(&self.key.1, &scope), string.as_bytes()));
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            self.key.0,
            signed.join(";")
        );
        request.headers_mut().insert("authorization", header.parse().unwrap());
        request
    }

    async fn send(&self, method: &str, target: &str, body: &str) -> Result<(u16, String), Cut> {
        let request = self.request(self.cloud.now(), method, target, body);
        let response = self.cloud.call(Vendor::Spaces, request).await?;
        Ok((response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap()))
    }

    /// The first code of an answer that is an error.
    async fn code(&self, method: &str, target: &str, body: &str) -> String {
        let (_, text) = self.send(method, target, body).await.unwrap();
        let code = text.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next());
        code.unwrap_or_default().to_owned()
    }

    /// A request to the vendor's other interface.
    async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request =
            http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {DEFAULT_TOKEN}"));
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let response = self.cloud.call(Vendor::DigitalOcean, request.body(body).unwrap()).await.unwrap();
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }

    async fn status(&self, method: &str, target: &str, body: &str) -> u16 {
        self.send(method, target, body).await.unwrap().0
    }
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_api_open_their_buckets_and_exclude_policies() {
    let mut client = Client::new("[spaces]\nkeys = [{ access_key = \"FULL\", secret_key = \"one\" }]", None);
    for bucket in ["/media", "/other"] {
        client.status("PUT", bucket, "").await;
    }
    let grants = json!([{ "bucket": "media", "permission": "readwrite" }]);
    let (status, made) = client.api("POST", "/v2/spaces/keys", json!({ "name": "app", "grants": grants })).await;
    assert_eq!(status, 201, "{made}");
    let text = |field: &str| made["key"][field].as_str().unwrap().to_owned();
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
        "Resource":"arn:aws:s3:::BUCKET/*"}}"#;
    assert_eq!(client.code("PUT", "/media?policy", &policy.replace("BUCKET", "media")).await, "AccessDenied");
    assert_eq!(client.status("PUT", "/other?policy", &policy.replace("BUCKET", "other")).await, 204);
    let other = json!([{ "bucket": "other", "permission": "read" }]);
    let (status, _) = client.api("POST", "/v2/spaces/keys", json!({ "name": "b", "grants": other })).await;
    assert!((400..500).contains(&status), "a bucket with a policy takes no scoped key: {status}");
    client.key = key(&text("access_key"), &text("secret_key"));
    assert_eq!(client.status("PUT", "/media/a", "1").await, 200);
    assert_eq!(client.code("PUT", "/other/a", "1").await, "AccessDenied");
    assert_eq!(client.code("PUT", "/new", "").await, "AccessDenied");
    assert_eq!(client.api("DELETE", &format!("/v2/spaces/keys/{}", text("access_key")), Value::Null).await.0, 204);
    assert_eq!(client.code("PUT", "/media/a", "1").await, "InvalidAccessKeyId");
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_not_known_at_once_where_reads_lag() {
    let world = "read_lag = { min = \"5s\", max = \"5s\" }";
    let mut client = Client::new(world, None);
    let grants = json!([{ "bucket": "", "permission": "fullaccess" }]);
    let (_, made) = client.api("POST", "/v2/spaces/keys", json!({ "name": "run", "grants": grants })).await;
    let text = |field: &str| made["key"][field].as_str().unwrap().to_owned();
    client.key = key(&text("access_key"), &text("secret_key"));
    assert_eq!(client.code("PUT", "/media", "").await, "InvalidAccessKeyId");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(client.status("PUT", "/media", "").await, 200);
}

/// A directory of its own, removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_world_file_gives_keys_knobs_and_taken_names() {
    let mut client = Client::new(WORLD, None);
    assert_eq!(client.status("PUT", "/google", "").await, 409);
    assert_eq!(client.status("PUT", "/media", "").await, 200);
    assert_eq!(client.status("PUT", "/media/a", "1").await, 200);
    assert_eq!(client.status("PUT", "/media/a", "2").await, 200, "conditions are not looked at");
    client.key = key("READ", "two");
    assert_eq!(client.status("GET", "/media?list-type=2", "").await, 200);
    assert_eq!(client.status("PUT", "/media/a", "3").await, 403);
    let late = client.request(Moment(client.cloud.now().0 - 3_600_000), "GET", "/media", "");
    let late = client.cloud.call(Vendor::Spaces, late).await.unwrap();
    assert!(String::from_utf8_lossy(late.body()).contains("<Code>RequestTimeTooSkewed</Code>"));
    assert!(World::parse("[spaces]\nunknown = 1").is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_outlives_the_process() {
    let folder = Folder(std::env::temp_dir().join(format!("pontoon-spaces-{}", std::process::id())));
    let _ = std::fs::remove_dir_all(&folder.0);
    let client = Client::new(WORLD, Some(folder.0.clone()));
    for (target, body) in [("/media", ""), ("/media/kept", "bytes"), ("/media/gone", "1")] {
        assert_eq!(client.status("PUT", target, body).await, 200);
    }
    assert_eq!(client.status("DELETE", "/media/gone", "").await, 204);
    drop(client);
    let client = Client::new(WORLD, Some(folder.0.clone()));
    assert_eq!(client.send("GET", "/media/kept?versionId=null", "").await, Ok((304, String::new())), "the client has any");
    let (_, list) = client.send("GET", "/media?list-type=2", "").await.unwrap();
    assert!(list.contains("<Key>kept</Key>") && !list.contains("gone"), "{list}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_of_something_done_and_a_lost_request_of_nothing() {
    let world = format!(
        "{WORLD}
        [[faults]]
        path = \"/media/done\"
        nth = [1]
        kind = \"lose_reply\"
        [[faults]]
        path = \"/media/lost\"
        nth = [1]
        kind = \"lose_request\"
        [[faults]]
        path = \"/media/busy\"
        nth = [1]
        kind = {{ status = 503 }}"
    );
    let client = Client::new(&world, None);
    assert_eq!(client.status("PUT", "/media", "").await, 200);
    assert_eq!(client.send("PUT", "/media/done", "1").await, Err(Cut::ReplyLost));
    assert_eq!(client.send("PUT", "/media/lost", "1").await, Err(Cut::RequestLost));
    let (status, body) = client.send("PUT", "/media/busy", "1").await.unwrap();
    assert!(status == 503 && body.contains("<Code>SlowDown</Code>"), "{body}");
    assert_eq!(client.status("HEAD", "/media/done", "").await, 304, "it is there");
    assert_eq!(client.status("HEAD", "/media/lost", "").await, 404);
    assert_eq!(client.status("HEAD", "/media/busy", "").await, 404);
}

#[tokio::test(start_paused = true)]
async fn objects_are_shown_without_their_bytes() {
    let client = Client::new(WORLD, None);
    client.status("PUT", "/media", "").await;
    client.status("PUT", "/media/a", "the bytes").await;
    client.status("POST", "/media/b?uploads", "").await;
    let all = client.cloud.objects();
    assert_eq!(all["spaces.bucket"][0]["name"], "media");
    assert_eq!((&all["spaces.object"][0]["key"], &all["spaces.object"][0]["size"]), (&"a".into(), &9.into()));
    assert_eq!(all["spaces.upload"][0]["key"], "b");
    assert_eq!(spaces(&all), ["spaces.bucket", "spaces.object", "spaces.upload"]);
    for target in ["/media/a", "/media"] {
        assert_eq!(client.status("DELETE", target, "").await, 204);
    }
    assert_eq!(spaces(&client.cloud.objects()), Vec::<&String>::new());
}

fn spaces(all: &serde_json::Value) -> Vec<&String> {
    all.as_object().unwrap().keys().filter(|name| name.starts_with("spaces")).collect()
}
