//! Environments of the examples, and YAML as JSON.

use pontoon_catalog::components::{self, Site, charts::Lock};
use pontoon_core::{content::Component, diagnostic::Diagnostics};
use pontoon_spec::{Document, Files, Spec, tree};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The examples whose clusters are whole.
pub const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops"];

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// The environments of an example.
pub fn specs(example: &str) -> Vec<Spec> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    of_text(&String::from_utf8(bytes).unwrap(), &Folder(folder))
}

/// The environments of a document.
pub fn of_text(text: &str, files: &dyn Files) -> Vec<Spec> {
    let parsed = Document::parse("platform.yaml", text.as_bytes(), files);
    let document = parsed.document.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let (all, problems) = document.resolve_all();
    assert!(!problems.iter().any(|d| d.severity == pontoon_core::diagnostic::Severity::Error), "{problems:#?}");
    all.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect()
}

/// The components of an environment.
pub fn components(spec: &Spec) -> Vec<Component> {
    let lock = Lock::new();
    let mut site = Site::new(spec, &lock);
    site.vault_ca = Some("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into());
    components::build(&site)
}

/// Every environment of every example, with its components.
pub fn each(check: impl Fn(&str, &Spec, &[Component])) {
    for example in EXAMPLES {
        for spec in specs(example) {
            let name = format!("{example}/{}", spec.environment.value);
            check(&name, &spec, &components(&spec));
        }
    }
}

/// A YAML file as JSON.
pub fn yaml(path: &Path) -> Option<Value> {
    let bytes = std::fs::read(path).ok()?;
    let source = tree::read(&path.display().to_string(), &bytes).unwrap_or_else(|e| panic!("{e:?}"));
    let mut problems = Diagnostics::default();
    let node = tree::parse(&source, &mut problems).unwrap_or_else(|| panic!("{problems:#?}"));
    Some(tree::to_json(&node))
}
