//! ExternalSecrets: read now and then, written into a Secret.

use super::{store, template};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{condition, conditioned, items, name, namespace, text, uid};
use crate::cluster::operators::own::{encoded, keep, with_condition};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) const RESOURCE: &str = "externalsecrets.external-secrets.io";
const MANAGER: &str = "externalsecrets.external-secrets.io";
const RETRY: Duration = Duration::from_secs(15);

/// Looks at one: at once when it is new, has changed or its Secret is gone; else when its interval is over.
pub(super) fn look(objects: &mut Objects, one: &Value) {
    let (home, target) = (namespace(one), target(one));
    let well = condition(one, "Ready") == "True";
    let interval = interval(text(&one["spec"]["refreshInterval"]));
    let timer = format!("external-secret/{}", uid(one));
    let fresh = one["_seen"] != seen(one);
    let gone = well && one["spec"]["target"]["creationPolicy"] != "None" && objects.get("secrets", home, &target).is_none();
    if !fresh && !gone {
        let wait = if well { interval } else { Some(RETRY) };
        if !wait.is_some_and(|w| objects.due(&timer, w)) {
            return;
        }
    }
    objects.restart(&timer);
    let answer = sync(objects, one);
    let now = objects.world().stamp();
    if let Err((_, why)) = &answer {
        objects.event(one, "Warning", "UpdateFailed", why);
    } else if !well {
        objects.event(one, "Normal", "Created", "secret created");
    }
    objects.edit(RESOURCE, home, name(one), |o| {
        let made = match &answer {
            Ok(()) => conditioned(&o["status"], "Ready", "True", "SecretSynced", "secret synced", &now),
            Err((message, _)) => conditioned(&o["status"], "Ready", "False", "SecretSyncedError", message, &now),
        };
        o["status"]["conditions"] = with_condition(&o["status"]["conditions"], made);
        if answer.is_ok() {
            o["status"]["refreshTime"] = now.clone().into();
            o["status"]["binding"] = json!({ "name": target });
        }
        o["_seen"] = seen(o);
    });
    if let Some(wait) = if answer.is_ok() { interval } else { Some(RETRY) } {
        let _ = objects.due(&timer, wait);
    }
}

/// What is looked at again when it changes: the spec, and labels and annotations.
/// Source: External Secrets documentation, FAQ, "Can I manually trigger a secret refresh?".
fn seen(one: &Value) -> Value {
    let meta = &one["metadata"];
    json!([meta["generation"], meta["annotations"], meta["labels"]])
}

fn target(one: &Value) -> String {
    one["spec"]["target"]["name"].as_str().unwrap_or(name(one)).to_owned()
}

/// `1h` when nothing is said; none for `0`: read once.
fn interval(text: &str) -> Option<Duration> {
    match text {
        "" => Some(Duration::from_secs(3600)),
        text => crate::cluster::operators::cert_manager::duration(text).filter(|d| !d.is_zero()),
    }
}

/// What the condition says, and what the event says.
type Failure = (String, String);

fn sync(objects: &mut Objects, one: &Value) -> Result<(), Failure> {
    const DATA: &str = "could not get secret data from provider";
    let said = |message: &str, why: String| (message.to_owned(), why);
    let (home, spec) = (namespace(one).to_owned(), &one["spec"]);
    let reference = &spec["secretStoreRef"];
    let named = text(&reference["name"]);
    let kind = reference["kind"].as_str().unwrap_or("SecretStore");
    let Some(found) = store::of(objects, &home, reference).cloned() else {
        let why = format!("could not get {kind} \"{named}\", {kind}.external-secrets.io \"{named}\" not found");
        return Err(said(DATA, why));
    };
    if condition(&found, "Ready") != "True" {
        return Err(said(DATA, format!("the desired {kind} {named} is not ready")));
    }
    let client = store::login(objects, &found).map_err(|why| said(DATA, why))?;
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (i, from) in items(&spec["dataFrom"]).iter().enumerate() {
        let key = text(&from["extract"]["key"]);
        let whole = if from["extract"].is_object() {
            client.read(objects, key)
        } else {
            Err("find and generators are not known to the embedded cloud".to_owned())
        };
        let whole = whole.map_err(|why| said(DATA, format!("error processing spec.dataFrom[{i}].extract, err: {why}")))?;
        values.extend(whole.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), plain(v))));
    }
    for (i, wanted) in items(&spec["data"]).iter().enumerate() {
        let (key, property) = (text(&wanted["remoteRef"]["key"]), text(&wanted["remoteRef"]["property"]));
        let failed = |why: String| said(DATA, format!("error processing spec.data[{i}] (key: {key}), err: {why}"));
        let whole = client.read(objects, key).map_err(failed)?;
        let value = if property.is_empty() {
            plain(&whole)
        } else {
            let found = whole.get(property).or_else(|| property.split('.').try_fold(&whole, |v, p| v.get(p)));
            plain(found.ok_or_else(|| failed(format!("cannot find secret data for key: \"{property}\"")))?)
        };
        values.insert(text(&wanted["secretKey"]).to_owned(), value);
    }
    let shape = &spec["target"]["template"];
    let data = template::apply(shape, &values)
        .map_err(|why| said("could not apply template", format!("could not execute template: {why}")))?;
    write(objects, one, shape, &data).map_err(|why| said("could not update secret", why))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn write(objects: &mut Objects, one: &Value, shape: &Value, data: &BTreeMap<String, String>) -> Result<(), String> {
    let policy = one["spec"]["target"]["creationPolicy"].as_str().unwrap_or("Owner");
    if policy == "None" {
        return Ok(());
    }
    let (home, target) = (namespace(one), target(one));
    let there = objects.get("secrets", home, &target);
    if policy == "Merge" && there.is_none() {
        return Err(format!("the desired secret {target} was not found. With creationPolicy=Merge the secret won't be created"));
    }
    let mut labels = shape["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("reconcile.external-secrets.io/managed".to_owned(), "true".into());
    let encoded: Map<String, Value> = data.iter().map(|(k, v)| (k.clone(), encoded(v))).collect();
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": shape["type"].as_str().unwrap_or("Opaque"),
        "metadata": { "name": target, "namespace": home, "labels": labels, "annotations": shape["metadata"]["annotations"].as_object().cloned().unwrap_or_default() },
        "data": encoded,
    });
    let owner = if policy == "Owner" { one.clone() } else { Value::Null };
    // A key that is no longer asked for goes.
    let stale = there.is_some_and(|t| t["data"].as_object().is_some_and(|d| d.keys().any(|k| !data.contains_key(k))));
    if stale && policy == "Owner" {
        let wanted = object["data"].clone();
        objects.edit("secrets", home, &target, |s| s["data"] = wanted);
    }
    keep(objects, &owner, MANAGER, object).map_err(|e| e.message)
}
