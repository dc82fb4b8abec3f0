//! Repositories.

use super::super::{accounts, repos};
use super::{node, user};
use crate::Cx;
use serde_json::{Map, Value, json};

/// Addresses below a repository's own: field, rest of the path.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// What is stored and shown as it is.
const SETTINGS: &[&str] = &[
    "homepage",
    "default_branch",
    "has_issues",
    "has_projects",
    "has_wiki",
    "has_pages",
    "has_discussions",
    "has_downloads",
    "archived",
    "is_template",
    "topics",
    "visibility",
    "created_at",
    "updated_at",
    "pushed_at",
];

/// What only those see who administer it.
const ADMIN: &[&str] = &[
    "allow_squash_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_auto_merge",
    "delete_branch_on_merge",
    "allow_update_branch",
    "web_commit_signoff_required",
];

/// A repository within another document: identity and addresses.
pub(crate) fn minimal(cx: &Cx, api: &str, repo: &Value) -> Value {
    let full_name = repos::full_name(repo);
    let url = format!("{api}/repos/{full_name}");
    let mut doc = Map::new();
    let owner = repo["owner"].as_str().unwrap_or_default();
    doc.insert("id".to_owned(), repo["id"].clone());
    doc.insert("node_id".to_owned(), node("Repository", &repo["id"]).into());
    doc.insert("name".to_owned(), repo["name"].clone());
    doc.insert("full_name".to_owned(), full_name.clone().into());
    doc.insert("private".to_owned(), repo["private"].clone());
    doc.insert("owner".to_owned(), user(cx, api, owner));
    doc.insert("html_url".to_owned(), format!("https://github.com/{full_name}").into());
    doc.insert("description".to_owned(), repo["description"].clone());
    doc.insert("fork".to_owned(), false.into());
    for (field, rest) in LINKS {
        doc.insert((*field).to_owned(), format!("{url}{rest}").into());
    }
    doc.insert("url".to_owned(), url.into());
    doc.into()
}

/// A repository as `login` sees it.
pub(crate) fn full(cx: &Cx, api: &str, repo: &Value, login: &str, single: bool) -> Value {
    let mut doc = minimal(cx, api, repo);
    let full_name = repos::full_name(repo);
    let open = repos::open_issues(cx, repo);
    for field in SETTINGS {
        doc[*field] = repo[*field].clone();
    }
    let more = json!({
        "git_url": format!("git://github.com/{full_name}.git"), "ssh_url": format!("git@github.com:{full_name}.git"),
        "clone_url": format!("https://github.com/{full_name}.git"), "svn_url": format!("https://github.com/{full_name}"),
        "mirror_url": null, "language": null, "license": null, "disabled": false, "size": 0, "allow_forking": true,
        "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
        "open_issues": open, "open_issues_count": open,
    });
    merge(&mut doc, more);
    let role = accounts::role(cx, repo, login);
    let has = |name: &str| role >= accounts::ROLES.iter().position(|r| *r == name);
    doc["permissions"] = json!({
        "admin": has("admin"), "maintain": has("maintain"), "push": has("write"), "triage": has("triage"), "pull": has("read"),
    });
    if single {
        for field in ADMIN.iter().filter(|_| has("admin")) {
            doc[*field] = repo[*field].clone();
        }
        merge(&mut doc, json!({ "network_count": 0, "subscribers_count": 0 }));
        let owner = repo["owner"].as_str().unwrap_or_default();
        if accounts::account(cx, owner).is_some_and(|a| a.organization) {
            doc["organization"] = user(cx, api, owner);
        }
    }
    doc
}

fn merge(doc: &mut Value, more: Value) {
    if let (Some(doc), Value::Object(more)) = (doc.as_object_mut(), more) {
        doc.extend(more);
    }
}
