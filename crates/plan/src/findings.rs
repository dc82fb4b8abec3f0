//! What can be said before any comparison: another team, foreign things, unknown kinds.

use crate::{Inputs, codes};
use pontoon_catalog::find;
use pontoon_core::{
    address::{Address, Scope},
    plan::{Command, Finding, Gravity},
    record::Team,
};

/// An error about an address or the whole plan.
pub fn error(code: &str, address: Option<&Address>, message: String, hint: String) -> Finding {
    Finding { code: code.into(), gravity: Gravity::Error, address: address.cloned(), message, hint }
}

/// A warning about an address.
pub fn warning(code: &str, address: Option<&Address>, message: String, hint: String) -> Finding {
    Finding { code: code.into(), gravity: Gravity::Warning, address: address.cloned(), message, hint }
}

/// What was made in another team than the token's: one finding for all of it.
pub fn another_team<'a>(token: &Team, made: impl IntoIterator<Item = (&'a Scope, &'a Team)>) -> Option<Finding> {
    let mut scopes: Vec<String> = Vec::new();
    let mut team = None;
    for (scope, ours) in made.into_iter().filter(|(_, ours)| ours.id != token.id) {
        scopes.push(scope.to_string());
        team = Some(ours);
    }
    let ours = team?;
    let (token_name, were) = (&token.name, if scopes.len() == 1 { "was" } else { "were" });
    let message = format!(
        "the token belongs to team {token_name} ({}), but {} {were} made in team {} ({})",
        token.id,
        scopes.join(" and "),
        ours.name,
        ours.id
    );
    let hint = "use a token of that team, or give the environment its own with account: { token: NAME }";
    Some(error(codes::ANOTHER_TEAM, None, message, hint.into()))
}

/// Findings that need no comparison.
pub fn before(inputs: &Inputs<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let pinned = inputs.records.values().filter_map(|r| Some((&r.scope, r.team.as_ref()?)));
    found.extend(inputs.team.as_ref().and_then(|theirs| another_team(theirs, pinned)));
    for record in inputs.records.values() {
        for address in record.resources.keys().filter(|a| find(a.kind()).is_none()) {
            found.push(error(
                "PT6006",
                Some(address),
                format!("this version of Pontoon does not know the kind {}", address.kind()),
                "use the version that made it, or a newer one: pontoon --version".into(),
            ));
        }
    }
    if inputs.command == Command::Up {
        found.extend(crate::contained::before(inputs.records));
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
