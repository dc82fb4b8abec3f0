//! Bytes that are nearly right, into everything that reads bytes: each comes back without a panic, in bounded memory.
//!
//! What a case does follows from its number alone. `PONTOON_SEEDS=N` tries so many of each reader, from `PONTOON_SEED=N` on;
//! the fuzzers in `fuzz/` do the same for longer and look where they have not been yet.

use pontoon_test::inputs::{TARGETS, Target, mutated, peak, seeds};
use std::{
    panic,
    path::{Path, PathBuf},
};

/// So much memory is enough for everything that is read here, in KiB.
const BOUND: u64 = 2 << 20;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What does not come back from a number of cases, with its input.
fn broken(target: &Target, seeds: &[Vec<u8>], cases: u64) -> Option<String> {
    let first = number("PONTOON_SEED").unwrap_or(0);
    // A case that ends the process, or never ends, is found here.
    let last = std::env::temp_dir().join(format!("pontoon-input-{}", target.name));
    for case in first..first + cases {
        let input = mutated(seeds, case);
        std::fs::write(&last, &input).expect("a file can be written");
        if panic::catch_unwind(|| (target.read)(&input)).is_err() {
            return Some(format!("{}, PONTOON_SEED={case}:\n{}", target.name, String::from_utf8_lossy(&input)));
        }
    }
    let _ = std::fs::remove_file(last);
    None
}

fn fuzzers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// What once broke a reader.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(fuzzers().join("corpus").join(name)).into_iter().flatten().flatten();
    entries.map(|e| std::fs::read(e.path()).expect("the file can be read")).collect()
}

#[test]
fn every_reader_has_its_fuzzer() {
    let manifest = std::fs::read_to_string(fuzzers().join("Cargo.toml")).expect("the manifest can be read");
    for Target { name, .. } in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        let text = std::fs::read_to_string(fuzzers().join(format!("fuzz_targets/{name}.rs"))).expect("the fuzzer can be read");
        assert!(text.contains(&format!("pontoon_test::inputs::read(\"{name}\", bytes)")), "{text}");
    }
}

#[test]
fn everything_that_reads_comes_back() {
    let mut found = Vec::new();
    for target in TARGETS {
        let seeds = seeds(target.name);
        assert!(seeds.iter().all(|s| !s.is_empty()) && !seeds.is_empty(), "{}", target.name);
        // Unchanged ones first, and what once broke something.
        seeds.iter().chain(&kept(target.name)).for_each(|seed| (target.read)(seed));
        let usual = if target.name == "document" { 30 } else { 120 };
        found.extend(broken(target, &seeds, number("PONTOON_SEEDS").unwrap_or(usual)));
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    assert!(peak().is_none_or(|p| p < BOUND), "{:?} KiB", peak());
}
