//! Stores: whether one can log in.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{condition, conditioned, name, namespace, text, uid};
use crate::cluster::operators::own::{secret_text, with_condition};
use crate::vault;
use serde_json::Value;
use std::time::Duration;

pub(super) const CLUSTER: &str = "clustersecretstores.external-secrets.io";
pub(super) const NAMESPACED: &str = "secretstores.external-secrets.io";

/// How often a store that is well is looked at again. Source: External Secrets, `storeRequeueInterval`.
const AGAIN: Duration = Duration::from_secs(300);
const RETRY: Duration = Duration::from_secs(20);

/// Looks at a store now and then: at once when it is new or has changed.
pub(super) fn look(objects: &mut Objects, resource: &str, store: &Value) {
    let well = condition(store, "Ready") == "True";
    let timer = format!("secret-store/{}/{}", uid(store), store["metadata"]["generation"]);
    let known = !condition(store, "Ready").is_empty() && store["_seen"] == store["metadata"]["generation"];
    if known && !objects.due(&timer, if well { AGAIN } else { RETRY }) {
        return;
    }
    objects.restart(&timer);
    let answer = login(objects, store);
    let now = objects.world().stamp();
    if let Err(why) = &answer {
        objects.event(store, "Warning", "InvalidProviderConfig", why);
    }
    objects.edit(resource, namespace(store), name(store), |s| {
        let made = match &answer {
            Ok(_) => conditioned(&s["status"], "Ready", "True", "Valid", "store validated", &now),
            Err(why) => conditioned(
                &s["status"],
                "Ready",
                "False",
                "InvalidProviderConfig",
                &format!("unable to create client: {why}"),
                &now,
            ),
        };
        s["status"]["conditions"] = with_condition(&s["status"]["conditions"], made);
        s["status"]["capabilities"] = "ReadWrite".into();
        s["_seen"] = s["metadata"]["generation"].clone();
    });
    let _ = objects.due(&timer, if answer.is_ok() { AGAIN } else { RETRY });
}

/// A client of the store.
pub(super) struct Client {
    token: String,
    mount: String,
}

/// Logs in to Vault by AppRole.
pub(super) fn login(objects: &mut Objects, store: &Value) -> Result<Client, String> {
    let provider = &store["spec"]["provider"];
    let vault = &provider["vault"];
    if !vault.is_object() {
        let other = provider.as_object().and_then(|p| p.keys().next()).map_or("none", String::as_str);
        return Err(format!("provider {other} is not known to the embedded cloud: vault alone is"));
    }
    let role = &vault["auth"]["appRole"];
    if !role.is_object() {
        return Err("no auth method that is known is configured: appRole alone is".to_owned());
    }
    let read = |reference: &Value| -> Result<String, String> {
        let home = reference["namespace"].as_str().unwrap_or(namespace(store));
        let (secret, key) = (text(&reference["name"]), text(&reference["key"]));
        if objects.get("secrets", home, secret).is_none() {
            return Err(format!(
                "cannot get Kubernetes secret \"{secret}\" from namespace \"{home}\": secrets \"{secret}\" not found"
            ));
        }
        let found = secret_text(objects, home, secret, key);
        found.map(|t| t.trim().to_owned()).ok_or_else(|| format!("cannot find secret data for key: \"{key}\""))
    };
    let id = match role["roleId"].as_str() {
        Some(id) => id.to_owned(),
        None => read(&role["roleRef"])?,
    };
    let secret = read(&role["secretRef"])?;
    let mount = role["path"].as_str().unwrap_or("approle").to_owned();
    let server = text(&vault["server"]).to_owned();
    let token = vault::login_approle(objects.cx(), &mount, &id, &secret).map_err(|refused| {
        format!("unable to log in to auth method: unable to log in with app role auth: Error making API request.\n\nURL: PUT {server}/v1/auth/{mount}/login\n{refused}")
    })?;
    Ok(Client { token, mount: vault["path"].as_str().unwrap_or("secret").trim_matches('/').to_owned() })
}

impl Client {
    /// Everything at a key; the mount in front of it may be said again.
    pub fn read(&self, objects: &Objects, key: &str) -> Result<Value, String> {
        let path = key.strip_prefix(&format!("{}/", self.mount)).unwrap_or(key);
        let path = path.strip_prefix("data/").unwrap_or(path);
        vault::read_kv(objects.world(), &self.token, &self.mount, path).map_err(|refused| {
            if refused.starts_with("Code: 404") {
                "Secret does not exist".to_owned()
            } else {
                format!("cannot read secret data from Vault: {refused}")
            }
        })
    }
}

/// The store that an ExternalSecret names.
pub(super) fn of<'a>(objects: &'a Objects, home: &str, reference: &Value) -> Option<&'a Value> {
    let name = text(&reference["name"]);
    if reference["kind"] == "ClusterSecretStore" { objects.get(CLUSTER, "", name) } else { objects.get(NAMESPACED, home, name) }
}
