//! What Pontoon knows that exists: one record a scope, without any secret.

use crate::{
    address::{Address, Scope},
    value::Value,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One thing that exists, as far as Pontoon knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The vendor's id: what reads and deletes name it by.
    pub id: String,
    /// The incarnation that its mark carries; empty where the kind carries none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub incarnation: String,
    /// The attributes that were last applied; pending parts filled in.
    pub attributes: BTreeMap<String, Value>,
    /// What others may refer to: id, endpoints, names. Never a secret.
    pub outputs: BTreeMap<String, Value>,
    /// The resource that it lives in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Address>,
    /// What it needed when it was made: destruction goes the other way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Address>,
    /// When it was made or adopted, in RFC 3339, by the vendor's clock.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// The ids of earlier incarnations that are still to be removed, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<Deposed>,
    /// Databases that run in it and were restored, by the document's names: as what each has stood there, the present one last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub restored: BTreeMap<String, Vec<Restored>>,
}

/// A database that runs in a cluster: the first of its name, or one that was made from an archive beside the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// What it is called there: `main`, `main-r2`.
    pub name: String,
    /// What it was made from; nothing for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Archived>,
}

/// A point in an archive of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// Whose archive, by its name in the bucket.
    pub server: String,
    /// How far.
    pub until: Until,
}

/// How far an archive is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// To this moment, in RFC 3339.
    Moment(String),
    /// To the end of the backup of this id, and no further.
    Backup(String),
}

/// An earlier incarnation that a replacement has not removed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposed {
    /// The vendor's id.
    pub id: String,
    /// Its incarnation.
    #[serde(default)]
    pub incarnation: String,
    /// Whether what it showed once was never kept: then nothing can use it, and nothing is waited for before it goes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unkept: bool,
}

/// The record of one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format's version.
    pub version: u32,
    /// The platform's name.
    pub platform: String,
    /// Which scope.
    pub scope: Scope,
    /// Drawn once, at the first write: the same platform name with another lineage is foreign.
    pub lineage: String,
    /// Grows by one with every write.
    pub serial: u64,
    /// The team of the account, pinned at the first write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Team>,
    /// What exists.
    pub resources: BTreeMap<Address, Recorded>,
}

/// A vendor's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The vendor's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Record {
    /// The format that this version writes.
    pub const VERSION: u32 = 1;

    /// The record of a scope in which nothing was ever made.
    pub fn empty(platform: &str, scope: Scope, lineage: String) -> Record {
        Record {
            version: Self::VERSION,
            platform: platform.into(),
            scope,
            lineage,
            serial: 0,
            team: None,
            resources: BTreeMap::new(),
        }
    }
}
