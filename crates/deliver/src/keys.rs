//! Keys that are made once for an environment: the one that opens what Git holds encrypted, and the one that reads Git.
//!
//! Both are tried before anything stands on them, and kept before anything uses them.

use crate::values::Keeper;
use pontoon_catalog::components::site::{ARGOCD, FLUX};
use pontoon_core::{content::Object, secret::Secret};
use pontoon_render::{
    argo,
    flux::{AGE_SECRET, GIT_SECRET},
};
use pontoon_secrets::{Draw, Identity, ssh::SshKey};
use serde_json::json;

/// The name of the age key in the keeper.
pub const AGE_KEY: &str = "AGE_KEY";
/// The name of the deploy key's private half in the keeper.
pub const DEPLOY_KEY: &str = "DEPLOY_KEY";
/// Whose they are.
pub const OWNER: &str = "platform";
/// GitHub's own host key. Source: GitHub documentation, "GitHub's SSH key fingerprints".
const KNOWN_HOSTS: &str = "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

/// The keys of one environment.
pub struct Keys {
    /// Opens what is encrypted in Git.
    pub age: Identity,
    /// Reads the repository.
    pub deploy: SshKey,
}

/// The keys of an environment: those that are kept, or new ones, kept from now on. `prefix` is `<platform>/<environment>`.
///
/// # Errors
/// Where the keeper fails, or holds what is no key: nothing is made in its place.
pub async fn ensure(keeper: &dyn Keeper, draw: &Draw, prefix: &str) -> Result<Keys, String> {
    let path = |name: &str| format!("{prefix}/{OWNER}/{name}");
    let kept = keeper.get(&path(AGE_KEY)).await?;
    let age = match &kept {
        Some(text) => Identity::parse(text).map_err(|e| format!("{}: {e}", path(AGE_KEY)))?,
        None => Identity::draw(&mut draw.named(&path(AGE_KEY))),
    };
    age.prove().map_err(|e| format!("the new age key does not open what it closes: {e}"))?;
    if kept.is_none() {
        keeper.put(&path(AGE_KEY), &age.text()).await?;
    }
    let kept = keeper.get(&path(DEPLOY_KEY)).await?;
    let deploy = match &kept {
        Some(text) => SshKey::parse(text).map_err(|e| format!("{}: {e}", path(DEPLOY_KEY)))?,
        None => SshKey::draw(&mut draw.named(&path(DEPLOY_KEY)), &title(prefix)).map_err(|e| e.to_string())?,
    };
    if kept.is_none() {
        keeper.put(&path(DEPLOY_KEY), deploy.private()).await?;
    }
    Ok(Keys { age, deploy })
}

/// The deploy key's title at GitHub.
pub fn title(prefix: &str) -> String {
    format!("pontoon {prefix}")
}

impl Keys {
    /// What the engine puts into the cluster for Argo CD: the namespace, and the Secret with which it reads `url`. Source:
    /// Argo CD documentation, declarative setup, repositories. They hold secrets.
    pub fn argo_objects(&self, url: &str) -> Vec<Object> {
        let labels = json!({ "argocd.argoproj.io/secret-type": "repository" });
        vec![
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": ARGOCD } }),
            json!({
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                "metadata": { "name": argo::GIT_SECRET, "namespace": ARGOCD, "labels": labels },
                "stringData": { "type": "git", "url": url, "sshPrivateKey": self.deploy.private().expose() },
            }),
        ]
    }
    /// What the engine puts into the cluster before Flux starts: namespace, age key, Git credential. They hold secrets.
    pub fn objects(&self, encrypted: bool) -> Vec<Object> {
        let secret = |name: &str, data: serde_json::Value| json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": FLUX }, "type": "Opaque", "stringData": data });
        let mut all = vec![json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": FLUX } })];
        if encrypted {
            all.push(secret(AGE_SECRET, json!({ "pontoon.agekey": self.age.text().expose() })));
        }
        let private: &Secret = self.deploy.private();
        let credential =
            json!({ "identity": private.expose(), "identity.pub": self.deploy.public(), "known_hosts": KNOWN_HOSTS });
        all.push(secret(GIT_SECRET, credential));
        all
    }
}
