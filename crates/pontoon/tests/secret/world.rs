//! The secrets of a local world, read from the world itself, and where in it they have no place.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// Entries of Secrets that anybody may read. What is not listed is a secret.
const PUBLIC: &[&str] = &[
    "ACCESS_KEY_ID",
    "accessKey",
    "admin-user",
    "bucket",
    "ca",
    "ca.crt",
    "ca.pem",
    "cert",
    "database",
    "dbname",
    "endpoint",
    "host",
    "identity.pub",
    "known_hosts",
    "port",
    "provider",
    "region",
    "role-id",
    "tls.crt",
    "type",
    "url",
    "user",
    "username",
    "vhost",
];
/// How names of values end that are half of a login, and no secret by themselves.
const HALVES: &[&str] = &["ACCESS_KEY", "ROLE_ID"];
/// Fields that hold secrets in what is no Secret.
const FIELDS: &[&str] = &["password", "secret_key", "access_token", "private_key", "token", "uri", "kubeconfig", "secret"];
/// Shorter ones are words.
const SHORTEST: usize = 12;

/// One document of a world.
pub struct Document {
    collection: String,
    key: String,
    doc: Value,
}

/// Every document that the world's log tells of, those that are gone by now as well.
pub fn documents(folder: &Path) -> Vec<Document> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_none_or(|e| e != "log") {
            continue;
        }
        let log = std::fs::read_to_string(entry.path()).expect("the world's log can be read");
        for line in log.lines() {
            let mut line: Value = serde_json::from_str(line).expect("a line of the log is JSON");
            for op in line["ops"].as_array_mut().into_iter().flatten() {
                let mut put = op["put"].take();
                if let (Some(collection), Some(key)) = (put[0].as_str(), put[1].as_str()) {
                    all.push(Document { collection: collection.to_owned(), key: key.to_owned(), doc: put[2]["doc"].take() });
                }
            }
        }
    }
    all
}

/// Secrets, each with where it was found.
#[derive(Default, Clone)]
pub struct Secrets(pub BTreeMap<String, String>);

impl Secrets {
    /// Takes one in.
    pub fn add(&mut self, secret: &str, from: &str) {
        if secret.len() >= SHORTEST {
            self.0.entry(secret.to_owned()).or_insert_with(|| from.to_owned());
        }
    }

    /// What the documents of a world hold.
    pub fn of_world(&mut self, documents: &[Document]) {
        for Document { collection, key, doc } in documents {
            let short = collection.rsplit('/').next().unwrap_or_default();
            if collection.contains("/_k8s/") && short == "secrets" {
                for (name, value) in doc["data"].as_object().into_iter().flatten().filter(|(n, _)| !PUBLIC.contains(&n.as_str()))
                {
                    let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
                    self.add(&String::from_utf8(bytes).unwrap_or_default(), &format!("Secret {key} {name}"));
                }
            } else if short == "_cluster_tokens" {
                self.add(key, "kubeconfig's token");
            } else if collection.ends_with("_vault/tokens") {
                self.add(key, "Vault's token");
            } else if collection.ends_with("_vault/kv") || short == "_logins" {
                self.of_values(&doc[if short == "kv" { "versions" } else { "users" }], key);
            } else if !collection.contains("/_k8s/") && !collection.contains("_github/") {
                self.of_fields(doc, key);
            }
        }
    }

    /// What a file of values holds: `pontoon` declares it to hold secrets.
    pub fn of_file(&mut self, file: &Path) {
        let Ok(text) = std::fs::read_to_string(file) else { return };
        let all: Value = serde_json::from_str(&text).expect("the file is JSON");
        for (key, kept) in all.as_object().into_iter().flatten() {
            self.of_values(if kept.is_object() { &kept["fields"] } else { kept }, key);
        }
    }

    /// Every text of a value, which is a secret as a whole.
    pub fn of_values(&mut self, value: &Value, from: &str) {
        if HALVES.iter().any(|h| from.ends_with(h)) {
            return;
        }
        match value {
            Value::String(text) => self.add(text, from),
            Value::Object(map) => map.iter().filter(|(k, _)| !k.ends_with("_time")).for_each(|(_, v)| self.of_values(v, from)),
            Value::Array(items) => items.iter().for_each(|v| self.of_values(v, from)),
            _ => {}
        }
    }

    fn of_fields(&mut self, value: &Value, from: &str) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    match inner {
                        Value::String(text) if FIELDS.contains(&name.trim_start_matches('_')) => {
                            self.add(text, &format!("{from} {name}"));
                        }
                        _ => self.of_fields(inner, from),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|v| self.of_fields(v, from)),
            _ => {}
        }
    }
}

/// What must hold no secret although it is the world's own: everything in the repository, and whatever in a cluster is no
/// Secret.
pub fn open(documents: &[Document]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for Document { collection, key, doc } in documents {
        let short = collection.rsplit('/').next().unwrap_or_default();
        if collection.contains("_github/") {
            // Contents are kept as texts, or in base64; the form for which a secret would have to start at its right place.
            let text = doc["base64"].as_str().map(|b| STANDARD.decode(b).unwrap_or_default());
            all.push((format!("GitHub, {short} {key}"), text.unwrap_or_else(|| doc.to_string().into_bytes())));
        } else if collection.contains("/_k8s/") && short != "secrets" && !short.starts_with('_') {
            all.push((format!("the cluster's {short} {key}"), doc.to_string().into_bytes()));
        }
    }
    all
}
