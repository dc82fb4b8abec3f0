//! The edges between crates, kept as ARCHITECTURE.md draws them.

mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use workspace::{files, metadata, text};

/// Each crate and the crates of ours that it may depend on, top of the table first.
///
/// The same table stands in ARCHITECTURE.md. Four edges are never given up: the emulator knows nobody,
/// the planner does no I/O, the engine does not know the catalog, only the binary prints.
const TABLE: &[(&str, &str)] = &[
    ("pontoon-core", "–"),
    ("pontoon-wire", "–"),
    ("pontoon-emulator", "–"),
    ("pontoon-spec", "core"),
    ("pontoon-catalog", "core, spec"),
    ("pontoon-secrets", "core"),
    ("pontoon-compiler", "core, spec, catalog"),
    ("pontoon-render", "core, catalog"),
    ("pontoon-tofu", "core, catalog"),
    ("pontoon-plan", "core, catalog"),
    ("pontoon-documents", "core, spec, catalog, plan"),
    ("pontoon-engine", "core"),
    ("pontoon-store", "core, secrets, engine"),
    ("pontoon-providers", "core, engine, wire"),
    ("pontoon-deliver", "core, catalog, secrets, render, engine, providers, wire"),
    ("pontoon-operate", "core, engine, plan, store, providers, wire"),
    ("pontoon-local", "core, wire, emulator, engine"),
    ("pontoon-ui", "core"),
    (
        "pontoon",
        "core, wire, emulator, spec, catalog, secrets, compiler, render, tofu, plan, documents, engine, store, providers, operate, deliver, local, ui",
    ),
    (
        "pontoon-test",
        "core, wire, emulator, spec, catalog, secrets, compiler, render, plan, engine, store, providers, operate, deliver, local, ui",
    ),
];

/// Crates that are pure functions over data.
const PURE: &[&str] =
    &["pontoon-core", "pontoon-spec", "pontoon-catalog", "pontoon-compiler", "pontoon-tofu", "pontoon-plan", "pontoon-documents"];
/// What no pure crate may depend on: runtimes, HTTP, randomness.
const EFFECTS: &[&str] = &[
    "tokio",
    "futures",
    "tower",
    "hyper",
    "hyper-util",
    "hyper-rustls",
    "rustls",
    "http",
    "http-body",
    "http-body-util",
    "axum",
    "getrandom",
];

/// The direct dependencies of each crate of the workspace by kind: `normal`, `dev` or `build`.
fn direct() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let metadata = metadata(&["--no-deps"]);
    let mut crates = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for d in package["dependencies"].as_array().expect("dependencies") {
            let kind = d["kind"].as_str().unwrap_or("normal");
            kinds.entry(kind.into()).or_default().insert(d["name"].as_str().expect("a name").into());
        }
        crates.insert(package["name"].as_str().expect("a name").to_owned(), kinds);
    }
    crates
}

fn of(kinds: &BTreeMap<String, BTreeSet<String>>, kind: &str) -> BTreeSet<String> {
    kinds.get(kind).cloned().unwrap_or_default()
}

fn allowed(name: &str) -> BTreeSet<String> {
    let row = TABLE.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name} is not in the table of layers"));
    row.1.split(", ").filter(|d| *d != "–").map(|d| format!("pontoon-{d}")).collect()
}

#[test]
fn every_crate_depends_on_what_the_table_allows() {
    let crates = direct();
    let named: BTreeSet<&str> = TABLE.iter().map(|(n, _)| *n).collect();
    assert_eq!(crates.keys().map(String::as_str).collect::<BTreeSet<_>>(), named, "the workspace's crates are the table's");
    for (name, kinds) in &crates {
        let ours: BTreeSet<String> = of(kinds, "normal").into_iter().filter(|d| d.starts_with("pontoon-")).collect();
        let allowed = allowed(name);
        let too_many: Vec<&String> = ours.difference(&allowed).collect();
        assert!(too_many.is_empty(), "{name} must not depend on {too_many:?}: see the table in ARCHITECTURE.md");
    }
}

#[test]
fn a_crate_stands_below_what_it_depends_on() {
    for (at, (name, needs)) in TABLE.iter().enumerate() {
        let above: BTreeSet<String> = TABLE[..at].iter().map(|(n, _)| (*n).to_owned()).collect();
        assert!(allowed(name).is_subset(&above), "{name} may depend on {needs}, which are not all above it in the table");
    }
}

#[test]
fn architecture_md_has_the_same_table() {
    let document = text("ARCHITECTURE.md");
    let mut rows = Vec::new();
    for line in document.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        // depth | crate | is | may depend on | must not
        if let [_, name, _, needs, _] = cells[..]
            && let Some(name) = name.strip_prefix('`').and_then(|n| n.strip_suffix('`'))
        {
            rows.push((name, needs));
        }
    }
    assert_eq!(rows, TABLE, "the table of crates in ARCHITECTURE.md is the one that is tested here");
}

#[test]
fn pure_crates_depend_on_nothing_that_has_effects() {
    let crates = direct();
    for name in PURE {
        let found: Vec<String> = of(&crates[*name], "normal").into_iter().filter(|d| EFFECTS.contains(&d.as_str())).collect();
        assert!(found.is_empty(), "{name} does no I/O and must not depend on {found:?}");
    }
}

#[test]
fn the_test_crate_is_a_dependency_of_tests_only() {
    for (name, kinds) in direct() {
        for kind in ["normal", "build"] {
            assert!(!of(&kinds, kind).contains("pontoon-test"), "{name} has pontoon-test as a {kind} dependency");
        }
    }
}

/// Source without comments, the texts in quotes, and the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().map(|l| match l.split_once("//") {
        Some((before, _)) if !before.contains('"') => before,
        _ => l,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn only_the_binary_prints_reads_the_environment_and_exits() {
    const EFFECTS: &[&str] = &[
        "println!",
        "eprintln!",
        "print!(",
        "dbg!",
        "std::env",
        "env::var",
        "process::exit",
        "std::io::stdout",
        "std::io::stderr",
        "io::stdin",
    ];
    for source in files("crates", ".rs") {
        // `ui` draws on a terminal that the binary gives it.
        if source.is_test() || source.path.starts_with("crates/pontoon/") {
            continue;
        }
        let code = code(&source.text);
        for effect in EFFECTS {
            assert!(!code.contains(effect), "{}: `{effect}` belongs into the binary", source.path);
        }
    }
}

#[test]
fn there_is_one_thread() {
    // A store elsewhere is asked by functions that wait: one file sends for them, and decides nothing.
    let waited_for = |path: &str| path == "crates/wire/src/aside.rs";
    for source in files("crates", ".rs").iter().filter(|s| !s.is_test() && !waited_for(&s.path)) {
        let code = code(&source.text);
        for thread in ["thread::spawn", "thread::Builder", "thread::scope", "new_multi_thread"] {
            assert!(!code.contains(thread), "{}: `{thread}`: equal seeds give equal runs on one thread", source.path);
        }
    }
}

#[test]
fn the_scan_sees_code_and_not_words() {
    assert!(code("fn f() { println!(\"x\"); } // why").contains("println!"));
    assert!(!code("/// Never calls println! itself.\nfn f() {}").contains("println!"));
    assert!(!code("fn f() {}\n#[cfg(test)]\nmod tests { fn g() { println!(); } }").contains("println!"));
}
