//! People and organizations: who exists, who pays for what, who may do what in whose repositories.

use super::knobs::{Organization, Organizations, Plan};
use crate::Cx;
use serde_json::Value;

/// An account that owns repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its name, as it is written.
    pub login: String,
    /// An organization, or a person.
    pub organization: bool,
    /// What it pays for.
    pub plan: Plan,
    /// Whether repositories may have deploy keys.
    pub deploy_keys: bool,
}

/// True for a name that an account can have: letters, digits and single hyphens, at most 39.
fn legal(login: &str) -> bool {
    let fits = login.len() <= 39 && login.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits && !login.is_empty() && !login.starts_with('-') && !login.ends_with('-') && !login.contains("--")
}

/// The account of that name, if there is one.
pub(crate) fn account(cx: &Cx, login: &str) -> Option<Account> {
    let knobs = &cx.world().github;
    let people = knobs.tokens.iter().map(|t| &t.login).chain(&knobs.users);
    if let Some(person) = people.into_iter().find(|p| p.eq_ignore_ascii_case(login)) {
        return Some(Account { login: person.clone(), organization: false, plan: knobs.user_plan, deploy_keys: true });
    }
    let (login, plan, deploy_keys) = match &knobs.organizations {
        Organizations::Word(word) => (word == "any" && legal(login)).then(|| (login.to_owned(), knobs.plan, knobs.deploy_keys)),
        Organizations::Listed(_) => listed(cx, login).map(|o| (o.login.clone(), o.plan, o.deploy_keys)),
    }?;
    Some(Account { login, organization: true, plan, deploy_keys })
}

fn listed<'w>(cx: &Cx<'w>, login: &str) -> Option<&'w Organization> {
    match &cx.world().github.organizations {
        Organizations::Word(_) => None,
        Organizations::Listed(all) => all.iter().find(|o| o.login.eq_ignore_ascii_case(login)),
    }
}

/// What somebody may do in an organization: `admin`, `member`, or nothing.
pub(crate) fn membership(cx: &Cx, organization: &str, login: &str) -> Option<&'static str> {
    let Some(known) = listed(cx, organization) else {
        return account(cx, organization).filter(|a| a.organization).map(|_| "admin");
    };
    if known.owners.is_empty() || known.owners.iter().any(|o| o == login) {
        return Some("admin");
    }
    known.members.iter().any(|m| m == login).then_some("member")
}

/// Whether somebody may create repositories in an organization.
pub(crate) fn may_create(cx: &Cx, organization: &str, login: &str) -> bool {
    match membership(cx, organization, login) {
        Some("admin") => true,
        Some(_) => listed(cx, organization).is_some_and(|o| o.members_create_repositories),
        None => false,
    }
}

/// Roles in a repository, the least first.
pub(crate) const ROLES: &[&str] = &["read", "triage", "write", "maintain", "admin"];

/// What somebody may do in a repository: the index of a role, or nothing when it does not exist for them.
pub(crate) fn role(cx: &Cx, repository: &Value, login: &str) -> Option<usize> {
    let owner = repository["owner"].as_str().unwrap_or_default();
    if login.is_empty() {
        return (repository["private"] == false).then_some(0);
    }
    let own = match account(cx, owner) {
        Some(account) if account.organization => membership(cx, owner, login),
        Some(account) => (account.login == login).then_some("admin"),
        None => None,
    };
    let inherited = match own {
        Some("admin") => Some(ROLES.len() - 1),
        // Organizations' default permission for members is `read`.
        Some(_) => Some(0),
        None => (repository["private"] == false).then_some(0),
    };
    let given = repository["_collaborators"][login].as_str().and_then(|role| ROLES.iter().position(|r| *r == role));
    inherited.max(given)
}

/// What the owner of a repository pays for, when it counts: public repositories have everything.
pub(crate) fn plan(cx: &Cx, repository: &Value) -> Plan {
    if repository["private"] == false {
        return Plan::Enterprise;
    }
    account(cx, repository["owner"].as_str().unwrap_or_default()).map_or(Plan::Free, |a| a.plan)
}

/// A number that stays with a name.
pub(crate) fn number_of(name: &str) -> u64 {
    let lower = name.to_ascii_lowercase();
    // FNV-1a, cut to eight digits: what accounts' ids look like.
    lower.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)) % 90_000_000
        + 10_000_000
}
