//! Where secrets live. None is ever written in the document.

use super::Off;
use crate::{
    section::{choice, section, tagged},
    types::{AwsRegion, FilePath, Slug, Url},
};
use pontoon_core::quantity::Duration;

section! {
    /// Where secrets live, and how they change.
    pub struct Secrets {
        /// The store. Where none is written: Git, encrypted, with `git: sops-age`; otherwise the
        /// cluster alone.
        store "store": SecretStore = optional @ Platform,
        /// Whether secrets are kept in Git, and how they are encrypted there.
        git "git": GitSecrets = default "none" @ Platform,
        /// How often secrets change.
        rotation "rotation": Rotation = optional,
    }
}

impl Secrets {
    /// Where values live when everything is said: a store of its own, Git, or the cluster alone.
    pub fn home(&self) -> SecretHome<'_> {
        match (&self.store, *self.git) {
            (Some(store), _) if !matches!(store.value, SecretStore::Cluster(_)) => SecretHome::Store(store),
            (None, GitSecrets::SopsAge) => SecretHome::Git,
            _ => SecretHome::Cluster,
        }
    }
}

/// Where the values of secrets live.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SecretHome<'a> {
    /// A store outside of the platform.
    Store(&'a SecretStore),
    /// The repository, encrypted.
    Git,
    /// The cluster alone: made by the engine, kept nowhere else, made anew when lost.
    Cluster,
}

tagged! {
    /// A store of secrets.
    pub enum SecretStore {
        /// Vault, which exists already.
        Vault(Vault) = "vault",
        /// Doppler.
        Doppler(Doppler) = "doppler",
        /// AWS Secrets Manager.
        AwsSecretsManager(AwsSecretsManager) = "aws-secrets-manager",
        /// The cluster alone: the engine writes Secrets, keeps none, and makes new ones when they are lost.
        Cluster(Off) = "cluster",
    }
}

section! {
    /// A Vault that exists already.
    pub struct Vault {
        /// Its address.
        address "address": Url = required,
        /// The certificate of its authority, beside the document.
        ca "ca": FilePath = optional,
        /// The mount of its key-value store.
        mount "mount": Slug = default "secret",
        /// How the platform proves itself.
        auth "auth": VaultAuth = required,
    }
}

section! {
    /// How the platform proves itself to Vault.
    pub struct VaultAuth {
        /// The role of AppRole.
        approle "approle": Slug = required,
    }
}

section! {
    /// A project of Doppler.
    pub struct Doppler {
        /// The project.
        project "project": Slug = required,
    }
}

section! {
    /// AWS Secrets Manager.
    pub struct AwsSecretsManager {
        /// The region of AWS.
        region "region": AwsRegion = required,
    }
}

choice! {
    /// How secrets are kept in Git.
    pub enum GitSecrets {
        /// Not at all.
        None = "none",
        /// Encrypted by SOPS for an age key.
        SopsAge = "sops-age",
    }
}

section! {
    /// How often secrets change.
    pub struct Rotation {
        /// How often.
        every "every": Duration = required,
    }
}
