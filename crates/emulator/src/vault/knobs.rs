//! The world's Vault: its state, mounts, policies, AppRoles.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The root token of a default world.
pub const DEFAULT_VAULT_TOKEN: &str = "pontoon-local-vault-token";
/// The secret id that every AppRole of a default world takes.
pub const DEFAULT_SECRET_ID: &str = "pontoon-local-secret-id";

/// `[vault]` of the world file. There is one Vault in a world, whatever address it is asked for at.
///
/// ```toml
/// [vault]
/// state = "sealed"
/// mounts = { secret = "kv2", legacy = "kv1" }
/// roles = [{ name = "acme", policies = ["acme"], secret_ids = ["s"] }]
/// policies = { acme = 'path "secret/data/acme/*" { capabilities = ["read"] }' }
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaultKnobs {
    /// How it stands.
    pub state: VaultState,
    /// Version that it says.
    pub version: String,
    /// The root token.
    pub root_token: String,
    /// Mounts: path → `kv1` or `kv2`.
    pub mounts: BTreeMap<String, String>,
    /// AppRoles that a fresh world has.
    pub roles: Vec<VaultRole>,
    /// Whether an AppRole of any name exists: role id `role-<name>`, the default secret id, and a policy that allows
    /// everything below `<name>/` of every mount, and reading elsewhere.
    pub any_role: bool,
    /// Policies that a fresh world has, in Vault's language.
    pub policies: BTreeMap<String, String>,
    /// How long a token of a login lives, in seconds. Source: Vault documentation, tokens: 32 days.
    pub token_ttl: u64,
}

impl Default for VaultKnobs {
    fn default() -> Self {
        Self {
            state: VaultState::Active,
            version: "1.21.1".to_owned(),
            root_token: DEFAULT_VAULT_TOKEN.to_owned(),
            mounts: BTreeMap::from([("secret".to_owned(), "kv2".to_owned())]),
            roles: Vec::new(),
            any_role: true,
            policies: BTreeMap::new(),
            token_ttl: 2_764_800,
        }
    }
}

/// An AppRole.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct VaultRole {
    /// Name.
    pub name: String,
    /// Role id; `role-<name>` when empty.
    pub role_id: String,
    /// Secret ids.
    pub secret_ids: Vec<String>,
    /// Policies of its tokens besides `default`.
    pub policies: Vec<String>,
    /// How long its tokens live, in seconds; 0 is the world's `token_ttl`.
    pub token_ttl: u64,
    /// How long its secret ids are taken, in seconds from the start of the world; 0 is for ever.
    pub secret_id_ttl: u64,
}

/// How a Vault stands. Source: Vault documentation, `/sys/health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VaultState {
    /// Unsealed and active: 200.
    Active,
    /// Unsealed and standby: 429.
    Standby,
    /// Disaster recovery secondary: 472.
    RecoverySecondary,
    /// Performance standby: 473.
    PerformanceStandby,
    /// Not initialized: 501.
    Uninitialized,
    /// Sealed: 503.
    Sealed,
}

impl VaultState {
    /// The status of `/v1/sys/health`.
    #[must_use]
    pub fn health(self) -> u16 {
        match self {
            Self::Active => 200,
            Self::Standby => 429,
            Self::RecoverySecondary => 472,
            Self::PerformanceStandby => 473,
            Self::Uninitialized => 501,
            Self::Sealed => 503,
        }
    }

    /// True when nothing but its state can be asked.
    #[must_use]
    pub fn closed(self) -> bool {
        matches!(self, Self::Uninitialized | Self::Sealed)
    }
}
