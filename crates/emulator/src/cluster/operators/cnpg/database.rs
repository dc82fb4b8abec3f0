//! Database and DatabaseRole: applied when their cluster can be written to.

use super::{CLUSTERS, healthy, roles};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace, text};
use serde_json::{Value, json};

fn write(objects: &mut Objects, resource: &str, object: &Value, answer: Result<(), String>) {
    let mut status = json!({ "observedGeneration": object["metadata"]["generation"], "applied": answer.is_ok() });
    if let Err(message) = answer {
        status["message"] = message.into();
    }
    objects.edit(resource, namespace(object), name(object), |o| o["status"] = status);
}

/// The cluster that an object names, when it can be written to.
fn target(objects: &Objects, object: &Value) -> Option<Value> {
    objects.get(CLUSTERS, namespace(object), text(&object["spec"]["cluster"]["name"])).filter(|c| healthy(c)).cloned()
}

/// Looks at a Database.
pub(super) fn database(objects: &mut Objects, object: &Value) {
    let Some(cluster) = target(objects, object) else {
        return;
    };
    let (own, owner) = (text(&object["spec"]["name"]), text(&object["spec"]["owner"]));
    let answer = if roles::exists(objects, &cluster, owner) {
        Ok(())
    } else {
        Err(format!("while creating database \"{own}\": ERROR: role \"{owner}\" does not exist (SQLSTATE 42704)"))
    };
    write(objects, "databases.postgresql.cnpg.io", object, answer);
}

/// Looks at a DatabaseRole.
pub(super) fn role(objects: &mut Objects, object: &Value) {
    if target(objects, object).is_some() {
        let answer = roles::able(objects, namespace(object), &object["spec"]).map(|_| ());
        write(objects, "databaseroles.postgresql.cnpg.io", object, answer);
    }
}
