//! SQL that Jobs run on managed databases, read as text: which users may create in which databases because of it.

use super::super::fields::{items, namespace, text};
use super::address::{Address, Protocol};
use super::environment;
use super::needs::{self, Need};
use super::targets::{Target, resolve};
use crate::Cx;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// Rights that were given, by `cluster/database/user`.
const GRANTS: &str = "_database_grants";

/// Whether a user was given rights in a database.
pub(crate) fn granted(cx: &Cx, cluster: &str, database: &str, user: &str) -> bool {
    cx.get(GRANTS, &format!("{cluster}/{database}/{user}")).is_some()
}

/// Records what a Job's pod, which has just succeeded, did as `doadmin`: `GRANT` and `ALTER … OWNER`, to every user and
/// in every database that it names; in the database that it connects to when it names none.
pub(crate) fn ran(objects: &mut Objects, pod: &Value) {
    let mut made = Vec::new();
    {
        let script = script(objects, pod);
        let upper = script.to_ascii_uppercase();
        if !upper.contains("GRANT ") && !upper.contains(" OWNER") {
            return;
        }
        for (id, first) in reached(objects, pod) {
            let cx = objects.world();
            let names = |collection: &str| -> Vec<String> {
                let of = cx.list(collection).into_iter().filter(|d| d["cluster_uuid"] == id.as_str());
                of.map(|d| text(&d["name"]).to_owned()).filter(|n| mentions(&script, n)).collect()
            };
            let mut databases = names("database_dbs");
            if databases.is_empty() {
                databases.push(first);
            }
            for user in names("database_users") {
                made.extend(databases.iter().map(|d| format!("{id}/{d}/{user}")));
            }
        }
    }
    for key in made {
        objects.cx().put_settled(GRANTS, &key, json!({}));
        objects.wake();
    }
}

/// Managed databases that a pod reaches as their owner: id, and the database that it begins in.
fn reached(objects: &Objects, pod: &Value) -> Vec<(String, String)> {
    needs::of(objects, pod)
        .into_iter()
        .filter_map(|need| match need {
            Need::Server { address: Address { protocol: Protocol::Postgres, host, user, database, .. }, .. }
                if user == "doadmin" =>
            {
                match resolve(objects, namespace(pod), &host) {
                    Target::Database(doc, _) => Some((text(&doc["id"]).to_owned(), database)),
                    _ => None,
                }
            }
            _ => None,
        })
        .collect()
}

/// Everything textual that a pod runs: commands, arguments, environment, mounted files.
fn script(objects: &Objects, pod: &Value) -> String {
    let home = namespace(pod);
    let mut all = String::new();
    let mut add = |part: &str| {
        all.push_str(part);
        all.push('\n');
    };
    for container in items(&pod["spec"]["initContainers"]).iter().chain(items(&pod["spec"]["containers"])) {
        for part in items(&container["command"]).iter().chain(items(&container["args"])) {
            add(text(part));
        }
        for value in environment::of(objects, home, pod, container).values() {
            add(value);
        }
    }
    for volume in items(&pod["spec"]["volumes"]) {
        if let Some(map) = volume["configMap"]["name"].as_str().and_then(|n| objects.get("configmaps", home, n)) {
            map["data"].as_object().into_iter().flatten().for_each(|(_, v)| add(text(v)));
        }
        if let Some(secret) = volume["secret"]["secretName"].as_str().and_then(|n| objects.get("secrets", home, n)) {
            environment::secret_keys(secret).values().for_each(|v| add(v));
        }
    }
    all
}

/// Whether a name stands in a text as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}
