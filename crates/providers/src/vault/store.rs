//! Vault as a store of secrets: KV version 2 below one mount.

use super::{Cause, Vault, VaultError};
use futures::future::{LocalBoxFuture, try_join_all};
use pontoon_core::{call::Class, secret::Secret};
use pontoon_engine::secret_store::{Kept, Listed, SecretStore, StoreRefusal};
use std::{cell::Cell, collections::BTreeMap};

/// How to prove oneself.
#[derive(Debug, Clone)]
pub enum Proof {
    /// With a token.
    Token(Secret),
    /// With an AppRole: its mount, its role id and a secret id.
    AppRole {
        /// Where AppRole is mounted: `approle`.
        mount: String,
        /// The role id.
        role_id: String,
        /// The secret id.
        secret_id: Secret,
    },
}

/// One mount of one server. Logs in when it is first asked.
pub struct VaultStore {
    vault: Vault,
    address: String,
    mount: String,
    proof: Proof,
    proved: Cell<bool>,
}

type Answer<'a, T> = LocalBoxFuture<'a, Result<T, StoreRefusal>>;

impl VaultStore {
    /// A store on a client; the address is for people.
    pub fn new(vault: Vault, address: &str, mount: &str, proof: Proof) -> VaultStore {
        VaultStore { vault, address: address.into(), mount: mount.into(), proof, proved: Cell::new(false) }
    }

    async fn ready(&self) -> Result<&Vault, StoreRefusal> {
        if !self.proved.get() {
            match &self.proof {
                Proof::Token(token) => self.vault.use_token(token.clone()),
                Proof::AppRole { mount, role_id, secret_id } => {
                    self.vault.login(mount, role_id, secret_id).await.map_err(|e| self.refusal(&e))?;
                }
            }
            self.proved.set(true);
        }
        Ok(&self.vault)
    }

    fn refusal(&self, e: &VaultError) -> StoreRefusal {
        let (address, mount) = (&self.address, &self.mount);
        let next = match e.cause {
            Some(Cause::Sealed) => format!("unseal it: vault operator unseal -address={address}"),
            Some(Cause::Uninitialized) => format!("initialize it: vault operator init -address={address}"),
            Some(Cause::Login) => "make a new secret id, and set VAULT_ROLE_ID and VAULT_SECRET_ID to what is new: \
                                   vault write -f auth/approle/role/ROLE/secret-id"
                .to_owned(),
            Some(Cause::Denied) => format!("see what the token may do: vault token capabilities {mount}/data/…"),
            Some(Cause::Changed) => "somebody else wrote it just now: run it again".to_owned(),
            None if e.class == Class::NotFound => format!("see whether there is a mount {mount}: vault secrets list"),
            None => format!("see how it is: vault status -address={address}"),
        };
        StoreRefusal { class: e.class, message: format!("Vault at {address}: {e}"), next }
    }

    /// Every secret below a folder, by walking down.
    async fn walk(&self, prefix: &str) -> Result<Vec<String>, VaultError> {
        let (mut folders, mut found) = (vec![prefix.to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for name in self.vault.list(&self.mount, &folder).await? {
                let path = format!("{folder}{name}");
                if name.ends_with('/') { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        Ok(found)
    }
}

impl SecretStore for VaultStore {
    fn describe(&self) -> String {
        format!("Vault at {}", self.address)
    }
    fn get<'a>(&'a self, path: &'a str) -> Answer<'a, Option<Kept>> {
        Box::pin(async move {
            let kept = self.ready().await?.read(&self.mount, path).await.map_err(|e| self.refusal(&e))?;
            Ok(kept.map(|k| Kept { fields: k.fields, since: k.written.parse().ok() }))
        })
    }
    fn put<'a>(&'a self, path: &'a str, fields: BTreeMap<String, Secret>) -> Answer<'a, ()> {
        Box::pin(async move {
            self.ready().await?.write(&self.mount, path, &fields, None).await.map_err(|e| self.refusal(&e))?;
            Ok(())
        })
    }
    fn list<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<Listed>> {
        Box::pin(async move {
            let vault = self.ready().await?;
            let paths = self.walk(prefix).await.map_err(|e| self.refusal(&e))?;
            let told = paths.iter().map(|path| vault.metadata(&self.mount, path));
            let told = try_join_all(told).await.map_err(|e| self.refusal(&e))?;
            let there = |(path, m): (String, Option<super::KvMetadata>)| {
                let m = m.filter(|m| !m.deleted)?;
                Some(Listed { path, since: m.written.parse().ok() })
            };
            Ok(paths.into_iter().zip(told).filter_map(there).collect())
        })
    }
    fn remove<'a>(&'a self, path: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.ready().await?.remove(&self.mount, path).await.map_err(|e| self.refusal(&e)) })
    }
}
