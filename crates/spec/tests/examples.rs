//! The six examples: each parses, resolves for each environment, and has no diagnostics.

use pontoon_spec::{Document, Files};
use std::path::PathBuf;

/// The folder of an example, read from the disk.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

const EXAMPLES: &[(&str, &[&str])] = &[
    ("minimal", &["production"]),
    ("single-cluster", &["production"]),
    ("isolated-pools", &["dev", "stage", "prod"]),
    ("enterprise", &["staging", "production"]),
    ("hybrid", &["production"]),
    ("gitops", &["sandbox", "staging", "production"]),
];

fn load(example: &str) -> Document {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    let parsed = Document::parse("platform.yaml", &bytes, &Folder(folder));
    assert!(parsed.diagnostics.is_empty(), "{example}: {:#?}", parsed.diagnostics);
    parsed.document.unwrap()
}

#[test]
fn every_example_resolves_for_each_environment() {
    for (example, environments) in EXAMPLES {
        let document = load(example);
        let names: Vec<String> = document.environments().iter().map(ToString::to_string).collect();
        assert_eq!(names, *environments, "{example}");
        let (all, problems) = document.resolve_all();
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{example}: {lines:#?}");
        for (name, resolved) in all {
            let spec = resolved.unwrap().spec;
            assert_eq!(spec.environment.value, name);
        }
    }
}
