//! A life of a platform as plain data: what is asked for, by whom, and what goes wrong on the way.

use super::disk;
use crate::platforms::{self, of};
use pontoon_catalog::{Delete, find, resource::sample_address, samples::samples_for};
use pontoon_core::{
    address::Address,
    platform::{Platform, Resource},
    value::Value,
};
use pontoon_emulator::{
    World,
    faults::{Fault, Kind, Span},
    world::Range,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// One life, from an empty account to `last`, and from there to nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Seeds the world, and whatever is drawn on the way.
    pub seed: u64,
    /// What its shapes are parts of.
    pub base: Base,
    /// Whether its clusters begin with an earlier version, from which there is a way to the newest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
    /// What goes wrong by itself.
    pub troubles: Vec<Trouble>,
    /// What happens, one after another.
    pub acts: Vec<Act>,
    /// What should be there in the end.
    pub last: Shape,
}

/// All that a story's platforms are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// An example's environment.
    Example(String, usize),
    /// Examples of kinds, and what those need.
    Kinds(Vec<String>),
}

/// A platform: a base without some of it, and with some of it changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Which resources of the base are left out, by their address; what needs one of them is left out too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Which of the known changes are made: of which kind, and the fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<(String, serde_json::Value)>,
}

/// What goes wrong by itself, in chances for each request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Requests never arrive.
    LostRequests(f64),
    /// Replies never arrive.
    LostReplies(f64),
    /// The connection is cut, and the request takes effect after so many seconds.
    Late(f64, u64),
    /// An answer with this status.
    Status(f64, u16),
    /// Requests take so many times as long.
    Slow(f64, f64),
    /// The nth thing to be made under this path ends in the vendor's error state.
    FailedCreation(u64),
    /// Reads and lists show what was up to so many seconds ago.
    Lags(u64, u64),
    /// Requests a minute.
    Limit(usize),
    /// Longest time that a request takes, in seconds.
    Latency(u64),
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// `pontoon up`.
    Up {
        /// Of what.
        shape: Shape,
        /// How it goes.
        #[serde(default)]
        fate: Fate,
        /// Whether whatever it destroys was named.
        #[serde(default)]
        named: bool,
    },
    /// `pontoon destroy`, everything named.
    Destroy {
        /// How it goes.
        #[serde(default)]
        fate: Fate,
    },
    /// Two people at the same moment, with the same records.
    Both(Shape, Shape),
    /// A person removes something by hand: the nth of what is recorded.
    Removes(usize),
    /// A person changes something by hand: the nth change that fits what is recorded.
    Changes(usize),
    /// The vendor moves clusters to the next version.
    Upgrades,
    /// `pontoon upgrade`: one step of that way.
    Upgrade {
        /// How it goes.
        #[serde(default)]
        fate: Fate,
    },
    /// `pontoon forget` of the nth of what is recorded, and then `pontoon adopt`.
    Forgets {
        /// Which.
        nth: usize,
        /// How the adopting goes.
        #[serde(default)]
        fate: Fate,
    },
    /// `pontoon drift`.
    Drift,
    /// Databases are backed up into the platform's buckets for so many days.
    Days(u64),
    /// Somebody with no record of it and a platform of the same name.
    Namesake(Shape),
    /// Somebody with a token of another team.
    Stranger(Shape),
    /// The clock on the operator's wall jumps by so many seconds.
    Jump(i64),
    /// Nothing, for so many seconds.
    Pause(u64),
}

/// How a run goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// To its end.
    #[default]
    Lives,
    /// Killed before its nth call leaves.
    DiesBefore(usize),
    /// Killed after its nth call had its effect.
    DiesAfter(usize),
    /// Power fails after its nth call had its effect; this much of what was not synced is kept.
    PowerFails(usize, f64),
    /// The disk does not take everything.
    Disk(disk::Trouble),
}

/// The versions that every story's world offers, newest first.
pub const VERSIONS: &[&str] = &["1.36.1-do.0", "1.35.4-do.0", "1.35.2-do.0", "1.34.7-do.0"];
/// What clusters of a story begin with that has older ones.
pub const OLDER: &str = "1.35.2-do.0";

impl Base {
    /// All of it.
    pub fn platform(&self) -> Platform {
        match self {
            Base::Example(name, environment) => platforms::example(name, *environment),
            Base::Kinds(kinds) => {
                let mut seen = BTreeSet::new();
                let all = kinds.iter().flat_map(|k| samples_for(k)).filter(|r| seen.insert(r.address.clone()));
                of(all.collect())
            }
        }
    }

    /// What a shape of it is.
    pub fn shape(&self, shape: &Shape) -> Platform {
        let mut platform = self.platform();
        let named = |a: &&Address| shape.without.contains(&a.to_string());
        let mut gone: BTreeSet<Address> = platform.resources.keys().filter(named).cloned().collect();
        // No document does without its project, and the vendor keeps one that still holds something. What has no life of its
        // own stays as it is until its parent goes.
        gone.retain(|a| a.kind() != "digitalocean.project" && own(a));
        while let Some(next) = platform.resources.values().find(|r| !gone.contains(&r.address) && falls(r, &platform, &gone)) {
            gone.insert(next.address.clone());
            gone.extend(next.parent.clone().filter(|_| !own(&next.address)));
        }
        platform.resources.retain(|a, _| !gone.contains(a));
        for resource in platform.resources.values_mut() {
            resource.needs.retain(|a| !gone.contains(a));
            for value in resource.attributes.values_mut() {
                if let Value::List(items) = value {
                    items.retain(|i| !i.references().iter().any(|r| gone.contains(&r.address)));
                }
            }
        }
        let mut touched = BTreeSet::new();
        for (kind, fields) in &shape.changed {
            // Two changes of one thing may contradict each other.
            if !touched.insert(kind) {
                continue;
            }
            if let Some(resource) = platform.resources.get_mut(&sample_address(kind)) {
                for (field, value) in fields.as_object().into_iter().flatten() {
                    resource.attributes.insert(field.clone(), value.clone().into());
                }
            }
        }
        platform
    }
}

/// Whether a thing cannot be there without those: it lives in one of them or is made of it, or is never made without the
/// last of its own. Lists only get shorter, and what has no life of its own may have an empty one.
fn falls(resource: &Resource, platform: &Platform, gone: &BTreeSet<Address>) -> bool {
    let kind = find(resource.address.kind());
    let without = |v: &Value| v.references().iter().any(|r| gone.contains(&r.address));
    let made_of = resource.attributes.values().any(|v| match v {
        Value::List(items) => !items.is_empty() && items.iter().all(without) && own(&resource.address),
        other => without(other),
    });
    let embedded = kind.and_then(|k| k.embed).is_some_and(|embed| {
        let mut children = platform.resources.values().filter(|c| c.parent.as_ref() == Some(&resource.address));
        !children.any(|c| c.address.kind() == embed.kind && !gone.contains(&c.address))
    });
    // A bucket is named by what stands in front of it, and a registry by nothing: there is one an account.
    let only = |a: &Address| matches!(a.kind(), "spaces.bucket" | "digitalocean.registry");
    let fronts = resource.needs.iter().any(|n| only(n) && gone.contains(n));
    made_of || embedded || fronts || resource.parent.as_ref().is_some_and(|p| gone.contains(p))
}

/// Whether a thing has a life of its own.
fn own(address: &Address) -> bool {
    find(address.kind()).is_some_and(|k| !matches!(k.delete, Delete::Forget))
}

impl Trouble {
    /// Puts it into a world; nothing goes wrong before `from`.
    pub fn put(self, world: &mut World, from: Duration) {
        let fault = |probability: f64, kind: Kind| Fault {
            vendor: None,
            method: None,
            path: None,
            nth: Vec::new(),
            probability: Some(probability),
            from: Some(Span(from)),
            until: None,
            kind,
        };
        match self {
            Trouble::LostRequests(p) => world.faults.push(fault(p, Kind::LoseRequest)),
            Trouble::LostReplies(p) => world.faults.push(fault(p, Kind::LoseReply)),
            Trouble::Late(p, seconds) => {
                let late = |method: &str| Fault {
                    method: Some(method.into()),
                    ..fault(p, Kind::LateEffect(Span(Duration::from_secs(seconds))))
                };
                world.faults.extend(["POST", "PUT", "DELETE"].map(late));
            }
            Trouble::Status(p, status) => world.faults.push(fault(p, Kind::Status(status))),
            Trouble::Slow(p, factor) => world.faults.push(fault(p, Kind::Slow(factor))),
            Trouble::FailedCreation(nth) => {
                let failed = |path: &str| Fault {
                    method: Some("POST".into()),
                    path: Some(path.into()),
                    nth: vec![nth],
                    ..fault(1.0, Kind::FailCreation)
                };
                world.faults.extend(["/v2/kubernetes/clusters", "/v2/kubernetes/clusters/*/node_pools"].map(failed));
            }
            Trouble::Lags(read, list) => {
                world.read_lag = Range::seconds(0, read);
                world.list_lag = Range::seconds(0, list);
            }
            Trouble::Limit(minute) => world.rates.minute = minute,
            Trouble::Latency(most) => world.latency = Range::seconds(0, most),
        }
    }
}
