//! People and organizations.

use super::super::accounts::{self, Account};
use super::node;
use crate::Cx;
use serde_json::{Value, json};

/// Accounts of this GitHub are as old as it: the world does not say when they came.
const SINCE: &str = "2020-01-01T00:00:00Z";

/// Somebody, in brief; whoever is no account of the world is shown as a person.
pub(crate) fn user(cx: &Cx, api: &str, login: &str) -> Value {
    let organization = accounts::account(cx, login).is_some_and(|a| a.organization);
    let id = accounts::number_of(login);
    let kind = if organization { "Organization" } else { "User" };
    let url = format!("{api}/users/{login}");
    json!({
        "login": login, "id": id, "node_id": node(kind, id),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"), "gravatar_id": "",
        "url": url, "html_url": format!("https://github.com/{login}"),
        "followers_url": format!("{url}/followers"), "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"), "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"), "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"), "type": kind, "user_view_type": "public", "site_admin": false,
    })
}

fn repositories<'a>(cx: &'a Cx, login: &str, private: bool) -> usize {
    let login = login.to_owned();
    let own = |r: &&&'a Value| r["owner"] == *login && r["private"] == private;
    cx.list(super::super::repos::ALL).iter().filter(own).count()
}

/// Somebody's public profile; with `private`, what only they see.
pub(crate) fn full_user(cx: &Cx, api: &str, account: &Account, private: bool) -> Value {
    let mut doc = user(cx, api, &account.login);
    let own = json!({
        "name": null, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
        "twitter_username": null, "public_repos": repositories(cx, &account.login, false), "public_gists": 0, "followers": 0,
        "following": 0, "created_at": SINCE, "updated_at": SINCE,
    });
    extend(&mut doc, own);
    if private {
        doc["user_view_type"] = "private".into();
        let hidden = repositories(cx, &account.login, true);
        let own = json!({
            "private_gists": 0, "total_private_repos": hidden, "owned_private_repos": hidden, "disk_usage": 0, "collaborators": 0,
            "two_factor_authentication": true,
            "plan": { "name": account.plan.name(), "space": 976_562_499, "collaborators": 0, "private_repos": 9999 },
        });
        extend(&mut doc, own);
    }
    doc
}

/// An organization, as in lists.
pub(crate) fn brief_organization(api: &str, login: &str) -> Value {
    let id = accounts::number_of(login);
    let url = format!("{api}/orgs/{login}");
    json!({
        "login": login, "id": id, "node_id": node("Organization", id), "url": url, "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"), "issues_url": format!("{url}/issues"),
        "members_url": format!("{url}/members{{/member}}"), "public_members_url": format!("{url}/public_members{{/member}}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"), "description": "",
    })
}

/// An organization; its plan is for its members' eyes.
pub(crate) fn full_organization(cx: &Cx, api: &str, account: &Account, member: bool) -> Value {
    let mut doc = brief_organization(api, &account.login);
    let own = json!({
        "name": account.login, "html_url": format!("https://github.com/{}", account.login), "type": "Organization",
        "is_verified": false, "has_organization_projects": true, "has_repository_projects": true,
        "public_repos": repositories(cx, &account.login, false), "public_gists": 0, "followers": 0, "following": 0,
        "created_at": SINCE, "updated_at": SINCE, "archived_at": null,
    });
    extend(&mut doc, own);
    if member {
        let own = json!({
            "total_private_repos": repositories(cx, &account.login, true),
            "owned_private_repos": repositories(cx, &account.login, true),
            "deploy_keys_enabled_for_repositories": account.deploy_keys,
            "plan": { "name": account.plan.name(), "space": 976_562_499, "private_repos": 999_999, "filled_seats": 1, "seats": 5 },
        });
        extend(&mut doc, own);
    }
    doc
}

fn extend(doc: &mut Value, more: Value) {
    if let (Some(doc), Value::Object(more)) = (doc.as_object_mut(), more) {
        doc.extend(more);
    }
}
