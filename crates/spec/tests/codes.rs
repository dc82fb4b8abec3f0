//! Every code's page: its example has exactly that problem, and no other.

use pontoon_core::diagnostic::{Code, Diagnostics};
use pontoon_spec::{Document, Files, Release, codes};
use std::collections::BTreeSet;

/// A folder in which nothing is.
struct Empty;

impl Files for Empty {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("nothing is there".into())
    }
    fn exists(&self, _: &str) -> Option<bool> {
        Some(false)
    }
}

fn all_problems(bytes: &[u8]) -> Diagnostics {
    let parsed = Document::parse("platform.yaml", bytes, &Empty);
    let mut problems = parsed.diagnostics;
    if let Some(document) = parsed.document {
        problems.extend(document.resolve_all().1);
        problems.extend(document.check_accepted(&codes::pages()));
    }
    problems
}

#[test]
fn each_example_has_exactly_its_problem() {
    let mut wrong = Vec::new();
    for page in codes::pages() {
        // A text cannot hold what is no text: the page says which byte the sign stands for.
        let bytes: Vec<u8> = if page.code == codes::NOT_TEXT {
            page.example.replace('\u{fffd}', "\u{0}").bytes().map(|b| if b == 0 { 0xe9 } else { b }).collect()
        } else {
            page.example.into()
        };
        let problems = if page.code == codes::RELEASE {
            Release::parse("releases/production.yaml", &bytes).unwrap_err()
        } else {
            all_problems(&bytes)
        };
        let found: BTreeSet<Code> = problems.iter().map(|d| d.code.clone()).collect();
        if found != BTreeSet::from([page.code.clone()])
            || problems.iter().any(|d| d.severity != page.severity || d.hint.is_none())
        {
            wrong.push(format!("{}: {problems:#?}", page.code));
        }
        assert!(!page.title.is_empty() && page.explanation.ends_with(['.', ')']), "{}", page.code);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn codes_are_unique() {
    let pages = codes::pages();
    let unique: BTreeSet<&str> = pages.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(unique.len(), pages.len());
}
