//! Following Argo CD: each unit's Application until it is healthy at the revision that was committed.
//!
//! Argo CD decrypts nothing, so what of Secrets no store brings is written here, as soon as the namespace is there.

use crate::{
    Delivered, Setting, Standing,
    apply::{Failed, prune},
    health::{Health, judge},
    rounds::{Rounds, is_healthy, over},
    survey::{application, below, by_objects},
};
use pontoon_catalog::components::site::ARGOCD;
use pontoon_core::{call::Class, content::Object, event::UnitState};
use pontoon_providers::ObjectRef;
use pontoon_render::{
    Unit,
    argo::{self, Git, ROOT},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The annotation that asks for a comparison. Source: Argo CD documentation, annotations.
const REFRESH: &str = "argocd.argoproj.io/refresh";

/// A Secret that the engine writes, and the unit that needs it.
pub struct Brought {
    /// The unit's name.
    pub unit: String,
    /// The object. It holds secrets.
    pub object: Object,
}

/// Follows the units until all are healthy at `revision`, or until none moves any more.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn follow(
    setting: &Setting<'_>,
    units: &[Unit],
    git: &Git,
    revision: &str,
    secrets: &[Brought],
) -> Result<Delivered, Failed> {
    for mut object in argo::root(git, setting.environment) {
        if object["kind"] == "Application" {
            object["metadata"]["annotations"] = json!({ REFRESH: "normal" });
            if overtaken(setting, revision).await? {
                object["status"] = json!({ "operationState": { "phase": "Terminating" } });
            }
        }
        setting.cluster.apply(&object).await.map_err(|r| Failed::Server(r.message))?;
    }
    setting.begin(units);
    let mut written: BTreeSet<ObjectRef> = BTreeSet::new();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut rounds = Rounds::default();
    loop {
        let now = setting.clock.now().as_second();
        let late = bring(setting, secrets, &mut written).await?;
        let root = look(setting, ROOT).await?;
        let mut standings: Vec<Standing> = Vec::new();
        for unit in units {
            let (mut state, mut detail) = if argo::is_applied(unit) {
                let there = look(setting, &unit.name).await?;
                if there.as_ref().is_some_and(|t| !seen(t, git, revision)) && asked.insert(unit.name.clone()) {
                    refresh(setting, &unit.name).await?;
                }
                stands(unit, units, there.as_ref(), root.as_ref(), git, revision, &standings)
            } else {
                match by_objects(setting.cluster, unit).await? {
                    None => (UnitState::Healthy, String::new()),
                    Some(said) => (UnitState::Progressing, root.as_ref().and_then(trouble).unwrap_or(said)),
                }
            };
            if let Some(said) = late.get(unit.name.as_str()).filter(|_| state == UnitState::Healthy) {
                (state, detail) = (UnitState::Progressing, said.clone());
            }
            standings.push(Standing { unit: unit.name.clone(), title: unit.title.clone(), state, detail });
        }
        rounds.take(setting, units, now, &mut standings).await;
        if is_healthy(&standings) {
            prune(setting, ARGOCD, &written).await.map_err(|r| Failed::Server(r.message))?;
        }
        if let Some(end) = over(setting, standings).await {
            return Ok(end);
        }
    }
}

/// Whether a sync of the root waits for something of an earlier commit: it would keep this one from being read, and has
/// to end.
async fn overtaken(setting: &Setting<'_>, revision: &str) -> Result<bool, Failed> {
    let Some(root) = look(setting, ROOT).await? else { return Ok(false) };
    let state = &root["status"]["operationState"];
    let at = &state["syncResult"]["revisions"][0];
    Ok(state["phase"] == "Running" && at.is_string() && *at != revision)
}

/// Writes the Secrets whose namespaces are there; what is still missing, by unit.
async fn bring<'s>(
    setting: &Setting<'_>,
    secrets: &'s [Brought],
    written: &mut BTreeSet<ObjectRef>,
) -> Result<BTreeMap<&'s str, String>, Failed> {
    let mut late = BTreeMap::new();
    for secret in secrets {
        let of = ObjectRef::of(&secret.object);
        if written.contains(&of) {
            continue;
        }
        match setting.cluster.apply(&secret.object).await {
            Ok(_) => {
                written.insert(of);
            }
            Err(r) if r.class == Class::Denied => return Err(Failed::Server(r.message)),
            Err(r) => {
                late.insert(secret.unit.as_str(), format!("{of}: {}", r.message));
            }
        }
    }
    Ok(late)
}

async fn look(setting: &Setting<'_>, name: &str) -> Result<Option<Value>, Failed> {
    match setting.cluster.get(&application(name)).await {
        Ok(there) => Ok(there),
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        // The server may restart; the next look tells.
        Err(_) => Ok(None),
    }
}

/// Asks for a comparison now, instead of after the interval.
async fn refresh(setting: &Setting<'_>, name: &str) -> Result<(), Failed> {
    let of = application(name);
    let asks = json!({
        "apiVersion": of.api_version, "kind": of.kind,
        "metadata": { "name": of.name, "namespace": of.namespace, "annotations": { REFRESH: "normal" } },
    });
    match setting.cluster.apply(&asks).await {
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        _ => Ok(()),
    }
}

/// Whether an Application was compared with this commit of the repository.
fn seen(application: &Value, git: &Git, revision: &str) -> bool {
    let status = &application["status"]["sync"];
    let sources = status["comparedTo"]["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let at = |n: usize| status["revisions"][n].as_str().or(status["revision"].as_str()).unwrap_or("");
    !sources.is_empty()
        && sources.iter().enumerate().filter(|(_, s)| s["repoURL"] == git.url.as_str()).all(|(n, _)| at(n) == revision)
}

/// Whether an Application itself is what this commit says, and was compared as that. The root changes it in its wave, which
/// may come long after it has looked at the commit in its old form.
fn is_as_written(name: &str, there: &Value, root: Option<&Value>, git: &Git, revision: &str) -> bool {
    let Some(root) = root.filter(|r| seen(r, git, revision)) else { return false };
    let synced = |rows: &Value| {
        let mut rows = rows.as_array().into_iter().flatten();
        rows.any(|r| r["kind"] == "Application" && r["name"] == name && r["status"] == "Synced")
    };
    // A sync that goes on says what it has applied; the root is compared anew when it is over.
    let result = &root["status"]["operationState"]["syncResult"];
    let applied = (result["revisions"][0] == revision || result["revision"] == revision) && synced(&result["resources"]);
    let list = |v: &Value| v["sources"].as_array().cloned().unwrap_or_default();
    let (said, compared) = (list(&there["spec"]), list(&there["status"]["sync"]["comparedTo"]));
    let same =
        |(a, b): (&Value, &Value)| a["targetRevision"] == b["targetRevision"] && a["helm"]["values"] == b["helm"]["values"];
    (applied || synced(&root["status"]["resources"])) && said.len() == compared.len() && said.iter().zip(&compared).all(same)
}

/// What keeps an Application from going on, in Argo CD's words.
fn trouble(application: &Value) -> Option<String> {
    match judge(application) {
        Health::Current => None,
        Health::Progressing(said) | Health::Failed(said) => Some(said),
    }
}

/// How a unit stands, from its Application.
fn stands(
    unit: &Unit,
    all: &[Unit],
    there: Option<&Value>,
    root: Option<&Value>,
    git: &Git,
    revision: &str,
    before: &[Standing],
) -> (UnitState, String) {
    let open: Vec<&str> = before
        .iter()
        .filter(|s| unit.after.contains(&s.unit) && s.state != UnitState::Healthy)
        .map(|s| s.unit.as_str())
        .collect();
    let comes = || (UnitState::Waiting, format!("comes after {}", open.join(", ")));
    let Some(there) = there else {
        if !open.is_empty() {
            return comes();
        }
        // The wave may wait for more than the unit needs.
        let earlier = below(all, unit, before);
        return match (earlier.as_slice(), root.and_then(trouble)) {
            ([], said) => (UnitState::Progressing, said.unwrap_or_else(|| "Argo CD has not made it yet".into())),
            (some, _) => (UnitState::Waiting, format!("its wave comes after {}", some.join(", "))),
        };
    };
    match judge(there) {
        Health::Current if !seen(there, git, revision) => {
            (UnitState::Progressing, "an earlier commit is healthy; this one is not applied yet".into())
        }
        Health::Current if !is_as_written(&unit.name, there, root, git, revision) => {
            (UnitState::Progressing, root.and_then(trouble).unwrap_or_else(|| "its Application is about to change".into()))
        }
        Health::Current => (UnitState::Healthy, String::new()),
        _ if !open.is_empty() => comes(),
        Health::Progressing(said) | Health::Failed(said) => (UnitState::Progressing, said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_that_its_root_has_not_changed_yet_is_not_there() {
        let git = Git { url: "ssh://git@github.com/example-org/shop.git".into(), branch: "main".into() };
        let app = |values: &str, compared: &str| {
            let source =
                |v: &str| json!([{ "repoURL": git.url, "targetRevision": "main", "path": "web", "helm": { "values": v } }]);
            json!({
                "spec": { "sources": source(values) },
                "status": { "sync": { "revisions": ["b"], "comparedTo": { "sources": source(compared) } } },
            })
        };
        let root = |at: &str, status: &str| {
            let sources = json!([{ "repoURL": git.url, "targetRevision": "main" }]);
            json!({ "status": {
                "sync": { "revisions": [at], "comparedTo": { "sources": sources } },
                "resources": [{ "kind": "AppProject", "name": "web", "status": "Synced" }, { "kind": "Application", "name": "web", "status": status }],
            } })
        };
        let written = |app: &Value, root: Value| is_as_written("web", app, Some(&root), &git, "b");
        assert!(written(&app("new", "new"), root("b", "Synced")));
        assert!(!written(&app("old", "old"), root("b", "OutOfSync")), "its wave has not come");
        let mut under_way = root("b", "OutOfSync");
        let done = json!([{ "kind": "Application", "name": "web", "status": "Synced" }]);
        under_way["status"]["operationState"]["syncResult"] = json!({ "revisions": ["b"], "resources": done });
        assert!(written(&app("new", "new"), under_way.clone()), "its wave has come, and others follow");
        under_way["status"]["operationState"]["syncResult"]["revisions"] = json!(["a"]);
        assert!(!written(&app("old", "old"), under_way), "its wave of an earlier commit has come");
        assert!(!written(&app("old", "old"), root("a", "Synced")), "the root has not read the commit");
        assert!(!written(&app("new", "old"), root("b", "Synced")), "it was compared before it changed");
        assert!(!is_as_written("web", &app("new", "new"), None, &git, "b"));
    }
}
