//! For GitHub: workflow commands that annotate files of a pull request.

use pontoon_core::diagnostic::{Diagnostics, Severity};
use std::fmt::Write;

/// One line for each diagnostic that is not accepted.
pub fn github(diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for d in diagnostics.iter().filter(|d| !d.accepted) {
        let command = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = d.at.as_ref().map(|at| {
            // GitHub marks columns only where both ends are on one line.
            let columns =
                if at.line == at.end_line { format!(",col={},endColumn={}", at.column, at.end_column) } else { String::new() };
            format!("file={},line={},endLine={}{columns},", property(&at.file), at.line, at.end_line)
        });
        let hint = d.hint.as_ref().map(|h| format!("\n{h}")).unwrap_or_default();
        let message = data(&format!("{}{hint}", d.message));
        let _ = writeln!(out, "::{command} {}title={}::{message}", place.unwrap_or_default(), d.code);
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
