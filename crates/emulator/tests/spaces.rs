//! Object storage within the cloud: world file, log, faults, what is shown of it.

use bytes::Bytes;
use pontoon_emulator::spaces::sigv4;
use pontoon_emulator::{Clock, Cloud, Cut, Moment, Vendor, World};
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

struct Client {
    cloud: Cloud,
    key: (&'static str, &'static str),
}

impl Client {
    fn new(world: &str, dir: Option<PathBuf>) -> Self {
        Self { cloud: Cloud::open(World::parse(world).unwrap(), dir, Clock::REAL).unwrap(), key: ("FULL", "one") }
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
        let signature = sigv4::hex(&sigv4::hmac(&sigv4::signing_key(self.key.1, &scope), string.as_bytes()));
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

    async fn status(&self, method: &str, target: &str, body: &str) -> u16 {
        self.send(method, target, body).await.unwrap().0
    }
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
    client.key = ("READ", "two");
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
