//! Everything that reads bytes from outside, each as one function over bytes that must come back: for the fuzzers in
//! `fuzz/`, and for the tests that do the same in small.

mod mutate;
mod replies;
mod seeds;

pub use mutate::mutated;
pub use seeds::{peak, seeds};

use crate::context::Folder;
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_core::{address::Scope, plan::Plan, record::Record, secret::Secret};
use pontoon_secrets::{Draw, Identity};
use pontoon_spec::{Document, NoFiles, Release, Spec, report};
use pontoon_store::Store;

/// One reader.
pub struct Target {
    /// Its name, which is its fuzzer's as well.
    pub name: &'static str,
    /// Reads; may refuse, may not panic, and comes back.
    pub read: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "document", read: document },
    Target { name: "release", read: release },
    Target { name: "record", read: record },
    Target { name: "journal", read: journal },
    Target { name: "plan_file", read: plan_file },
    Target { name: "secrets", read: secrets },
    Target { name: "digitalocean_reply", read: replies::digitalocean },
    Target { name: "spaces_reply", read: replies::spaces },
    Target { name: "github_reply", read: replies::github },
    Target { name: "vault_reply", read: replies::vault },
    Target { name: "kubernetes_reply", read: replies::kubernetes },
];

/// Lets the reader of that name read.
///
/// # Panics
/// Where there is none, or where it finds one of its own mistakes.
pub fn read(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("nobody reads {name}"));
    (target.read)(bytes);
}

/// `platform.yaml`: from bytes to everything that is compiled from it and said of it.
fn document(bytes: &[u8]) {
    let parsed = Document::parse("platform.yaml", bytes, &NoFiles);
    let mut problems = parsed.diagnostics;
    if let Some(document) = parsed.document {
        let (all, found) = document.resolve_all();
        problems.extend(found);
        let mut specs: Vec<Spec> = Vec::new();
        for (name, resolved) in all {
            let _ = document.explain(&name, "");
            let _ = document.release(&name, "1").map(|r| r.to_yaml());
            specs.extend(resolved.map(|r| r.spec));
        }
        problems.extend(pontoon_compiler::lints::lint(&specs));
        if !problems.has_errors() {
            for spec in &specs {
                let platform =
                    pontoon_compiler::compile(&specs, spec.environment.as_str(), pontoon_compiler::Options { shared: true });
                assert!(platform.resources.values().all(|r| !r.address.to_string().is_empty()));
                let _ = pontoon_compiler::contents::contents(&Site::new(spec, &Lock::new()));
            }
        }
    }
    let _ = report::text(&problems, &parsed.sources, report::Look::Plain);
}

/// A release file: what was read is written and read again as the same.
fn release(bytes: &[u8]) {
    if let Ok(release) = Release::parse("releases/x.yaml", bytes) {
        let again = Release::parse("releases/x.yaml", release.to_yaml().as_bytes()).expect("what was written can be read");
        assert_eq!(again.digest(), release.digest());
    }
}

/// A record, as the store reads it and as it is without the store's envelope.
fn record(bytes: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<Record>(bytes) {
        let text = serde_json::to_string(&record).expect("a record can be written");
        assert_eq!(serde_json::from_str::<Record>(&text).expect("what was written can be read"), record);
    }
    let folder = Folder::new();
    put(&folder, "records/production.json", bytes);
    look(&folder);
}

/// A journal beside a plan that fits nothing, and a plan alone.
fn journal(bytes: &[u8]) {
    let folder = Folder::new();
    put(&folder, "operations/20261121T120000.000Z-abcdef/journal", bytes);
    put(&folder, "operations/20261121T120000.000Z-abcdef/plan.json", bytes);
    look(&folder);
    put(&folder, "operations/20261121T120000.000Z-abcdef/summary.json", bytes);
    look(&folder);
}

fn look(folder: &Folder) {
    let Ok(store) = Store::open(folder.path(), "sample") else { return };
    let _ = store.scopes();
    let _ = store.load(&Scope::environment("production"));
    let _ = store.unfinished();
    for summary in store.operations().unwrap_or_default() {
        let _ = store.operation(&summary.id);
    }
}

fn put(folder: &Folder, name: &str, bytes: &[u8]) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
    std::fs::write(path, bytes).expect("a file can be written");
}

/// A saved plan: what was read is written and read again as the same, and can be shown.
fn plan_file(bytes: &[u8]) {
    if let Ok(plan) = serde_json::from_slice::<Plan>(bytes) {
        let text = serde_json::to_string(&plan).expect("a plan can be written");
        let again: Plan = serde_json::from_str(&text).expect("what was written can be read");
        assert_eq!(serde_json::to_string(&again).expect("a plan can be written"), text);
    }
}

/// Keys and encrypted files, as a person or a store gives them.
fn secrets(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let secret = Secret::new(text.as_ref());
    let _ = Identity::parse(&secret);
    let _ = pontoon_secrets::ssh::SshKey::parse(&secret);
    let _ = pontoon_secrets::ssh::fingerprint(&text);
    let _ = pontoon_secrets::sops::recipients(&text);
    let identity = Identity::draw(&mut Draw::new([7; 32]));
    let _ = pontoon_secrets::key::decrypt(bytes, &identity);
    let _ = pontoon_secrets::sops::decrypt(&text, &identity);
}
