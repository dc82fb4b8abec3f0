//! For programs.

use pontoon_core::diagnostic::Diagnostics;
use serde_json::json as value;

/// One JSON document: `diagnostics`, each with code, severity, message, place, path, hint; and the
/// counts of `errors`, `warnings` and `accepted`.
pub fn json(diagnostics: &Diagnostics) -> String {
    let accepted = diagnostics.iter().filter(|d| d.accepted).count();
    let document = value!({
        "version": 1,
        "errors": diagnostics.errors().count(),
        "warnings": diagnostics.warnings().count(),
        "accepted": accepted,
        "diagnostics": diagnostics,
    });
    format!("{document:#}\n")
}
