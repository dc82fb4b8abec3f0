//! What the tests of lints share.

use pontoon_compiler::lints;
use pontoon_core::diagnostic::Diagnostics;
use pontoon_spec::{Document, Files, NoFiles, Spec};
use std::path::PathBuf;

/// The folders of the examples.
pub const EXAMPLES: &[&str] = &["minimal", "single-cluster", "isolated-pools", "enterprise", "hybrid", "gitops"];

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

fn resolved(document: &Document) -> (Vec<Spec>, Diagnostics) {
    let (all, problems) = document.resolve_all();
    (all.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect(), problems)
}

fn check(name: &str, bytes: &[u8], files: &dyn Files) -> Diagnostics {
    let parsed = Document::parse(name, bytes, files);
    let Some(document) = parsed.document else { return parsed.diagnostics };
    let (specs, mut problems) = resolved(&document);
    let mut found = lints::lint(&specs);
    document.accept(&mut found);
    problems.extend(found);
    problems
}

/// Everything that the language and the lints say about a whole document.
pub fn all(text: &str) -> Diagnostics {
    check("platform.yaml", text.as_bytes(), &NoFiles)
}

/// The resolved environments of a whole document.
pub fn specs(text: &str) -> Vec<Spec> {
    Document::parse("platform.yaml", text.as_bytes(), &NoFiles).document.map(|d| resolved(&d).0).unwrap_or_default()
}

/// Everything that is said about one of the examples.
pub fn example(name: &str) -> Diagnostics {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    check("platform.yaml", &bytes, &Folder(folder))
}

/// A small document with a repository and secrets in Git, followed by more lines.
pub fn text(more: &str) -> String {
    let environments = if more.contains("environments:") { "" } else { "environments: { production: { region: nyc3 } }\n" };
    format!(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\ndelivery: {{ gitops: flux, repository: {{ github: example-org/shop }} }}\nsecrets: {{ git: sops-age }}\n{environments}{more}\n"
    )
}

/// What is said about a document of [`text`], which is well-formed.
pub fn lint(more: &str) -> Diagnostics {
    let text = text(more);
    let document = Document::parse("platform.yaml", text.as_bytes(), &NoFiles).document.unwrap();
    let (specs, problems) = resolved(&document);
    assert!(problems.is_empty(), "{text}\n{problems:#?}");
    let mut found = lints::lint(&specs);
    document.accept(&mut found);
    found
}

/// The same, as lines of code and message.
pub fn lines(more: &str) -> Vec<String> {
    lint(more).iter().map(|d| format!("{} {}", d.code, d.message)).collect()
}
