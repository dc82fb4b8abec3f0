//! What has to hold before an upgrade: the vendor's own checks, room for the nodes that it adds, budgets that let nodes go.

use super::DEADLINE;
use crate::{
    commands::{inside::unanswered, run::Session},
    compose::Composition,
    exit::{Outcome, Trouble},
};
use pontoon_core::{
    call::{Call, Class, Listing},
    value::Value,
};
use pontoon_engine::Provider;
use pontoon_providers::Kubernetes;
use std::time::Duration;

/// Nodes that an upgrade adds at most before it removes any. General knowledge: the vendor's guide to upgrades.
const SURGE: i64 = 10;
/// Between two looks at checks that run.
const PAUSE: Duration = Duration::from_secs(5);
/// So many looks, then waiting is given up: five minutes.
const LOOKS: u32 = 60;

/// One finding of the vendor's checks.
#[derive(Debug, Clone)]
pub struct Lint {
    /// Which check.
    pub check: String,
    /// `error`, `warning` or `suggestion`.
    pub severity: String,
    /// What it says.
    pub message: String,
    /// Of what: kind, namespace and name.
    pub object: String,
}

/// What was checked.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The vendor's own checks.
    pub lints: Vec<Lint>,
    /// Disruption budgets that let no pod go at the moment.
    pub budgets: Vec<String>,
    /// Droplets that there are, that may be, and that the upgrade adds; where the account tells.
    pub droplets: Option<(i64, i64, i64)>,
    /// What could not be checked.
    pub unseen: Vec<String>,
}

impl Checked {
    /// Checks a cluster. `inside`: the way into it.
    pub async fn look(
        composition: &Composition,
        session: &Session<'_>,
        id: &str,
        object: &Value,
        inside: Option<&Kubernetes>,
    ) -> Outcome<Checked> {
        let mut checked = Checked { lints: lints(composition, session, id).await?, ..Checked::default() };
        checked.room(session, object).await?;
        match inside {
            Some(cluster) => checked.budgets(cluster).await,
            None => checked.unseen.push("disruption budgets: the cluster cannot be entered".into()),
        }
        Ok(checked)
    }

    /// What speaks against it, one sentence each.
    pub fn grave(&self) -> Vec<String> {
        let errors = self.lints.iter().filter(|l| l.severity == "error").map(|l| format!("{}: {}", l.check, l.message));
        let mut all: Vec<String> = errors.collect();
        if let Some((there, limit, surge)) = self.droplets.filter(|(there, limit, surge)| there + surge > *limit) {
            all.push(format!("the upgrade adds {surge} droplets to {there}, and the account may have {limit}"));
        }
        all
    }

    async fn room(&mut self, session: &Session<'_>, cluster: &Value) -> Outcome<()> {
        if cluster.at("surge_upgrade").and_then(Value::as_bool) != Some(true) {
            return Ok(());
        }
        let pools = cluster.at("node_pools").and_then(Value::as_list).unwrap_or_default();
        let nodes: i64 = pools.iter().filter_map(|p| p.at("count").and_then(Value::as_i64)).sum();
        let Some(limit) = session.vendors.account().await.map_err(unanswered)?.droplet_limit else {
            self.unseen.push("room for more droplets: the account shows no limit".into());
            return Ok(());
        };
        let call = Call::new("digitalocean", "GET", "/v2/droplets", "droplet:read").query("per_page", 200i64);
        let listing = Listing { call, items: "droplets".into(), paged: true, absent_is_empty: false };
        match session.vendors.digitalocean.list(&listing).await {
            Ok((all, _)) => self.droplets = Some((i64::try_from(all.len()).unwrap_or(i64::MAX), limit, nodes.min(SURGE))),
            Err(r) if r.class == Class::Denied => {
                self.unseen.push("room for more droplets: the token lacks the scope droplet:read".into());
            }
            Err(r) => return Err(unanswered(r)),
        }
        Ok(())
    }

    /// Budgets that stop a node from being emptied. Source: Kubernetes' API reference, PodDisruptionBudget.
    async fn budgets(&mut self, cluster: &Kubernetes) {
        match cluster.list("policy/v1", "PodDisruptionBudget", "", "").await {
            Ok(all) => {
                let stuck = |b: &&serde_json::Value| {
                    b["status"]["disruptionsAllowed"] == 0 && b["status"]["expectedPods"].as_i64().unwrap_or(0) > 0
                };
                let name = |b: &serde_json::Value| {
                    let text = |f: &str| b["metadata"][f].as_str().unwrap_or_default().to_owned();
                    format!("{}/{}", text("namespace"), text("name"))
                };
                self.budgets = all.iter().filter(stuck).map(name).collect();
            }
            Err(r) => self.unseen.push(format!("disruption budgets: {}", r.message)),
        }
    }
}

/// Runs the vendor's checks of what an upgrade would break, and waits for them. Source: API reference, "Run Clusterlint
/// Checks on a Kubernetes Cluster"; the group `doks` is what the control panel runs before an upgrade.
async fn lints(composition: &Composition, session: &Session<'_>, id: &str) -> Outcome<Vec<Lint>> {
    let path = format!("/v2/kubernetes/clusters/{id}/clusterlint");
    let groups = Value::map([("include_groups", Value::List(vec!["doks".into()]))]);
    let begin = Call::new("digitalocean", "POST", path.clone(), "kubernetes:update").body(groups);
    let reply = session.vendors.digitalocean.send(&begin, DEADLINE).await.map_err(unanswered)?;
    let run = reply.body.at("run_id").and_then(Value::as_text).unwrap_or_default().to_owned();
    let call = Call::new("digitalocean", "GET", path, "kubernetes:read").query("run_id", run.as_str());
    for _ in 0..LOOKS {
        let body = session.vendors.digitalocean.send(&call, DEADLINE).await.map_err(unanswered)?.body;
        if body.at("completed_at").and_then(Value::as_text).is_some_and(|t| !t.is_empty()) {
            let found = body.at("diagnostics").and_then(Value::as_list).unwrap_or_default();
            return Ok(found.iter().map(lint).collect());
        }
        composition.clock.sleep(PAUSE).await;
    }
    Err(Trouble::new("the vendor's checks of the cluster do not end", "run it again in a while: pontoon upgrade"))
}

fn lint(found: &Value) -> Lint {
    let text = |path: &str| found.at(path).and_then(Value::as_text).unwrap_or_default().to_owned();
    let parts = [text("object.kind"), text("object.namespace"), text("object.name")];
    Lint {
        check: text("check_name"),
        severity: text("severity"),
        message: text("message"),
        object: parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_and_missing_room_speak_against_it_and_warnings_do_not() {
        let found = |severity: &str| {
            let object = json!({ "kind": "pod", "namespace": "shop", "name": "web" });
            lint(&json!({ "check_name": "c", "severity": severity, "message": "m", "object": object }).into())
        };
        let mut checked = Checked { lints: vec![found("warning"), found("suggestion")], ..Checked::default() };
        checked.droplets = Some((5, 10, 5));
        assert_eq!((checked.grave().len(), checked.lints[0].object.as_str()), (0, "pod shop web"));
        checked.lints.push(found("error"));
        checked.droplets = Some((6, 10, 5));
        assert_eq!(checked.grave(), ["c: m", "the upgrade adds 5 droplets to 6, and the account may have 10"]);
    }
}
