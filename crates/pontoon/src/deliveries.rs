//! What became of each delivery into a cluster: one line of JSON for each, beside the operations of the cloud.
//!
//! A delivery has no journal and needs none; this is what a person looks up afterwards. Nothing is decided from it, so a
//! line that cannot be written or read is only missing.

use crate::{args::Where, files, settings::Settings};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const FILE: &str = "deliveries.jsonl";

/// A unit that was not healthy at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its name.
    pub unit: String,
    /// How it stood: `waiting`, `progressing` or `stuck`.
    pub state: String,
    /// Why.
    pub detail: String,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// When it ended, RFC 3339.
    pub at: String,
    /// The environment.
    pub environment: String,
    /// `user@host`.
    pub who: String,
    /// The operation of the cloud that the same run carried out, where there was one.
    pub operation: Option<String>,
    /// The commit that the cluster was brought to, where a repository is followed.
    pub commit: Option<String>,
    /// The pull request that it waits for.
    pub waits: Option<String>,
    /// How many units there are.
    pub units: usize,
    /// Those that were not healthy.
    pub open: Vec<Open>,
}

fn path(settings: &Settings, local: bool) -> PathBuf {
    let dir = if local { settings.recorded().store() } else { settings.own() };
    dir.join(FILE)
}

/// Keeps one. A disk that is full is no reason to fail what has been delivered.
pub fn keep(settings: &Settings, place: &Where, delivery: &Delivery) {
    let line = serde_json::to_string(delivery).unwrap_or_default();
    if let Err(e) = files::append(&path(settings, place.local), format!("{line}\n").as_bytes()) {
        crate::print::note(&format!("how this delivery ended is not kept for op log: {e}"));
    }
}

/// All that are kept, newest first.
pub fn all(settings: &Settings, local: bool) -> Vec<Delivery> {
    let text = std::fs::read_to_string(path(settings, local)).unwrap_or_default();
    text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
