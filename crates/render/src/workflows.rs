//! Workflows: what people do with Pontoon, done by GitHub Actions; and the same as shell, for any other runner.
//!
//! | file | when | does |
//! | --- | --- | --- |
//! | `plan.yml` | a pull request | the checks `validate` and `policy`, and each environment's plan as a comment |
//! | `scan.yml` | a pull request, each week | the check `scan`: Trivy over the repository's files |
//! | `apply.yml` | a merge | `pontoon up` of one environment after the other, in promotion order |
//! | `drift.yml` | each day | an issue for each environment that is not as it was applied; closed when it is again |
//! | `promote.yml`, `provision-doks.yml`, `bootstrap-gitops-repo.yml` | by hand | what their names say |
//!
//! All work stands in the scripts beside them; a workflow says only when, with which rights, and one at a time. Every job can
//! be run again: so can every command that it calls. Nobody has more rights than the job needs, actions of others are named
//! by commit, and what comes from outside (inputs, names of branches) reaches a shell through its environment only.
//! What a person has to decide is left to persons: environments may ask for reviewers, and `pontoon up` ends with 3 where a
//! pull request has to be merged, which is no failure.

mod jobs;
mod syntax;

use pontoon_catalog::checks;
use std::collections::BTreeMap;
use syntax::Workflow;

/// The folder of a repository that holds them.
pub const ROOT: &str = ".github";
/// Where the scripts are, below it.
const SCRIPTS: &str = "pontoon";

/// What the workflows of a platform depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The platform.
    pub platform: String,
    /// The environments in the order in which a change reaches them.
    pub environments: Vec<String>,
    /// The branch that is followed.
    pub branch: String,
    /// The secrets of an environment that commands run with, by name.
    pub secrets: Vec<String>,
    /// Whether environments are promoted.
    pub promotes: bool,
}

const SHELL: &[(&str, &str)] = &[
    ("README.md", include_str!("workflows/shell/README.md")),
    ("apply.sh", include_str!("workflows/shell/apply.sh")),
    ("bootstrap.sh", include_str!("workflows/shell/bootstrap.sh")),
    ("comment.sh", include_str!("workflows/shell/comment.sh")),
    ("drift.sh", include_str!("workflows/shell/drift.sh")),
    ("install.sh", include_str!("workflows/shell/install.sh")),
    ("issue.sh", include_str!("workflows/shell/issue.sh")),
    ("plan.sh", include_str!("workflows/shell/plan.sh")),
    ("policy.sh", include_str!("workflows/shell/policy.sh")),
    ("promote.sh", include_str!("workflows/shell/promote.sh")),
    ("validate.sh", include_str!("workflows/shell/validate.sh")),
];

/// Every file, by its path below [`ROOT`].
pub fn files(of: &Setting) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> =
        SHELL.iter().map(|(name, text)| (format!("{SCRIPTS}/{name}"), (*text).to_owned())).collect();
    for (name, workflow) in workflows(of) {
        all.insert(format!("workflows/{name}.yml"), workflow.text());
    }
    all
}

/// The names of all checks that a pull request gets from them.
pub fn checks(of: &Setting) -> Vec<String> {
    checks::names(of.environments.iter().map(String::as_str))
}

fn workflows(of: &Setting) -> Vec<(&'static str, Workflow)> {
    let mut all = vec![
        ("plan", jobs::plan(of)),
        ("scan", jobs::scan(of)),
        ("apply", jobs::apply(of)),
        ("drift", jobs::drift(of)),
        ("provision-doks", jobs::provision(of)),
        ("bootstrap-gitops-repo", jobs::bootstrap(of)),
    ];
    if of.promotes && of.environments.len() > 1 {
        all.push(("promote", jobs::promote(of)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;
    use serde_json::Value;

    fn setting() -> Setting {
        Setting {
            platform: "shop".into(),
            environments: ["staging", "production"].map(String::from).into(),
            branch: "main".into(),
            secrets: ["DIGITALOCEAN_TOKEN", "VAULT_ROLE_ID"].map(String::from).into(),
            promotes: true,
        }
    }

    /// Every workflow as its text reads, by path.
    fn read() -> BTreeMap<String, (String, Value)> {
        let all = files(&setting()).into_iter().filter(|(path, _)| path.ends_with(".yml"));
        all.map(|(path, text)| (path, (text.clone(), yaml::read(&text).expect("it is YAML")))).collect()
    }

    fn jobs(workflow: &Value) -> Vec<(&String, &Value)> {
        workflow["jobs"].as_object().map(|m| m.iter().collect()).unwrap_or_default()
    }

    #[test]
    fn every_check_is_a_job_that_runs_for_every_pull_request() {
        let mut named = Vec::new();
        for (_, workflow) in read().values() {
            let on = &workflow["on"]["pull_request"];
            if on.is_null() {
                continue;
            }
            // A check that is asked for and never reports would hold a pull request for ever.
            assert!(on["paths"].is_null() && on["branches"][0] == "main", "{on}");
            for (id, job) in jobs(workflow) {
                match job["strategy"]["matrix"]["environment"].as_array() {
                    None => named.push(id.clone()),
                    Some(each) => named.extend(each.iter().map(|e| format!("{id} ({})", e.as_str().unwrap_or_default()))),
                }
            }
        }
        for check in checks(&setting()) {
            assert!(named.contains(&check), "{check} is no job: {named:?}");
        }
    }

    #[test]
    fn nobody_has_more_rights_than_a_job_needs() {
        for (path, (text, workflow)) in read() {
            assert!(text.starts_with("# Calls "), "{path} does not say what it calls");
            assert_eq!(workflow["permissions"], serde_json::json!({}), "{path}");
            assert!(workflow["concurrency"]["group"].is_string(), "{path}");
            for (id, job) in jobs(&workflow) {
                assert!(job["permissions"].is_object() && job["timeout-minutes"].is_number(), "{path}: {id}");
                let reads = text.contains("secrets.") && job.to_string().contains("secrets.");
                assert!(!reads || job["environment"].is_string(), "{path}: {id} reads secrets outside of an environment");
                for step in job["steps"].as_array().into_iter().flatten() {
                    let run = step["run"].as_str().unwrap_or_default();
                    assert!(!run.contains("${{"), "{path}: {id}: a shell takes from outside: {run}");
                    if let Some(uses) = step["uses"].as_str() {
                        let (_, commit) = uses.split_once('@').unwrap_or_default();
                        assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {uses}");
                        assert!(text.contains(&format!("{uses} # v")), "{path}: {uses} says no version");
                    }
                    let script = run.split_whitespace().find(|w| w.starts_with(ROOT));
                    let there = script.is_none_or(|s| files(&setting()).contains_key(&s[ROOT.len() + 1..]));
                    assert!(there, "{path}: {script:?} is not written");
                }
            }
        }
    }

    #[test]
    fn environments_follow_each_other_as_they_are_promoted() {
        let all = read();
        let (_, apply) = &all["workflows/apply.yml"];
        assert_eq!(apply["jobs"]["apply-production"]["needs"], "apply-staging");
        assert_eq!(apply["jobs"]["apply-production"]["environment"], "production");
        let group = |job: &str| apply["jobs"][job]["concurrency"]["group"].clone();
        assert_eq!((group("apply-staging"), group("apply-production")), ("shop-staging".into(), "shop-production".into()));
        let alone = Setting { environments: vec!["production".into()], ..setting() };
        assert!(!files(&alone).contains_key("workflows/promote.yml") && all.contains_key("workflows/promote.yml"));
    }
}
