//! How a pass says something: with the severity of its page, at a value, once for all environments
//! that have the same to be said.

use pontoon_core::diagnostic::{CodePage, Diagnostic, Diagnostics, Severity};
use pontoon_spec::{Located, Spec};

/// A problem of a page, at a value.
pub fn at<T>(page: CodePage, value: &Located<T>, message: impl Into<String>) -> Diagnostic {
    nowhere(page, message).at(value.at.clone()).path(value.path.clone())
}

/// A problem of a page, without a place yet.
pub fn nowhere(page: CodePage, message: impl Into<String>) -> Diagnostic {
    match page.severity {
        Severity::Error => Diagnostic::error(page.code, message),
        Severity::Warning => Diagnostic::warning(page.code, message),
    }
}

/// Looks at each environment by itself. What is the same in all is said once, without a name; what
/// is so in some only begins with their names.
pub fn each(specs: &[Spec], out: &mut Diagnostics, look: impl Fn(&Spec, &mut Diagnostics)) {
    let mut found: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    for spec in specs {
        let mut own = Diagnostics::new();
        look(spec, &mut own);
        for problem in own {
            let same = |(d, _): &&mut (Diagnostic, Vec<&str>)| {
                d.code == problem.code && d.at == problem.at && d.path == problem.path && d.message == problem.message
            };
            match found.iter_mut().find(same) {
                Some((_, names)) => names.push(spec.environment.as_str()),
                None => found.push((problem, vec![spec.environment.as_str()])),
            }
        }
    }
    for (mut problem, names) in found {
        if names.len() < specs.len() {
            problem.message = format!("in {}: {}", list(&names), problem.message);
        }
        out.push(problem);
    }
}

/// Points at the document what points at its blueprint, which is nobody's file: at another place that
/// belongs to the problem, or at the line that takes the blueprint.
pub fn in_document(specs: &[Spec], mut problem: Diagnostic) -> Diagnostic {
    let Some(spec) = specs.first() else { return problem };
    let Some(own) = spec.platform.at.as_ref().map(|at| &at.file) else { return problem };
    let Some(elsewhere) = problem.at.clone().filter(|at| at.file != *own) else { return problem };
    match problem.labels.iter().position(|label| label.at.file == *own) {
        Some(i) => problem.at = Some(problem.labels.remove(i).at),
        None => problem.at = spec.blueprint.as_ref().and_then(|b| b.at.clone()).or(problem.at),
    }
    problem.label(elsewhere, "given by the blueprint")
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(names: &[T]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [init @ .., last] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", init.join(", "), last.as_ref())
        }
    }
}

/// `1 node`, `2 nodes`.
pub fn count(n: impl Into<u64>, noun: &str) -> String {
    let n = n.into();
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
