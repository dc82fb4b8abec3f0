//! The workflows themselves.

use super::{
    ROOT, SCRIPTS, Setting,
    syntax::{Access, Concurrency, Job, Scope, Step, Workflow},
};
use indexmap::IndexMap;
use pontoon_catalog::checks::{PLAN, POLICY, SCAN, VALIDATE};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An action of somebody else's, at one commit.
pub(super) struct Action {
    name: &'static str,
    commit: &'static str,
    /// What people call that commit.
    pub version: &'static str,
}

impl Action {
    /// As a step names it.
    pub fn uses(&self) -> String {
        format!("{}@{}", self.name, self.commit)
    }
}

/// Source: the tags of actions/checkout, August 2025.
const CHECKOUT: Action =
    Action { name: "actions/checkout", commit: "08c6903cd8c0fde910a37f88322edcfb5dd907a8", version: "v5.0.0" };
/// Every other tag of it until March 2026 was moved to somebody's malware; this commit was not. Source: GHSA-69fq-xp46-6x23.
const TRIVY: Action =
    Action { name: "aquasecurity/trivy-action", commit: "57a97c7e7821a5776cebc9bb87c984fa69cba8f1", version: "v0.35.0" };
/// All of them.
pub(super) const ACTIONS: &[Action] = &[CHECKOUT, TRIVY];

/// How long a run of `up` may take: a first one waits for clusters, databases and names.
const UP: u32 = 120;

fn workflow(name: &str, what: &str, tool: &str, on: Value, concurrency: Concurrency) -> Workflow {
    let head = format!("Calls {tool}: {what}\nWritten by `pontoon render`, with what it needs in {ROOT}/{SCRIPTS}/README.md.");
    Workflow { head, name: name.into(), on, permissions: BTreeMap::new(), concurrency, jobs: IndexMap::new() }
}

fn checkout() -> Step {
    Step::Uses { name: "Read the repository", uses: CHECKOUT.uses(), values: [("persist-credentials", false.into())].into() }
}

fn script(name: &'static str, line: &str, env: impl IntoIterator<Item = (String, String)>) -> Step {
    Step::Run { name, env: env.into_iter().collect(), run: format!("sh {ROOT}/{SCRIPTS}/{line}") }
}

fn install() -> Step {
    let of = |name: &str| (name.to_owned(), format!("${{{{ vars.{name} }}}}"));
    script("Fetch pontoon", "install.sh", [of("PONTOON_URL"), of("PONTOON_SHA256")])
}

/// What commands that look at the account run with.
fn secrets(of: &Setting) -> Vec<(String, String)> {
    let secret = |name: &String| (name.clone(), format!("${{{{ secrets.{name} }}}}"));
    let mut all: Vec<(String, String)> = of.secrets.iter().map(secret).collect();
    // A workflow's own token may neither protect a branch nor seal secrets: a person gives one that may, or goes without.
    all.push(("GITHUB_TOKEN".into(), "${{ secrets.PONTOON_GITHUB_TOKEN || github.token }}".into()));
    all
}

fn with(mut env: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    env.push((name.into(), value.into()));
    env
}

fn matrix(of: &Setting) -> Vec<(String, String)> {
    with(secrets(of), "ENVIRONMENT", "${{ matrix.environment }}")
}

fn chosen(of: &Setting, what: &str) -> Value {
    json!({ "description": what, "required": true, "type": "choice", "options": of.environments })
}

/// A pull request is looked at, and its plan is said.
pub(super) fn plan(of: &Setting) -> Workflow {
    let on = json!({ "pull_request": { "branches": [of.branch] } });
    let check = |line: &str, name| Job::new(15, vec![checkout(), install(), script(name, line, [])]);
    let token = ("GITHUB_TOKEN".to_owned(), "${{ github.token }}".to_owned());
    let number = ("NUMBER".to_owned(), "${{ github.event.pull_request.number }}".to_owned());
    let comments = vec![token, number, ("ENVIRONMENT".to_owned(), "${{ matrix.environment }}".to_owned())];
    let planned = Job {
        // Whoever has no right to the repository gets none of its secrets.
        when: Some("github.event.pull_request.head.repo.full_name == github.repository".into()),
        needs: Some(VALIDATE.into()),
        ..Job::new(
            30,
            vec![
                checkout(),
                install(),
                script("Plan", "plan.sh \"$ENVIRONMENT\" > \"$RUNNER_TEMP/plan.md\"", matrix(of)),
                script("Say it", "comment.sh \"$NUMBER\" \"plan $ENVIRONMENT\" \"$RUNNER_TEMP/plan.md\"", comments),
            ],
        )
    };
    let says = planned.each(&of.environments).may(Scope::PullRequests, Access::Write);
    workflow(
        "plan",
        "what a pull request would change, as a comment.",
        "pontoon",
        on,
        Concurrency::replaces("plan-${{ github.ref }}"),
    )
    .job(VALIDATE, check("validate.sh", "Look for mistakes"))
    .job(POLICY, check("policy.sh", "Look for what is not accepted"))
    .job(PLAN, says)
}

/// Trivy over the files of the repository.
pub(super) fn scan(of: &Setting) -> Workflow {
    let on = json!({ "pull_request": { "branches": [of.branch] }, "schedule": [{ "cron": "43 4 * * 1" }] });
    let values = [("scan-type", "fs"), ("scanners", "vuln,misconfig,secret"), ("severity", "CRITICAL"), ("exit-code", "1")];
    let values = values.into_iter().map(|(k, v)| (k, v.into())).collect();
    let looks = Step::Uses { name: "Look for what is grave", uses: TRIVY.uses(), values };
    workflow("scan", "the repository's files hold nothing grave.", "trivy", on, Concurrency::replaces("scan-${{ github.ref }}"))
        .job(SCAN, Job::new(15, vec![checkout(), looks]))
}

/// A merge is carried out, one environment after the other.
pub(super) fn apply(of: &Setting) -> Workflow {
    let on = json!({ "push": { "branches": [of.branch] }, "workflow_dispatch": {} });
    let what = "what was merged is carried out, in the order of promotion.";
    let mut whole = workflow("apply", what, "pontoon", on, Concurrency::waits(format!("{}-apply", of.platform)));
    let mut before = None;
    for environment in &of.environments {
        let id = format!("apply-{environment}");
        let env = with(secrets(of), "ENVIRONMENT", environment);
        let steps = vec![checkout(), install(), script("Carry it out", "apply.sh \"$ENVIRONMENT\"", env)];
        let job = Job {
            needs: before.replace(id.clone()),
            environment: Some(environment.clone()),
            concurrency: Some(alone(of, environment)),
            ..Job::new(UP, steps)
        };
        whole = whole.job(&id, job);
    }
    whole
}

/// Nobody else changes that environment meanwhile.
fn alone(of: &Setting, environment: &str) -> Concurrency {
    Concurrency::waits(format!("{}-{environment}", of.platform))
}

/// Each day: is everything as it was applied?
pub(super) fn drift(of: &Setting) -> Workflow {
    let on = json!({ "schedule": [{ "cron": "17 5 * * *" }], "workflow_dispatch": {} });
    let token = ("GITHUB_TOKEN".to_owned(), "${{ github.token }}".to_owned());
    let env = vec![token, ("ENVIRONMENT".to_owned(), "${{ matrix.environment }}".to_owned())];
    let steps = vec![
        checkout(),
        install(),
        script("Look", "drift.sh \"$ENVIRONMENT\" > \"$RUNNER_TEMP/drift.md\"", matrix(of)),
        script("Say it", "issue.sh \"Drift of $ENVIRONMENT\" \"$RUNNER_TEMP/drift.md\"", env),
    ];
    let what = "an issue for each environment that is not as it was applied.";
    workflow("drift", what, "pontoon", on, Concurrency::waits(format!("{}-drift", of.platform)))
        .job("drift", Job::new(30, steps).each(&of.environments).may(Scope::Issues, Access::Write))
}

/// One environment, by hand.
pub(super) fn provision(of: &Setting) -> Workflow {
    let on = json!({ "workflow_dispatch": { "inputs": { "environment": chosen(of, "which environment") } } });
    let env = with(secrets(of), "ENVIRONMENT", "${{ inputs.environment }}");
    let job = Job {
        environment: Some("${{ inputs.environment }}".into()),
        ..Job::new(UP, vec![checkout(), install(), script("Carry it out", "apply.sh \"$ENVIRONMENT\"", env)])
    };
    let group = Concurrency::waits(format!("{}-${{{{ inputs.environment }}}}", of.platform));
    workflow("provision-doks", "an environment is made, or made as the document says.", "pontoon", on, group)
        .job("provision", job)
}

/// The repository, filled before there is a cluster.
pub(super) fn bootstrap(of: &Setting) -> Workflow {
    let on = json!({ "workflow_dispatch": {} });
    let job = Job {
        environment: of.environments.first().cloned(),
        ..Job::new(30, vec![checkout(), install(), script("Fill the repository", "bootstrap.sh", secrets(of))])
    };
    let group = Concurrency::waits(format!("{}-apply", of.platform));
    workflow("bootstrap-gitops-repo", "the repository holds what the clusters will follow.", "pontoon", on, group)
        .job("bootstrap", job)
}

/// What one environment runs is proposed for the next.
pub(super) fn promote(of: &Setting) -> Workflow {
    let inputs = json!({ "from": chosen(of, "whose release"), "to": chosen(of, "who shall run it") });
    let on = json!({ "workflow_dispatch": { "inputs": inputs } });
    let env = with(with(secrets(of), "FROM", "${{ inputs.from }}"), "TO", "${{ inputs.to }}");
    let job = Job {
        environment: Some("${{ inputs.from }}".into()),
        ..Job::new(30, vec![checkout(), install(), script("Propose it", "promote.sh \"$FROM\" \"$TO\"", env)])
    };
    let group = Concurrency::waits(format!("{}-promote", of.platform));
    workflow("promote", "what one environment runs is proposed for the next.", "pontoon", on, group).job("promote", job)
}
