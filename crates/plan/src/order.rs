//! What must end before what begins.
//!
//! Six rules make the graph; everything else runs at the same time.
//!
//! 1. **Needs first.** A thing is made or changed after everything that it needs is made, changed and
//!    ready. Replaced things count as made.
//! 2. **Users first.** A thing is removed after everything that recorded a need of it is removed or
//!    has been changed to need something else. What goes with its parent counts as removed by the
//!    parent's removal.
//! 3. **One place.** Where the new one cannot stand beside the old one (a name, a range, the only one
//!    of its parent), the old one is removed before the new one is made.
//! 4. **No gap.** Where it can (node pools), the new one is ready before the old one is emptied, and
//!    the old one is empty before it is removed.
//! 5. **Contents first.** What holds others without being their parent (a project, by its membership)
//!    is removed after what it held.
//! 6. **One after another.** The steps of one address follow each other in the order in which they
//!    were written: adopt, then each update.
//!
//! Rules 1 and 2 cannot contradict each other: needs among desired things are free of cycles, needs
//! among recorded things were when they were written, and rule 3 joins a removal to a making of the
//! same address only.
//!
//! Known hole: a thing that is changed to stop needing another, and that is also needed by the
//! removal of a third, waits for both although it might not have to.

use pontoon_core::{
    address::Address,
    plan::{Step, StepId},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a step is to its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes, changes, adopts, or waits until it is ready.
    Provides,
    /// Empties or removes what was there.
    Removes,
    /// Cleans up an earlier incarnation once the new one is there.
    Retires,
}

/// A step that is not numbered into the graph yet.
pub struct Draft {
    /// What it is to its address.
    pub role: Role,
    /// The step; `needs` is still empty.
    pub step: Step,
}

/// What the graph is made from.
#[derive(Default)]
pub struct Facts {
    /// What each address needs, if it should be.
    pub needs: BTreeMap<Address, BTreeSet<Address>>,
    /// What each address needed when it was made.
    pub needed: BTreeMap<Address, BTreeSet<Address>>,
    /// Whose removal removes an address that has no removal of its own.
    pub goes_with: BTreeMap<Address, Address>,
    /// What each address holds by a child that does not die with it.
    pub holds: BTreeMap<Address, BTreeSet<Address>>,
    /// Addresses whose new incarnation waits for the removal of the old one.
    pub one_place: BTreeSet<Address>,
}

/// Numbers the steps and links them.
pub fn link(drafts: Vec<Draft>, facts: &Facts) -> Vec<Step> {
    let mut of: BTreeMap<(Address, Role), Vec<StepId>> = BTreeMap::new();
    let mut steps = Vec::with_capacity(drafts.len());
    let mut roles = Vec::with_capacity(drafts.len());
    for (id, mut draft) in (0..).zip(drafts) {
        draft.step.id = id;
        of.entry((draft.step.address.clone(), draft.role)).or_default().push(id);
        // What a call makes besides, or takes along, is provided or removed by it.
        for (other, _) in draft.step.outcomes.iter().filter(|(a, _)| *a != draft.step.address) {
            of.entry((other.clone(), draft.role)).or_default().insert(0, id);
        }
        roles.push(draft.role);
        steps.push(draft.step);
    }
    let all = |a: &Address, role: Role| of.get(&(a.clone(), role)).cloned().unwrap_or_default();
    let removal = |a: &Address| -> Vec<StepId> {
        let mut at = a;
        loop {
            let own = all(at, Role::Removes);
            match facts.goes_with.get(at) {
                Some(parent) if own.is_empty() => at = parent,
                _ => return own,
            }
        }
    };
    for i in 0..steps.len() {
        let (id, role, address) = (steps[i].id, roles[i], steps[i].address.clone());
        let mut needs: BTreeSet<StepId> = BTreeSet::new();
        // Rule 6.
        needs.extend(all(&address, role).into_iter().filter(|s| *s < id));
        match role {
            Role::Provides => {
                // Rule 1, for every address that the step provides.
                for (made, _) in &steps[i].outcomes {
                    for need in facts.needs.get(made).into_iter().flatten() {
                        needs.extend(all(need, Role::Provides));
                    }
                    // Rule 3.
                    if facts.one_place.contains(made) {
                        needs.extend(removal(made));
                    }
                }
            }
            Role::Removes => {
                for (user, _) in facts.needed.iter().filter(|(_, needed)| needed.contains(&address)) {
                    // Rule 2.
                    let removed = removal(user);
                    let still = facts.needs.get(user).is_some_and(|n| n.contains(&address));
                    if removed.is_empty() {
                        // What still needs it needs the new one, by rule 1.
                        needs.extend(all(user, Role::Provides).into_iter().filter(|_| !still));
                    } else {
                        // What goes along with this one's own removal is no reason to empty it later than that.
                        needs.extend(removed.into_iter().filter(|s| steps[*s as usize].address != address));
                    }
                }
                // Rule 5.
                for held in facts.holds.get(&address).into_iter().flatten() {
                    needs.extend(removal(held));
                }
                for (child, _) in facts.goes_with.iter().filter(|(_, parent)| **parent == address) {
                    for (user, _) in facts.needed.iter().filter(|(_, needed)| needed.contains(child)) {
                        needs.extend(removal(user));
                    }
                }
            }
            // Rule 4.
            Role::Retires => needs.extend(all(&address, Role::Provides)),
        }
        needs.remove(&id);
        steps[i].needs = needs;
    }
    steps
}
