//! What a repository has to hold: the tree of all environments with its Secrets, the releases, and what of a person's
//! stands beside it. Plain values, compared with the branch and brought there.

use crate::{
    apply::{Failed, remedy},
    gates::{Gate, Verdict},
    keys::Keys,
    repository::{FileChange, Landed, Reach, Seen, Trouble},
    values::{Missing, Values},
};
use pontoon_core::content::SecretSpec;
use pontoon_render::{
    Follower, Unit,
    stamps::{self, Stamps},
    tree::{self, Environment, tree},
};
use pontoon_secrets::{
    Draw, Identity,
    sops::{self, Plain},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is brought to a repository, and through it into the cluster of one environment.
pub struct Order {
    /// The platform.
    pub platform: String,
    /// The environment that is delivered.
    pub environment: String,
    /// Every environment with its units: the tree holds all of them.
    pub environments: Vec<Environment>,
    /// The Secrets of the delivered one.
    pub secrets: Vec<SecretSpec>,
    /// Who follows the tree. Argo CD decrypts nothing: what no store brings, the engine writes into the cluster.
    pub follower: Follower,
    /// Files beside the tree that are ours as well, by path: releases.
    pub releases: BTreeMap<String, String>,
    /// A person's own files that the document names: written, and never removed.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// The order in which changes are promoted; empty without one.
    pub promotion: Vec<String>,
    /// What has to be green before the branch takes a change.
    pub checks: BTreeSet<String>,
    /// Where a cluster reads the repository.
    pub url: String,
    /// Whether workflows sign in to a Vault.
    pub vault: bool,
    /// Whether the branch is protected once everything is healthy: nobody of this run comes after.
    pub protect: bool,
}

/// Why a delivery cannot go on, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}{why}", if why.is_empty() { "" } else { ": " })]
pub struct Halt {
    /// What was tried.
    pub what: String,
    /// Why not; may be empty.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Whether it waits for a person, who has to give a value.
    pub waits: bool,
}

impl Halt {
    /// Something failed.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Halt {
        Halt { what: what.into(), why: String::new(), remedy: remedy.into(), waits: false }
    }
    /// A Secret lacks a value.
    pub fn lacks(secret: &SecretSpec, missing: &Missing) -> Halt {
        let what = format!("Secret {}/{}: {missing}", secret.namespace, secret.name);
        Halt { waits: true, ..Halt::new(what, remedy(missing)) }
    }
}

impl From<Trouble> for Halt {
    fn from(e: Trouble) -> Halt {
        Halt { what: e.what, why: e.why, remedy: e.remedy, waits: false }
    }
}

impl From<Failed> for Halt {
    fn from(e: Failed) -> Halt {
        Halt::new(e.to_string(), "what is wrong: pontoon doctor; then go on: pontoon up")
    }
}

/// Files by their paths.
pub struct Wanted {
    /// Ours.
    pub files: BTreeMap<String, String>,
    /// A person's own: written, and never removed.
    pub beside: BTreeMap<String, Vec<u8>>,
}

/// The repository against what it has to hold.
pub struct Compared {
    /// Which repository.
    pub repository: String,
    /// Whether it would be made.
    pub is_new: bool,
    /// The files that would change.
    pub changes: Vec<FileChange>,
}

/// With what Secrets are written.
#[derive(Clone, Copy)]
pub struct Sealing<'a> {
    /// Keys of the environment.
    pub keys: &'a Keys,
    /// Values of the environment.
    pub values: &'a Values<'a>,
    /// False where values may be missing yet: there is no cluster.
    pub whole: bool,
    /// Draws nonces.
    pub draw: &'a Draw,
}

impl Order {
    /// Whether Secrets stand in the tree, which is only ever encrypted.
    pub fn encrypted(&self) -> bool {
        self.follower == Follower::Flux { encrypted: true }
    }

    /// The units of the delivered environment.
    pub fn units(&self) -> &[Unit] {
        let own = self.environments.iter().find(|(name, _)| *name == self.environment);
        own.map(|(_, units)| units.as_slice()).unwrap_or_default()
    }

    /// The gates of the promotion order.
    pub fn gates(&self) -> Vec<Gate> {
        Gate::all(self.promotion.iter().map(String::as_str))
    }

    /// What the next delivery would write into the repository; nothing is written. Files of Secrets that stand there stay
    /// as they are: only a delivery knows their values.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn compare(&self, reach: &Reach<'_>) -> Result<Compared, Halt> {
        let there = reach.github.repository(&reach.name).await;
        let there = there.map_err(|e| Halt::new(format!("GitHub: {e}"), "what is wrong: pontoon doctor"))?;
        let is_new = there.is_none();
        let seen = if is_new { Seen::default() } else { reach.look().await? };
        let wanted = self.wanted(reach, &seen, None).await?;
        let changes = reach.compare(&seen, &wanted.files, &wanted.beside).await?;
        Ok(Compared { repository: reach.name.to_string(), is_new, changes })
    }

    /// A pull request that brings the repository to what it has to hold.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn propose(
        &self,
        reach: &Reach<'_>,
        topic: &str,
        message: &str,
        says: impl Fn(&Gate) -> Verdict,
    ) -> Result<Landed, Halt> {
        let seen = reach.look().await?;
        let wanted = self.wanted(reach, &seen, None).await?;
        let landed = reach.land(seen, &wanted.files, &wanted.beside, topic, message, true).await?;
        if let Landed::Waits { proposed, .. } = &landed {
            reach.speak(&self.gates(), proposed, says).await?;
        }
        Ok(landed)
    }

    /// What the repository has to hold. Without a sealing, Secrets stay as they are.
    ///
    /// # Errors
    /// Where GitHub refuses, a value is missing, or a file cannot be opened with the keys.
    pub async fn wanted(&self, reach: &Reach<'_>, seen: &Seen, sealing: Option<Sealing<'_>>) -> Result<Wanted, Halt> {
        let (rendered, mut files) = self.stamped(reach, seen, sealing.map(|s| s.values)).await?;
        let now = reach.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let secrets = &rendered.secrets;
        files.extend(rendered.files);
        let old = reach.read(&seen.tree, |path| secrets.contains_key(path)).await?;
        for (path, (owner, secret)) in secrets {
            let before = old.get(path).map(String::as_str);
            let sealed = match sealing.filter(|_| *owner == self.environment) {
                Some(sealing) => sealing.seal(path, secret, before, &now).await?,
                None => None,
            };
            // Only whoever delivers that environment knows its values.
            files.extend(sealed.or(before.map(str::to_owned)).map(|text| (path.clone(), text)));
        }
        files.extend(self.releases.clone());
        let mut beside = self.beside.clone();
        if let Some(sealing) = sealing.filter(|s| s.whole) {
            let theirs = |path: &str| path.ends_with(".yaml") && !files.contains_key(path);
            beside.extend(sealing.rekeyed(reach, seen, theirs, &now).await?);
        }
        Ok(Wanted { files, beside })
    }

    /// The tree with the stamps of Secrets, and their files: the delivered environment's are made, the others' stay.
    async fn stamped(
        &self,
        reach: &Reach<'_>,
        seen: &Seen,
        values: Option<&Values<'_>>,
    ) -> Result<(tree::Tree, BTreeMap<String, String>), Halt> {
        let mut environments = self.environments.clone();
        let held = reach.read(&seen.tree, |path| path.starts_with(stamps::FOLDER)).await?;
        let mut files = BTreeMap::new();
        for (name, units) in &mut environments {
            let path = Stamps::path(name);
            let mut stamps = Stamps::read(held.get(&path).map(String::as_str));
            if let Some(values) = values.filter(|_| *name == self.environment) {
                let made = values.stamps(&self.secrets).await;
                stamps.0.extend(made.map_err(|m| Halt::new(m.to_string(), remedy(&m)))?.0);
                let there = |key: &String| self.secrets.iter().any(|s| *key == format!("{}/{}", s.namespace, s.name));
                stamps.0.retain(|key, _| there(key));
            }
            stamps.put_on(units);
            if !stamps.0.is_empty() {
                files.insert(path, stamps.write());
            }
        }
        Ok((tree(&self.platform, &environments, &self.follower), files))
    }
}

impl Sealing<'_> {
    /// A Secret's file; none where its values are missing and may be.
    async fn seal(&self, path: &str, secret: &SecretSpec, before: Option<&str>, now: &str) -> Result<Option<String>, Halt> {
        let object = match self.values.object(secret).await {
            Ok(object) => object,
            Err(_) if !self.whole => return Ok(None),
            Err(m) => return Err(Halt::lacks(secret, &m)),
        };
        let mut to = vec![self.keys.age.recipient()];
        if !self.whole {
            // No cluster was given the new key yet.
            to.extend(self.keys.before.as_ref().map(Identity::recipient));
        }
        let text = sops::refresh(before, &Plain::new(object), &to, &self.keys.age, now, &mut self.draw.named(path));
        let again = "remove the file from the repository; it is written anew";
        Ok(Some(text.map_err(|e| Halt::new(format!("{path}: {e}"), again))?))
    }

    /// What a person encrypted to the key before, encrypted to the one of now.
    async fn rekeyed(
        &self,
        reach: &Reach<'_>,
        seen: &Seen,
        theirs: impl Fn(&str) -> bool,
        now: &str,
    ) -> Result<BTreeMap<String, Vec<u8>>, Halt> {
        let mut files = BTreeMap::new();
        let Keys { age, before: Some(old), .. } = self.keys else { return Ok(files) };
        for (path, text) in reach.read(&seen.tree, theirs).await? {
            if !sops::recipients(&text).is_ok_and(|r| r.contains(&old.recipient())) {
                continue;
            }
            let text = sops::rekey(&text, old, &age.recipient(), now, &mut self.draw.named(&path)).map_err(|e| {
                let next = format!("encrypt it to the new key: sops --add-age {} rotate -i {path}", age.recipient());
                Halt::new(format!("{path} is encrypted to the key before: {e}"), next)
            })?;
            files.extend(text.map(|text| (path, text.into_bytes())));
        }
        Ok(files)
    }
}
