//! The world's GitHub: who has which token, which organizations there are, what they pay for.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The token that a default world accepts.
pub const DEFAULT_GITHUB_TOKEN: &str = "pontoon-local-github-token";
/// The user of a default world.
pub const DEFAULT_LOGIN: &str = "operator";

/// `[github]` of the world file.
///
/// ```toml
/// [github]
/// plan = "free"                      # of organizations that nobody listed
/// deploy_keys = false                # an organization may forbid them
/// organizations = [{ login = "acme", plan = "enterprise" }]
/// tokens = [{ token = "t", login = "operator", permissions = { contents = "write" } }]
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubKnobs {
    /// Personal access tokens; classic with scopes, fine-grained with permissions.
    pub tokens: Vec<GithubToken>,
    /// Accounts of people who exist besides those of the tokens.
    pub users: Vec<String>,
    /// `"any"`: whatever name is asked for is an organization; or a list of those that exist.
    pub organizations: Organizations,
    /// Plan of organizations that are not listed.
    pub plan: Plan,
    /// Plan of people's own accounts.
    pub user_plan: Plan,
    /// Whether organizations that are not listed allow deploy keys.
    pub deploy_keys: bool,
    /// Requests an hour and user. Source: GitHub documentation, rate limits for the REST API.
    pub requests_per_hour: usize,
    /// Requests that make content, a minute and user. Source: the same, secondary rate limits.
    pub writes_per_minute: usize,
    /// The same an hour.
    pub writes_per_hour: usize,
    /// Releases that are not there to be downloaded: `owner/name/tag`, with `*` for any.
    pub missing_releases: Vec<String>,
}

impl Default for GithubKnobs {
    fn default() -> Self {
        Self {
            tokens: vec![GithubToken::default()],
            users: Vec::new(),
            organizations: Organizations::default(),
            plan: Plan::Team,
            user_plan: Plan::Pro,
            deploy_keys: true,
            requests_per_hour: 5000,
            writes_per_minute: 80,
            writes_per_hour: 500,
            missing_releases: Vec::new(),
        }
    }
}

/// A personal access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubToken {
    /// What the client sends.
    pub token: String,
    /// Whose it is.
    pub login: String,
    /// Scopes of a classic token, such as `repo`, `workflow`, `delete_repo`.
    pub scopes: Vec<String>,
    /// Permissions of a fine-grained token: name → `read`, `write`, `admin`. When there are any, it is fine-grained.
    pub permissions: BTreeMap<String, String>,
    /// Repositories that a fine-grained token reaches, as `owner/name`; all when empty.
    pub repositories: Vec<String>,
}

impl Default for GithubToken {
    fn default() -> Self {
        let scopes = ["admin:org", "admin:repo_hook", "delete_repo", "read:org", "repo", "user", "workflow"];
        Self {
            token: DEFAULT_GITHUB_TOKEN.to_owned(),
            login: DEFAULT_LOGIN.to_owned(),
            scopes: scopes.map(str::to_owned).to_vec(),
            permissions: BTreeMap::new(),
            repositories: Vec::new(),
        }
    }
}

/// Which organizations exist.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Organizations {
    /// A word: only `any` is known; every other means none.
    Word(String),
    /// These.
    Listed(Vec<Organization>),
}

impl Default for Organizations {
    fn default() -> Self {
        Self::Word("any".to_owned())
    }
}

/// An organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organization {
    /// Name.
    pub login: String,
    /// What it pays for.
    pub plan: Plan,
    /// Whether its repositories may have deploy keys.
    pub deploy_keys: bool,
    /// Its owners; every user of the world when empty.
    pub owners: Vec<String>,
    /// Members who own nothing in it.
    pub members: Vec<String>,
    /// Whether members who are no owners may create repositories.
    pub members_create_repositories: bool,
}

impl Default for Organization {
    fn default() -> Self {
        Self {
            login: String::new(),
            plan: Plan::Team,
            deploy_keys: true,
            owners: Vec::new(),
            members: Vec::new(),
            members_create_repositories: true,
        }
    }
}

/// What an account pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Nothing.
    #[default]
    Free,
    /// GitHub Pro, for people.
    Pro,
    /// GitHub Team.
    Team,
    /// GitHub Enterprise Cloud.
    Enterprise,
}

impl Plan {
    /// GitHub's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Team => "team",
            Self::Enterprise => "enterprise",
        }
    }
}
