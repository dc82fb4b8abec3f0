//! A store of secrets by path, as people and the platform use it.
//!
//! Next to the `Secrets` port, which only takes what a vendor shows once: this one is read, listed and emptied again.
//! A path is `<platform>/<environment>/<app>/<NAME>`; a secret has fields, most have the one called [`VALUE`].

use crate::ports::Boxed;
use jiff::Timestamp;
use pontoon_core::{call::Class, secret::Secret};
use std::{collections::BTreeMap, fmt};

/// The field of a secret that has one only.
pub const VALUE: &str = "value";

/// A secret as a store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its fields.
    pub fields: BTreeMap<String, Secret>,
    /// When it was written, where the store knows.
    pub since: Option<Timestamp>,
}

impl Kept {
    /// A secret with one value.
    pub fn value(secret: Secret) -> BTreeMap<String, Secret> {
        BTreeMap::from([(VALUE.to_owned(), secret)])
    }
}

/// A secret in a list: where it is and since when, never what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its path.
    pub path: String,
    /// When it was written, where the store knows.
    pub since: Option<Timestamp>,
}

/// A store that refuses, or does not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRefusal {
    /// What it means.
    pub class: Class,
    /// What the store said, without any secret.
    pub message: String,
    /// What a person does about it, to be typed where that is possible.
    pub next: String,
}

impl fmt::Display for StoreRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreRefusal {}

/// Keeps secrets by path.
///
/// Guarantees: what was put is there when `put` has answered. Does not retry.
pub trait SecretStore {
    /// What it is, for a person: `Vault at https://vault.example.com`.
    fn describe(&self) -> String;
    /// A secret; none where there is none.
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Kept>, StoreRefusal>>;
    /// Keeps a secret as a whole, in place of an earlier one.
    fn put<'a>(&'a self, path: &'a str, fields: BTreeMap<String, Secret>) -> Boxed<'a, Result<(), StoreRefusal>>;
    /// Every secret whose path begins with `prefix`, which ends at a `/`; in order.
    fn list<'a>(&'a self, prefix: &'a str) -> Boxed<'a, Result<Vec<Listed>, StoreRefusal>>;
    /// Removes a secret with its history; one that is not there is removed already.
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), StoreRefusal>>;
}
