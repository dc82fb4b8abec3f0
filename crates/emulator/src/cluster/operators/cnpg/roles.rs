//! Roles: those of `managed.roles`, and DatabaseRole objects.

use super::{CLUSTERS, healthy};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace, text};
use crate::cluster::operators::own::secret_text;
use serde_json::{Map, Value, json};

/// Whether a role can be made: its password must be there, for that very user.
pub(super) fn able(objects: &Objects, home: &str, role: &Value) -> Result<Option<String>, String> {
    let Some(secret) = role["passwordSecret"]["name"].as_str() else {
        return Ok(None);
    };
    if objects.get("secrets", home, secret).is_none() {
        return Err(format!(
            "could not get secret {home}/{secret} for role {}: secrets \"{secret}\" not found",
            text(&role["name"])
        ));
    }
    let user = secret_text(objects, home, secret, "username").unwrap_or_default();
    if user != text(&role["name"]) {
        return Err(format!("wrong username '{user}' in secret, expected '{}'", text(&role["name"])));
    }
    Ok(secret_text(objects, home, secret, "password"))
}

/// Writes what became of `managed.roles`.
pub(super) fn look(objects: &mut Objects, cluster: &Value) {
    let roles = items(&cluster["spec"]["managed"]["roles"]);
    let now = objects.get(CLUSTERS, namespace(cluster), name(cluster)).is_some_and(healthy);
    if roles.is_empty() || !now {
        return;
    }
    let home = namespace(cluster);
    let (mut done, mut cannot) = (Vec::new(), Map::new());
    for role in roles {
        match able(objects, home, role) {
            Ok(_) => done.push(text(&role["name"]).to_owned()),
            Err(why) => {
                cannot.insert(text(&role["name"]).to_owned(), json!([why]));
            }
        }
    }
    let mut status = json!({ "byStatus": { "reconciled": done, "reserved": ["postgres", "streaming_replica"] } });
    if !cannot.is_empty() {
        status["cannotReconcile"] = Value::Object(cannot);
    }
    objects.edit(CLUSTERS, home, name(cluster), |c| c["status"]["managedRolesStatus"] = status);
}

/// Every role that may log in, with its password.
pub(super) fn logins(objects: &Objects, cluster: &Value) -> Vec<(String, String)> {
    let home = namespace(cluster);
    let managed = items(&cluster["spec"]["managed"]["roles"]).iter().filter(|r| r["ensure"] != "absent");
    let own = objects.list_in("databaseroles.postgresql.cnpg.io", home).into_iter().filter(|r| {
        r["spec"]["cluster"]["name"] == name(cluster) && r["status"]["applied"] == true && r["spec"]["ensure"] != "absent"
    });
    let all = managed.chain(own.map(|r| &r["spec"])).filter(|r| r["login"] == true);
    all.filter_map(|r| Some((text(&r["name"]).to_owned(), able(objects, home, r).ok()?.unwrap_or_default()))).collect()
}

/// Whether the cluster has a role of that name.
pub(super) fn exists(objects: &Objects, cluster: &Value, role: &str) -> bool {
    let given = super::users::bootstrap(cluster);
    let first = given["owner"].as_str().or(given["database"].as_str()).unwrap_or("app");
    let home = namespace(cluster);
    let managed = items(&cluster["spec"]["managed"]["roles"]).iter().any(|r| r["name"] == role && able(objects, home, r).is_ok());
    let own = objects
        .list_in("databaseroles.postgresql.cnpg.io", home)
        .into_iter()
        .any(|r| r["spec"]["cluster"]["name"] == name(cluster) && r["spec"]["name"] == role && r["status"]["applied"] == true);
    role == first || role == "postgres" || managed || own
}
