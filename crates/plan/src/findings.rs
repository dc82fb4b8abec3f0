//! What can be said before any comparison: another team, foreign things, unknown kinds.

use crate::Inputs;
use pontoon_catalog::find;
use pontoon_core::{
    address::Address,
    plan::{Finding, Gravity},
};

/// An error about an address or the whole plan.
pub fn error(code: &str, address: Option<&Address>, message: String, hint: String) -> Finding {
    Finding { code: code.into(), gravity: Gravity::Error, address: address.cloned(), message, hint }
}

/// A warning about an address.
pub fn warning(code: &str, address: Option<&Address>, message: String, hint: String) -> Finding {
    Finding { code: code.into(), gravity: Gravity::Warning, address: address.cloned(), message, hint }
}

/// Findings that need no comparison.
pub fn before(inputs: &Inputs<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for record in inputs.records.values() {
        if let (Some(ours), Some(theirs)) = (&record.team, &inputs.team)
            && ours.id != theirs.id
        {
            found.push(error(
                "PT6001",
                None,
                format!(
                    "the token belongs to team {} ({}), but {} was made in team {} ({})",
                    theirs.name, theirs.id, record.scope, ours.name, ours.id
                ),
                "use a token of that team, or give the environment its own with account: { token: NAME }".into(),
            ));
        }
        for address in record.resources.keys().filter(|a| find(a.kind()).is_none()) {
            found.push(error(
                "PT6006",
                Some(address),
                format!("this version of Pontoon does not know the kind {}", address.kind()),
                "use the version that made it, or a newer one: pontoon --version".into(),
            ));
        }
    }
    for (address, id) in &inputs.seen.foreign {
        found.push(error(
            "PT6003",
            Some(address),
            format!("{id} carries the name of this platform and environment, but was made from another record"),
            "another person's record holds it, or this one was lost: use that record, or rename the platform".into(),
        ));
    }
    found
}
