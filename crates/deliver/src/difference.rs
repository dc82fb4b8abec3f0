//! What an apply would change in a cluster, asked of its API server, which changes nothing (`dryRun=All`).
//!
//! The server's own answer is compared with what is there, so defaults, and fields of others, are no differences. Values
//! of Secrets are not looked at: whether a key is there is all that a plan may know.

use crate::{
    apply::{Failed, earlier},
    diagnose::passes,
    published::{Published, patched},
};
use pontoon_catalog::components::site::FLUX;
use pontoon_core::call::Class;
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_render::{Unit, stamps};
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields of `metadata` that the server writes, and nobody else.
const SERVERS: &[&str] = &["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// A field that would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where: `spec.values.replicas`, `spec.rules[0].host`.
    pub path: String,
    /// What it is.
    pub before: Option<Value>,
    /// What it would be.
    pub after: Option<Value>,
}

/// What would happen to an object.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It would be made.
    Made,
    /// Fields of it would change.
    Changed(Vec<Field>),
    /// It would be removed.
    Removed,
    /// The server refuses it, or it cannot be known before: why.
    Unclear(String),
}

/// An object that would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The unit that it belongs to; empty for what no unit wants any more.
    pub unit: String,
    /// Which object.
    pub object: ObjectRef,
    /// What would happen to it.
    pub what: What,
}

/// Everything that applying these units would change, in the order of writing. `published`: where files that somebody
/// publishes are fetched.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn differences(cluster: &Kubernetes, units: &[Unit], published: &Published) -> Result<Vec<Difference>, Failed> {
    let mut all = Vec::new();
    let mut wanted: BTreeSet<ObjectRef> = BTreeSet::new();
    let mut whole = true;
    for unit in units {
        let mut found = |object: ObjectRef, what: What| {
            all.push(Difference { unit: unit.name.clone(), object, what });
        };
        let mut objects = unit.objects.clone();
        for (name, url, patches) in &unit.published {
            match published.objects(url).await {
                Ok(fetched) => objects.extend(patched(fetched, patches)),
                Err(why) => {
                    whole = false;
                    found(ObjectRef::new("", "File", "", name), What::Unclear(why));
                }
            }
        }
        for secret in &unit.secrets {
            let of = ObjectRef::new("v1", "Secret", &secret.namespace, &secret.name);
            match cluster.get(&of).await.map_err(failed)? {
                None => found(of.clone(), What::Made),
                Some(there) => {
                    let lacks = secret.fields.keys().filter(|k| there["data"][k.as_str()].is_null());
                    let fields: Vec<Field> = lacks
                        .map(|k| Field { path: format!("data.{k}"), before: None, after: Some("(secret)".into()) })
                        .collect();
                    if !fields.is_empty() {
                        found(of.clone(), What::Changed(fields));
                    }
                }
            }
            wanted.insert(of);
        }
        for object in &objects {
            let of = ObjectRef::of(object);
            if let Some(what) = one(cluster, &of, object).await? {
                found(of.clone(), what);
            }
            wanted.insert(of);
        }
    }
    // What an unreadable file holds is not known, so nothing is said to go.
    if whole {
        for object in earlier(cluster, FLUX).await.map_err(failed)?.into_iter().filter(|o| !wanted.contains(o)) {
            if cluster.get(&object).await.map_err(failed)?.is_some() {
                all.push(Difference { unit: String::new(), object, what: What::Removed });
            }
        }
    }
    Ok(all)
}

async fn one(cluster: &Kubernetes, of: &ObjectRef, object: &Value) -> Result<Option<What>, Failed> {
    let Some(before) = cluster.get(of).await.map_err(failed)? else {
        // A Job that removes itself when it is done is made again by no apply of ours alone.
        return Ok((!passes(object)).then_some(What::Made));
    };
    match cluster.dry_run(&stamps::kept(object.clone(), &before)).await {
        Ok(after) => {
            let mut fields = Vec::new();
            compare(&own(before), &own(after), "", &mut fields);
            Ok((!fields.is_empty()).then_some(What::Changed(fields)))
        }
        Err(r) if r.class == Class::Denied => Err(failed(r)),
        Err(r) => Ok(Some(What::Unclear(r.message))),
    }
}

fn failed(r: Refusal) -> Failed {
    Failed::Server(r.message)
}

/// An object without what only the server writes.
fn own(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        SERVERS.iter().for_each(|f| {
            metadata.remove(*f);
        });
    }
    object
}

fn compare(before: &Value, after: &Value, path: &str, fields: &mut Vec<Field>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        _ if before == after => {}
        (Value::Object(b), Value::Object(a)) => {
            let keys: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
            for key in keys {
                match (b.get(key), a.get(key)) {
                    (Some(b), Some(a)) => compare(b, a, &below(key), fields),
                    (b, a) => fields.push(Field { path: below(key), before: b.cloned(), after: a.cloned() }),
                }
            }
        }
        (Value::Array(b), Value::Array(a)) if b.len() == a.len() => {
            for (n, (b, a)) in b.iter().zip(a).enumerate() {
                compare(b, a, &format!("{path}[{n}]"), fields);
            }
        }
        _ => fields.push(Field { path: path.to_owned(), before: Some(before.clone()), after: Some(after.clone()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_servers_own_fields_are_no_difference() {
        let object = |version: &str, replicas: i64, extra: Value| {
            let mut object = json!({
                "metadata": { "name": "api", "resourceVersion": version, "managedFields": [version], "generation": 3 },
                "spec": { "replicas": replicas, "rules": [{ "host": "a" }, { "host": "b" }] },
                "status": { "seen": version },
            });
            object["spec"]["extra"] = extra;
            object
        };
        let fields = |before: Value, after: Value| {
            let mut fields = Vec::new();
            compare(&own(before), &own(after), "", &mut fields);
            fields
        };
        assert_eq!(fields(object("1", 2, json!({})), object("2", 2, json!({}))), Vec::new());
        let mut host = object("2", 3, json!({ "new": 1 }));
        host["spec"]["rules"][1]["host"] = "c".into();
        let paths: Vec<String> = fields(object("1", 2, json!({})), host).into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["spec.extra.new", "spec.replicas", "spec.rules[1].host"]);
    }
}
