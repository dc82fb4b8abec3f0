//! What the platform promises, checked by `check`, `rehearse` and `cost`.

use crate::section::section;
use pontoon_core::quantity::{Duration, Money};

section! {
    /// What the platform promises.
    pub struct Objectives {
        /// How long recovery may take.
        rto "rto": Duration = optional,
        /// How much may be lost.
        rpo "rpo": Rpo = optional,
        /// What an environment may cost a month.
        monthly_budget "monthlyBudget": Money = optional,
    }
}

section! {
    /// How much may be lost, as a length of time. Written as one, it is both.
    pub struct Rpo shorthand ["cluster", "databases"] {
        /// Of the cluster's contents.
        cluster "cluster": Duration = optional,
        /// Of databases.
        databases "databases": Duration = optional,
    }
}
