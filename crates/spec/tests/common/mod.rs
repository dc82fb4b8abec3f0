//! What the tests of the language share.
#![allow(dead_code)]

use pontoon_core::diagnostic::Diagnostics;
use pontoon_spec::{Document, Files, NoFiles, Resolved};
use std::path::PathBuf;

/// The folder of an example, read from the disk.
pub struct Folder(pub PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// The examples, each with its environments in the order of promotion.
pub const EXAMPLES: &[(&str, &[&str])] = &[
    ("minimal", &["production"]),
    ("single-cluster", &["production"]),
    ("isolated-pools", &["dev", "stage", "prod"]),
    ("enterprise", &["staging", "production"]),
    ("hybrid", &["production"]),
    ("gitops", &["sandbox", "staging", "production"]),
];

/// The folder of an example.
pub fn folder(example: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example)
}

/// The bytes of an example.
pub fn bytes(example: &str) -> Vec<u8> {
    std::fs::read(folder(example).join("platform.yaml")).unwrap()
}

/// An example, which has no problem.
pub fn example(example: &str) -> Document {
    let parsed = Document::parse("platform.yaml", &bytes(example), &Folder(folder(example)));
    assert!(parsed.diagnostics.is_empty(), "{example}: {:#?}", parsed.diagnostics);
    parsed.document.unwrap()
}

/// The smallest document, followed by more lines. Its environments are its own where it has some.
pub fn text(more: &str) -> String {
    let environments = if more.contains("environments:") { "" } else { "environments: { production: { region: nyc3 } }\n" };
    format!(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\n{environments}{more}\n"
    )
}

/// Everything that is wrong with a document of [`text`].
pub fn problems(more: &str) -> Diagnostics {
    let parsed = Document::parse("platform.yaml", text(more).as_bytes(), &NoFiles);
    match parsed.document {
        Some(document) => document.resolve_all().1,
        None => parsed.diagnostics,
    }
}

/// The same, as lines of code, line and column, message, hint.
pub fn lines(more: &str) -> Vec<String> {
    let line =
        |d: &pontoon_core::diagnostic::Diagnostic| format!("{} {} | {}", d.code, d.message, d.hint.clone().unwrap_or_default());
    problems(more).iter().map(line).collect()
}

/// A document without problems.
pub fn document(more: &str) -> Document {
    let found = problems(more);
    assert!(found.is_empty(), "{more}\n{found:#?}");
    Document::parse("platform.yaml", text(more).as_bytes(), &NoFiles).document.unwrap()
}

/// An environment of a document without problems.
pub fn resolved(more: &str, environment: &str) -> Resolved {
    document(more).resolve(environment).0.unwrap()
}

/// The value at a path of an environment, as JSON.
pub fn value(more: &str, environment: &str, path: &str) -> serde_json::Value {
    let tree = resolved(more, environment).tree;
    tree.find(path).map_or(serde_json::Value::Null, pontoon_spec::tree::to_json)
}
