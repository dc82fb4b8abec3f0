//! How a page is written: beside the pass that it belongs to, with an example that is its test.

use pontoon_core::diagnostic::{Code, CodePage, Severity};

/// A whole document that has nothing to be said about, followed by more lines; with environments of
/// its own where it needs several, and without a repository and secrets where it is about those.
macro_rules! example {
    (bare $($more:literal),+ $(,)?) => {
        concat!(
            "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\n",
            "domain: shop.example.com\ncontact: ops@example.com\n",
            $($more, "\n"),+
        )
    };
    (environments $($more:literal),+ $(,)?) => {
        $crate::lints::page::example!(
            bare
            "delivery: { gitops: flux, repository: { github: example-org/shop } }\nsecrets: { git: sops-age }",
            $($more),+
        )
    };
    ($($more:literal),+ $(,)?) => {
        $crate::lints::page::example!(environments "environments: { production: { region: nyc3 } }", $($more),+)
    };
}
pub(super) use example;

/// A page of an error.
pub(super) const fn error(
    code: &'static str,
    title: &'static str,
    explanation: &'static str,
    example: &'static str,
    fix: &'static str,
) -> CodePage {
    CodePage { code: Code::new(code), severity: Severity::Error, title, explanation, example, fix }
}

/// A page of a warning.
pub(super) const fn warning(
    code: &'static str,
    title: &'static str,
    explanation: &'static str,
    example: &'static str,
    fix: &'static str,
) -> CodePage {
    CodePage { code: Code::new(code), severity: Severity::Warning, title, explanation, example, fix }
}
