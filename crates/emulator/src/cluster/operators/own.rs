//! What operators have in common: whether they run, and how they keep what they made as they mean it.

use crate::cluster::Objects;
use crate::cluster::api::{ApiError, kinds, quantity, write};
use crate::cluster::controllers::fields::{items, name, namespace, number, reference, text};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The Deployment of an operator by its labels, when one of its pods is Ready: an operator acts only then.
pub(crate) fn running<'o>(objects: &'o Objects, labels: &[(&str, &str)]) -> Option<&'o Value> {
    let fits = |d: &&Value| labels.iter().all(|(k, v)| d["metadata"]["labels"][*k] == *v);
    let ready = |d: &&Value| number(&d["status"]["readyReplicas"], 0) > 0;
    objects.list("deployments.apps").into_iter().filter(fits).find(ready)
}

/// Whether what is there says everything that `wanted` says. Lists are compared whole; a null wants nothing.
pub(crate) fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (_, Value::Null) => true,
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(k, w)| there.get(k).map_or(w.is_null() || empty(w), |t| covers(t, w)))
        }
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && there.iter().zip(wanted).all(|(t, w)| covers(t, w))
        }
        (there, wanted) => there == wanted || same_quantity(there, wanted),
    }
}

/// The server writes quantities in one form alone: `1000m` becomes `1`.
fn same_quantity(there: &Value, wanted: &Value) -> bool {
    let read = |v: &Value| match v {
        Value::String(text) if text.starts_with(|c: char| c.is_ascii_digit()) => quantity::nanos(text),
        Value::Number(number) => quantity::nanos(&number.to_string()),
        _ => None,
    };
    read(wanted).is_some_and(|w| read(there) == Some(w))
}

fn empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

/// Applies an object in the name of `manager`, owned by `owner` (Null for nobody), unless it is there as it should be.
///
/// # Errors
/// What the API server refuses.
pub(crate) fn keep(objects: &mut Objects, owner: &Value, manager: &str, mut object: Value) -> Result<(), ApiError> {
    if !owner.is_null() {
        object["metadata"]["ownerReferences"] = json!([reference(owner)]);
    }
    let (version, kind) = (text(&object["apiVersion"]).to_owned(), text(&object["kind"]).to_owned());
    if let Some((resource, _)) = kinds::resource_of(objects, &version, &kind)
        && let Some(there) = objects.get(&resource, namespace(&object), name(&object))
        && (!there["metadata"]["deletionTimestamp"].is_null() || covers(there, &object))
    {
        return Ok(());
    }
    write::apply(objects, manager, true, object).map(|_| ())
}

/// The same for several; the first refusal is told as an event of the owner and ends it.
pub(crate) fn keep_all(objects: &mut Objects, owner: &Value, manager: &str, all: Vec<Value>) -> bool {
    for object in all {
        if let Err(error) = keep(objects, owner, manager, object) {
            objects.event(owner, "Warning", "FailedCreate", &error.message);
            return false;
        }
    }
    true
}

/// Creates an object that is not there yet, owned by `owner` (Null for nobody). What is there stays as it is.
///
/// # Errors
/// What the API server refuses.
pub(crate) fn make(objects: &mut Objects, owner: &Value, mut object: Value) -> Result<(), ApiError> {
    if !owner.is_null() {
        object["metadata"]["ownerReferences"] = json!([reference(owner)]);
    }
    let (version, kind) = (text(&object["apiVersion"]).to_owned(), text(&object["kind"]).to_owned());
    if let Some((resource, _)) = kinds::resource_of(objects, &version, &kind)
        && objects.get(&resource, namespace(&object), name(&object)).is_some()
    {
        return Ok(());
    }
    write::create(objects, object).map(|_| ())
}

/// The conditions of `before` with one of them as it is now; its date stays while its status stays.
pub(crate) fn with_condition(before: &Value, made: Value) -> Value {
    let mut all = before.as_array().cloned().unwrap_or_default();
    match all.iter_mut().find(|c| c["type"] == made["type"]) {
        Some(old) => *old = made,
        None => all.push(made),
    }
    Value::Array(all)
}

/// The conditions without those of a type.
pub(crate) fn without_condition(before: &Value, kind: &str) -> Value {
    before.as_array().into_iter().flatten().filter(|c| c["type"] != kind).cloned().collect()
}

/// A condition of an object, as it stands.
pub(crate) fn condition_of<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&object["status"]["conditions"]).iter().find(|c| c["type"] == kind)
}

/// What a Secret holds under a key, decoded; none when the Secret or the key is missing.
pub(crate) fn secret_text(objects: &Objects, home: &str, secret: &str, key: &str) -> Option<String> {
    let object = objects.get("secrets", home, secret)?;
    decoded(&object["data"][key]).or_else(|| object["stringData"][key].as_str().map(str::to_owned))
}

/// The text behind base64.
pub(crate) fn decoded(value: &Value) -> Option<String> {
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text as a Secret holds it.
pub(crate) fn encoded(text: &str) -> Value {
    STANDARD.encode(text).into()
}

/// A Secret of a type, with plain texts.
pub(crate) fn secret(home: &str, name: &str, kind: &str, texts: &[(&str, &str)]) -> Value {
    let mut data = json!({});
    for (key, text) in texts {
        data[*key] = encoded(text);
    }
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": home }, "type": kind, "data": data })
}

/// A Service of type ClusterIP with `(name, port)`s.
pub(crate) fn service(home: &str, name: &str, selector: Value, ports: &[(&str, i64)]) -> Value {
    let ports: Vec<Value> =
        ports.iter().map(|(name, port)| json!({ "name": name, "port": port, "targetPort": port, "protocol": "TCP" })).collect();
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": home },
        "spec": { "type": "ClusterIP", "selector": selector, "ports": ports },
    })
}

/// The same without an address of its own.
pub(crate) fn headless(mut service: Value) -> Value {
    service["spec"]["clusterIP"] = "None".into();
    service["spec"]["publishNotReadyAddresses"] = true.into();
    service
}

/// The object with labels.
pub(crate) fn labelled(mut object: Value, labels: &Value) -> Value {
    object["metadata"]["labels"] = labels.clone();
    object
}

/// The full name of a service.
pub(crate) fn host(service: &str, home: &str) -> String {
    format!("{service}.{home}.svc.cluster.local")
}

/// A letter for each of `length` random draws, as generated passwords have.
pub(crate) fn password(objects: &mut Objects, length: usize) -> String {
    objects.cx().random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length)
}
