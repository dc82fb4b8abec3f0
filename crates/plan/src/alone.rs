//! Destroying one thing alone: what else would be touched is named.

use crate::{
    Inputs, codes,
    findings::{error, warning},
};
use pontoon_catalog::{Field, field::Change, find};
use pontoon_core::{address::Address, plan::Finding, record::Recorded, value::Value};
use std::collections::BTreeSet;

/// What is said of `destroy --only`: what is not recorded, and what needs what is `deleted` and is not deleted itself.
pub fn findings(inputs: &Inputs<'_>, deleted: &BTreeSet<Address>) -> Vec<Finding> {
    let only = inputs.options.only.iter().filter(|a| inputs.records.contains_key(a.scope()));
    let all = || inputs.records.values().flat_map(|r| &r.resources);
    let mut found = Vec::new();
    for address in only {
        if !all().any(|(a, _)| a == address) {
            let message = "it is not recorded, so there is nothing to destroy".into();
            found.push(error(codes::NOT_RECORDED, Some(address), message, "what is recorded: pontoon status --json".into()));
        }
        let Some(there) = inputs.seen.matched.get(address) else { continue };
        for (user, recorded) in all().filter(|(a, _)| !deleted.contains(*a)) {
            found.extend(dependant(address, &there.id, user, recorded));
        }
    }
    found
}

/// What is said of something that needs what is destroyed, and is not destroyed itself.
fn dependant(address: &Address, id: &str, user: &Address, recorded: &Recorded) -> Option<Finding> {
    let kind = find(user.kind())?;
    // What only lists it (a project) loses nothing.
    let lists = kind.parent.is_some() && !kind.dies_with_parent;
    if lists || !recorded.needs.contains(address) && recorded.parent.as_ref() != Some(address) {
        return None;
    }
    let stands =
        |f: &Field| matches!(f.change, Change::Never(_)) && recorded.attributes.get(f.name).and_then(Value::as_text) == Some(id);
    Some(match kind.fields.iter().any(stands) {
        true => error(
            codes::DEPENDANT,
            Some(user),
            format!("it stands in {address} and can never leave it"),
            format!("name it as well: --only {user}"),
        ),
        false => warning(
            codes::DEPENDANT,
            Some(user),
            format!("it needs {address}, and stays"),
            format!("to destroy it as well: --only {user}; the next up makes {address} again while the document asks for it"),
        ),
    })
}
