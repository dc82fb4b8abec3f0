//! The container registry.

use super::{List, Off};
use crate::{
    section::{choice, section, tagged},
    types::{ImageRepository, Region},
};
use pontoon_core::quantity::Cron;

tagged! {
    /// The registry of the platform's images, one for all environments.
    pub enum Registry default "digitalocean" {
        /// DigitalOcean's.
        Digitalocean(ManagedRegistry) = "digitalocean",
        /// None.
        None(Off) = "none",
    }
}

section! {
    /// A registry of DigitalOcean.
    pub struct ManagedRegistry {
        /// How large it may be.
        tier "tier": Tier = default "basic",
        /// Its region; the first environment's where nothing is written.
        region "region": Region = optional,
        /// What scans images when they are built.
        scan "scan": Scan = default "none",
        /// When what no tag names is collected.
        garbage_collection "garbageCollection": Cron = optional,
        /// Images of other registries that are kept here too.
        mirror "mirror": List<ImageRepository> = default "[]",
    }
}

choice! {
    /// How large a registry may be.
    pub enum Tier {
        /// One repository of 500 MiB.
        Starter = "starter",
        /// Five repositories and 5 GiB.
        Basic = "basic",
        /// As many as wanted.
        Professional = "professional",
    }
}

choice! {
    /// What scans images.
    pub enum Scan {
        /// Nothing.
        None = "none",
        /// Trivy.
        Trivy = "trivy",
    }
}
