//! What a step's end does to the record.

use pontoon_core::{
    address::Address,
    operation::Entries,
    plan::{Adopting, Capture, Id, Making, Outcome, Step},
    record::{Deposed, Recorded},
    secret::Secret,
    value::{Reference, Value},
};
use std::collections::BTreeMap;

/// Everything recorded, over all scopes of a run.
pub type Known = BTreeMap<Address, Recorded>;

/// The value of a reference, from the record.
pub fn lookup(known: &Known, r: &Reference) -> Option<Value> {
    known.get(&r.address)?.outputs.get(&r.field).cloned()
}

/// Takes entries into what is known.
pub fn absorb(known: &mut Known, entries: &Entries) {
    for (address, entry) in entries {
        match entry {
            Some(recorded) => known.insert(address.clone(), recorded.clone()),
            None => known.remove(address),
        };
    }
}

/// A secret that a reply shows once.
pub struct Shown {
    /// Whose it is.
    pub address: Address,
    /// Its name.
    pub name: String,
    /// It.
    pub secret: Secret,
}

/// What was made, from an object that shows it. `None` where the object does not show its id.
pub fn made(address: &Address, making: &Making, object: &Value, known: &Known, since: &str) -> Option<(Recorded, Vec<Shown>)> {
    let resolve = |v: &Value| v.resolve(&|r| lookup(known, r));
    let id = match &making.id {
        Id::At(path) => text(object.at(path)?)?,
        Id::Is(value) => text(&resolve(value))?,
    };
    let attributes: BTreeMap<String, Value> = making.attributes.iter().map(|(k, v)| (k.clone(), resolve(v))).collect();
    let mut outputs = captured(&making.outputs, object);
    outputs.insert("id".into(), id.clone().into());
    let shown = making
        .secrets
        .iter()
        .filter_map(|c| {
            let secret = Secret::new(object.at(&c.path)?.as_text()?);
            Some(Shown { address: address.clone(), name: c.name.clone(), secret })
        })
        .collect();
    let mut deposed = Vec::new();
    if let Some(before) = known.get(address).filter(|b| b.id != id) {
        deposed.clone_from(&before.deposed);
        deposed.push(Deposed {
            id: before.id.clone(),
            incarnation: before.incarnation.clone(),
            unkept: !making.secrets.is_empty() && !keeps_any(before),
        });
    }
    let recorded = Recorded {
        id,
        incarnation: making.incarnation.clone(),
        attributes,
        outputs,
        parent: making.parent.clone(),
        needs: making.needs.clone(),
        since: since.into(),
        deposed,
        restored: BTreeMap::new(),
    };
    Some((recorded, shown))
}

/// The outputs that an object shows.
pub fn captured(captures: &[Capture], object: &Value) -> BTreeMap<String, Value> {
    captures.iter().filter_map(|c| Some((c.name.clone(), object.at(&c.path)?.clone()))).collect()
}

fn text(v: &Value) -> Option<String> {
    match v {
        Value::Text(t) => Some(t.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// What a call's success does: makings and changes. `None` where the reply does not show what was made.
pub fn after_effect(step: &Step, reply: &Value, known: &Known, since: &str) -> Option<(Entries, Vec<Shown>)> {
    let mut entries = Entries::new();
    let mut secrets = Vec::new();
    for (address, outcome) in &step.outcomes {
        match outcome {
            Outcome::Makes(making) => {
                let object = match &making.reply {
                    Some(path) => reply.at(path)?,
                    None => &Value::Null,
                };
                let (recorded, shown) = made(address, making, object, known, since)?;
                entries.insert(address.clone(), Some(recorded));
                secrets.extend(shown);
            }
            Outcome::Changes(attributes) => {
                if let Some(before) = known.get(address) {
                    let mut after = before.clone();
                    after.attributes.extend(attributes.iter().map(|(k, v)| (k.clone(), v.resolve(&|r| lookup(known, r)))));
                    entries.insert(address.clone(), Some(after));
                }
            }
            Outcome::Removes | Outcome::RemovesDeposed(_) | Outcome::Adopts(_) | Outcome::Restores { .. } | Outcome::Keeps => {}
        }
    }
    Some((entries, secrets))
}

/// What the end of a step does: removals and adoptions, and what the thing shows once it is ready.
pub fn after_wait(step: &Step, object: Option<&Value>, known: &Known, since: &str) -> Entries {
    let mut entries = Entries::new();
    for (address, outcome) in &step.outcomes {
        match outcome {
            Outcome::Removes => {
                entries.insert(address.clone(), None);
            }
            Outcome::RemovesDeposed(old) => {
                if let Some(before) = known.get(address) {
                    let mut after = before.clone();
                    after.deposed.retain(|d| d.id != old.id);
                    entries.insert(address.clone(), Some(after));
                }
            }
            Outcome::Adopts(adopting) => {
                entries.insert(address.clone(), Some(adopted(adopting, since)));
            }
            Outcome::Restores { database, stands } => {
                if let Some(before) = known.get(address) {
                    let mut after = before.clone();
                    after.restored.insert(database.clone(), stands.clone());
                    entries.insert(address.clone(), Some(after));
                }
            }
            Outcome::Makes(_) | Outcome::Changes(_) | Outcome::Keeps => {}
        }
    }
    if let (Some(object), Some(wait), Some(before)) = (object, &step.wait, known.get(&step.address)) {
        let shown = captured(&wait.outputs, object);
        if shown.iter().any(|(k, v)| before.outputs.get(k) != Some(v)) && !entries.contains_key(&step.address) {
            let mut after = before.clone();
            after.outputs.extend(shown);
            entries.insert(step.address.clone(), Some(after));
        }
    }
    entries
}

fn adopted(a: &Adopting, since: &str) -> Recorded {
    Recorded {
        id: a.id.clone(),
        incarnation: a.incarnation.clone(),
        attributes: a.attributes.clone(),
        outputs: a.outputs.clone(),
        parent: a.parent.clone(),
        needs: a.needs.clone(),
        since: since.into(),
        deposed: Vec::new(),
        restored: BTreeMap::new(),
    }
}

/// Whether a secret that it showed was ever put where it belongs.
pub fn keeps_any(recorded: &Recorded) -> bool {
    recorded.outputs.keys().any(|name| name.starts_with(FINGERPRINT))
}

/// How such an output begins.
const FINGERPRINT: &str = "fingerprint:";

/// The name of the output that says that a secret was put where it belongs, and which one it was.
pub fn fingerprint_output(secret: &str) -> String {
    format!("{FINGERPRINT}{secret}")
}
