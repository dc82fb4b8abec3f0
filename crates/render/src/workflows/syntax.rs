//! Workflows as values. Source: GitHub documentation, "Workflow syntax for GitHub Actions".

use super::jobs::ACTIONS;
use crate::yaml;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A workflow. Nothing may be done with its token but what a job asks for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Workflow {
    /// What it calls and what for: the comment at its head.
    #[serde(skip)]
    pub head: String,
    pub name: String,
    pub on: Value,
    pub permissions: BTreeMap<Scope, Access>,
    pub concurrency: Concurrency,
    pub jobs: IndexMap<String, Job>,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    Contents,
    Issues,
    PullRequests,
}

/// How.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Access {
    Read,
    Write,
}

/// What never runs twice at once; a later one waits, or takes an earlier one's place.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Concurrency {
    pub group: String,
    pub cancel_in_progress: bool,
}

impl Concurrency {
    /// One after the other.
    pub fn waits(group: impl Into<String>) -> Concurrency {
        Concurrency { group: group.into(), cancel_in_progress: false }
    }
    /// Only the latest counts.
    pub fn replaces(group: impl Into<String>) -> Concurrency {
        Concurrency { group: group.into(), cancel_in_progress: true }
    }
}

/// A job.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Job {
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    pub runs_on: &'static str,
    pub timeout_minutes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    pub permissions: BTreeMap<Scope, Access>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Value>,
    pub steps: Vec<Step>,
}

impl Job {
    /// A job that reads the repository, and nothing else.
    pub fn new(minutes: u32, steps: Vec<Step>) -> Job {
        Job {
            when: None,
            needs: None,
            runs_on: "ubuntu-24.04",
            timeout_minutes: minutes,
            environment: None,
            permissions: BTreeMap::from([(Scope::Contents, Access::Read)]),
            concurrency: None,
            strategy: None,
            steps,
        }
    }
    /// Once for each environment, with its secrets; what happens to one stops no other.
    #[must_use]
    pub fn each(mut self, environments: &[String]) -> Job {
        self.environment = Some("${{ matrix.environment }}".into());
        self.strategy = Some(json!({ "fail-fast": false, "matrix": { "environment": environments } }));
        self
    }
    /// May also do this.
    #[must_use]
    pub fn may(mut self, scope: Scope, access: Access) -> Job {
        self.permissions.insert(scope, access);
        self
    }
}

/// A step: an action of somebody else's, or a script of ours.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Step {
    Uses {
        name: &'static str,
        uses: String,
        #[serde(rename = "with")]
        values: BTreeMap<&'static str, Value>,
    },
    Run {
        name: &'static str,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        env: BTreeMap<String, String>,
        run: String,
    },
}

impl Workflow {
    /// As a file.
    pub fn text(&self) -> String {
        let mut text: String = self.head.lines().map(|line| format!("# {line}\n")).collect();
        text.push_str(&yaml::text(self));
        for action in ACTIONS {
            // A commit says nothing to a person.
            let uses = action.uses();
            text = text.replace(&format!("\"{uses}\""), &uses).replace(&uses, &format!("{uses} # {}", action.version));
        }
        text
    }
    /// With a job.
    #[must_use]
    pub fn job(mut self, id: &str, job: Job) -> Workflow {
        self.jobs.insert(id.into(), job);
        self
    }
}
