//! What happened since: a watch answers with the events so far and ends; a socket asks again and again (see `serve`).

use super::super::error::{ApiError, Result};
use super::super::select::Selectors;
use super::{Call, Form};
use crate::Reply;
use crate::cluster::Objects;
use crate::cluster::objects::version_of;
use serde_json::{Value, json};

/// How many versions back a watch may begin. Source: etcd is compacted every five minutes by the API server; writes of a
/// busy cluster in that time.
const KEPT: u64 = 20_000;

/// The events since `resourceVersion`, one document a line.
pub(crate) fn run(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let named;
    let fields = if call.place.name.is_empty() {
        call.query("fieldSelector")
    } else {
        named = format!("metadata.name={}", call.place.name);
        &named
    };
    let selectors = Selectors::read(call.query("labelSelector"), fields)?;
    let names_only =
        call.query("labelSelector").is_empty() && fields.split(',').all(|f| f.is_empty() || f.starts_with("metadata."));
    let since: u64 = match call.query("resourceVersion") {
        "" => 0,
        text => text.parse().map_err(|_| {
            ApiError::bad(format!("Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"))
        })?,
    };
    let now = objects.version();
    let mut lines = String::new();
    let mut say = |kind: &str, object: Value| {
        // In the order in which an API server writes it: the kind of event can be told without reading the object.
        lines += &format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n");
    };
    let initial = since == 0 || call.query("sendInitialEvents") == "true";
    if !initial && since + KEPT < now {
        let message = format!("too old resource version: {since} ({now})");
        say("ERROR", ApiError::new(410, "Expired", message).status());
        return Ok(Reply::raw(200, "application/json", lines));
    }
    let resource = call.kind.resource();
    let here = |o: &Value| call.place.namespace.is_empty() || o["metadata"]["namespace"] == *call.place.namespace;
    let mut events: Vec<(u64, &str, Value)> = Vec::new();
    for object in objects.list(&resource).into_iter().filter(|o| here(o)) {
        let (version, created) = (version_of(object), object["_created"].as_u64().unwrap_or(0));
        let taken = selectors.take(object);
        if initial && taken {
            events.push((version, "ADDED", object.clone()));
        } else if !initial && version > since {
            match (taken, created > since) {
                (true, true) => events.push((version, "ADDED", object.clone())),
                (true, false) => events.push((version, "MODIFIED", object.clone())),
                // It may have been selected before; whoever never saw it ignores this.
                (false, false) if !names_only => events.push((version, "DELETED", object.clone())),
                _ => {}
            }
        }
    }
    if !initial {
        let gone = objects.deleted_after(&resource, since);
        for object in gone.into_iter().filter(|o| here(o) && selectors.take(o)) {
            if object["_created"].as_u64().unwrap_or(0) <= since {
                events.push((version_of(object), "DELETED", object.clone()));
            }
        }
    }
    events.sort_by_key(|(version, _, _)| *version);
    for (_, kind, object) in events {
        let formed = call.formed(objects, &object);
        say(kind, formed);
    }
    if call.query("allowWatchBookmarks") == "true" {
        let mut meta = json!({ "resourceVersion": now.to_string(), "creationTimestamp": null });
        if initial && call.query("sendInitialEvents") == "true" {
            meta["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        let bookmark = match call.form() {
            Form::Table => {
                json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": null, "rows": [{ "cells": null, "object": { "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta } }] })
            }
            Form::Metadata => json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta }),
            Form::Whole => json!({ "kind": call.kind.kind, "apiVersion": call.kind.api_version(), "metadata": meta }),
        };
        say("BOOKMARK", bookmark);
    }
    Ok(Reply::raw(200, "application/json", lines))
}
