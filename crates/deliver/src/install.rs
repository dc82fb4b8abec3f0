//! What the engine installs so that the rest is delivered: Flux's controllers from their own release (all of them where a
//! repository is followed, and only those that install charts where the engine applies the rest itself), or Argo CD's.

use crate::{
    Delivered, Setting, Standing,
    apply::Failed,
    health::{Health, judge},
    published::{Published, patched},
};
use pontoon_catalog::components::site::ARGOCD;
use pontoon_core::{call::Class, content::Object, event::UnitState};
use pontoon_providers::ObjectRef;
use pontoon_render::{argo, flux::VERSION};
use serde_json::json;
use std::time::Duration;

/// The unit under which it is told.
pub const UNIT: &str = "flux";
/// The controllers without which no chart is installed; the others report to the one for notifications.
const CHARTS: &[&str] = &["source-controller", "helm-controller", "notification-controller"];
/// Those that follow a repository.
const REPOSITORY: &[&str] = &["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
/// The unit under which Argo CD is told.
pub const ARGO_UNIT: &str = "argo-cd";
/// What of Argo CD is not installed: nobody here signs in through Dex, and notifications and sets of Applications are not
/// made. Names begin with these.
const WITHOUT: &[&str] = &["argocd-dex-server", "argocd-notifications", "argocd-applicationset-controller"];
/// Kinds that belong to no namespace.
const CLUSTER_WIDE: &[&str] = &["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"];
/// How long it may take.
const PATIENCE: i64 = 15 * 60;

/// Where a version of Flux is published.
pub fn url() -> String {
    format!("https://github.com/fluxcd/flux2/releases/download/{VERSION}/install.yaml")
}

/// Installs Flux and waits until its controllers run. Returns why they do not, where they do not.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn install(setting: &Setting<'_>, published: &Published, repository: bool) -> Result<Option<String>, Failed> {
    let wanted = if repository { REPOSITORY } else { CHARTS };
    let ours = |o: &Object| o["kind"] != "Deployment" || wanted.iter().any(|w| o["metadata"]["name"] == *w);
    let of = |all: Vec<Object>| all.into_iter().filter(ours).collect();
    run(setting, published, UNIT, &format!("Flux {VERSION}"), &url(), of).await
}

/// Where a version of Argo CD is published.
pub fn argo_url() -> String {
    format!("https://github.com/argoproj/argo-cd/raw/{}/manifests/install.yaml", argo::VERSION)
}

/// The same for Argo CD, with the settings without which its waves wait for nothing.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn install_argo(setting: &Setting<'_>, published: &Published) -> Result<Option<String>, Failed> {
    let of = |all: Vec<Object>| {
        let named = |o: &Object, name: &&str| o["metadata"]["name"].as_str().is_some_and(|n| n.starts_with(name));
        let ours = |o: &Object| CLUSTER_WIDE[2] == o["kind"] || !WITHOUT.iter().any(|w| named(o, w));
        let mut objects: Vec<Object> = patched(all.into_iter().filter(ours).collect(), &argo::settings());
        for object in objects.iter_mut().filter(|o| !CLUSTER_WIDE.iter().any(|k| o["kind"] == *k)) {
            object["metadata"]["namespace"] = ARGOCD.into();
        }
        objects.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": ARGOCD } }));
        objects
    };
    run(setting, published, ARGO_UNIT, &format!("Argo CD {}", argo::VERSION), &argo_url(), of).await
}

/// Fetches, writes, and waits until everything is healthy.
async fn run(
    setting: &Setting<'_>,
    published: &Published,
    unit: &str,
    title: &str,
    url: &str,
    of: impl Fn(Vec<Object>) -> Vec<Object>,
) -> Result<Option<String>, Failed> {
    let mut objects = match published.objects(url).await {
        Ok(all) => of(all),
        Err(why) => {
            setting.tell(unit, title, UnitState::Stuck, &why);
            return Ok(Some(why));
        }
    };
    objects.sort_by_key(|o| match o["kind"].as_str() {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        Some("Deployment" | "StatefulSet") => 3,
        _ => 2,
    });
    let begin = setting.clock.now().as_second();
    let mut told = String::new();
    loop {
        let why = match turn(setting, &objects).await? {
            None => {
                setting.tell(unit, title, UnitState::Healthy, "");
                return Ok(None);
            }
            Some(why) => why,
        };
        if setting.stop.asked() {
            return Ok(Some(why));
        }
        if setting.clock.now().as_second() - begin > PATIENCE {
            let deep = crate::diagnose::cause(setting.cluster, &objects).await.ok().flatten();
            let why = deep.map_or(why, |c| c.to_string());
            setting.tell(unit, title, UnitState::Stuck, &why);
            return Ok(Some(why));
        }
        if why != told {
            setting.tell(unit, title, UnitState::Progressing, &why);
            told = why;
        }
        setting.clock.sleep(Duration::from_secs(5)).await;
    }
}

/// How a delivery ended whose Flux or Argo CD (`unit`) does not run.
pub fn stuck(setting: &Setting<'_>, unit: &str, why: String) -> Delivered {
    let title = if unit == ARGO_UNIT { "Argo CD" } else { "Flux" };
    let units = vec![Standing { unit: unit.into(), title: title.into(), state: UnitState::Stuck, detail: why }];
    Delivered { units, stopped: setting.stop.asked() }
}

/// Writes everything once more and judges it; the first thing that is not healthy.
async fn turn(setting: &Setting<'_>, objects: &[Object]) -> Result<Option<String>, Failed> {
    for object in objects {
        match setting.cluster.apply(object).await {
            Ok(_) => {}
            Err(r) if r.class == Class::Denied => return Err(Failed::Server(r.message)),
            Err(r) => return Ok(Some(format!("{}: {}", ObjectRef::of(object), r.message))),
        }
    }
    for object in objects {
        let of = ObjectRef::of(object);
        match setting.cluster.get(&of).await {
            Ok(Some(there)) => {
                if let Health::Progressing(said) | Health::Failed(said) = judge(&there) {
                    return Ok(Some(format!("{of}: {said}")));
                }
            }
            Ok(None) => return Ok(Some(format!("{of} is not there"))),
            Err(r) => return Ok(Some(r.message)),
        }
    }
    Ok(None)
}
