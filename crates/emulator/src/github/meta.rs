//! Who asks, who is asked about, and what GitHub says of itself.

use super::ask::Ask;
use super::page;
use super::problem::{Problem, document};
use super::routes::Op;
use super::{accounts, render};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/", needs: "", run: root },
    Op { method: "GET", path: "/meta", needs: "", run: meta },
    Op { method: "GET", path: "/user", needs: "login", run: me },
    Op { method: "GET", path: "/user/orgs", needs: "login", run: my_organizations },
    Op { method: "GET", path: "/users/{username}", needs: "", run: user },
    Op { method: "GET", path: "/orgs/{org}", needs: "", run: organization },
    Op { method: "GET", path: "/orgs/{org}/memberships/{username}", needs: "login", run: membership },
];

/// The keys by which `ssh` knows GitHub. Source: GitHub documentation, GitHub's SSH key fingerprints.
pub(crate) const SSH_KEYS: &[&str] = &[
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=",
];

fn root(_: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let api = ask.api();
    let names = [
        ("current_user_url", "/user"),
        ("current_user_authorizations_html_url", "/settings/connections/applications{/client_id}"),
        ("authorizations_url", "/authorizations"),
        ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
        ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
        ("emails_url", "/user/emails"),
        ("emojis_url", "/emojis"),
        ("events_url", "/events"),
        ("feeds_url", "/feeds"),
        ("followers_url", "/user/followers"),
        ("following_url", "/user/following{/target}"),
        ("gists_url", "/gists{/gist_id}"),
        ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
        ("issues_url", "/issues"),
        ("keys_url", "/user/keys"),
        ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
        ("notifications_url", "/notifications"),
        ("organization_url", "/orgs/{org}"),
        ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
        ("organization_teams_url", "/orgs/{org}/teams"),
        ("public_gists_url", "/gists/public"),
        ("rate_limit_url", "/rate_limit"),
        ("repository_url", "/repos/{owner}/{repo}"),
        ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
        ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
        ("starred_url", "/user/starred{/owner}{/repo}"),
        ("starred_gists_url", "/gists/starred"),
        ("user_url", "/users/{user}"),
        ("user_organizations_url", "/user/orgs"),
        ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
        ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
    ];
    let doc: serde_json::Map<String, Value> =
        names.iter().map(|(name, rest)| ((*name).to_owned(), format!("{api}{rest}").into())).collect();
    Ok(document(200, &doc.into()))
}

fn meta(_: &mut Cx, _: &Ask) -> Result<Reply, Problem> {
    let doc = json!({
        "verifiable_password_authentication": false,
        "ssh_key_fingerprints": {
            "SHA256_ED25519": "+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
            "SHA256_ECDSA": "p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
        },
        "ssh_keys": SSH_KEYS,
    });
    Ok(document(200, &doc))
}

fn me(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.login()).ok_or_else(Problem::not_found)?;
    Ok(document(200, &render::full_user(cx, &ask.api(), &account, true)))
}

fn my_organizations(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let knobs = &cx.world().github;
    let listed: Vec<String> = match &knobs.organizations {
        // Of organizations that exist because somebody asked, those that have repositories.
        super::Organizations::Word(_) => {
            let owners = cx.list(super::repos::ALL).into_iter().filter_map(|r| r["owner"].as_str().map(str::to_owned));
            let mut owners: Vec<String> = owners.collect();
            owners.sort();
            owners.dedup();
            owners
        }
        super::Organizations::Listed(all) => all.iter().map(|o| o.login.clone()).collect(),
    };
    let mine = |login: &&String| {
        accounts::account(cx, login).is_some_and(|a| a.organization) && accounts::membership(cx, login, ask.login()).is_some()
    };
    let all = listed.iter().filter(mine).map(|login| render::brief_organization(&ask.api(), login)).collect();
    Ok(page::list(ask, all))
}

fn user(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("username")).ok_or_else(Problem::not_found)?;
    Ok(document(200, &render::full_user(cx, &ask.api(), &account, false)))
}

fn organization(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("org")).filter(|a| a.organization).ok_or_else(Problem::not_found)?;
    let member = ask.token.is_some() && accounts::membership(cx, &account.login, ask.login()).is_some();
    Ok(document(200, &render::full_organization(cx, &ask.api(), &account, member)))
}

fn membership(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("org")).filter(|a| a.organization).ok_or_else(Problem::not_found)?;
    let login = ask.param("username");
    let role = accounts::membership(cx, &account.login, login).ok_or_else(Problem::not_found)?;
    let api = ask.api();
    Ok(document(
        200,
        &json!({
            "url": format!("{api}/orgs/{}/memberships/{login}", account.login), "state": "active", "role": role,
            "organization_url": format!("{api}/orgs/{}", account.login),
            "organization": render::brief_organization(&api, &account.login), "user": render::user(cx, &api, login),
        }),
    ))
}
