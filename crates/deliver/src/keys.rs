//! Keys that are made once for an environment: the one that opens what Git holds encrypted, and the one that reads Git.
//!
//! Both are tried before anything stands on them, and kept before anything uses them.
//!
//! Another age key takes two runs' worth of care: [`renew`] keeps the new one with the one before. While both are kept the
//! cluster has both, so that what is committed before and after can be opened; once Flux has reconciled the commit that is
//! encrypted to the new one alone, [`retire`] forgets the old one.

use crate::values::Keeper;
use base64::{Engine, engine::general_purpose::STANDARD};
use pontoon_catalog::components::site::{ARGOCD, FLUX};
use pontoon_core::{content::Object, secret::Secret};
use pontoon_render::{
    argo,
    flux::{AGE_SECRET, GIT_SECRET},
};
use pontoon_secrets::{Draw, Identity, Recipient, ssh::SshKey};
use serde_json::json;
use std::collections::BTreeMap;

/// The name of the age key in the keeper.
pub const AGE_KEY: &str = "AGE_KEY";
/// The name of the age key before it, while it is still needed.
pub const AGE_KEY_BEFORE: &str = "AGE_KEY_BEFORE";
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
    /// What opened it before, while something may still be encrypted to it.
    pub before: Option<Identity>,
    /// Reads the repository.
    pub deploy: SshKey,
}

/// The keys of an environment: those that are kept, or new ones, kept from now on. `prefix` is `<platform>/<environment>`.
///
/// # Errors
/// Where the keeper fails, or holds what is no key: nothing is made in its place.
pub async fn ensure(keeper: &dyn Keeper, draw: &Draw, prefix: &str) -> Result<Keys, String> {
    let path = |name: &str| path(prefix, name);
    let kept = keeper.get(&path(AGE_KEY)).await?;
    let age = match &kept {
        Some(text) => Identity::parse(text).map_err(|e| format!("{}: {e}", path(AGE_KEY)))?,
        None => Identity::draw(&mut draw.named(&path(AGE_KEY))),
    };
    age.prove().map_err(|e| format!("the new age key does not open what it closes: {e}"))?;
    if kept.is_none() {
        keeper.put(&path(AGE_KEY), &age.text()).await?;
    }
    let before = match keeper.get(&path(AGE_KEY_BEFORE)).await? {
        Some(text) => Some(Identity::parse(&text).map_err(|e| format!("{}: {e}", path(AGE_KEY_BEFORE)))?),
        None => None,
    };
    // A rotation that was cut off before it made anything.
    let before = before.filter(|b| b.recipient() != age.recipient());
    let kept = keeper.get(&path(DEPLOY_KEY)).await?;
    let deploy = match &kept {
        Some(text) => SshKey::parse(text).map_err(|e| format!("{}: {e}", path(DEPLOY_KEY)))?,
        None => SshKey::draw(&mut draw.named(&path(DEPLOY_KEY)), &title(prefix)).map_err(|e| e.to_string())?,
    };
    if kept.is_none() {
        keeper.put(&path(DEPLOY_KEY), deploy.private()).await?;
    }
    Ok(Keys { age, before, deploy })
}

/// Where a key is kept.
pub fn path(prefix: &str, name: &str) -> String {
    format!("{prefix}/{OWNER}/{name}")
}

/// Makes another age key, and keeps the one before until [`retire`]. Returns the new one's public half.
///
/// # Errors
/// Where there is none yet, an earlier change has not come to its end, or the keeper fails.
pub async fn renew(keeper: &dyn Keeper, draw: &Draw, prefix: &str) -> Result<Recipient, String> {
    let (now, before) = (path(prefix, AGE_KEY), path(prefix, AGE_KEY_BEFORE));
    let old = keeper.get(&now).await?.ok_or_else(|| format!("{now} does not exist yet"))?;
    if keeper.get(&before).await?.is_some_and(|b| b != old) {
        return Err(format!("the change before has not come to its end: {before} is still needed"));
    }
    let purpose = format!("{now} after {}", old.fingerprint());
    let new = Identity::draw(&mut draw.named(&purpose));
    new.prove().map_err(|e| format!("the new age key does not open what it closes: {e}"))?;
    // In this order: whatever is cut off, each key that something is encrypted to is kept.
    keeper.put(&before, &old).await?;
    keeper.put(&now, &new.text()).await?;
    Ok(new.recipient())
}

/// Makes another deploy key.
///
/// # Errors
/// Where the keeper fails.
pub async fn renew_deploy(keeper: &dyn Keeper, draw: &Draw, prefix: &str) -> Result<(), String> {
    let path = path(prefix, DEPLOY_KEY);
    let old = keeper.get(&path).await?.map(|k| k.fingerprint()).unwrap_or_default();
    let new = SshKey::draw(&mut draw.named(&format!("{path} after {old}")), &title(prefix)).map_err(|e| e.to_string())?;
    keeper.put(&path, new.private()).await
}

/// Makes sure that a value is the key that its name says.
///
/// # Errors
/// What it is not.
pub fn parse(name: &str, value: &Secret) -> Result<(), String> {
    match name {
        AGE_KEY => Identity::parse(value).map(|_| ()).map_err(|e| e.to_string()),
        _ => SshKey::parse(value).map(|_| ()).map_err(|e| e.to_string()),
    }
}

/// Forgets the age key before: nothing is encrypted to it any more.
///
/// # Errors
/// Where the keeper fails.
pub async fn retire(keeper: &dyn Keeper, prefix: &str) -> Result<(), String> {
    keeper.remove(&path(prefix, AGE_KEY_BEFORE)).await
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
        // Under `data`: what is left out of it is taken away by the server, which `stringData` does not promise.
        let secret = |name: &str, data: BTreeMap<&str, &str>| {
            let data: BTreeMap<&str, String> = data.into_iter().map(|(k, v)| (k, STANDARD.encode(v))).collect();
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": FLUX }, "type": "Opaque", "data": data })
        };
        let mut all = vec![json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": FLUX } })];
        if encrypted {
            let (age, before) = (self.age.text(), self.before.as_ref().map(Identity::text));
            let mut data = BTreeMap::from([("pontoon.agekey", age.expose())]);
            data.extend(before.as_ref().map(|b| ("before.agekey", b.expose())));
            all.push(secret(AGE_SECRET, data));
        }
        let private: &Secret = self.deploy.private();
        let public = self.deploy.public();
        let credential = [("identity", private.expose()), ("identity.pub", public.as_str()), ("known_hosts", KNOWN_HOSTS)];
        all.push(secret(GIT_SECRET, BTreeMap::from(credential)));
        all
    }
}
