//! Backups of the cluster's contents.

use super::Map;
use crate::{section::section, types::BucketRef};
use pontoon_core::quantity::{Cron, Duration};

section! {
    /// Backups of the cluster's contents; databases have their own.
    pub struct Backups {
        /// Velero.
        velero "velero": Velero = optional,
    }
}

section! {
    /// Velero.
    pub struct Velero {
        /// The bucket.
        bucket "bucket": BucketRef = required,
        /// When, by name.
        schedules "schedules": Map<Schedule> = required,
    }
}

section! {
    /// A schedule of backups.
    pub struct Schedule {
        /// When.
        cron "cron": Cron = required,
        /// How long they are kept.
        keep "keep": Duration = required,
    }
}
