//! Faults: rules that say which requests go wrong, and how.

use crate::random::Random;
use crate::world::duration;
use serde::Deserialize;
use std::time::Duration;

/// One rule. Every condition that is given must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Vendor's name; any when left out.
    #[serde(default)]
    pub vendor: Option<String>,
    /// Method; any when left out.
    #[serde(default)]
    pub method: Option<String>,
    /// Path, where `*` stands for any characters; any when left out.
    #[serde(default)]
    pub path: Option<String>,
    /// Which of the requests that fit, counted from 1 over the life of the world; all when left out.
    #[serde(default)]
    pub nth: Vec<u64>,
    /// Chance for each request that fits, 0 to 1; certain when left out.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Only from this long after the world's start.
    #[serde(default)]
    pub from: Option<Span>,
    /// Only until this long after the world's start.
    #[serde(default)]
    pub until: Option<Span>,
    /// What happens.
    pub kind: Kind,
}

/// A duration written as `90s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Span(#[serde(deserialize_with = "duration")] pub Duration);

/// How a request goes wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The connection is cut and nothing was done.
    LoseRequest,
    /// It is done, and the connection is cut before the reply.
    LoseReply,
    /// The connection is cut, and it is done this much later.
    LateEffect(Span),
    /// Nothing is done, and this status comes back.
    Status(u16),
    /// The request, and all that it starts, takes so many times longer.
    Slow(f64),
    /// It is accepted, and what it creates ends in the vendor's error state.
    FailCreation,
}

impl Fault {
    /// True when the rule is about such a request at all.
    pub(crate) fn fits(&self, vendor: &str, method: &str, path: &str, age: Duration) -> bool {
        self.vendor.as_deref().is_none_or(|v| v == vendor)
            && self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|p| glob(p, path))
            && self.from.is_none_or(|f| age >= f.0)
            && self.until.is_none_or(|u| age < u.0)
    }

    /// True when the rule strikes the `count`th request that fits.
    pub(crate) fn strikes(&self, count: u64, random: &mut Random) -> bool {
        (self.nth.is_empty() || self.nth.contains(&count)) && self.probability.is_none_or(|p| random.unit() < p)
    }
}

/// True when `text` fits `pattern`, in which `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(after) = text.strip_prefix(head) else {
        return false;
    };
    (0..=after.len()).any(|i| after.get(i..).is_some_and(|tail| glob(rest, tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(glob("/v2/vpcs*", "/v2/vpcs/1"));
        assert!(glob("/v2/*/node_pools", "/v2/kubernetes/clusters/1/node_pools"));
        assert!(!glob("/v2/*/node_pools", "/v2/kubernetes/clusters/1"));
        assert!(!glob("/v2/vpcs", "/v2/vpcs/1"));
    }
}
