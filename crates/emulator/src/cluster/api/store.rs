//! One write, from what a client sent to what is stored: read, complete, admit, check, own, put.

use super::admission::{self, Operation};
use super::error::{ApiError, Cause, Result};
use super::fields::{self, Manager};
use super::kinds::Kind;
use super::schema::{Schema, version_schema};
use super::user::User;
use super::{decode, defaults, definitions, rbac, structural, validate};
use crate::cluster::Objects;
use serde_json::{Value, json};

/// What is done with fields that the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validation {
    /// Dropped without a word.
    Ignore,
    /// Dropped, and said in a `Warning` header.
    Warn,
    /// Refused.
    Strict,
}

/// Who writes, and how.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    /// In whose name.
    pub user: User,
    /// Field manager.
    pub manager: String,
    /// Empty, `status` or `scale`.
    pub subresource: String,
    /// All is done but the writing itself.
    pub dry_run: bool,
    /// What becomes of unknown fields.
    pub validation: Validation,
    /// Sentences for `Warning` headers.
    pub warnings: Vec<String>,
}

impl Writer {
    /// Somebody who writes whole objects.
    pub fn new(user: User, manager: &str) -> Self {
        Self {
            user,
            manager: manager.to_owned(),
            subresource: String::new(),
            dry_run: false,
            validation: Validation::Ignore,
            warnings: Vec::new(),
        }
    }

    fn manager(&self, kind: &Kind, operation: &'static str) -> Manager {
        Manager { name: self.manager.clone(), operation, api_version: kind.api_version(), subresource: self.subresource.clone() }
    }
}

/// Creates `object` in `namespace` (empty for what belongs to the cluster).
pub(crate) fn create(objects: &mut Objects, kind: &Kind, namespace: &str, mut object: Value, w: &mut Writer) -> Result<Value> {
    prepare(objects, kind, namespace, &mut object)?;
    object["metadata"]["resourceVersion"] = Value::Null;
    fresh(objects, kind, object, None, w)
}

/// The rest of a creation; an applier has already found out who owns what.
fn fresh(objects: &mut Objects, kind: &Kind, mut object: Value, owned: Option<Value>, w: &mut Writer) -> Result<Value> {
    let resource = kind.resource();
    if let Some(meta) = object["metadata"].as_object_mut() {
        for own in ["uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp", "selfLink", "managedFields"]
        {
            meta.remove(own);
        }
    }
    let name = object["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    if kind.namespaced {
        admission::namespace(objects, kind, &namespace, &name)?;
    }
    if objects.get(&resource, &namespace, &name).is_some() {
        return Err(ApiError::exists(&resource, &name));
    }
    if let (true, Some(map)) = (kind.status, object.as_object_mut()) {
        map.remove("status");
    }
    read(objects, kind, &mut object, owned.is_some(), w)?;
    complete(objects, kind, &mut object);
    if resource == "jobs.batch" && object["spec"]["manualSelector"] != true {
        job(objects, &mut object);
    }
    if resource == "customresourcedefinitions.apiextensions.k8s.io" {
        object["metadata"]["finalizers"] = json!([definitions::CLEANUP]);
    }
    admission::mutate(objects, kind, Operation::Create, &mut object)?;
    check(objects, kind, None, &object)?;
    rbac::escalation(objects, &w.user, &resource, &object)?;
    admission::validate(objects, kind, Operation::Create, None, &object)?;
    let now = objects.world().stamp();
    match owned {
        Some(owned) => object["metadata"]["managedFields"] = owned,
        None => {
            let schema = Schema::of_kind(objects, kind);
            object = fields::update(None, &object, &schema, &w.manager(kind, "Update"), kind.status, &now);
        }
    }
    if w.dry_run {
        object["metadata"]["uid"] = objects.cx().uuid().into();
        object["metadata"]["creationTimestamp"] = now.into();
        return Ok(object);
    }
    let stored = objects.put_and_get(&resource, object);
    if resource == super::kinds::DEFINITIONS {
        definitions::written(objects, &stored);
    }
    Ok(stored)
}

/// Replaces an object, or its status, or (by `scale`) its number of replicas.
pub(crate) fn replace(objects: &mut Objects, kind: &Kind, namespace: &str, mut object: Value, w: &mut Writer) -> Result<Value> {
    let resource = kind.resource();
    prepare(objects, kind, namespace, &mut object)?;
    let name = object["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    let before = objects.get(&resource, &namespace, &name).cloned().ok_or_else(|| ApiError::not_found(&resource, &name))?;
    changed(objects, kind, &before, object, None, w)
}

/// Applies a configuration: see [`fields::apply`].
pub(crate) fn apply(
    objects: &mut Objects,
    kind: &Kind,
    namespace: &str,
    mut config: Value,
    force: bool,
    w: &mut Writer,
) -> Result<Value> {
    let resource = kind.resource();
    prepare(objects, kind, namespace, &mut config)?;
    if config["metadata"]["managedFields"].as_array().is_some_and(|m| !m.is_empty()) {
        return Err(ApiError::bad("metadata.managedFields must be nil"));
    }
    let name = config["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let namespace = config["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    let before = objects.get(&resource, &namespace, &name).cloned();
    if before.is_none() && kind.namespaced {
        admission::namespace(objects, kind, &namespace, &name)?;
    }
    let given = config["metadata"].get("uid").cloned();
    read(objects, kind, &mut config, true, w)?;
    if let (Some(given), true) = (&given, before.is_none()) {
        let why = format!("Precondition failed: UID in precondition: {}, UID in object meta: ", given.as_str().unwrap_or(""));
        return Err(ApiError::conflict(&resource, &name, &why));
    }
    let now = objects.world().stamp();
    let schema = Schema::of_kind(objects, kind);
    let mut after = fields::apply(before.as_ref(), &config, &schema, &w.manager(kind, "Apply"), force, kind.status, &now)?;
    tidy(kind, &mut after);
    let after = fields::keep_times(before.as_ref(), after);
    let owned = after["metadata"]["managedFields"].clone();
    match before {
        None => fresh(objects, kind, after, Some(owned), w),
        Some(before) => changed(objects, kind, &before, after, Some(owned), w),
    }
}

/// The rest of a change; an applier has already found out who owns what.
fn changed(
    objects: &mut Objects,
    kind: &Kind,
    before: &Value,
    mut object: Value,
    owned: Option<Value>,
    w: &mut Writer,
) -> Result<Value> {
    let resource = kind.resource();
    let (namespace, name) = crate::cluster::objects::place(before);
    let given = object["metadata"]["resourceVersion"].as_str().filter(|v| !v.is_empty() && *v != "0").map(str::to_owned);
    if given.is_some_and(|v| before["metadata"]["resourceVersion"] != v) {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(ApiError::conflict(&resource, &name, why));
    }
    if let Some(uid) = object["metadata"]["uid"].as_str().filter(|u| before["metadata"]["uid"] != *u) {
        let have = before["metadata"]["uid"].as_str().unwrap_or("");
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {have}");
        return Err(ApiError::conflict(&resource, &name, &why));
    }
    keep(kind, before, &mut object, &w.subresource);
    if owned.is_none() {
        read(objects, kind, &mut object, false, w)?;
    }
    complete(objects, kind, &mut object);
    admission::mutate(objects, kind, Operation::Update, &mut object)?;
    check(objects, kind, Some(before), &object)?;
    if ["rules", "aggregationRule", "subjects", "roleRef"].iter().any(|f| before[*f] != object[*f]) {
        rbac::escalation(objects, &w.user, &resource, &object)?;
    }
    if w.subresource.is_empty() {
        admission::validate(objects, kind, Operation::Update, Some(before), &object)?;
    }
    let now = objects.world().stamp();
    match owned {
        Some(owned) if !owned.is_null() => object["metadata"]["managedFields"] = owned,
        Some(_) => {}
        None => {
            let schema = Schema::of_kind(objects, kind);
            object = fields::update(Some(before), &object, &schema, &w.manager(kind, "Update"), kind.status, &now);
        }
    }
    if w.dry_run {
        return Ok(object);
    }
    let mut stored = objects.put_and_get(&resource, object);
    if resource == super::kinds::DEFINITIONS {
        definitions::written(objects, &stored);
    }
    let gone = !stored["metadata"]["deletionTimestamp"].is_null()
        && stored["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty)
        && (resource != "namespaces" || stored["spec"]["finalizers"].as_array().is_none_or(Vec::is_empty));
    if gone {
        objects.remove(&resource, &namespace, &name);
        stored["metadata"]["finalizers"] = Value::Null;
    }
    Ok(stored)
}

/// What a client cannot change stays.
fn keep(kind: &Kind, before: &Value, object: &mut Value, subresource: &str) {
    for (key, value) in before.as_object().into_iter().flatten().filter(|(k, _)| k.starts_with('_')) {
        object[key.as_str()] = value.clone();
    }
    if let Some(connects) = before.pointer("/spec/template/_connects")
        && object.pointer("/spec/template").is_some_and(|t| t.is_object() && t.get("_connects").is_none())
    {
        object["spec"]["template"]["_connects"] = connects.clone();
    }
    let mut take = |field: &str| match before.get(field) {
        Some(value) => object[field] = value.clone(),
        None => {
            if let Some(map) = object.as_object_mut() {
                map.remove(field);
            }
        }
    };
    match subresource {
        "" if kind.status => take("status"),
        "status" => {
            let all: Vec<String> = before.as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
            for field in all.iter().filter(|f| !matches!(f.as_str(), "status" | "metadata")) {
                take(field);
            }
        }
        _ => {}
    }
    let meta = &before["metadata"];
    for own in [
        "uid",
        "creationTimestamp",
        "generation",
        "resourceVersion",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "name",
        "namespace",
    ] {
        match meta.get(own) {
            Some(value) => object["metadata"][own] = value.clone(),
            None => {
                if let Some(map) = object["metadata"].as_object_mut() {
                    map.remove(own);
                }
            }
        }
    }
    if kind.resource() == "services" && subresource.is_empty() {
        for own in ["clusterIP", "clusterIPs"] {
            if object["spec"].get(own).is_none_or(|v| v == "") && object["spec"]["type"] != "ExternalName" {
                object["spec"][own] = before["spec"][own].clone();
            }
        }
    }
    if kind.resource() == "persistentvolumeclaims" {
        for own in ["storageClassName", "volumeName"] {
            if let (None, Some(value)) = (object["spec"].get(own), before["spec"].get(own)) {
                object["spec"][own] = value.clone();
            }
        }
    }
}

/// Sees that the object is one, and says of what kind, name and namespace.
fn prepare(objects: &mut Objects, kind: &Kind, namespace: &str, object: &mut Value) -> Result<()> {
    if !object.is_object() {
        return Err(ApiError::bad("the object provided is unrecognized (must be of type object)"));
    }
    for (field, wanted) in [("apiVersion", kind.api_version()), ("kind", kind.kind.clone())] {
        match object[field].as_str() {
            None | Some("") => object[field] = wanted.into(),
            Some(given) if given == wanted || (kind.plural == "events" && field == "apiVersion") => {}
            Some(given) => {
                let message = format!("the {} in the data ({given}) does not match the expected {field} ({wanted})", field);
                return Err(ApiError::bad(message));
            }
        }
    }
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let given = object["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
    if kind.namespaced {
        if !given.is_empty() && given != namespace {
            return Err(ApiError::bad("the namespace of the provided object does not match the namespace sent on the request"));
        }
        object["metadata"]["namespace"] = namespace.into();
    } else if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("namespace");
    }
    let unnamed = object["metadata"]["name"].as_str().is_none_or(str::is_empty);
    if let (true, Some(base)) =
        (unnamed, object["metadata"]["generateName"].as_str().filter(|g| !g.is_empty()).map(str::to_owned))
    {
        let base: String = base.chars().take(58).collect();
        let suffix = objects.cx().random_text("bcdfghjklmnpqrstvwxz2456789", 5);
        object["metadata"]["name"] = format!("{base}{suffix}").into();
    }
    Ok(())
}

/// Drops or refuses what the server does not know; an applier is refused in other words.
fn read(objects: &Objects, kind: &Kind, object: &mut Value, applies: bool, w: &mut Writer) -> Result<()> {
    let (unknown, wrong) = if kind.custom {
        let definition = objects.get(super::kinds::DEFINITIONS, "", &kind.resource());
        let schema = definition.and_then(|d| version_schema(d, &kind.version));
        let unknown = schema.filter(|_| definition.is_some_and(|d| d["spec"]["preserveUnknownFields"] != true));
        (unknown.map(|s| structural::prune(object, s)).unwrap_or_default(), metadata_types(object))
    } else {
        let root = super::types::root(&kind.group, &kind.version, &kind.kind);
        let found = root.map(|r| decode::decode(object, r)).unwrap_or_default();
        (found.unknown, found.wrong)
    };
    let strict = w.validation == Validation::Strict;
    if applies && !kind.custom && !unknown.is_empty() && strict {
        let meta = &object["metadata"];
        let place = format!("{}/{}", meta["namespace"].as_str().unwrap_or(""), meta["name"].as_str().unwrap_or(""));
        let each: Vec<String> = unknown.iter().map(|u| format!(".{u}: field not declared in schema")).collect();
        let message = format!(
            "failed to create typed patch object ({place}; {}, Kind={}): {}",
            kind.api_version(),
            kind.kind,
            each.join("\n")
        );
        return Err(ApiError::new(500, "", message));
    }
    let whole = |what: String| {
        let message = format!("{} in version \"{}\" cannot be handled as a {}: {what}", kind.kind, kind.version, kind.kind);
        ApiError::bad(message)
    };
    if let Some(wrong) = wrong {
        return Err(whole(wrong));
    }
    let unknown: Vec<String> = unknown.iter().map(|u| format!("unknown field \"{u}\"")).collect();
    if strict && !unknown.is_empty() {
        return Err(whole(format!("strict decoding error: {}", unknown.join(", "))));
    }
    if w.validation == Validation::Warn {
        w.warnings.extend(unknown);
    }
    Ok(())
}

/// The metadata of custom objects is as typed as that of built-in ones.
fn metadata_types(object: &mut Value) -> Option<String> {
    let mut meta = object["metadata"].take();
    let wrong = decode::decode(&mut meta, "meta.ObjectMeta").wrong;
    object["metadata"] = meta;
    wrong
}

fn complete(objects: &Objects, kind: &Kind, object: &mut Value) {
    if kind.custom {
        let definition = objects.get(super::kinds::DEFINITIONS, "", &kind.resource());
        if let Some(schema) = definition.and_then(|d| version_schema(d, &kind.version)) {
            structural::default(object, schema);
        }
    } else {
        tidy(kind, object);
        defaults::complete(&kind.resource(), object);
    }
}

/// Leaves out what is empty of a built-in kind.
fn tidy(kind: &Kind, object: &mut Value) {
    if let Some(root) = super::types::root(&kind.group, &kind.version, &kind.kind).filter(|_| !kind.custom) {
        decode::tidy(object, root);
    }
}

/// Refuses what makes no sense, and changes that cannot be.
fn check(objects: &Objects, kind: &Kind, before: Option<&Value>, object: &Value) -> Result<()> {
    let resource = kind.resource();
    let name = object["metadata"]["name"].as_str().unwrap_or("");
    if name.is_empty() {
        let cause = Cause::required("metadata.name", "name or generateName is required");
        return Err(ApiError::invalid(&kind.group, &kind.kind, "", &[cause]));
    }
    let mut causes = validate::metadata(&resource, object);
    if let Some(before) = before {
        causes.extend(validate::forbidden_changes(&resource, before, object));
    }
    if kind.custom {
        let definition = objects.get(super::kinds::DEFINITIONS, "", &resource);
        if let Some(schema) = definition.and_then(|d| version_schema(d, &kind.version)) {
            causes.extend(structural::validate(object, schema));
        }
    } else {
        causes.extend(validate::object(kind, object));
    }
    if causes.is_empty() { Ok(()) } else { Err(ApiError::invalid(&kind.group, &kind.kind, name, &causes)) }
}

/// A Job finds its pods by a label that nobody else has.
fn job(objects: &mut Objects, job: &mut Value) {
    let uid = objects.cx().uuid();
    let name = job["metadata"]["name"].clone();
    job["spec"]["selector"] = json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", Value::from(uid.clone())),
        ("batch.kubernetes.io/job-name", name.clone()),
        ("controller-uid", uid.into()),
        ("job-name", name),
    ] {
        job["spec"]["template"]["metadata"]["labels"][key] = value;
    }
}
