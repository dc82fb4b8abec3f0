//! Addresses: the stable names of everything that Pontoon manages.
//!
//! `production/digitalocean.node_pool.workload`: a scope (an environment, or `shared`), a kind
//! (vendor and type), and a name inside of the scope. Addresses never change while the thing they
//! name lives, sort well, and are what a person types to name something on the command line.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The scope of things that exist once for the whole platform.
pub const SHARED: &str = "shared";

/// An environment's name, or `shared`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// The scope of an environment.
    pub fn environment(name: impl Into<String>) -> Self {
        Scope(name.into())
    }
    /// The scope of what exists once.
    pub fn shared() -> Self {
        Scope(SHARED.into())
    }
    /// Whether this is the shared scope.
    pub fn is_shared(&self) -> bool {
        self.0 == SHARED
    }
    /// The name as written in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where something is: `scope/vendor.type.name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    scope: Scope,
    kind: String,
    name: String,
}

impl Address {
    /// Makes an address of parts that the caller has already checked.
    ///
    /// `kind` is `vendor.type`; `name` may hold dots (`main.orders`: the database `orders` of the
    /// database cluster `main`).
    pub fn new(scope: Scope, kind: impl Into<String>, name: impl Into<String>) -> Self {
        Address { scope, kind: kind.into(), name: name.into() }
    }
    /// The environment, or `shared`.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
    /// Vendor and type, such as `digitalocean.vpc`.
    pub fn kind(&self) -> &str {
        &self.kind
    }
    /// The name inside of scope and kind.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.{}", self.scope, self.kind, self.name)
    }
}

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address: write environment/vendor.type.name, such as production/digitalocean.vpc.main")]
pub struct NotAnAddress(pub String);

impl FromStr for Address {
    type Err = NotAnAddress;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let no = || NotAnAddress(s.to_owned());
        let (scope, rest) = s.split_once('/').ok_or_else(no)?;
        let mut parts = rest.splitn(3, '.');
        let (Some(vendor), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(no());
        };
        let plain = |t: &str| {
            !t.is_empty() && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
        };
        if [scope, vendor, kind].iter().all(|t| plain(t)) && !name.is_empty() && !name.contains(['/', ' ', '\n']) {
            Ok(Address::new(Scope::environment(scope), format!("{vendor}.{kind}"), name))
        } else {
            Err(no())
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses() {
        for s in ["production/digitalocean.vpc.main", "shared/digitalocean.record.example.com.www", "a/spaces.bucket.b"] {
            assert_eq!(s.parse::<Address>().map(|a| a.to_string()), Ok(s.to_owned()));
        }
        for s in ["", "x", "production/vpc", "production/digitalocean.vpc.", "a b/digitalocean.vpc.main", "p/D.v.n"] {
            assert!(s.parse::<Address>().is_err(), "{s}");
        }
    }

    #[test]
    fn sorts_by_scope_then_kind_then_name() {
        let a: Address = "a/digitalocean.vpc.z".parse().unwrap();
        let b: Address = "b/digitalocean.cluster.a".parse().unwrap();
        assert!(a < b);
    }
}
