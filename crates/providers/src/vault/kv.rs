//! Secrets of the KV engine, version 2: versions, and writes that only happen where nobody else wrote.

use super::{Cause, Vault, VaultError};
use crate::rest::{encode_path, text};
use http::Method;
use pontoon_core::secret::Secret;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A secret as Vault keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its fields. A value that is no text is kept as its JSON.
    pub fields: BTreeMap<String, Secret>,
    /// Its version, from 1.
    pub version: i64,
    /// When this version was written, after RFC 3339.
    pub written: String,
}

/// What Vault says of a secret without showing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvMetadata {
    /// The newest version.
    pub version: i64,
    /// When it was written, after RFC 3339.
    pub written: String,
    /// Whether the newest version was deleted.
    pub deleted: bool,
    /// What people noted of it.
    pub custom: BTreeMap<String, String>,
}

fn at(mount: &str, kind: &str, path: &str) -> String {
    format!("/v1/{}/{kind}/{}", encode_path(mount.trim_matches('/')), encode_path(path.trim_matches('/')))
}

impl Vault {
    /// Reads a secret; none where there is none, or where its newest version was deleted.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn read(&self, mount: &str, path: &str) -> Result<Option<Kept>, VaultError> {
        let Some(answer) = self.find(&at(mount, "data", path)).await? else { return Ok(None) };
        let Some(fields) = answer.pointer("/data/data").and_then(Value::as_object) else { return Ok(None) };
        let plain = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        Ok(Some(Kept {
            fields: fields.iter().map(|(k, v)| (k.clone(), Secret::new(plain(v)))).collect(),
            version: answer.pointer("/data/metadata/version").and_then(Value::as_i64).unwrap_or_default(),
            written: text(&answer, "/data/metadata/created_time"),
        }))
    }

    /// Writes a secret as a whole; gives back its version. `expected` is the version that it has now, 0 for one that is
    /// not there yet; with none, whatever is there is replaced.
    ///
    /// # Errors
    /// [`Cause::Changed`] where it has another version.
    pub async fn write(
        &self,
        mount: &str,
        path: &str,
        fields: &BTreeMap<String, Secret>,
        expected: Option<i64>,
    ) -> Result<i64, VaultError> {
        let data: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), v.expose().into())).collect();
        let options = expected.map_or_else(|| json!({}), |version| json!({ "cas": version }));
        let answer = self.post(&at(mount, "data", path), &json!({ "data": data, "options": options })).await?;
        Ok(answer.pointer("/data/version").and_then(Value::as_i64).unwrap_or_default())
    }

    /// The names below a path, folders with a `/` at their end; none where there is nothing.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn list(&self, mount: &str, path: &str) -> Result<Vec<String>, VaultError> {
        let found = self.find(&format!("{}?list=true", at(mount, "metadata", path))).await?;
        let keys = found.as_ref().and_then(|v| v.pointer("/data/keys")).and_then(Value::as_array);
        Ok(keys.into_iter().flatten().filter_map(|k| k.as_str().map(str::to_owned)).collect())
    }

    /// What Vault says of a secret without showing it.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn metadata(&self, mount: &str, path: &str) -> Result<Option<KvMetadata>, VaultError> {
        let Some(answer) = self.find(&at(mount, "metadata", path)).await? else { return Ok(None) };
        let data = &answer["data"];
        let version = data["current_version"].as_i64().unwrap_or_default();
        let newest = &data["versions"][version.to_string()];
        let custom = data["custom_metadata"].as_object().into_iter().flatten();
        Ok(Some(KvMetadata {
            version,
            written: text(newest, "/created_time"),
            deleted: newest["destroyed"] == true || !text(newest, "/deletion_time").is_empty(),
            custom: custom.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect(),
        }))
    }

    /// Removes a secret with all of its versions; one that is not there is removed already.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn remove(&self, mount: &str, path: &str) -> Result<(), VaultError> {
        match self.call(Method::DELETE, &at(mount, "metadata", path), None).await {
            Err(e) if e.status == Some(404) && e.cause != Some(Cause::Denied) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }
}
