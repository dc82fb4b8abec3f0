//! notification-controller: receivers get the path of their webhook; alerts and providers are data. Nothing is sent.

use super::conditions::Status;
use super::kinds::RECEIVERS;
use super::text;
use super::turn::Turn;
use crate::cluster::Objects;
use crate::cluster::flux::source::secret_text;
use crate::cluster::objects::place;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The controller.
pub(super) fn run(objects: &mut Objects) {
    if objects.list(RECEIVERS).is_empty() || !super::runs(objects, "notification-controller") {
        return;
    }
    let all: Vec<Value> = objects.list(RECEIVERS).into_iter().cloned().collect();
    for object in all {
        if object["spec"]["suspend"] != true && object["metadata"]["deletionTimestamp"].is_null() {
            one(objects, &object);
        }
    }
}

fn one(objects: &mut Objects, object: &Value) {
    let Some(turn) = Turn::now(objects, object, "", "") else { return };
    let (namespace, name) = place(object);
    let mut status = Status::of(object, objects.world().stamp());
    turn.handled(&mut status.value);
    let secret = text(&object["spec"]["secretRef"]["name"]);
    let token = objects.get("secrets", &namespace, &secret).map(|s| secret_text(s, "token"));
    match token {
        Some(Some(token)) => {
            let of = format!("{token}{name}{namespace}");
            let digest: String = Sha256::digest(of.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            let path = format!("/hook/{digest}");
            status.ready("Succeeded", &format!("Receiver initialized for path: {path}"));
            status.value["webhookPath"] = path.into();
            turn.done(objects, super::times::of(&object["spec"]["interval"], Duration::from_secs(600)));
        }
        missing => {
            let why = match missing {
                None => format!("unable to read token from secret '{namespace}/{secret}' error: secrets \"{secret}\" not found"),
                Some(_) => format!("invalid \"{namespace}/{secret}\" secret data: required field 'token'"),
            };
            status.failed("TokenNotFound", &why);
            turn.backoff(objects);
        }
    }
    objects.set_status(RECEIVERS, &namespace, &name, status.value);
}
