//! What the workspace is built from: licences, sources, what is kept out, and why each is there.

mod workspace;

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};
use workspace::{files, metadata, root, text};

/// Licences that ask for a notice at most, or for changes to their own files.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What is kept out, and why.
const KEPT_OUT: &[(&str, &str)] = &[
    ("openssl-sys", "TLS is rustls: no system library decides about it"),
    ("native-tls", "TLS is rustls: no system library decides about it"),
    ("aws-lc-sys", "ring builds in a third of the time, and without CMake"),
    ("reqwest", "it has no seam for the wire"),
    ("serde_yaml", "the document is a tree with spans"),
    ("governor", "it has a clock of its own"),
    ("chrono", "dates are jiff's, with a clock that is passed in"),
];

/// Crates that no source names, and what another one needs of them.
const FOR_A_FEATURE: &[(&str, &str)] = &[("k8s_openapi", "kube is built for the version of Kubernetes that its feature selects")];

/// Crates that are pure functions over data, and what they must not even reach through others.
const PURE: &[&str] = &["pontoon-core", "pontoon-spec", "pontoon-catalog", "pontoon-compiler", "pontoon-tofu", "pontoon-plan"];
const EFFECTS: &[&str] = &["tokio", "mio", "socket2", "hyper", "http", "rustls", "axum", "getrandom"];

/// A comment in the root manifest speaks for at most so many lines below it.
const LINES_A_REASON: usize = 4;

/// Packages and their graph, as built on this machine.
fn resolved() -> Value {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let version = String::from_utf8(version.stdout).expect("rustc prints text");
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).expect("rustc names its host");
    metadata(&["--filter-platform", host])
}

fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn name(of: &Value) -> &str {
    of["name"].as_str().unwrap_or_default()
}

/// Whether an SPDX expression can be fulfilled by licences of the list.
fn allowed(expression: &str) -> bool {
    let tokens = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut tokens: Vec<&str> = tokens.split_whitespace().rev().collect();
    let holds = any(&mut tokens);
    holds && tokens.is_empty()
}

fn any(tokens: &mut Vec<&str>) -> bool {
    let mut holds = all(tokens);
    while tokens.last() == Some(&"OR") {
        tokens.pop();
        holds |= all(tokens);
    }
    holds
}

fn all(tokens: &mut Vec<&str>) -> bool {
    let mut holds = one(tokens);
    while tokens.last() == Some(&"AND") {
        tokens.pop();
        holds &= one(tokens);
    }
    holds
}

fn one(tokens: &mut Vec<&str>) -> bool {
    match tokens.pop() {
        Some("(") => {
            let holds = any(tokens);
            tokens.pop() == Some(")") && holds
        }
        Some(licence) if tokens.last() == Some(&"WITH") => {
            tokens.pop();
            let exception = tokens.pop().unwrap_or_default();
            LICENCES.contains(&format!("{licence} WITH {exception}").as_str())
        }
        Some(licence) => LICENCES.contains(&licence),
        None => false,
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for yes in ["MIT", "GPL-3.0 OR MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "Unlicense/MIT", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(allowed(yes), "{yes}");
    }
    for no in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "MIT WITH unknown-exception", "MIT ISC", "(MIT"] {
        assert!(!allowed(no), "{no}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let metadata = resolved();
    let packages = list(&metadata, "packages");
    assert!(packages.len() > 50, "cargo metadata shows {} packages", packages.len());
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(allowed(licence), "{} {} has the licence `{licence}`", name(package), package["version"]);
    }
}

#[test]
fn nothing_comes_from_git_or_from_what_is_kept_out() {
    for package in list(&resolved(), "packages") {
        let source = package["source"].as_str();
        let ours = name(package) == "pontoon" || name(package).starts_with("pontoon-");
        assert_eq!(source.is_none(), ours, "{} comes from a folder: {source:?}", name(package));
        assert!(source.is_none_or(|s| s.starts_with("registry+")), "{} comes from {source:?}", name(package));
        let out = KEPT_OUT.iter().find(|(n, _)| *n == name(package));
        assert!(out.is_none(), "{out:?}");
    }
}

/// Prints what is there in more than one major version; that is the ecosystem's state, not a mistake.
#[test]
fn versions_of_one_crate_are_few() {
    let metadata = resolved();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in list(&metadata, "packages") {
        versions.entry(name(package)).or_default().insert(package["version"].as_str().unwrap_or_default());
    }
    for (name, versions) in versions.iter().filter(|(_, v)| v.len() > 1) {
        println!("{name}: {versions:?}");
        assert!(versions.len() < 4, "{name} is built {} times: {versions:?}", versions.len());
    }
}

/// What is really built, by `cargo tree`: the graph of `cargo metadata` also holds optional dependencies
/// that no feature asks for.
#[test]
fn pure_crates_reach_nothing_that_has_effects() {
    for pure in PURE {
        let out = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", pure])
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(out.status.success(), "cargo tree: {}", String::from_utf8_lossy(&out.stderr));
        let tree = String::from_utf8(out.stdout).expect("cargo prints text");
        let reached: BTreeSet<&str> = tree.lines().filter_map(|l| l.split(' ').next()).collect();
        assert!(reached.len() > 3, "{pure} has dependencies: {reached:?}");
        let effects: Vec<_> = reached.iter().filter(|r| EFFECTS.contains(*r)).collect();
        assert!(effects.is_empty(), "{pure} does no I/O, but reaches {effects:?}: cargo tree -p {pure} -i NAME");
    }
}

/// The lines of one table of the root manifest.
fn table(manifest: &str, title: &str) -> Vec<String> {
    let after = manifest.lines().skip_while(|l| l.trim() != title).skip(1);
    after.take_while(|l| !l.starts_with('[')).map(str::to_owned).collect()
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let mut below = LINES_A_REASON;
    for line in table(&text("Cargo.toml"), "[workspace.dependencies]") {
        match line.trim() {
            "" => {}
            l if l.starts_with('#') => below = 0,
            l if l.starts_with("pontoon") => {}
            l => {
                below += 1;
                assert!(below <= LINES_A_REASON, "Cargo.toml: write above this line why it is needed: {l}");
            }
        }
    }
    assert!(below < LINES_A_REASON, "Cargo.toml has a table of dependencies");
}

#[test]
fn every_dependency_is_used() {
    let manifest = text("Cargo.toml");
    let declared = table(&manifest, "[workspace.dependencies]");
    let declared: BTreeSet<&str> = declared.iter().filter_map(|l| l.split_once(" =")).map(|(n, _)| n.trim()).collect();
    let metadata = resolved();
    let members: BTreeSet<&str> = list(&metadata, "workspace_members").iter().filter_map(Value::as_str).collect();
    let sources = files("crates", ".rs");
    let mut used = BTreeSet::new();
    let mut idle = Vec::new();
    let nodes = list(&metadata["resolve"], "nodes");
    for package in list(&metadata, "packages").iter().filter(|p| members.contains(p["id"].as_str().unwrap_or_default())) {
        used.extend(list(package, "dependencies").iter().map(name));
        let manifest = package["manifest_path"].as_str().unwrap_or_default().replace('\\', "/");
        let folder = manifest.rsplit('/').nth(1).unwrap_or_default();
        let own: Vec<_> = sources.iter().filter(|s| s.path.starts_with(&format!("crates/{folder}/"))).collect();
        let node = nodes.iter().find(|n| n["id"] == package["id"]).expect("every package is a node");
        // The name under which a crate's code knows it, which may differ from the package's (`md-5`).
        for known_as in list(node, "deps").iter().map(name) {
            let for_a_feature = FOR_A_FEATURE.iter().any(|(name, _)| *name == known_as);
            if !for_a_feature && !own.iter().any(|s| names(&s.text, known_as)) {
                idle.push(format!("crates/{folder}/Cargo.toml: {known_as}"));
            }
        }
    }
    assert!(idle.is_empty(), "these dependencies are named by no source file of their crate:\n{}", idle.join("\n"));
    let unused: Vec<_> = declared.iter().filter(|d| !used.contains(**d)).collect();
    assert!(unused.is_empty(), "Cargo.toml declares {unused:?}, which no crate uses");
}

/// Whether a text names a crate: as a whole word.
fn names(text: &str, known_as: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(known_as).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(word) && !text[at + known_as.len()..].chars().next().is_some_and(word)
    })
}

#[test]
fn every_crate_takes_the_workspace_s_lints_and_unsafe_code_is_forbidden() {
    let lints = table(&text("Cargo.toml"), "[workspace.lints.rust]");
    assert!(lints.iter().any(|l| l.trim() == "unsafe_code = \"forbid\""), "{lints:?}");
    for manifest in files("crates", "Cargo.toml") {
        assert_eq!(table(&manifest.text, "[lints]").first().map(String::as_str), Some("workspace = true"), "{}", manifest.path);
    }
}
