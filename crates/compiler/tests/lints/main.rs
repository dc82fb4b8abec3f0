//! Lints, seen from outside: pages and their examples, the six examples, and what single passes
//! say about documents.

mod capacity;
mod packing;
mod promises;
mod ranges;
mod support;

use pontoon_compiler::lints::{PAGES, PASSES};
use pontoon_core::diagnostic::Code;
use pontoon_spec::codes;
use std::collections::BTreeSet;
use support::{EXAMPLES, all, example, lint};

/// Codes that come along with a page's own: what the example has to have besides.
const BESIDES: &[(&str, &[&str])] = &[("PT2112", &["PT2115"])];

#[test]
fn each_page_has_an_example_with_exactly_its_problem() {
    let mut wrong = Vec::new();
    for page in PAGES {
        let found = all(page.example);
        let codes: BTreeSet<Code> = found.iter().filter(|d| !d.accepted).map(|d| d.code.clone()).collect();
        let besides = BESIDES.iter().find(|(code, _)| *code == page.code.as_str()).map_or(&[][..], |(_, b)| b);
        let others: Vec<&Code> = codes.iter().filter(|c| **c != page.code && !besides.contains(&c.as_str())).collect();
        let own: Vec<_> = found.iter().filter(|d| d.code == page.code).collect();
        let well = !own.is_empty()
            && own.iter().all(|d| d.severity == page.severity && d.hint.is_some() && d.at.is_some() && !d.path.is_empty());
        if !others.is_empty() || !well {
            wrong.push(format!("{}: {found:#?}", page.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_are_complete_unique_and_in_order() {
    let mine: Vec<&str> = PAGES.iter().map(|p| p.code.as_str()).collect();
    let sorted: BTreeSet<&str> = mine.iter().copied().collect();
    assert!(mine.iter().eq(sorted.iter()), "{mine:?}");
    let theirs: BTreeSet<&str> = codes::pages().iter().map(|p| p.code.as_str()).collect();
    assert!(theirs.is_disjoint(&sorted));
    for page in PAGES {
        assert!(!page.title.is_empty() && !page.title.ends_with('.'), "{}", page.code);
        assert!(!page.fix.is_empty() && page.explanation.ends_with(['.', ')']), "{}", page.code);
    }
    let names: BTreeSet<&str> = PASSES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), PASSES.len());
}

#[test]
fn the_examples_have_no_errors_and_few_warnings() {
    // Each of these is true of the example, and explained by its page.
    let expected: &[(&str, &[&str])] = &[
        ("minimal", &[]),
        ("single-cluster", &["PT2124"]),
        ("isolated-pools", &["PT2121", "PT3106"]),
        ("enterprise", &["PT3106", "PT4005"]),
        ("hybrid", &["PT3108", "PT3119", "PT4002", "PT4005", "PT5107"]),
        ("gitops", &["PT3106"]),
    ];
    assert_eq!(expected.len(), EXAMPLES.len());
    for (name, warnings) in expected {
        let found = example(name);
        assert!(!found.has_errors(), "{name}: {found:#?}");
        let codes: Vec<String> = found.warnings().map(|d| d.code.to_string()).collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(codes, *warnings, "{name}: {found:#?}");
    }
}

#[test]
fn every_pass_finds_something_in_some_page() {
    for (name, pass) in PASSES {
        let found = PAGES.iter().any(|page| {
            let mut found = pontoon_core::diagnostic::Diagnostics::new();
            pass(&support::specs(page.example), &mut found);
            !found.is_empty()
        });
        assert!(found, "{name}");
    }
}

#[test]
fn the_smallest_document_has_nothing_to_be_said_about() {
    assert!(lint("").is_empty(), "{:#?}", lint(""));
}
