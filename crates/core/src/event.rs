//! Events: what a run tells whoever watches. Every view is drawn from these alone.

use crate::{
    address::Address,
    call::Class,
    operation::Ending,
    plan::{Action, StepId},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that happened, at a time of the run's clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// When, in RFC 3339.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// An earlier operation that was cut off is being settled.
    Recovering {
        /// Its id.
        operation: String,
        /// How many of its steps are unclear.
        unclear: usize,
    },
    /// An unclear step waits until a lost request can no longer take effect.
    Settling {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// For how many seconds.
        seconds: i64,
    },
    /// An unclear step turned out to have happened, or not.
    Settled {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// Whether it had happened.
        happened: bool,
    },
    /// The operation begins.
    Opened {
        /// Its id.
        operation: String,
        /// How many steps it has.
        steps: usize,
        /// Seconds that it usually takes.
        typical: u64,
    },
    /// A step's call is about to leave.
    Began {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// What it does.
        action: Action,
        /// For a person.
        title: String,
    },
    /// The call had its effect; now what it made is waited for.
    Waiting {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// What the vendor says of it, such as `provisioning`.
        state: String,
    },
    /// A refusal that passes by itself.
    Retrying {
        /// Which step; none for a read of the refresh.
        step: Option<StepId>,
        /// Why.
        class: Class,
        /// Seconds until the next try.
        seconds: u64,
        /// What the vendor said.
        message: String,
    },
    /// A step ended well.
    Done {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// What it did.
        action: Action,
        /// Seconds that it took.
        seconds: i64,
    },
    /// A step ended badly.
    Failed {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// What it tried.
        action: Action,
        /// The class of the refusal.
        class: Class,
        /// What the vendor said.
        message: String,
    },
    /// A step waits for a person.
    Stalled {
        /// Which step.
        step: StepId,
        /// Its address.
        address: Address,
        /// What to type.
        instructions: Vec<String>,
    },
    /// A delivery into a cluster begins.
    Contents {
        /// The environment.
        environment: String,
        /// Each unit by name, and the names of those that have to be healthy before it.
        needs: BTreeMap<String, Vec<String>>,
    },
    /// Something of a cluster's contents got nearer to health, or is kept from it.
    Unit {
        /// The environment.
        environment: String,
        /// The unit's name.
        unit: String,
        /// For a person.
        title: String,
        /// How it stands.
        state: UnitState,
        /// Why, or what it waits for; empty where there is nothing to say.
        detail: String,
    },
    /// A part of the delivery outside of the cluster was done: a repository, a commit, a key.
    Delivered {
        /// What, for a person.
        what: String,
    },
    /// No further steps are started.
    Stopping,
    /// The operation ended.
    Closed {
        /// Its id.
        operation: String,
        /// How.
        ending: Ending,
        /// Steps that were not started because of others.
        skipped: usize,
        /// Seconds that it took.
        seconds: i64,
    },
}

/// How a unit of a cluster's contents stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitState {
    /// Something else has to be healthy first.
    Waiting,
    /// It was written, and is not healthy yet.
    Progressing,
    /// It does not get there by itself.
    Stuck,
    /// It is healthy.
    Healthy,
}

impl std::fmt::Display for UnitState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            UnitState::Waiting => "waiting",
            UnitState::Progressing => "progressing",
            UnitState::Stuck => "stuck",
            UnitState::Healthy => "healthy",
        })
    }
}
