//! `pontoon leaks`: what the account still holds of a platform and no record knows, priced. `destroy` ends with the same.

use super::{
    ephemeral,
    run::{Session, block_on, engine, trouble},
};
use crate::{
    args::{Leaks as Args, Where},
    compose::{Composition, let_go, store, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome},
    print,
    settings::Settings,
};
use pontoon_core::{address::SHARED, money::Cost};
use pontoon_operate::leftovers;
use pontoon_plan::{By, Leak, Owner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is left, over all accounts that were looked at.
#[derive(Default)]
pub struct Left {
    /// What it is.
    pub leaks: Vec<Leak>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}

/// Looks through the accounts of every environment. Changes nothing.
pub fn leaks(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let mut scopes = loaded.environments();
    scopes.push(SHARED.into());
    let left = block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &loaded.environments()).await;
        look(settings, &args.place, &loaded, &scopes).await
    })?;
    match settings.json {
        true => print::line(&document(loaded.platform(), &left).to_string()),
        false => print::out(&text(&left)),
    }
    Ok(if left.leaks.is_empty() { Exit::Done } else { Exit::Changes })
}

/// What is left of these environments (and of what all share, where that is among them), in each account once.
pub async fn look(settings: &Settings, place: &Where, loaded: &Loaded, scopes: &[String]) -> Outcome<Left> {
    let mut accounts: BTreeMap<Option<&str>, (Vec<String>, BTreeSet<String>)> = BTreeMap::new();
    for scope in scopes {
        let token = if scope == SHARED { loaded.shared_token() } else { loaded.token(scope) };
        let (own, regions) = accounts.entry(token).or_default();
        own.push(scope.clone());
        if scope != SHARED {
            let platform = loaded.compile(settings, place, scope)?;
            let buckets = platform.resources.values().filter(|r| r.address.kind() == "spaces.bucket");
            regions.extend(buckets.filter_map(|r| r.attributes.get("region")?.as_text().map(str::to_owned)));
        }
    }
    let recorded = recorded(settings, place, loaded)?;
    let mut left = Left::default();
    for (token, (scopes, regions)) in accounts {
        let_go().await;
        let composition = Composition::open(settings, place, loaded.platform(), token)?;
        let session = Session::open(settings, &composition, loaded.platform(), "leaks")?;
        let owner = Owner { platform: loaded.platform().into(), scopes, recorded: recorded.clone() };
        let observer = |e| session.progress.take(&e);
        let found = leftovers(&session.setting(&observer), &owner, &regions).await.map_err(trouble);
        session.close().await;
        let found = found?;
        left.leaks.extend(found.leaks);
        left.unseen.extend(found.unseen);
    }
    Ok(left)
}

fn recorded(settings: &Settings, place: &Where, loaded: &Loaded) -> Outcome<BTreeSet<(String, String)>> {
    let store = store(settings, place, loaded.platform())?;
    let mut all = BTreeSet::new();
    for scope in store.scopes().map_err(|e| trouble_of_store(&e))? {
        let record = store.load(&scope).map_err(|e| trouble_of_store(&e))?;
        for (address, recorded) in record.map(|r| r.resources).unwrap_or_default() {
            all.extend(recorded.deposed.iter().map(|d| (address.kind().to_owned(), d.id.clone())));
            all.insert((address.kind().to_owned(), recorded.id));
        }
    }
    Ok(all)
}

/// One line each, dearest first, and the sum.
pub fn text(left: &Left) -> String {
    let mut out = String::new();
    match left.leaks.is_empty() {
        true => out.push_str("nothing is left in the account that no record knows\n"),
        false => {
            let total = left.leaks.iter().map(|l| l.cost).sum::<Cost>();
            out.push_str(&format!("left in the account, and in no record, {total} USD a month:\n"));
        }
    }
    for leak in &left.leaks {
        let name = if leak.name.is_empty() || leak.name == leak.id { String::new() } else { format!(" {}", leak.name) };
        let cost = if leak.cost.is_free() { "free".into() } else { format!("{} USD a month", leak.cost) };
        out.push_str(&format!("  {}{name} ({})  {cost}  {}\n", leak.title, leak.id, because(&leak.by)));
    }
    for what in &left.unseen {
        out.push_str(&format!("not looked at: {what}\n"));
    }
    out
}

fn because(by: &By) -> String {
    match by {
        By::Mark { scope } => format!("carries the mark of {scope}"),
        By::Tag { tag } => format!("carries the tag {tag}"),
        By::Cluster { cluster } => format!("made by Kubernetes in cluster {cluster}, which is gone"),
        By::Name => "has a name of this platform".into(),
        By::Idle => "nothing uses it".into(),
    }
}

/// The same in JSON.
pub fn document(platform: &str, left: &Left) -> Value {
    let leak = |l: &Leak| {
        let mut one = json!(l);
        one["cost"] = print::json::cost(l.cost);
        one
    };
    json!({
        "platform": platform,
        "left": left.leaks.iter().map(leak).collect::<Vec<_>>(),
        "cost": print::json::cost(left.leaks.iter().map(|l| l.cost).sum::<Cost>()),
        "unseen": left.unseen,
    })
}
