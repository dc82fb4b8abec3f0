//! The machine's own `git` against the embedded GitHub on loopback: clone, fetch, shallow clone, push, and `fsck`.
//!
//! Where there is no `git` the tests say so and are skipped; under `CI=true` that is a failure.

use pontoon_emulator::github::DEFAULT_GITHUB_TOKEN as TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use serde_json::{Value, json};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A world on a loopback port, in a thread and a runtime of its own, and a folder, until it is dropped.
struct Served {
    cloud: Cloud,
    address: SocketAddr,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Nothing, and then says why, where there is no git.
    fn begin(test: &str) -> Option<Self> {
        if !Command::new("git").arg("--version").output().is_ok_and(|o| o.status.success()) {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} was skipped, which CI does not allow: no git");
            let _ = std::io::stderr().write_all(format!("SKIPPED {test}: no git on this machine\n").as_bytes());
            return None;
        }
        let (started, given) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let world = World::parse("latency = { min = \"0ms\", max = \"0ms\" }").unwrap();
                let cloud = Cloud::open(world, None, Clock::REAL).unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                tokio::spawn(cloud.clone().serve(Vendor::GitHub, listener));
                started.send((cloud, address)).unwrap();
                let _ = stopped.await;
            });
        });
        let (cloud, address) = given.recv().unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self { cloud, address, folder, stop: Some(stop), thread: Some(thread) })
    }

    fn url(&self) -> String {
        format!("http://x-access-token:{TOKEN}@{}/acme/platform.git", self.address)
    }

    /// Runs git in a folder below this world's; success, and all that it said.
    fn git_in(&self, folder: &str, args: &[&str]) -> (bool, String) {
        let mut command = Command::new("git");
        // Nothing of the machine's own settings counts.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_AUTHOR_NAME", "A").env("GIT_AUTHOR_EMAIL", "a@example.com");
        command.env("GIT_COMMITTER_NAME", "A").env("GIT_COMMITTER_EMAIL", "a@example.com");
        let output = command.args(args).current_dir(self.folder.join(folder)).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// The same, which must succeed.
    fn git(&self, folder: &str, args: &[&str]) -> String {
        let (done, said) = self.git_in(folder, args);
        assert!(done, "git {args:?}\n{said}");
        said
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("user-agent", "tests")
            .body(body.to_string().into())
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let response = runtime.block_on(self.cloud.call(Vendor::GitHub, request)).unwrap();
        assert!(response.status().is_success(), "{method} {path}: {}", String::from_utf8_lossy(response.body()));
        serde_json::from_slice(response.body()).unwrap_or(Value::Null)
    }

    fn file(&self, path: &str, text: &str, sha: Option<&str>) -> Value {
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        let mut body = json!({ "message": format!("write {path}"), "content": base64 });
        if let Some(sha) = sha {
            body["sha"] = sha.into();
        }
        self.call("PUT", &format!("/repos/acme/platform/contents/{path}"), &body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_default()
}

#[test]
fn git_clones_and_fetches_what_the_api_committed() {
    let Some(world) = Served::begin("git_clones_and_fetches_what_the_api_committed") else { return };
    world.call("POST", "/orgs/acme/repos", &json!({ "name": "platform", "private": true }));
    world.git(".", &["clone", "-q", &world.url(), "empty"]);
    let made = world.file("a/b/c.txt", "one\n", None);
    world.file("a.txt", "é\n", None);
    for version in ["0", "2"] {
        let (full, shallow) = (format!("full{version}"), format!("shallow{version}"));
        let protocol = format!("protocol.version={version}");
        world.git(".", &["-c", &protocol, "clone", "-q", &world.url(), &full]);
        assert_eq!(read(&world.folder.join(&full), "a/b/c.txt"), "one\n");
        assert_eq!(world.git(&full, &["log", "--oneline"]).lines().count(), 2);
        let check = world.git(&full, &["fsck", "--full", "--strict"]);
        assert!(!check.contains("error") && !check.contains("warning"), "{check}");
        world.git(".", &["-c", &protocol, "clone", "-q", "--depth", "1", &world.url(), &shallow]);
        assert_eq!(world.git(&shallow, &["log", "--oneline"]).lines().count(), 1);
        let refs = world.git(".", &["-c", &protocol, "ls-remote", "--symref", &world.url()]);
        assert!(refs.contains("ref: refs/heads/main\tHEAD"), "{refs}");
    }
    world.file("a/b/c.txt", "two\n", made["content"]["sha"].as_str());
    for version in ["0", "2"] {
        let protocol = format!("protocol.version={version}");
        let (full, shallow) = (format!("full{version}"), format!("shallow{version}"));
        world.git(&full, &["-c", &protocol, "pull", "-q", "--ff-only"]);
        assert_eq!(read(&world.folder.join(&full), "a/b/c.txt"), "two\n");
        world.git(&shallow, &["-c", &protocol, "fetch", "-q", "--unshallow"]);
        assert_eq!(world.git(&shallow, &["log", "--oneline", "origin/main"]).lines().count(), 3);
        world.git(&shallow, &["fsck", "--full", "--strict"]);
    }
}

#[test]
fn git_pushes_until_a_rule_forbids_it() {
    let Some(world) = Served::begin("git_pushes_until_a_rule_forbids_it") else { return };
    world.call("POST", "/orgs/acme/repos", &json!({ "name": "platform", "private": true }));
    world.git(".", &["init", "-q", "-b", "main", "here"]);
    let here = world.folder.join("here");
    let text: String = (0..2000).map(|i| format!("line {i}\n")).collect();
    std::fs::write(here.join("long.txt"), &text).unwrap();
    world.git("here", &["add", "."]);
    world.git("here", &["commit", "-q", "-m", "first"]);
    world.git("here", &["remote", "add", "origin", &world.url()]);
    world.git("here", &["push", "-q", "origin", "main"]);
    // A change of a line in a long file travels as a difference.
    std::fs::write(here.join("long.txt"), text.replace("line 7\n", "line seven\n")).unwrap();
    world.git("here", &["commit", "-q", "-a", "-m", "second"]);
    world.git("here", &["push", "-q", "origin", "main", "HEAD:refs/heads/other"]);
    let head = world.git("here", &["rev-parse", "HEAD"]);
    let main = world.call("GET", "/repos/acme/platform/git/ref/heads/main", &Value::Null);
    assert_eq!(main["object"]["sha"], head.trim());
    world.git("here", &["push", "-q", "origin", ":other"]);
    let set = json!({
        "name": "main", "enforcement": "active", "rules": [{ "type": "non_fast_forward" }],
        "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
    });
    world.call("POST", "/repos/acme/platform/rulesets", &set);
    world.git("here", &["commit", "-q", "--amend", "-m", "another"]);
    let (done, said) = world.git_in("here", &["push", "--force", "origin", "main"]);
    assert!(!done && said.contains("GH013: Repository rule violations found for refs/heads/main"), "{said}");
    assert!(said.contains("push declined due to repository rule violations"), "{said}");
    let nobody = format!("http://{}/acme/platform.git", world.address);
    let (done, said) = world.git_in(".", &["clone", "-q", &nobody, "never"]);
    assert!(!done && said.contains("could not read Username"), "{said}");
}
