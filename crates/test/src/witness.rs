//! Looks at what exists after every call, and keeps what must never be: two things for one address.
//!
//! Things carry their address in their mark; those without one have a name that the vendor allows once.

use crate::context::{Context, Wrap};
use bytes::Bytes;
use http::Request;
use pontoon_emulator::{Cloud, Vendor};
use pontoon_wire::Wire;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// Made by the vendor for something else, and marked like that.
pub const FOLLOWERS: &[&str] = &["droplets", "nodes", "tags"];

/// From now on, looks at a context's world after every call that may have changed it.
pub fn after_changes(context: &Context, look: impl Fn(&Cloud) + Clone + Send + Sync + 'static) {
    let cloud = context.cloud.clone();
    let wrap: Wrap = Rc::new(move |_: Vendor, wire: Wire| {
        let (look, cloud) = (look.clone(), cloud.clone());
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let (wire, look, cloud) = (wire.clone(), look.clone(), cloud.clone());
            async move {
                let changes = request.method() != http::Method::GET;
                let reply = wire.oneshot(request).await;
                if changes {
                    look(&cloud);
                }
                reply
            }
        }))
    });
    context.wrap(wrap);
}

/// The parts of the mark on a thing, in a tag, a name or a description: `pontoon`, platform, scope, lineage, hash of the
/// address, incarnation.
pub fn mark(thing: &Value) -> Option<Vec<&str>> {
    let tags = thing.get("tags").and_then(Value::as_array).into_iter().flatten();
    let texts = ["description", "name"].iter().filter_map(|k| thing.get(*k));
    tags.chain(texts).filter_map(Value::as_str).find_map(|text| {
        let mark = text[text.find("pontoon:")?..].split_whitespace().next()?;
        Some(mark.split(':').collect::<Vec<_>>()).filter(|parts| parts.len() > 4)
    })
}

/// What was seen twice at the same moment.
#[derive(Clone, Default)]
pub struct Twice(Arc<Mutex<BTreeMap<String, String>>>);

impl Twice {
    /// Looks after every call of a context from now on.
    pub fn begin(context: &Context) -> Twice {
        let twice = Twice::default();
        let looking = twice.clone();
        after_changes(context, move |cloud| looking.look(cloud));
        twice
    }

    /// Looks now.
    pub fn look(&self, cloud: &Cloud) {
        let twice = cloud.look(|all| {
            let mut marked: BTreeMap<(&str, &str), Vec<&Value>> = BTreeMap::new();
            for (collection, thing) in all.filter(|(collection, _)| !FOLLOWERS.contains(collection)) {
                if let Some(mark) = mark(thing) {
                    marked.entry((collection, mark[4])).or_default().push(thing);
                }
            }
            let text = |things: Vec<&Value>| things.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n    ");
            let twice = marked.into_iter().filter(|(_, things)| things.len() > 1);
            twice.map(|((collection, hash), things)| (format!("{collection} {hash}"), text(things))).collect::<Vec<_>>()
        });
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (what, things) in twice {
            found.entry(what).or_insert(things);
        }
    }

    /// What was seen twice, if anything.
    pub fn found(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
