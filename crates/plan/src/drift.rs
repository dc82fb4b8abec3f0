//! Drift: what is recorded against what is there, field by field.
//!
//! The document does not matter here: what it says differently is the next plan's business. What somebody moves on by
//! itself (the vendor a version, the autoscaler a count, a renewal an id) is told apart, because nothing is to be done
//! about it. Fields that the vendor never shows cannot drift visibly.

use crate::{How, Match, Seen};
use pontoon_catalog::{ResourceType, field::Change, find, resource::Attributes};
use pontoon_core::{
    address::{Address, Scope},
    record::{Record, Recorded},
    value::Value,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Drift {
    /// What somebody changed, removed or left.
    pub drifted: Vec<Drifted>,
    /// What moves by itself.
    pub moved: Vec<Moved>,
}

/// One address that is not as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drifted {
    /// Where.
    pub address: Address,
    /// What people call its kind.
    pub title: &'static str,
    /// The vendor's id.
    pub id: String,
    /// How.
    #[serde(flatten)]
    pub what: What,
}

/// How something drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "drift", rename_all = "kebab-case")]
pub enum What {
    /// These fields are not what was last applied.
    Changed {
        /// Which.
        fields: Vec<FieldDrift>,
    },
    /// It is not there any more.
    Deleted {
        /// What it lived in, where that is gone as well.
        with: Option<Address>,
        /// What is lost with it; empty where nothing is.
        loss: &'static str,
    },
    /// One with the same name is there, and it is another one.
    Remade {
        /// The id that is recorded.
        was: String,
        /// What differs besides.
        fields: Vec<FieldDrift>,
    },
    /// It carries our mark and should be gone: an earlier one, or one that a lost run made.
    LeftOver,
}

/// One field that is not what was last applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldDrift {
    /// The catalog's name of it.
    pub field: &'static str,
    /// What was last applied.
    pub recorded: Value,
    /// What is there; absent where the vendor shows nothing.
    pub actual: Option<Value>,
    /// Why nothing changes it back in place, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<&'static str>,
}

/// What somebody moves on by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// Where.
    pub address: Address,
    /// Which field or output.
    pub field: &'static str,
    /// What is recorded, if anything is.
    pub recorded: Option<Value>,
    /// What it is now.
    pub actual: Value,
    /// Who moves it.
    pub by: &'static str,
}

impl Drift {
    /// Whether everything is as recorded.
    pub fn is_empty(&self) -> bool {
        self.drifted.is_empty()
    }
}

/// Compares what is recorded with what was seen.
pub fn drift(records: &BTreeMap<Scope, Record>, seen: &Seen) -> Drift {
    let mut found = Drift::default();
    for (address, recorded) in records.values().flat_map(|r| &r.resources) {
        let Some(kind) = find(address.kind()) else { continue };
        let what = match seen.matched.get(address) {
            None => {
                let with = recorded.parent.clone().filter(|p| !seen.matched.contains_key(p));
                Some(What::Deleted { with, loss: kind.loss })
            }
            Some(there) => compare(address, kind, recorded, there, &mut found.moved),
        };
        let id = seen.matched.get(address).map_or(&recorded.id, |m| &m.id).clone();
        found.drifted.extend(what.map(|what| Drifted { address: address.clone(), title: kind.title, id, what }));
    }
    for stray in &seen.strays {
        let recorded = records.values().find_map(|r| r.resources.get(&stray.address));
        let stays = recorded.is_some_and(|r| r.deposed.iter().any(|d| d.id == stray.id));
        if stays && find(stray.address.kind()).is_some_and(|k| k.stateful) {
            // What was before something that was restored: a person names it when nothing needs it.
            continue;
        }
        let title = find(stray.address.kind()).map_or("", |k| k.title);
        let (address, id) = (stray.address.clone(), stray.id.clone());
        found.drifted.push(Drifted { address, title, id, what: What::LeftOver });
    }
    found
}

fn compare(address: &Address, kind: &ResourceType, recorded: &Recorded, there: &Match, moved: &mut Vec<Moved>) -> Option<What> {
    let mut tell = |field, recorded: Option<&Value>, actual: &Value, by| {
        moved.push(Moved { address: address.clone(), field, recorded: recorded.cloned(), actual: actual.clone(), by });
    };
    let fields = fields(kind, &recorded.attributes, &there.object, &mut tell);
    for (name, path) in kind.outputs {
        let (before, after) = (recorded.outputs.get(*name).filter(|v| said(v)), there.object.at(path).filter(|v| said(v)));
        let told = fields.iter().any(|f| kind.field(f.field).is_some_and(|k| k.at == *path));
        if let (Some(before), Some(after), false) = (before, after, told)
            && before != after
        {
            tell(name, Some(before), after, "the vendor");
        }
    }
    if there.id != recorded.id && there.how != How::Recorded {
        if !kind.renewed {
            return Some(What::Remade { was: recorded.id.clone(), fields });
        }
        tell("id", Some(&recorded.id.as_str().into()), &there.id.as_str().into(), "the vendor");
    }
    (!fields.is_empty()).then_some(What::Changed { fields })
}

/// The fields that are not what was applied. `moves` is told of those that somebody else moves on.
fn fields<'v>(
    kind: &ResourceType,
    applied: &'v Attributes,
    object: &'v Value,
    moves: &mut impl FnMut(&'static str, Option<&Value>, &Value, &'static str),
) -> Vec<FieldDrift> {
    let mut differ = Vec::new();
    for field in kind.fields {
        let actual = object.at(field.at).filter(|v| **v != Value::Null);
        let Some(recorded) = applied.get(field.name) else {
            if let (Some(who), Some(actual)) = (field.mover, actual) {
                moves(field.name, None, actual, who);
            }
            continue;
        };
        if field.same(recorded, actual) {
            continue;
        }
        let stays = match field.change {
            Change::Never(why) => Some(why),
            Change::Unless(refuses) => actual.and_then(|a| refuses(a, recorded)),
            Change::InPlace => None,
        };
        match (field.mover, stays, actual) {
            (Some(who), Some(_), Some(actual)) => moves(field.name, Some(recorded), actual, who),
            _ => differ.push(FieldDrift { field: field.name, recorded: recorded.clone(), actual: actual.cloned(), stays }),
        }
    }
    differ
}

/// Whether a value says anything.
fn said(v: &Value) -> bool {
    *v != Value::Null && v.as_text() != Some("") && v.is_known()
}
