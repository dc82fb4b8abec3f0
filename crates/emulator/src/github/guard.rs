//! What rulesets and branch protection say to a reference that moves.

use super::ask::Ask;
use super::git::{Git, history};
use super::problem::Problem;
use super::{accounts, repos, tracker};
use crate::Cx;
use serde_json::Value;

/// A reference that is about to move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move<'a> {
    /// Full name.
    pub name: &'a str,
    /// Where it is; nothing for one that is new.
    pub old: Option<&'a str>,
    /// Where it will be; nothing when it is to be deleted.
    pub new: Option<&'a str>,
    /// The merge of a pull request: id of its head. What reviews and checks it needs is judged by that.
    pub merge: Option<(&'a str, usize)>,
}

/// Rulesets that apply to a reference, the active ones.
pub(crate) fn rulesets<'c>(cx: &'c Cx, repo: &Value, name: &str) -> Vec<&'c Value> {
    let default = format!("refs/heads/{}", repo["default_branch"].as_str().unwrap_or_default());
    let target = if name.starts_with("refs/tags/") { "tag" } else { "branch" };
    let fits = |set: &&Value| {
        let condition = &set["conditions"]["ref_name"];
        let any = |key: &str| {
            let patterns = condition[key].as_array().map(Vec::as_slice).unwrap_or_default();
            patterns.iter().filter_map(Value::as_str).any(|p| match p {
                "~ALL" => true,
                "~DEFAULT_BRANCH" => name == default,
                pattern => glob(pattern, name),
            })
        };
        set["enforcement"] == "active" && set["target"] == target && any("include") && !any("exclude")
    };
    cx.list(&repos::within(repo, "rulesets")).into_iter().filter(fits).collect()
}

/// A branch's own protection.
pub(crate) fn protection<'c>(cx: &'c Cx, repo: &Value, name: &str) -> Option<&'c Value> {
    cx.get(&repos::within(repo, "protection"), name.strip_prefix("refs/heads/")?)
}

/// Names as `fnmatch` reads them: `*` within a part, `**` across parts, `?` for one.
pub(crate) fn glob(pattern: &str, name: &str) -> bool {
    fn fits(p: &[u8], n: &[u8]) -> bool {
        match (p, n) {
            ([], []) => true,
            ([b'*', b'*', rest @ ..], _) => {
                let rest = rest.strip_prefix(b"/").unwrap_or(rest);
                (0..=n.len()).any(|i| fits(rest, &n[i..]))
            }
            ([b'*', rest @ ..], _) => (0..=n.len()).take_while(|i| !n[..*i].contains(&b'/')).any(|i| fits(rest, &n[i..])),
            ([b'?', p @ ..], [c, n @ ..]) if *c != b'/' => fits(p, n),
            ([a, p @ ..], [b, n @ ..]) if a == b => fits(p, n),
            _ => false,
        }
    }
    fits(pattern.as_bytes(), name.as_bytes())
}

/// True when whoever asks stands above the ruleset.
fn bypasses(cx: &Cx, ask: &Ask, set: &Value, by_merge: bool) -> bool {
    let actors = set["bypass_actors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    actors.iter().any(|actor| {
        let mode = actor["bypass_mode"].as_str().unwrap_or("always");
        if mode == "pull_request" && !by_merge {
            return false;
        }
        let id = actor["actor_id"].as_u64().unwrap_or_default();
        match actor["actor_type"].as_str() {
            Some("OrganizationAdmin") => {
                let organization = accounts::account(cx, owner).is_some_and(|a| a.organization);
                organization && accounts::membership(cx, owner, ask.login()) == Some("admin")
            }
            // Ids of the roles that every repository has. Source: GitHub's provider for Terraform, repository ruleset.
            Some("RepositoryRole") => match id {
                2 => ask.role(cx, "maintain"),
                4 => ask.role(cx, "write"),
                5 => ask.role(cx, "admin"),
                _ => false,
            },
            Some("User") => id == accounts::number_of(ask.login()),
            _ => false,
        }
    })
}

/// What forbids the move, in GitHub's sentences; none when it may happen.
pub(crate) fn violations(cx: &Cx, ask: &Ask, step: Move) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for set in rulesets(cx, &ask.repo, step.name) {
        if bypasses(cx, ask, set, step.merge.is_some()) {
            continue;
        }
        for rule in set["rules"].as_array().map(Vec::as_slice).unwrap_or_default() {
            out.extend(broken(cx, ask, step, rule["type"].as_str().unwrap_or_default(), &rule["parameters"]));
        }
    }
    if let Some(protection) = protection(cx, &ask.repo, step.name) {
        let spared = protection["enforce_admins"] != true && ask.role(cx, "admin");
        for (kind, parameters) in protection_rules(protection, spared) {
            out.extend(broken(cx, ask, step, kind, parameters));
        }
    }
    out.sort();
    out.dedup();
    out
}

/// A branch's protection as rules; what administrators are spared is left out for them.
fn protection_rules(protection: &Value, spared: bool) -> Vec<(&'static str, &Value)> {
    let mut rules = Vec::new();
    // Neither force pushes nor deletions are among what administrators are spared.
    if protection["allow_force_pushes"] != true {
        rules.push(("non_fast_forward", &Value::Null));
    }
    if protection["allow_deletions"] != true {
        rules.push(("deletion", &Value::Null));
    }
    if !spared {
        if protection["required_pull_request_reviews"].is_object() {
            rules.push(("pull_request", &protection["required_pull_request_reviews"]));
        }
        if protection["required_status_checks"].is_object() {
            rules.push(("required_status_checks", &protection["required_status_checks"]));
        }
        if protection["required_linear_history"] == true {
            rules.push(("required_linear_history", &Value::Null));
        }
        if protection["lock_branch"] == true {
            rules.push(("update", &Value::Null));
        }
    }
    rules
}

fn broken(cx: &Cx, ask: &Ask, step: Move, rule: &str, parameters: &Value) -> Option<String> {
    let git = Git::of(&ask.repo_id());
    let said = |broken: bool, text: &str| broken.then(|| text.to_owned());
    let (old, new) = (step.old, step.new);
    match rule {
        "creation" => said(old.is_none(), "Cannot create ref due to creations being restricted."),
        "deletion" => said(new.is_none(), "Cannot delete this branch"),
        "update" => said(old.is_some() && new.is_some(), "Cannot update this protected ref."),
        "non_fast_forward" => {
            let back = old.zip(new).is_some_and(|(old, new)| !history::leads(cx, &git, old, new));
            said(back, "Cannot force-push to this branch")
        }
        "required_linear_history" => {
            let merges = new.and_then(|n| git.commit(cx, n)).is_some_and(|c| c.parents.len() > 1);
            said(merges, "This branch must not contain merge commits.")
        }
        "required_signatures" => {
            // What GitHub itself commits (merges, `createCommitOnBranch`) it signs; nobody else's key is known here.
            let unsigned = new.and_then(|n| git.commit(cx, n)).is_some_and(|c| c.committer.email != "noreply@github.com");
            said(unsigned, "Commits must have verified signatures.")
        }
        "pull_request" => match step.merge {
            None => said(new.is_some(), "Changes must be made through a pull request."),
            Some((_, approvals)) => {
                let needed = parameters["required_approving_review_count"].as_u64().unwrap_or(0);
                let short = needed.saturating_sub(u64::try_from(approvals).unwrap_or(u64::MAX));
                let text = format!("At least {needed} approving review is required by reviewers with write access.");
                said(short > 0, &text)
            }
        },
        "required_status_checks" => {
            let new = new?;
            if old.is_none() && parameters["do_not_enforce_on_create"] == true {
                return None;
            }
            let judged = step.merge.map_or(new, |(head, _)| head);
            missing_checks(cx, &ask.repo, judged, parameters)
        }
        _ => None,
    }
}

/// Names of the checks that a rule or protection wants.
pub(crate) fn wanted_checks(parameters: &Value) -> Vec<&str> {
    let texts = |v: &'static str, key: Option<&'static str>| {
        let items = parameters[v].as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(move |i| key.map_or(i, |k| &i[k]).as_str())
    };
    let mut all: Vec<&str> = texts("required_status_checks", Some("context")).collect();
    all.extend(texts("contexts", None));
    all.extend(texts("checks", Some("context")));
    all.sort_unstable();
    all.dedup();
    all
}

fn missing_checks(cx: &Cx, repo: &Value, sha: &str, parameters: &Value) -> Option<String> {
    let wanted = wanted_checks(parameters);
    let missing: Vec<&&str> = wanted.iter().filter(|name| !tracker::checks::passed(cx, repo, sha, name)).collect();
    match (missing.as_slice(), wanted.len()) {
        ([], _) => None,
        ([name], 1) => Some(match tracker::checks::state(cx, repo, sha, name) {
            None => format!("Required status check \"{name}\" is expected."),
            Some("pending") => format!("Required status check \"{name}\" is in progress."),
            Some(_) => format!("Required status check \"{name}\" is failing."),
        }),
        (missing, all) => Some(format!("{} of {all} required status checks are expected.", missing.len())),
    }
}

/// The refusal of the API for what [`violations`] found.
///
/// # Errors
/// Always, unless nothing was found.
pub(crate) fn refuse(status: u16, violations: &[String]) -> Result<(), Problem> {
    if violations.is_empty() {
        return Ok(());
    }
    Err(Problem::new(status, format!("Repository rule violations found\n\n{}\n\n", violations.join("\n"))))
}

/// Whether the token may write workflows, if there are any among `paths`.
///
/// # Errors
/// What the API answers when it may not.
pub(crate) fn workflows<'p>(ask: &Ask, paths: impl IntoIterator<Item = &'p str>) -> Result<(), Problem> {
    if !paths.into_iter().any(|p| p.starts_with(".github/workflows/")) {
        return Ok(());
    }
    if ask.fine_grained() {
        let text = "Resource not accessible by personal access token";
        return if ask.permission("workflows", "write") {
            Ok(())
        } else {
            Err(Problem::forbidden(text).with("x-accepted-github-permissions", "contents=write; workflows=write"))
        };
    }
    if ask.scope("workflow") { Ok(()) } else { Err(Problem::not_found().with("x-accepted-oauth-scopes", "repo, workflow")) }
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn stars_stay_within_a_part_unless_doubled() {
        assert!(glob("refs/heads/main", "refs/heads/main"));
        assert!(glob("refs/heads/release/*", "refs/heads/release/1"));
        assert!(!glob("refs/heads/*", "refs/heads/release/1"));
        assert!(glob("refs/heads/**/*", "refs/heads/release/1"));
        assert!(glob("refs/heads/v?", "refs/heads/v1"));
    }
}
