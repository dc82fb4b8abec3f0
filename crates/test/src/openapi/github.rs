//! Where GitHub's published document is silent on what GitHub really does: each with its reason, and no wider.

use super::exchange::Exchange;
use super::report::{Part, Violation, Wrong};
use super::routes::Operation;

/// Errors that every operation can have; the document lists them for some operations only, and describes them in prose
/// (authentication, rate limits, validation).
const COMMON: &[u16] = &[400, 401, 403, 404, 405, 409, 422];

/// Whether a violation is one that GitHub itself would be found guilty of.
pub(super) fn documented(operation: &Operation, exchange: &Exchange, violation: &Violation) -> bool {
    let refused = COMMON.contains(&exchange.status);
    match (violation.part, violation.wrong) {
        (Part::Status, Wrong::Undeclared) => refused,
        // Every error of GitHub's carries its status as a string; the schema of `validation-error` does not have it.
        (Part::ReplyBody, Wrong::Undeclared) if refused && violation.at == "/status" => true,
        // Every error has a body; the document leaves it out of some.
        (Part::ReplyBody, Wrong::Undeclared) if refused && violation.at.is_empty() => true,
        // Path parameters that hold several parts are sent with their slashes by some clients.
        (Part::Path, Wrong::Undeclared) => operation.template.contains("{path}"),
        _ => false,
    }
}
