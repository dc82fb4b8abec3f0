//! What readers read when nothing is wrong: what a run leaves behind and what vendors say on the way, examples, keys.

use crate::{context::Context, platforms};
use pontoon_emulator::{Vendor, World};
use pontoon_secrets::{Draw, Identity, key, sops, ssh::SshKey};
use pontoon_spec::{Document, NoFiles};
use serde_json::json;
use std::{collections::BTreeMap, path::Path, sync::OnceLock};

type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// All of it.
async fn all() -> Seeds {
    let mut all = Seeds::new();
    for name in platforms::EXAMPLES {
        let bytes = std::fs::read(platforms::example_path(name)).expect("the example can be read");
        let document = Document::parse("platform.yaml", &bytes, &NoFiles).document.expect("the example is a tree");
        let releases = document.environments().into_iter().filter_map(|e| document.release(e.as_str(), "1"));
        all.entry("release").or_default().extend(releases.map(|r| r.to_yaml().into_bytes()));
        all.entry("document").or_default().push(bytes);
    }
    world(&mut all).await;
    keys(&mut all);
    for (name, texts) in [("github_reply", GITHUB), ("vault_reply", VAULT), ("kubernetes_reply", KUBERNETES)] {
        all.insert(name, texts.iter().map(|t| t.as_bytes().to_vec()).collect());
    }
    all
}

/// What a run leaves in its store, and what vendors say on the way.
async fn world(all: &mut Seeds) {
    let platform = platforms::example("gitops", 0);
    let context = Context::unwatched(World::default());
    context.cloud.keep_trace(true);
    let plan = context.plan(&platform).await.expect("it can be planned");
    context.up(&platform).await.expect("the run comes to its end");
    for entry in context.cloud.take_trace() {
        let name = match entry.vendor {
            Vendor::Spaces => "spaces_reply",
            _ => "digitalocean_reply",
        };
        let kept = all.entry(name).or_default();
        if !entry.reply_body.is_empty() && kept.len() < 60 && kept.iter().all(|k| k[..] != entry.reply_body[..]) {
            kept.push(entry.reply_body.to_vec());
        }
    }
    all.insert("plan_file", vec![serde_json::to_vec(&plan).expect("a plan can be written")]);
    let store = context.store(&platform.name);
    for scope in store.scopes().expect("the store can be read") {
        let record = store.load(&scope).expect("the record can be read");
        all.entry("record").or_default().push(serde_json::to_vec(&record).expect("a record can be written"));
    }
    files(context.me.folder.path(), all);
}

fn files(folder: &Path, all: &mut Seeds) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            files(&path, all);
        } else if let Ok(bytes) = std::fs::read(&path) {
            if bytes.is_empty() {
                continue;
            }
            let to = if matches!(name.as_str(), "journal" | "plan.json" | "summary.json") { "journal" } else { "record" };
            all.entry(to).or_default().push(bytes);
        }
    }
}

fn keys(all: &mut Seeds) {
    let mut draw = Draw::new([7; 32]);
    let identity = Identity::draw(&mut draw);
    let ssh = SshKey::draw(&mut draw, "words").expect("a key can be drawn");
    let plain =
        sops::Plain::new(json!({ "kind": "Secret", "metadata": { "name": "a" }, "stringData": { "password": "geheim" } }));
    let file = sops::encrypt(&plain, &[identity.recipient()], "2026-11-21T12:00:00Z", &mut draw).expect("it can be encrypted");
    let age = key::encrypt(b"geheim", &[identity.recipient()]).expect("it can be encrypted");
    let texts = [identity.text().expose().to_owned(), ssh.private().expose().to_owned(), ssh.public(), file, age];
    all.insert("secrets", texts.map(String::into_bytes).to_vec());
}

const GITHUB: &[&str] = &[
    r#"{"login":"operator","id":1,"type":"User","plan":{"name":"team"}}"#,
    r#"{"id":412000109,"name":"infra","full_name":"acme/infra","private":true,"default_branch":"main","owner":{"login":"acme","type":"Organization"},"permissions":{"admin":true,"push":true},"visibility":"private","archived":false,"topics":["pontoon"]}"#,
    r#"{"ref":"refs/heads/main","object":{"sha":"0ef944a05ca6049399281fc0c52c0b766874cbaf","type":"commit"}}"#,
    r#"{"sha":"c0ffee","tree":[{"path":"a.yaml","mode":"100644","type":"blob","sha":"b9","size":7}],"truncated":false}"#,
    r#"{"sha":"b9","content":"YTogMQo=\n","encoding":"base64","size":5}"#,
    r#"[{"id":7,"key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA72J8ZvM","title":"pontoon a/b","read_only":true,"last_used":null}]"#,
    r#"{"key_id":"568250167242549743","key":"hBT5WZEj8ZoOv6TYJsfWq7MxTEQopZO5/IT3ZCVQPzs="}"#,
    r#"{"total_count":1,"secrets":[{"name":"A","updated_at":"2026-11-21T12:00:00Z"}],"environments":[{"name":"production","protection_rules":[{"type":"required_reviewers","reviewers":[{"type":"User","reviewer":{"id":1}}]}]}],"statuses":[{"context":"c","state":"success","description":"d"}]}"#,
    r#"{"number":1,"state":"open","merged":false,"mergeable":true,"mergeable_state":"clean","html_url":"https://github.com/acme/infra/pull/1","head":{"ref":"a","sha":"c0ffee"},"base":{"ref":"main"},"title":"t","body":"b"}"#,
    r#"{"message":"Resource not accessible by personal access token","errors":[{"resource":"PullRequest","field":"head","code":"invalid","message":"no"}],"documentation_url":"https://docs.github.com"}"#,
];

const VAULT: &[&str] = &[
    r#"{"auth":{"client_token":"hvs.a","lease_duration":3600,"renewable":true,"policies":["default"]}}"#,
    r#"{"data":{"data":{"value":"geheim"},"metadata":{"created_time":"2026-11-21T12:00:00Z","version":1,"deletion_time":"","destroyed":false}}}"#,
    r#"{"data":{"keys":["a","b/"],"ttl":60,"policies":["root"],"renewable":false,"role_id":"r","secret_id":"s","secret_id_ttl":0}}"#,
    r#"{"initialized":true,"sealed":false,"standby":false,"version":"1.21.1","cluster_name":"c"}"#,
    r#"{"data":{"options":{"version":"2"},"type":"kv","secret/":{"type":"kv"},"versions":{"1":{"created_time":"2026-11-21T12:00:00Z"}},"current_version":1,"updated_time":"2026-11-21T12:00:00Z"}}"#,
    r#"{"errors":["permission denied"]}"#,
];

const KUBERNETES: &[&str] = &[
    r#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":["create","delete","get","list","patch","update"],"shortNames":["cm"]}]}"#,
    r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"b","resourceVersion":"7","uid":"u","creationTimestamp":"2026-11-21T12:00:00Z","generation":1},"data":{"k":"v"}}"#,
    r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"8","continue":""},"items":[{"metadata":{"name":"a"}}]}"#,
    r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","reason":"Forbidden","details":{"name":"a","kind":"configmaps","causes":[{"reason":"FieldValueInvalid","message":"m","field":"data"}]},"code":403}"#,
    r#"{"major":"1","minor":"36","gitVersion":"v1.36.1","platform":"linux/amd64","gitCommit":"c","gitTreeState":"clean","buildDate":"2026-11-21T12:00:00Z","goVersion":"go1.26","compiler":"gc"}"#,
];

/// What the reader of that name reads when nothing is wrong; nothing where there is no such reader.
///
/// # Panics
/// Where the examples cannot be built.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    static ALL: OnceLock<Seeds> = OnceLock::new();
    let draw = || std::thread::spawn(|| crate::simulation::paused(all())).join().expect("the seeds can be made");
    ALL.get_or_init(draw).get(name).cloned().unwrap_or_default()
}

/// The most memory that this process has held, in KiB; none where the system does not say.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.trim().trim_end_matches("kB").trim().parse().ok()
}
