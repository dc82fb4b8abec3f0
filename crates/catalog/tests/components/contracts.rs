//! Where the published values and definitions are.

use serde_json::Value;
use std::path::PathBuf;

/// The folder of contracts, or nothing where it is absent.
///
/// # Panics
/// When it is absent under `CI=true`: there, a skipped contract test is a failure.
#[allow(clippy::print_stderr)]
pub fn folder(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PONTOON_CONTRACTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts")), PathBuf::from);
    if folder.join("charts").is_dir() {
        return Some(folder);
    }
    let why = format!("{test}: no charts in {} (PONTOON_CONTRACTS)", folder.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("skipped: {why}");
    None
}

/// The schema of a definition's version.
pub fn definition(folder: &std::path::Path, plural: &str, group: &str, version: &str) -> Option<Value> {
    let definition = super::support::yaml(&folder.join("crds").join(format!("{plural}.{group}.yaml")))?;
    let versions = definition["spec"]["versions"].as_array()?.clone();
    let served = versions.into_iter().find(|v| v["name"] == version && v["served"] == true)?;
    Some(served["schema"]["openAPIV3Schema"].clone())
}

/// The plural of a kind, as Kubernetes' own code derives it.
pub fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if lower.ends_with('s') => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}
