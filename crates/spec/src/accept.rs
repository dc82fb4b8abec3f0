//! `accept: [CODE]`: warnings that a section lives with, visibly.

use crate::{
    codes,
    decode::Cx,
    shape::ACCEPT,
    tree::{Data, Node},
};
use pontoon_core::diagnostic::{Code, CodePage, Diagnostic, Diagnostics, Place, Severity};

/// One accepted code.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The code.
    pub code: Code,
    /// The path of the section that accepts it; empty for the whole document.
    pub section: String,
    /// Where the section is written.
    pub within: Option<Place>,
    /// Where the code is written.
    pub at: Option<Place>,
}

/// Checks the form of an `accept` list.
pub(crate) fn decode(node: &Node, cx: &mut Cx) {
    let Data::List(items) = &node.data else {
        let hint = node.scalar().map_or("write [ PT5101 ]".to_owned(), |t| format!("write [ {t} ]"));
        cx.wrong_kind(node, "a list of codes", &hint);
        return;
    };
    for item in items {
        match item.scalar() {
            Some(text) if Code::parse(text).is_some() => {}
            Some(text) => cx.error(codes::MISREAD, item, format!("`{text}` is not a code"), "write a code such as PT5101"),
            None => cx.wrong_kind(item, "a code", "write a code such as PT5101"),
        }
    }
}

/// Everything that a tree accepts. `skip` leaves a key of the root out.
pub(crate) fn collect(node: &Node, path: &str, skip: &str, found: &mut Vec<Accepted>) {
    let Some(map) = node.map() else {
        if let Data::List(items) = &node.data {
            items.iter().enumerate().for_each(|(i, item)| collect(item, &join(path, &i.to_string()), "", found));
        }
        return;
    };
    if let Some(Data::List(items)) = map.get(ACCEPT).map(|n| &n.data) {
        for item in items {
            if let Some(code) = item.scalar().and_then(Code::parse) {
                let within = node.at.clone().filter(|_| !path.is_empty());
                found.push(Accepted { code, section: path.into(), within, at: item.at.clone() });
            }
        }
    }
    for (key, value) in map {
        if !(path.is_empty() && key == skip) {
            collect(value, &join(path, key), "", found);
        }
    }
}

fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.into() } else { format!("{path}.{step}") }
}

/// Marks the warnings that are accepted where they are: at a path below the section, or at bytes
/// within it.
pub(crate) fn apply(accepted: &[Accepted], diagnostics: &mut Diagnostics) {
    for problem in diagnostics.iter_mut().filter(|d| d.severity == Severity::Warning) {
        problem.accepted |= accepted.iter().any(|a| {
            let below =
                || a.section.is_empty() || problem.path == a.section || problem.path.starts_with(&format!("{}.", a.section));
            let inside = || match (&a.within, &problem.at) {
                (Some(outer), Some(at)) => {
                    outer.file == at.file && outer.span.start <= at.span.start && at.span.end <= outer.span.end
                }
                _ => false,
            };
            a.code == problem.code && (below() || inside())
        });
    }
}

/// Checks the accepted codes against all that exist: a code that nobody knows, or an error, cannot
/// be accepted.
pub(crate) fn check(accepted: &[Accepted], pages: &[&CodePage]) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for a in accepted {
        let problem = match pages.iter().find(|p| p.code == a.code) {
            Some(page) if page.severity == Severity::Warning => continue,
            Some(page) => Diagnostic::error(
                codes::ACCEPT,
                format!("{} is an error ({}), and errors cannot be accepted", a.code, page.title),
            )
            .hint("remove it here, and what it refuses"),
            None => Diagnostic::error(codes::ACCEPT, format!("there is no diagnostic {}", a.code)).hint("remove it"),
        };
        problems.push(problem.at(a.at.clone()).path(join(&a.section, ACCEPT)));
    }
    problems
}
