//! Secrets of Actions: what workflows of an environment run with, where a person gave it for that.
//!
//! They go into the environment of the repository, sealed to its key, and can never be read back. What was sealed is
//! therefore remembered as salted digests in the keeper, and written again only where a value or its absence says so.

use crate::{
    repository::{Reach, Trouble},
    values::{Missing, Values},
};
use pontoon_core::{content::Field, digest, secret::Secret};
use pontoon_providers::github::{Reason, SecretsOf};
use pontoon_secrets::{Draw, sealed::seal};
use std::collections::BTreeMap;

/// Whose they are in the keeper.
pub const OWNER: &str = "actions";
/// The name under which the keeper remembers what was sealed.
pub const SEALED: &str = "SEALED";

/// What workflows run with: the account, Spaces, the store. `vault` is true where that is a Vault.
pub fn names(vault: bool) -> Vec<&'static str> {
    let mut all = vec!["DIGITALOCEAN_TOKEN", "SPACES_ACCESS_KEY_ID", "SPACES_SECRET_ACCESS_KEY"];
    if vault {
        all.extend(["VAULT_ROLE_ID", "VAULT_SECRET_ID"]);
    }
    all
}

impl Values<'_> {
    /// What a person gave for the workflows, by name, each with its digest.
    ///
    /// # Errors
    /// Where the keeper fails.
    pub async fn for_actions(&self, vault: bool) -> Result<BTreeMap<&'static str, (Secret, String)>, Missing> {
        let salt = self.salt().await?;
        let mut all = BTreeMap::new();
        for name in names(vault) {
            let path = self.path(OWNER, name);
            let kept = self.keeper.get(&path).await.map_err(|message| Missing::Kept { path, message })?;
            if let Some(value) = kept {
                let text = zeroize::Zeroizing::new(format!("{}\0{name}\0{}", salt.expose(), value.expose()));
                all.insert(name, (value, digest::hex(text.as_bytes(), 12)));
            }
        }
        Ok(all)
    }

    /// The salt of digests that others may see.
    pub(crate) async fn salt(&self) -> Result<Secret, Missing> {
        let field = Field::Made { name: crate::values::SALT.into(), length: 32 };
        self.resolve(crate::keys::OWNER, &field).await
    }
}

impl Reach<'_> {
    /// Seals values into an environment of the repository: those that are others than `sealed` says, or are not there.
    /// Returns what is sealed now, by name, and what the owner's plan does not allow.
    ///
    /// # Errors
    /// Where GitHub refuses for another reason.
    pub async fn seal(
        &self,
        environment: &str,
        values: &BTreeMap<&'static str, (Secret, String)>,
        sealed: &BTreeMap<String, String>,
        draw: &mut Draw,
    ) -> Result<(BTreeMap<String, String>, Option<String>), Trouble> {
        let what = format!("Actions secrets of {environment} in {}", self.name);
        let of = SecretsOf::Environment(environment.to_owned());
        let there = match self.github.secrets(&self.name, &of).await {
            Ok(there) => there,
            // Without a plan for environments there is nothing to seal into.
            Err(e) if e.is(Reason::Plan) || e.status == Some(404) => return Ok((sealed.clone(), Some(format!("{what}: {e}")))),
            Err(_) => self.patient(&what, async || self.github.secrets(&self.name, &of).await).await?,
        };
        let mut now = sealed.clone();
        let news: Vec<_> = values.iter().filter(|(n, (_, d))| sealed.get(**n) != Some(d) || !there.contains_key(**n)).collect();
        if !news.is_empty() {
            let key = self.patient(&what, async || self.github.secrets_key(&self.name, &of).await).await?;
            for (name, (value, digest)) in news {
                let closed = seal(&key.key, value, draw).map_err(|e| Trouble {
                    what: what.clone(),
                    why: e.to_string(),
                    remedy: "run it again: pontoon up".into(),
                })?;
                self.patient(&what, async || self.github.put_secret(&self.name, &of, name, &closed, &key).await).await?;
                now.insert((*name).to_owned(), digest.clone());
                self.tell(format!("{name} sealed for the workflows of {environment}"));
            }
        }
        for gone in sealed.keys().filter(|n| !values.contains_key(n.as_str())) {
            self.patient(&what, async || self.github.delete_secret(&self.name, &of, gone).await).await?;
            now.remove(gone);
        }
        Ok((now, None))
    }
}
