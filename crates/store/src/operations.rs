//! Operations as they are kept: their summaries for a list, and all of one.

use crate::{
    envelope::{Kind, Layout},
    error::StoreError,
};
use pontoon_core::{
    address::Scope,
    operation::{Ending, Frame, Operation, StepStatus},
    plan::{Command, Plan},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub(crate) const PLAN: Kind = Kind { name: "plan", format: 1, layout: Layout::Line };
pub(crate) const SUMMARY: Kind = Kind { name: "summary", format: 1, layout: Layout::Line };

/// How many steps stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All that the plan has.
    pub total: usize,
    /// Ended well.
    pub done: usize,
    /// Had their effect; nobody has waited for the rest yet.
    pub effected: usize,
    /// Ended badly.
    pub failed: usize,
    /// Wait for a person.
    pub stalled: usize,
    /// Nobody knows.
    pub indeterminate: usize,
}

/// One line of the operation log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationSummary {
    /// Its id.
    pub id: String,
    /// What it was run for.
    pub command: Command,
    /// The scopes that it writes.
    pub scopes: Vec<Scope>,
    /// When it began, in RFC 3339.
    pub at: String,
    /// `user@host`.
    pub who: String,
    /// How and when it ended, if it did.
    pub closed: Option<(Ending, String)>,
    /// How many steps stand where.
    pub steps: Counts,
    /// How many frames its journal has.
    pub frames: usize,
    /// What is wrong with its journal, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

/// All that is kept of an operation.
#[derive(Debug)]
pub struct StoredOperation {
    /// Its id.
    pub id: String,
    /// What was to be done.
    pub plan: Plan,
    /// What happened, folded.
    pub operation: Operation,
    /// What happened, frame by frame.
    pub frames: Vec<Frame>,
    /// What is wrong with its journal after these frames, if anything is.
    pub damage: Option<StoreError>,
}

impl StoredOperation {
    /// Whether nothing is left to find out, by a run or by a person.
    pub fn is_settled(&self) -> bool {
        !self.operation.steps.values().any(|s| matches!(s, StepStatus::Stalled | StepStatus::Indeterminate))
    }

    /// Every scope that it names or touches.
    pub(crate) fn scopes(&self) -> BTreeSet<Scope> {
        let named = self.operation.opened.scopes.iter().chain(self.plan.bases.iter().map(|b| &b.scope));
        named.chain(self.operation.entries.keys().map(|a| a.scope())).cloned().collect()
    }

    /// Its line in the log.
    pub fn summary(&self) -> OperationSummary {
        let count = |status| self.operation.steps.values().filter(|s| **s == status).count();
        OperationSummary {
            id: self.id.clone(),
            command: self.operation.opened.command,
            scopes: self.scopes().into_iter().collect(),
            at: self.operation.opened.at.clone(),
            who: self.operation.opened.who.clone(),
            closed: self.operation.closed.clone(),
            steps: Counts {
                total: self.plan.steps.len(),
                done: count(StepStatus::Done),
                effected: count(StepStatus::Effected),
                failed: count(StepStatus::Failed),
                stalled: count(StepStatus::Stalled),
                indeterminate: count(StepStatus::Indeterminate),
            },
            frames: self.frames.len(),
            damage: self.damage.as_ref().map(ToString::to_string),
        }
    }
}
