//! Who a token is, and whose a name is.

use super::{GitHub, GitHubError};
use crate::rest::{encode, text};
use serde_json::Value;

/// What kind of owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerKind {
    /// A person or a machine user.
    User,
    /// An organization.
    Organization,
}

/// A user or an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The name.
    pub login: String,
    /// What it is.
    pub kind: OwnerKind,
    /// The plan: `free`, `pro`, `team`, `enterprise`; none where the token may not see it.
    pub plan: Option<String>,
}

impl GitHub {
    /// Who the token is.
    ///
    /// # Errors
    /// Where GitHub refuses; [`super::Reason::Token`] for a token that it does not know.
    pub async fn whoami(&self) -> Result<Owner, GitHubError> {
        self.get("/user").await.map(|v| owner(&v))
    }

    /// Whose a name is; none where nobody has it. The plan of an organization is shown to its owners only, that of a user
    /// to nobody else.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn owner(&self, login: &str) -> Result<Option<Owner>, GitHubError> {
        if let Some(organization) = self.find(&format!("/orgs/{}", encode(login))).await? {
            return Ok(Some(Owner { kind: OwnerKind::Organization, ..owner(&organization) }));
        }
        Ok(self.find(&format!("/users/{}", encode(login))).await?.map(|v| owner(&v)))
    }
}

fn owner(v: &Value) -> Owner {
    let kind = if v["type"] == "Organization" { OwnerKind::Organization } else { OwnerKind::User };
    Owner { login: text(v, "/login"), kind, plan: plan(v) }
}

fn plan(v: &Value) -> Option<String> {
    v.pointer("/plan/name").and_then(Value::as_str).map(str::to_owned)
}
