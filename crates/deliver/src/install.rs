//! Flux's controllers, installed from their own release: all of them where a repository is followed, and only those that
//! install charts where the engine applies the rest itself.

use crate::{
    Delivered, Setting, Standing,
    apply::Failed,
    health::{Health, judge},
    published::Published,
};
use pontoon_core::{call::Class, content::Object, event::UnitState};
use pontoon_providers::ObjectRef;
use pontoon_render::flux::VERSION;
use std::time::Duration;

/// The unit under which it is told.
pub const UNIT: &str = "flux";
/// The controllers without which no chart is installed; the others report to the one for notifications.
const CHARTS: &[&str] = &["source-controller", "helm-controller", "notification-controller"];
/// Those that follow a repository.
const REPOSITORY: &[&str] = &["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
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
    let title = format!("Flux {VERSION}");
    let wanted = if repository { REPOSITORY } else { CHARTS };
    let all = match published.objects(&url()).await {
        Ok(all) => all,
        Err(why) => {
            setting.tell(UNIT, &title, UnitState::Stuck, &why);
            return Ok(Some(why));
        }
    };
    let ours = |o: &Object| o["kind"] != "Deployment" || wanted.iter().any(|w| o["metadata"]["name"] == *w);
    let mut objects: Vec<Object> = all.into_iter().filter(ours).collect();
    objects.sort_by_key(|o| match o["kind"].as_str() {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        Some("Deployment") => 3,
        _ => 2,
    });
    let begin = setting.clock.now().as_second();
    let mut told = String::new();
    loop {
        let why = match turn(setting, &objects).await? {
            None => {
                setting.tell(UNIT, &title, UnitState::Healthy, "");
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
            setting.tell(UNIT, &title, UnitState::Stuck, &why);
            return Ok(Some(why));
        }
        if why != told {
            setting.tell(UNIT, &title, UnitState::Progressing, &why);
            told = why;
        }
        setting.clock.sleep(Duration::from_secs(5)).await;
    }
}

/// How a delivery ended whose Flux does not run.
pub fn stuck(setting: &Setting<'_>, why: String) -> Delivered {
    let units = vec![Standing { unit: UNIT.into(), title: "Flux".into(), state: UnitState::Stuck, detail: why }];
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
