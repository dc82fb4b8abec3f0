//! Hostile input: nothing panics, nothing grows, and each ends in a clear error.

mod common;

use common::{EXAMPLES, bytes};
use pontoon_spec::{Document, NoFiles, report};

/// Everything that can be done with some bytes. What it prints does not matter here.
fn exercise(bytes: &[u8]) -> usize {
    let parsed = Document::parse("platform.yaml", bytes, &NoFiles);
    let mut problems = parsed.diagnostics;
    if let Some(document) = parsed.document {
        let (all, found) = document.resolve_all();
        problems.extend(found);
        for (name, _) in all {
            assert!(document.explain(&name, "").is_ok());
            if let Some(release) = document.release(&name, "1") {
                let text = release.to_yaml();
                if !problems.has_errors() {
                    pontoon_spec::Release::parse("releases/x.yaml", text.as_bytes()).unwrap();
                }
            }
        }
    }
    report::text(&problems, &parsed.sources, report::Look::Plain).len()
}

fn codes(bytes: &[u8]) -> Vec<String> {
    let parsed = Document::parse("platform.yaml", bytes, &NoFiles);
    parsed.diagnostics.iter().map(|d| d.code.to_string()).collect()
}

/// A small generator of numbers: the same ones for the same seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

const SPICE: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "\n",
    "  ",
    "\t",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "~",
    "null",
    "|\n",
    ">\n",
    "---\n",
    "...",
    "%",
    "@",
    "`",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{2028}",
    "1.30",
    "-1",
    "99999999999999999999",
    "true",
    "provider: none",
    "${databases.main.uri}",
    "<<: ",
    "? ",
    ",",
    "\r\n",
    "\r",
    "accept: [ PT5101 ]",
];

#[test]
fn mutated_examples_never_panic() {
    for (i, (example, _)) in EXAMPLES.iter().enumerate() {
        let original = bytes(example);
        for seed in 0..250u64 {
            let mut numbers = Numbers(seed * 7919 + i as u64);
            let mut bytes = original.clone();
            for _ in 0..=numbers.below(4) {
                if bytes.is_empty() {
                    break;
                }
                let at = numbers.below(bytes.len());
                match numbers.below(5) {
                    0 => bytes[at] = numbers.below(256) as u8,
                    1 => {
                        bytes.drain(at..(at + numbers.below(40)).min(bytes.len()));
                    }
                    2 => {
                        let spice = SPICE[numbers.below(SPICE.len())];
                        bytes.splice(at..at, spice.bytes());
                    }
                    3 => bytes.truncate(at.max(1)),
                    _ => {
                        let piece: Vec<u8> = bytes[at..(at + numbers.below(200)).min(bytes.len())].to_vec();
                        let to = numbers.below(bytes.len());
                        bytes.splice(to..to, piece);
                    }
                }
            }
            let result = std::panic::catch_unwind(|| exercise(&bytes));
            assert!(result.is_ok(), "{example}, seed {seed}:\n{}", String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn a_file_of_100_megabytes_ends_in_one_error() {
    // The binary stops reading one byte after the largest size; more is refused without a look.
    let bytes = vec![b'a'; 100 << 20];
    assert_eq!(codes(&bytes), ["PT1003"]);
    assert_eq!(codes(&bytes[..=pontoon_spec::tree::LARGEST]), ["PT1003"]);
}

#[test]
fn nested_aliases_end_in_one_error() {
    let mut text = String::from("a0: &a0 [ x ]\n");
    for i in 1..60 {
        text.push_str(&format!("a{i}: &a{i} [ {} ]\n", format!("*a{}, ", i - 1).repeat(9)));
    }
    assert_eq!(codes(text.as_bytes()), ["PT1003"]);
    let long = format!("a: &a {}\nb: [ {} ]\n", "x".repeat(500_000), "*a, ".repeat(1000));
    assert_eq!(codes(long.as_bytes()), ["PT1003"]);
    assert_eq!(codes(b"a: &a [ *a ]\n"), ["PT1003"]);
    assert_eq!(codes(b"a: &a { b: { c: *a } }\n"), ["PT1003"]);
}

#[test]
fn depth_is_bounded() {
    for open in ["[", "{ a: ", "- "] {
        let text = format!("a: {}", open.repeat(20_000));
        let found = codes(text.as_bytes());
        assert!(found == ["PT1003"] || found == ["PT1001"], "{open}: {found:?}");
    }
    let block: String = (0..200).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert_eq!(codes(block.as_bytes()), ["PT1003"]);
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(codes(b"\xff\xfe\x00"), ["PT1004"]);
    assert_eq!(codes(b"platform: caf\xe9\n"), ["PT1004"]);
    assert!(!codes(b"\x00\x00\x00\x00").is_empty());
}

#[test]
fn many_problems_are_still_fast() {
    let text: String = (0..3000).map(|i| format!("key{i}: {i}\n")).collect();
    let parsed = Document::parse("platform.yaml", text.as_bytes(), &NoFiles);
    assert_eq!(parsed.diagnostics.len(), 1000, "after a thousand nobody reads on");
}
