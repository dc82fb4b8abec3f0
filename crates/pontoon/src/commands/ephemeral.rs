//! Trials: a platform beside the declared one, under a prefix, until its time is over; then any run removes it.

use super::{
    leaks::{self, Left},
    run::{Session, agree, block_on, engine, trouble},
};
use crate::{
    args::{Destroy, Trial, Where},
    compose::{Composition, let_go, store, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, json, note, report},
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_compiler::lints::unused;
use pontoon_core::{
    address::Scope, call::Class, cidr::Cidr, digest, name::PlatformName, operation::Ending, plan::Action, platform::Platform,
    quantity::Duration,
};
use pontoon_engine::Refusal;
use pontoon_operate::{Vendors, apply, end, ranges, recover_all, trials};
use pontoon_plan::Ephemeral;
use pontoon_spec::Spec;
use pontoon_store::Writer;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How long a trial lasts where nobody says it.
pub const USUAL: Duration = Duration::of_seconds(2 * 3600);

/// A prefix that no trial can have, so that nothing is kept under it.
const NOBODYS: &str = "-";

/// How often one looks again for what a list did not show.
const LOOKS: usize = 3;

/// The settings and the document of a trial, where one is asked for: begun, or gone on with until the end that it has.
pub async fn begin(
    settings: &Settings,
    place: &Where,
    asked: &Trial,
    ttl: Duration,
    loaded: &Loaded,
    environments: &[String],
) -> Outcome<Option<(Settings, Loaded)>> {
    let (Some(prefix), [environment]) = (asked.prefix.as_ref().filter(|_| asked.ephemeral), environments) else {
        return Ok(None);
    };
    let platform = named(loaded, prefix)?;
    let name = platform.clone();
    let own = settings.of_trial(prefix);
    let trial = match kept(&own, place, &platform)? {
        Some(trial) => {
            note(&format!("trial {prefix} was begun before, and ends at {}", time(trial.ends)));
            trial
        }
        None => {
            let (all, now) = look(settings, place, loaded, loaded.token(environment)).await?;
            if let Some(other) = all.iter().find(|t| t.platform == platform) {
                return Err(Trouble::new(
                    format!("there is a trial {prefix} in the account, until {}, and its record is not here", time(other.ends)),
                    format!("take another prefix, or end that one: pontoon destroy --ephemeral --prefix {prefix}"),
                ));
            }
            let ends = now.saturating_add(i64::try_from(ttl.seconds()).unwrap_or(i64::MAX));
            Ephemeral { prefix: prefix.to_string(), platform, ends }
        }
    };
    let spec = loaded.specs().iter().find(|s| s.environment.as_str() == environment.as_str());
    let kept = held(&own, place, &name)?;
    let taken = match kept.is_empty() {
        true => account(settings, place, loaded, loaded.token(environment), async |v| ranges(v).await).await?,
        false => Vec::new(),
    };
    let ranges = chosen(loaded.specs(), spec.unwrap_or(loaded.first()), &kept, &taken, prefix)?;
    let tried = loaded.tried(settings, environment, trial, &ranges)?;
    let_go().await;
    Ok(Some((own, tried)))
}

/// Says when a trial ends.
pub fn ends(own: &Settings, tried: &Loaded) {
    let (Some(prefix), Some(trial)) = (own.trial(), tried.trial()) else { return };
    let sooner = format!("pontoon destroy --ephemeral --prefix {prefix}");
    note(&format!("trial {prefix} ends at {}: the next run after that removes it; sooner: {sooner}", time(trial.ends)));
}

/// Ends the trials of this platform that are over, in the accounts of these environments. What cannot be ended now is said,
/// and stops nobody.
pub async fn sweep(settings: &Settings, place: &Where, loaded: &Loaded, environments: &[String]) {
    if settings.trial().is_some() || place.local && settings.trials(true).is_empty() {
        // A local world holds no trial but those that are kept beside it.
        return;
    }
    let tokens: BTreeSet<Option<&str>> = environments.iter().map(|e| loaded.token(e)).collect();
    for token in tokens {
        let_go().await;
        // Whoever cannot look at the account at all is told by the command itself.
        let Ok((mut all, now)) = look(settings, place, loaded, token).await else { continue };
        for prefix in settings.trials(place.local) {
            let platform = format!("{prefix}-{}", loaded.platform());
            all.extend(kept(&settings.of_trial(&prefix), place, &platform).ok().flatten());
        }
        let mine = |t: &&Ephemeral| t.platform == format!("{}-{}", t.prefix, loaded.platform()) && t.ends <= now;
        for trial in all.iter().filter(mine) {
            let_go().await;
            let ended = remove(settings, place, loaded, token, trial, true).await;
            match ended {
                Ok(None) => {}
                Ok(Some(done)) => {
                    note(&format!("trial {} was over at {}, and is removed:", trial.prefix, time(trial.ends)));
                    done.removed.iter().for_each(|r| note(&format!("  - {r}")));
                    note(leaks::text(&done.left).trim_end());
                }
                Err(t) => {
                    let sooner = format!("pontoon destroy --ephemeral --prefix {}", trial.prefix);
                    note(&format!("trial {} is over and could not be removed: {}; try it: {sooner}", trial.prefix, t.what));
                }
            }
        }
    }
    let_go().await;
}

/// `pontoon destroy --ephemeral`: ends a trial before its time is over.
pub fn destroy(settings: &Settings, args: &Destroy) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "destroy")?;
    let (Some(prefix), [environment]) = (&args.trial.prefix, environments.as_slice()) else {
        return Err(Trouble::new("which trial?", "pontoon destroy --ephemeral --prefix PREFIX"));
    };
    if !args.limits.only.is_empty() {
        return Err(Trouble::new("a trial ends as a whole", "leave --only out"));
    }
    let platform = named(&loaded, prefix)?;
    let token = loaded.token(environment);
    let done = block_on(settings, &args.place, async {
        let trial = match kept(&settings.of_trial(prefix), &args.place, &platform)? {
            Some(trial) => Some(trial),
            None => look(settings, &args.place, &loaded, token).await?.0.into_iter().find(|t| t.platform == platform),
        };
        let trial = trial.ok_or_else(|| {
            Trouble::new(
                format!("there is no trial {prefix} of {}, here or in the account", loaded.platform()),
                "see what there is: pontoon leaks",
            )
        })?;
        let_go().await;
        remove(settings, &args.place, &loaded, token, &trial, args.yes || args.place.local).await
    })?;
    let Some(done) = done else {
        note("nothing was changed");
        return Ok(Exit::Failed);
    };
    if settings.json {
        let left = leaks::document(&platform, &done.left);
        print::line(&json!({ "operations": done.operations, "left": left["left"] }).to_string());
    } else {
        print::out(&leaks::text(&done.left));
    }
    Ok(Exit::Done)
}

/// A trial that is gone.
struct Done {
    /// What was removed.
    removed: Vec<String>,
    /// The operations that did it, in JSON.
    operations: Vec<Value>,
    /// What has a name of it and stays.
    left: Left,
}

/// Removes all of a trial, with its record or without. `None` where a person did not agree.
async fn remove(
    settings: &Settings,
    place: &Where,
    loaded: &Loaded,
    token: Option<&str>,
    trial: &Ephemeral,
    yes: bool,
) -> Outcome<Option<Done>> {
    let (own, zone) = (&settings.of_trial(&trial.prefix), format!("{}.{}", trial.prefix, *loaded.first().zone));
    let composition = Composition::open(own, place, &trial.platform, token)?;
    let session = Session::open(own, &composition, &trial.platform, "ephemeral")?;
    let who = session.locker("pontoon destroy --ephemeral");
    let mut writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
    let done = rounds(own, &session, &mut writer, (trial, &zone), yes).await;
    session.close().await;
    session.sweep(&composition.store).await;
    drop(writer);
    if matches!(done, Ok(Some(_))) {
        // What a trial was is nobody's history. A folder that stays is looked into again, and found empty.
        let folder = if place.local { own.recorded().folder().to_path_buf() } else { own.own() };
        let _ = std::fs::remove_dir_all(folder);
    }
    done
}

async fn rounds(
    own: &Settings,
    session: &Session<'_>,
    writer: &mut Writer,
    (trial, zone): (&Ephemeral, &str),
    yes: bool,
) -> Outcome<Option<Done>> {
    let observer = |e| session.progress.take(&e);
    let setting = session.setting(&observer);
    recover_all(&setting, writer).await.map_err(trouble)?;
    let mut done = Done { removed: Vec::new(), operations: Vec::new(), left: Left::default() };
    for look in 0..LOOKS {
        let mut scopes = writer.scopes().map_err(|e| trouble_of_store(&e))?;
        if !scopes.iter().any(Scope::is_shared) {
            scopes.push(Scope::shared());
        }
        let platform = Platform { name: trial.platform.clone(), scopes, ..Platform::default() };
        let found = end(&setting, session.records(writer, &platform)?, trial, zone).await.map_err(trouble)?;
        let plan = &found.prepared.plan;
        done.left = Left { leaks: found.left, unseen: Vec::new() };
        let gone = |a: &Action| !matches!(a, Action::NoOp | Action::Forget);
        if !plan.is_allowed() || !plan.changes.iter().any(|c| gone(&c.action)) {
            break;
        }
        let asked = look > 0 || agree(own, &format!("Remove all of trial {}, with its data?", trial.prefix), yes)?;
        if !asked {
            return Ok(None);
        }
        session.progress.follow(plan, own);
        let report = session.interruptible(apply(&setting, writer, plan)).await.map_err(trouble)?;
        let mut document = json::plan(plan);
        document["operation"] = report.operation.as_str().into();
        document["ending"] = json!(report.ending);
        done.operations.push(document);
        if report.ending != Ending::Done {
            report::failures(own, &report, &format!("destroy --ephemeral --prefix {}", trial.prefix));
            return Err(Trouble::new("not all of it could be removed", "run it again"));
        }
        done.removed.extend(plan.changes.iter().filter(|c| gone(&c.action)).map(|c| c.address.to_string()));
    }
    Ok(Some(done))
}

/// The trials in an account, and how late it is there.
async fn look(settings: &Settings, place: &Where, loaded: &Loaded, token: Option<&str>) -> Outcome<(BTreeSet<Ephemeral>, i64)> {
    account(settings, place, loaded, token, async |vendors| trials(vendors).await).await
}

/// Asks an account something, and leaves nothing open.
async fn account<T>(
    settings: &Settings,
    place: &Where,
    loaded: &Loaded,
    token: Option<&str>,
    ask: impl AsyncFnOnce(&Vendors) -> Result<T, Refusal>,
) -> Outcome<T> {
    // No record is asked for anything: a state that is shared may not be made yet, and is opened once, by the command itself.
    let apart = settings.of_trial(NOBODYS);
    let composition = Composition::open(&apart, place, loaded.platform(), token)?;
    let session = Session::open(&apart, &composition, loaded.platform(), "trials")?;
    let found = ask(&session.vendors).await;
    session.close().await;
    drop(session);
    drop(composition);
    let_go().await;
    found.map_err(|r| match r.class {
        Class::Denied => Trouble::new(
            format!("the token may not look for trials: {}", r.message),
            "give it the scopes tag:read, vpc:read and kubernetes:read",
        ),
        _ => Trouble::new(format!("trials cannot be looked for: {}", r.message), "what is wrong: pontoon doctor"),
    })
}

/// The trial that is recorded here under a platform's name, if there is one.
fn kept(own: &Settings, place: &Where, platform: &str) -> Outcome<Option<Ephemeral>> {
    let record = store(own, place, platform)?.load(&Scope::shared()).map_err(|e| trouble_of_store(&e))?;
    Ok(record.as_ref().and_then(Ephemeral::of))
}

/// The name of the trial's platform, where the prefix is one that nothing of the declared platform has.
fn named(loaded: &Loaded, prefix: &str) -> Outcome<String> {
    let declared = loaded.platform();
    let other = |why: String| {
        Trouble::new(format!("the prefix {prefix} cannot be a trial's: {why}"), "take another one, such as --prefix pr-7")
    };
    if prefix == declared || prefix.starts_with(&format!("{declared}-")) {
        return Err(other(format!("names of {declared} itself begin with it")));
    }
    for spec in loaded.specs() {
        let below = format!("{prefix}.{}", *spec.zone);
        let hosts = spec.apps.values().filter_map(|a| a.host.as_ref()).map(|h| spec.host(h)).chain([spec.domain.to_string()]);
        if let Some(host) = hosts.into_iter().find(|h| *h == below || h.ends_with(&format!(".{below}"))) {
            return Err(other(format!("{host} is a host of {}, and {below} would be the trial's zone", spec.environment.value)));
        }
    }
    let platform = format!("{prefix}-{declared}");
    match platform.parse::<PlatformName>() {
        Ok(_) => Ok(platform),
        Err(e) => {
            let room = 30usize.saturating_sub(declared.len() + 1);
            Err(Trouble::new(
                format!("the prefix {prefix} is too long: {e}"),
                match room {
                    0 => format!("{declared} is too long for any trial"),
                    n => format!("write one of at most {n} characters, such as --prefix t1"),
                },
            ))
        }
    }
}

/// The address ranges of a trial that has some already.
fn held(own: &Settings, place: &Where, platform: &str) -> Outcome<BTreeMap<&'static str, Cidr>> {
    let store = store(own, place, platform)?;
    let mut records = Vec::new();
    for scope in store.scopes().map_err(|e| trouble_of_store(&e))? {
        records.extend(store.load(&scope).map_err(|e| trouble_of_store(&e))?);
    }
    Ok(Ephemeral::ranges_of(records.iter()))
}

/// Address ranges as large as the environment's: those that the trial has, otherwise some that meet nothing that the document
/// declares and nothing that is taken in the account.
fn chosen(
    specs: &[Spec],
    spec: &Spec,
    kept: &BTreeMap<&'static str, Cidr>,
    taken: &[Cidr],
    prefix: &str,
) -> Outcome<Vec<(&'static str, Cidr)>> {
    let network = &spec.network;
    let given = [("vpc", Some(&network.vpc)), ("pods", network.pods.as_ref()), ("services", network.services.as_ref())];
    let given: Vec<(&'static str, u8)> = given.into_iter().filter_map(|(key, range)| Some((key, range?.prefix()))).collect();
    let sizes: Vec<u8> = given.iter().map(|(_, size)| *size).collect();
    let salt = u64::from_str_radix(&digest::hex(prefix.as_bytes(), 8), 16).unwrap_or(0);
    let mut taken = taken.to_vec();
    taken.extend(kept.values());
    let free = unused(specs, &taken, &sizes, salt).ok_or_else(|| {
        Trouble::new("there is no address range left for a trial", "make the ranges of the environments smaller")
    })?;
    Ok(given.into_iter().zip(free).map(|((key, _), free)| (key, kept.get(key).copied().unwrap_or(free))).collect())
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}
