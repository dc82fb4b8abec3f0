//! What can be done with objects over HTTP.

pub(crate) mod delete;
pub(crate) mod parts;
pub(crate) mod read;
pub(crate) mod watch;
pub(crate) mod write;

use super::dispatch::json_reply;
use super::error::{ApiError, Result};
use super::kinds::Kind;
use super::place::Place;
use super::store::{Validation, Writer};
use super::table;
use super::user::User;
use crate::cluster::Objects;
use crate::{Reply, Req};
use serde_json::{Value, json};

/// One request to a resource that is served.
pub(crate) struct Call<'r> {
    /// The request.
    pub req: &'r Req,
    /// Where it goes.
    pub place: &'r Place,
    /// What is there.
    pub kind: &'r Kind,
    /// Who asks.
    pub user: User,
}

/// The form in which a client wants objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Whole.
    Whole,
    /// As a table for people.
    Table,
    /// Metadata alone.
    Metadata,
}

impl Call<'_> {
    /// A query's value; empty when it is not there.
    pub fn query(&self, name: &str) -> &str {
        self.req.query(name).unwrap_or("")
    }

    /// The form that `Accept` asks for.
    pub fn form(&self) -> Form {
        let accept = self.req.header("accept").unwrap_or("");
        let first = accept.split(',').find(|a| a.contains("json")).unwrap_or("");
        match () {
            () if first.contains("as=Table") => Form::Table,
            () if first.contains("as=PartialObjectMetadata") => Form::Metadata,
            () => Form::Whole,
        }
    }

    /// Who writes, with what the query says.
    pub fn writer(&self) -> Result<Writer> {
        let agent = self.req.header("user-agent").unwrap_or("unknown");
        let manager = match self.query("fieldManager") {
            "" => agent.split('/').next().unwrap_or("unknown"),
            given => given,
        };
        let mut writer = Writer::new(self.user.clone(), manager);
        writer.subresource = if self.place.part == "status" { "status".to_owned() } else { String::new() };
        writer.dry_run = dry_run(self.query("dryRun"))?;
        writer.validation = match self.query("fieldValidation") {
            "Strict" => Validation::Strict,
            "Ignore" => Validation::Ignore,
            "" | "Warn" => Validation::Warn,
            other => {
                let message = format!(
                    "fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\""
                );
                return Err(ApiError::bad(message));
            }
        };
        Ok(writer)
    }

    /// The reply that carries one object.
    pub fn one(&self, objects: &Objects, status: u16, object: &Value) -> Reply {
        json_reply(status, &self.formed(objects, object))
    }

    /// One object in the form that is asked for.
    pub fn formed(&self, objects: &Objects, object: &Value) -> Value {
        let shown = show(self.kind, object);
        match self.form() {
            Form::Whole => shown,
            Form::Metadata => metadata_only(&shown),
            Form::Table => {
                let mut table = table::of(objects, self.kind, &[shown], self.query("includeObject"));
                table["metadata"] = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
                table
            }
        }
    }
}

/// `?dryRun=`.
pub(crate) fn dry_run(given: &str) -> Result<bool> {
    match given {
        "" => Ok(false),
        "All" => Ok(true),
        other => Err(ApiError::bad(format!("dryRun: Unsupported value: \"{other}\": supported values: \"All\""))),
    }
}

/// An object as clients see it: in their version, without what is the world's own.
pub(crate) fn show(kind: &Kind, object: &Value) -> Value {
    let mut shown = json!({ "apiVersion": kind.api_version(), "kind": kind.kind });
    for (key, value) in object.as_object().into_iter().flatten() {
        if !key.starts_with('_') && key != "apiVersion" && key != "kind" {
            shown[key.as_str()] = value.clone();
        }
    }
    for place in ["/spec", "/spec/template", "/spec/template/spec", "/spec/jobTemplate/spec/template"] {
        if let Some(map) = shown.pointer_mut(place).and_then(Value::as_object_mut) {
            map.retain(|k, _| !k.starts_with('_'));
        }
    }
    shown
}

/// Its metadata alone.
pub(crate) fn metadata_only(shown: &Value) -> Value {
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": shown["metadata"] })
}
