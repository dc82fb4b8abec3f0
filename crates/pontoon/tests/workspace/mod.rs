//! The workspace as data: its root, cargo's metadata, its files.
#![allow(dead_code, reason = "each test binary takes what it needs")]

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Folders that hold nothing written by hand.
const SKIPPED: &[&str] = &["target", ".git", ".pontoon", ".venv", "node_modules", "__pycache__"];

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().find(|d| d.join("Cargo.lock").is_file()).expect("a Cargo.lock above this crate").to_owned()
}

/// What `cargo metadata` says, without any network.
pub fn metadata(more: &[&str]) -> Value {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(more)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(out.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("cargo metadata prints JSON")
}

/// A file of the workspace, as a text.
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A source file: its path from the root, with slashes, and what it holds.
pub struct Source {
    /// Such as `crates/core/src/lib.rs`.
    pub path: String,
    /// The text; empty for files that are no text.
    pub text: String,
}

impl Source {
    /// Whether it is a test, a benchmark, an example or part of the crate that exists for tests.
    pub fn is_test(&self) -> bool {
        let p = &self.path;
        ["/tests/", "/benches/", "/examples/", "crates/test/"].iter().any(|part| p.contains(part))
            || p.ends_with("/tests.rs")
            || p.ends_with("_tests.rs")
    }
}

/// Every file with this ending below a folder of the workspace, in the order of their paths.
pub fn files(below: &str, ending: &str) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut todo = vec![root.join(below)];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let entry = entry.expect("a readable folder");
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().expect("a file type");
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                todo.push(entry.path());
            } else if kind.is_file() && name.ends_with(ending) {
                let path = entry.path().strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push(Source { path, text: fs::read_to_string(entry.path()).unwrap_or_default() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}
