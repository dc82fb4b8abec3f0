//! The shape of the source tree: short files that say what they are, nothing left undone, nothing of
//! one machine.

mod workspace;

use workspace::{Source, files, root, text};

/// Half of the files are shorter than this.
const SHORT: usize = 200;
/// None is longer.
const LONG: usize = 1000;

/// The examples that have to work, one a blueprint and the smallest one.
const EXAMPLES: &[&str] = &["enterprise", "gitops", "hybrid", "isolated-pools", "minimal", "single-cluster"];

/// This file and the generated ones, which may hold the words that it looks for.
fn searched() -> Vec<Source> {
    let own = file!().rsplit('/').next().unwrap_or_default();
    files(".", "").into_iter().filter(|s| !s.path.ends_with(own) && s.path != "Cargo.lock" && s.path != "LICENSE").collect()
}

fn rust() -> Vec<Source> {
    let rust = files("crates", ".rs");
    assert!(rust.len() > 100, "only {} files of Rust were found", rust.len());
    rust
}

#[test]
fn files_are_short() {
    let mut lengths = Vec::new();
    for source in rust() {
        let lines = source.text.lines().count();
        assert!(lines <= LONG, "{} has {lines} lines: split it along a seam", source.path);
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < SHORT, "half of the files have {median} lines or more");
}

#[test]
fn every_module_says_what_it_is() {
    for source in rust() {
        let first = source.text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
        assert!(first.starts_with("//! "), "{} does not begin with `//!` and what it is: {first}", source.path);
    }
}

#[test]
fn nothing_is_left_undone() {
    let words = [["to", "do!("].concat(), ["unimplement", "ed!("].concat(), ["FIX", "ME"].concat(), ["XX", "X:"].concat()];
    for source in searched() {
        for (number, line) in source.text.lines().enumerate() {
            let found = words.iter().find(|w| line.contains(w.as_str()));
            assert!(found.is_none(), "{}:{}: {line}", source.path, number + 1);
        }
    }
}

#[test]
fn no_file_knows_one_machine_or_a_registry() {
    // Written in pieces, so that no other search finds them here.
    let paths = ["root", "work", "home"].map(|d| format!("/{d}/"));
    let hosts = ["crates io", "pypi org", "pythonhosted org", "npmjs org", "npmjs com", "proxy golang org", "sum golang org"]
        .map(|h| h.replace(' ', "."));
    for source in searched() {
        for (number, line) in source.text.lines().enumerate() {
            let at = format!("{}:{}", source.path, number + 1);
            let path = paths.iter().find(|p| absolute(line, p));
            assert!(path.is_none(), "{at}: a path of one machine: {line}");
            let host = hosts.iter().find(|h| line.contains(h.as_str()));
            assert!(host.is_none(), "{at}: the host of a registry: {line}");
        }
    }
}

/// Whether a line holds a path that begins like this, and not one that merely has it in the middle.
fn absolute(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '}' | '_' | '-' | '~'))
    })
}

#[test]
fn paths_are_told_from_parts_of_paths() {
    assert!(absolute("in /home/someone", "/home/") && absolute("\"/home/x\"", "/home/") && absolute("=/home/x", "/home/"));
    assert!(!absolute("https://example.com/home/x", "/home/") && !absolute("$DIR/{}/home/x", "/home/"));
}

#[test]
fn the_examples_are_there() {
    for example in EXAMPLES {
        let document = text(&format!("examples/{example}/platform.yaml"));
        assert!(document.contains("apiVersion: pontoon.dev/v1alpha1"), "{example}");
    }
    let folders = std::fs::read_dir(root().join("examples")).expect("a folder of examples");
    let with_document = folders.filter_map(Result::ok).filter(|f| f.path().join("platform.yaml").is_file()).count();
    assert_eq!(with_document, EXAMPLES.len(), "an example that is not named here");
}

#[test]
fn the_readme_begins_with_its_two_commands() {
    let readme = text("README.md");
    let commands: Vec<&str> =
        readme.lines().skip_while(|l| !l.starts_with("```")).skip(1).take_while(|l| !l.starts_with("```")).collect();
    assert_eq!(commands, ["cargo run --release -- up --local", "cargo test --workspace --locked"]);
    let before = readme.split("```").next().unwrap_or_default();
    assert!(before.lines().count() < 5, "the commands come first, after a title and a sentence at most");
}
