//! Looks at the account after every call that may have changed it, and keeps what must never be.

use crate::{
    context::Context,
    witness::{FOLLOWERS, after_changes, mark},
};
use pontoon_emulator::Cloud;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What holds data that cannot be made again; droplets of clusters aside.
const STATEFUL: &[&str] = &["databases", "spaces.bucket", "volumes", "registries", "kubernetes_clusters", "domains"];

#[derive(Default)]
struct Seen {
    twice: BTreeMap<String, String>,
    stateful: BTreeSet<String>,
    /// Whether what is lost now was named, or removed by a person.
    named: bool,
    lost: BTreeSet<String>,
    /// Things whose creation failed at the vendor: they never held anything.
    failed: BTreeSet<String>,
    /// Things that a person removed: their end may come late.
    by_hand: BTreeSet<String>,
    /// What vendors showed once.
    secrets: BTreeSet<String>,
}

/// The eyes.
#[derive(Clone, Default)]
pub struct Eyes(Arc<Mutex<Seen>>);

impl Eyes {
    /// Looks after every call of a context from now on.
    pub fn open(context: &Context) -> Eyes {
        let eyes = Eyes::default();
        let looking = eyes.clone();
        after_changes(context, move |cloud| looking.look(cloud));
        eyes
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what is destroyed from now on was named.
    pub fn named(&self, named: bool) {
        self.seen().named = named;
    }

    /// A person removes this one.
    pub fn by_hand(&self, id: &str) {
        self.seen().by_hand.insert(id.to_owned());
    }

    /// A vendor showed this once.
    pub fn secret(&self, secret: String) {
        self.seen().secrets.insert(secret);
    }

    /// All secrets that were shown.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.seen().secrets.clone()
    }

    /// Looks now.
    pub fn look(&self, cloud: &Cloud) {
        let (twice, stateful, failed) = cloud.look(|all| {
            let mut marked: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
            let (mut stateful, mut failed) = (BTreeSet::new(), Vec::new());
            for (collection, thing) in all {
                let holds = STATEFUL.contains(&collection);
                if holds {
                    stateful.insert(format!("{collection} {}", id(thing)));
                    failed.extend((thing["status"]["state"] == "error").then(|| format!("{collection} {}", id(thing))));
                }
                if let (false, Some(mark)) = (FOLLOWERS.contains(&collection), mark(thing)) {
                    // A pool may stand beside the one that it replaces; data never has two places.
                    let incarnation = mark.get(5).filter(|_| !holds).unwrap_or(&"");
                    let (platform, lineage, address) = (mark[1], mark[3], mark[4]);
                    let at = format!("{collection} {platform} {lineage} {address} {incarnation}");
                    marked.entry(at).or_default().push(thing);
                }
            }
            let text = |things: Vec<&Value>| things.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n    ");
            let twice = marked.into_iter().filter(|(_, things)| things.len() > 1).map(|(at, things)| (at, text(things)));
            (twice.collect::<BTreeMap<_, _>>(), stateful, failed)
        });
        let mut seen = self.seen();
        for (what, things) in twice {
            seen.twice.entry(what).or_insert(things);
        }
        seen.failed.extend(failed);
        let lost: Vec<String> = seen.stateful.difference(&stateful).cloned().collect();
        for thing in lost {
            if !seen.named && !seen.failed.contains(&thing) && !seen.by_hand.iter().any(|id| thing.ends_with(id.as_str())) {
                seen.lost.insert(thing);
            }
        }
        seen.stateful = stateful;
    }

    /// What was seen twice, if anything.
    pub fn twice(&self) -> BTreeMap<String, String> {
        self.seen().twice.clone()
    }

    /// What was lost although nobody had named it.
    pub fn lost(&self) -> BTreeSet<String> {
        self.seen().lost.clone()
    }
}

fn id(thing: &Value) -> String {
    let id = ["id", "uuid", "name"].iter().find_map(|k| thing.get(*k)).unwrap_or(&Value::Null);
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
