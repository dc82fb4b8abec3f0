//! Where the values of Secrets are kept.

use pontoon_core::{address::Address, content::Field, secret::Secret};
use pontoon_deliver::{keys::OWNER, values::Keeper};
use pontoon_engine::{
    Secrets,
    ports::Boxed,
    secret_store::{Kept, SecretStore, VALUE},
};
use pontoon_local::LocalSecrets;
use pontoon_providers::vault::VaultStore;
use std::collections::BTreeMap;

/// What opens the store to the cluster: it cannot stand in that store alone.
pub const PROOF: &[&str] = &["VAULT_ROLE_ID", "VAULT_SECRET_ID"];

/// In a store of a real platform.
pub struct Store {
    /// The store.
    pub store: Box<dyn SecretStore>,
    /// The proof that a person's own variables hold, by the names in [`PROOF`].
    pub proof: BTreeMap<&'static str, Secret>,
    /// The platform, under whose name everything is kept.
    pub platform: String,
}

impl Keeper for Store {
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            let kept = self.store.get(path).await.map_err(|e| e.message)?;
            Ok(kept.and_then(|mut k| k.fields.remove(VALUE)))
        })
    }
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            match path.rsplit('/').next().and_then(|name| self.proof.get(name)) {
                Some(own) => Ok(Some(own.clone())),
                None => self.get(path).await,
            }
        })
    }
    fn shown<'a>(&'a self, address: &'a Address, output: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { self.get(&once(&self.platform, address, output)).await })
    }
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move { self.store.put(path, Kept::value(value.clone())).await.map_err(|e| e.message) })
    }
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move { self.store.remove(path).await.map_err(|e| e.message) })
    }
}

/// Takes what a vendor shows once, on a real account: into the platform's store, or why that one cannot be opened.
pub struct Once {
    /// The store.
    pub store: Result<Box<dyn SecretStore>, String>,
    /// The platform, under whose name everything is kept.
    pub platform: String,
}

impl Secrets for Once {
    fn put<'a>(&'a self, address: &'a Address, name: &'a str, secret: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            let store = self.store.as_ref().map_err(String::clone)?;
            store.put(&once(&self.platform, address, name), Kept::value(secret)).await.map_err(|e| e.message)
        })
    }
}

/// The path of what a vendor shows once: `shop/production/platform/SPACES_KEY_FILES_WEB_SECRET_KEY`.
fn once(platform: &str, address: &Address, output: &str) -> String {
    let field = Field::Output { address: address.clone(), output: output.into() };
    format!("{platform}/{}/{OWNER}/{}", address.scope(), field.stored().unwrap_or_default())
}

/// In a file that only its owner may read, and in the store of a local world where its cluster reads from one.
pub struct File {
    /// The file.
    pub secrets: LocalSecrets,
    /// The world's Vault, where the document declares one.
    pub vault: Option<VaultStore>,
    /// In a local world, what it accepts where a real one asks a person: its API token.
    pub stand_ins: Option<Secret>,
}

impl Keeper for File {
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            let kept = SecretStore::get(&self.secrets, path).await.map_err(|e| e.message)?;
            Ok(kept.and_then(|mut k| k.fields.remove(VALUE)))
        })
    }
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { Ok(self.get(path).await?.or_else(|| self.stand_in(path))) })
    }
    fn shown<'a>(&'a self, address: &'a Address, output: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { self.secrets.read(&format!("{address}#{output}")).map_err(|e| e.to_string()) })
    }
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            if let Some(vault) = &self.vault {
                vault.put(path, Kept::value(value.clone())).await.map_err(|e| e.message)?;
            }
            SecretStore::put(&self.secrets, path, Kept::value(value.clone())).await.map_err(|e| e.message)
        })
    }
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            if let Some(vault) = &self.vault {
                vault.remove(path).await.map_err(|e| e.message)?;
            }
            SecretStore::remove(&self.secrets, path).await.map_err(|e| e.message)
        })
    }
    fn published<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            let Some(vault) = &self.vault else { return self.get(path).await };
            let kept = vault.get(path).await.map_err(|e| e.message)?;
            Ok(kept.and_then(|mut k| k.fields.remove(VALUE)))
        })
    }
}

impl File {
    /// What a local world takes for a value that a person would give. Words in capitals are given, all others are drawn.
    fn stand_in(&self, path: &str) -> Option<Secret> {
        let token = self.stand_ins.as_ref()?;
        match path.rsplit('/').next()? {
            "DNS_TOKEN" => Some(token.clone()),
            "VAULT_ROLE_ID" => Some(Secret::new("role-doks-deployer")),
            "VAULT_SECRET_ID" => Some(Secret::new("pontoon-local-secret-id")),
            name if name.contains("WEBHOOK") || name.contains("URL") => Some(Secret::new("https://hooks.example.com/local")),
            name => Some(Secret::new(format!("local-{}", name.to_lowercase()))),
        }
    }
}

/// In a trial's own file; what a person gave the platform that it is a trial of counts for it as well, and is never copied.
pub struct Trial {
    /// The trial's own.
    pub own: Box<dyn Keeper>,
    /// The file of the platform.
    pub declared: LocalSecrets,
    /// What the trial's name begins with, and the platform's does not.
    pub lead: String,
}

impl Keeper for Trial {
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        self.own.get(path)
    }
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move {
            if let Some(own) = self.own.get(path).await? {
                return Ok(Some(own));
            }
            let declared = path.strip_prefix(&self.lead).unwrap_or(path);
            let kept = SecretStore::get(&self.declared, declared).await.map_err(|e| e.message)?;
            match kept.and_then(|mut k| k.fields.remove(VALUE)) {
                Some(given) => Ok(Some(given)),
                None => self.own.given(path).await,
            }
        })
    }
    fn published<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        self.own.published(path)
    }
    fn shown<'a>(&'a self, address: &'a Address, output: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        self.own.shown(address, output)
    }
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>> {
        self.own.put(path, value)
    }
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), String>> {
        self.own.remove(path)
    }
}
