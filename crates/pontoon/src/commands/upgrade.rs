//! `pontoon upgrade`: the vendor's own way to the next Kubernetes, checked first, one step at a time.
//!
//! Patches of the running minor come before the next minor, as the vendor wants it. A minor is taken only when the document
//! asks for it: otherwise the next plan would want to go back, which nobody can.

mod checks;

use super::{
    change::Change,
    ground::{ground, records},
    run::{Session, block_on, engine, trouble},
};
use crate::{
    args::{Limits, Upgrade as Args},
    compose::{Composition, let_go, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, upgrade as shown},
    settings::Settings,
};
pub use checks::{Checked, Lint};
use pontoon_core::{
    address::{Address, Scope},
    call::Call,
    plan::Command,
    value::Value,
};
use pontoon_engine::Provider;
use pontoon_operate::recover_all;
use std::time::Duration;

/// After so long a request without an answer is given up.
const DEADLINE: Duration = Duration::from_secs(60);

/// What one look found.
pub struct Look {
    /// The environment.
    pub environment: String,
    /// What runs.
    pub version: String,
    /// What the vendor offers from here, oldest first.
    pub offered: Vec<String>,
    /// What would be installed next.
    pub step: Option<String>,
    /// The next minor, where the document does not ask for it.
    pub beyond: Option<String>,
    /// What was checked; nothing where there is no step.
    pub checked: Checked,
}

/// Shows the way, checks it, asks, and carries one step of it out.
pub fn upgrade(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "upgrade")?;
    let [environment] = environments.as_slice() else {
        return Err(Trouble::new("one environment after the other", "name one: pontoon upgrade ENV"));
    };
    let address = Address::new(Scope::environment(environment.as_str()), "digitalocean.cluster", "main");
    let mut platform = loaded.compile(settings, &args.place, environment)?;
    let asked = platform.resources.get(&address).and_then(|r| r.attributes.get("version")).cloned().unwrap_or_default();
    block_on(settings, &args.place, async {
        let look = look(settings, args, &loaded, environment, asked.as_text().unwrap_or_default()).await?;
        if !settings.json {
            print::out(&shown::text(&look, settings.out));
        }
        let mut document = shown::document(&look);
        let grave = look.checked.grave();
        let exit = match &look.step {
            Some(step) if !args.check && (grave.is_empty() || args.despite) => {
                let_go().await;
                if let Some(cluster) = platform.resources.get_mut(&address) {
                    cluster.attributes.insert("version".into(), step.as_str().into());
                }
                let limits = Limits { only: vec![address.clone()], ..Limits::default() };
                let change =
                    Change { yes: args.yes, ..Change::new(Command::Up, Some(environment), &platform, &args.place, &limits) };
                let (exit, operation) = change.carry_out_alone(settings, &loaded).await?;
                document["operations"] = serde_json::json!([operation]);
                if exit == Exit::Done && !settings.json {
                    print::note(&format!("{environment} runs {step}; whether there is more: pontoon upgrade {environment}"));
                }
                exit
            }
            Some(_) if !args.check => {
                return Err(Trouble::new(
                    format!("{environment} is not upgraded: {}", grave.join("; ")),
                    "mend that first, or go on all the same: --despite",
                ));
            }
            None if !args.check => {
                // Nobody comes after to settle a run that was cut off, and to remove what it made for itself.
                let_go().await;
                settled(settings, args, &loaded, environment).await?;
                Exit::Done
            }
            _ => Exit::Done,
        };
        if settings.json {
            print::line(&document.to_string());
        }
        Ok(exit)
    })
}

/// Settles what an earlier run left unclear, and removes what it made for itself, under the lock: what a step would have done
/// first.
async fn settled(settings: &Settings, args: &Args, loaded: &Loaded, environment: &str) -> Outcome<()> {
    let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
    let session = Session::open(settings, &composition, loaded.platform(), environment)?;
    let who = session.locker(&format!("pontoon upgrade {environment}"));
    let mut writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
    let observer = |e| session.progress.take(&e);
    let done = recover_all(&session.setting(&observer), &mut writer).await;
    if done.is_ok() {
        session.sweep(&composition.store).await;
    }
    session.close().await;
    // Only now: who holds the lock takes other writers' keys for left behind.
    drop(writer);
    done.map(|_| ()).map_err(trouble)
}

async fn look(settings: &Settings, args: &Args, loaded: &Loaded, environment: &str, asked: &str) -> Outcome<Look> {
    let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
    let session = Session::open(settings, &composition, loaded.platform(), environment)?;
    let address = Address::new(Scope::environment(environment), "digitalocean.cluster", "main");
    let records = records(&composition, environment)?;
    let cluster = records.iter().find_map(|r| r.resources.get(&address)).map(|r| r.id.clone());
    let cluster = cluster.ok_or_else(|| {
        Trouble::new(format!("{environment} has no cluster yet"), format!("make it: {}", args.place.up(environment)))
    })?;
    let path = format!("/v2/kubernetes/clusters/{cluster}");
    let object = get(&session, &path).await?.at("kubernetes_cluster").cloned().unwrap_or_default();
    let version = object.at("version").and_then(Value::as_text).unwrap_or_default().to_owned();
    let answer = get(&session, &format!("{path}/upgrades")).await?;
    let listed = answer.at("available_upgrade_versions").and_then(Value::as_list).unwrap_or_default();
    let mut offered: Vec<String> = listed.iter().filter_map(|v| Some(v.at("slug")?.as_text()?.to_owned())).collect();
    offered.sort_by_key(|v| numbers(v));
    let (step, beyond) = next(&version, &offered, asked);
    let checked = match &step {
        None => Checked::default(),
        Some(_) => {
            let inside = ground(&composition, &session, environment).await?;
            Checked::look(&composition, &session, &cluster, &object, inside.as_ref().map(|g| &g.cluster)).await?
        }
    };
    session.close().await;
    Ok(Look { environment: environment.to_owned(), version, offered, step, beyond, checked })
}

/// Asks the vendor.
async fn get(session: &Session<'_>, path: &str) -> Outcome<Value> {
    let call = Call::new("digitalocean", "GET", path, "kubernetes:read");
    let reply = session.vendors.digitalocean.send(&call, DEADLINE).await;
    reply.map(|r| r.body).map_err(super::inside::unanswered)
}

/// The numbers of a version, without the vendor's suffix: `1.36.1-do.0` is 1, 36, 1, and the build after that.
fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).filter_map(|part| part.parse().ok()).collect()
}

/// What comes next: the newest patch of the minor that runs; then the newest of the next minor, where the document asks for
/// it or for a later one; and otherwise that one as what lies beyond.
fn next(version: &str, offered: &[String], asked: &str) -> (Option<String>, Option<String>) {
    let minor = |v: &str| numbers(v).into_iter().take(2).collect::<Vec<_>>();
    let newer = || offered.iter().filter(|v| numbers(v) > numbers(version));
    if let Some(patch) = newer().filter(|v| minor(v) == minor(version)).max_by_key(|v| numbers(v)) {
        return (Some(patch.clone()), None);
    }
    let first = newer().map(|v| minor(v)).min();
    let Some(best) = newer().filter(|v| Some(minor(v)) == first).max_by_key(|v| numbers(v)) else { return (None, None) };
    match asked == "latest" || minor(asked) >= minor(best) {
        true => (Some(best.clone()), None),
        false => (None, Some(best.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn patches_come_before_minors_and_minors_wait_for_the_document() {
        let offered: Vec<String> = ["1.35.1-do.0", "1.35.4-do.0", "1.36.0-do.0", "1.36.1-do.2"].map(str::to_owned).into();
        let step = |version: &str, offered: &[String], asked: &str| next(version, offered, asked);
        assert_eq!(step("1.35.0-do.0", &offered, "1.36"), (Some("1.35.4-do.0".into()), None));
        assert_eq!(step("1.35.4-do.0", &offered, "1.36"), (Some("1.36.1-do.2".into()), None));
        assert_eq!(step("1.35.4-do.0", &offered, "1.35"), (None, Some("1.36.1-do.2".into())));
        assert_eq!(step("1.35.4-do.0", &offered, "latest"), (Some("1.36.1-do.2".into()), None));
        assert_eq!(step("1.36.1-do.2", &offered, "1.36"), (None, None));
        assert_eq!(step("1.36.1-do.1", &offered, "1.36"), (Some("1.36.1-do.2".into()), None), "the vendor's own build counts");
    }
}
