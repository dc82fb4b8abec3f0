//! Something that holds data, made once more from a backup, beside the one that is there.
//!
//! The address moves on to the new one: whatever uses it follows with the next plan, which sees another id. The one before
//! stays in the record as deposed, and at the vendor, until a person names it: nothing that held data goes by itself.

use crate::{Decision, Inputs, Stray, codes::BEFORE, findings::warning};
use pontoon_catalog::ResourceType;
use pontoon_core::{
    address::Address,
    plan::{Action, Finding, Impact},
    record::Recorded,
};

/// What is made once more, and from what.
#[derive(Debug, Clone)]
pub struct Restore {
    /// What.
    pub address: Address,
    /// As it was then; the newest backup where nothing is said. In the vendor's words for time.
    pub at: Option<String>,
}

/// Makes a decision a restore, where it is the one that is asked for.
pub(crate) fn decide(inputs: &Inputs<'_>, d: &mut Decision<'_>) {
    let Some(restore) = inputs.options.restore.as_ref().filter(|r| r.address == d.address) else { return };
    let (Some(from), Some(found)) = (d.kind.restore, d.found) else { return };
    d.action = Action::Replace;
    d.fields.clear();
    d.restored = Some(from(&found.object, restore.at.as_deref()));
    d.because = match &restore.at {
        Some(at) => format!("is restored as it was at {at}"),
        None => "is restored from the newest backup".into(),
    };
    d.impact = Impact::Interruption;
    d.consequence = "a new one is made beside it, with another host and other passwords; what uses it follows when it is ready, \
                     and what was written since then is in the one before only, which stays"
        .into();
}

/// Parts earlier incarnations that hold data and were left on purpose from those that are to be removed, and says which stay.
pub(crate) fn part<'a>(
    inputs: &Inputs<'_>,
    kind: &ResourceType,
    recorded: Option<&Recorded>,
    strays: Vec<&'a Stray>,
    findings: &mut Vec<Finding>,
) -> (Vec<&'a Stray>, Vec<&'a Stray>) {
    let known = |s: &&Stray| recorded.is_some_and(|r| r.deposed.iter().any(|d| d.id == s.id));
    let never_was = |s: &&Stray| kind.failed.is_some_and(|f| f().holds(&s.object));
    let named = |s: &&Stray| inputs.options.include_stateful || inputs.options.destroy.contains(&s.address);
    let (stay, go): (Vec<_>, Vec<_>) = strays.into_iter().partition(|s| kind.stateful && known(s) && !never_was(s) && !named(s));
    for one in &stay {
        findings.push(warning(
            BEFORE,
            Some(&one.address),
            format!("the {} before it ({}) stays, with its data, and is billed", kind.title, one.id),
            format!("when nothing needs it any more: pontoon up {} --destroy {}", one.address.scope(), one.address),
        ));
    }
    (stay, go)
}
