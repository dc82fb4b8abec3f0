//! What emptying the nodes of a pool touches, said before anything is drained.

use super::{
    ground::{ground, records},
    run::Session,
};
use crate::compose::Composition;
use pontoon_core::{
    address::Address,
    plan::{Action, Plan},
    value::Value,
};
use pontoon_deliver::emptied::Emptied;
use serde_json::json;

/// Lines of a kind that are shown; `--json` has all.
const SHOWN: usize = 8;

/// A pool that a plan empties.
pub struct Pool {
    /// Its name at the vendor.
    pub name: String,
    /// What that touches, or why nobody can tell.
    pub touches: Result<Emptied, String>,
}

/// Looks at the pools that a plan empties in a cluster that stays.
pub async fn look(composition: &Composition, session: &Session<'_>, environment: &str, plan: &Plan) -> Vec<Pool> {
    let goes = |kind: &str| {
        let going = move |c: &&pontoon_core::plan::Change| {
            c.address.kind() == kind && matches!(c.action, Action::Replace | Action::Delete)
        };
        plan.changes.iter().filter(going).map(|c| &c.address).collect::<Vec<&Address>>()
    };
    let pools = goes("digitalocean.node_pool");
    if pools.is_empty() || !goes("digitalocean.cluster").is_empty() {
        return Vec::new();
    }
    let records = records(composition, environment).unwrap_or_default();
    let name = |address: &&Address| {
        let recorded = records.iter().find_map(|r| r.resources.get(*address))?;
        recorded.attributes.get("name").and_then(Value::as_text).map(str::to_owned)
    };
    let names: Vec<String> = pools.iter().filter_map(name).collect();
    let inside = ground(composition, session, environment).await;
    let mut found = Vec::new();
    for name in names {
        let touches = match &inside {
            Ok(Some(ground)) => Emptied::of(&ground.cluster, &name).await.map_err(|r| r.message),
            Ok(None) => Err("there is no way into the cluster yet".into()),
            Err(t) => Err(t.what.clone()),
        };
        found.push(Pool { name, touches });
    }
    found
}

/// As a person reads it.
pub fn text(pools: &[Pool]) -> String {
    let mut out = String::new();
    for pool in pools {
        match &pool.touches {
            Err(why) => out.push_str(&format!("emptying pool {}: what that touches is not known: {why}\n", pool.name)),
            Ok(touches) => {
                let Emptied { nodes, pods, volumes, lost, budgets } = touches;
                out.push_str(&format!("emptying pool {}: {pods} pods leave {nodes} nodes\n", pool.name));
                list(&mut out, "volume, attached again where its pod goes", volumes);
                list(&mut out, "lost with its node", lost);
                list(&mut out, "budget that lets no pod go now, for which the drain waits", budgets);
            }
        }
    }
    out
}

fn list(out: &mut String, what: &str, all: &[String]) {
    all.iter().take(SHOWN).for_each(|one| out.push_str(&format!("  {what}: {one}\n")));
    if all.len() > SHOWN {
        out.push_str(&format!("  {what}: {} more, in --json\n", all.len() - SHOWN));
    }
}

/// The same in JSON.
pub fn document(pools: &[Pool]) -> serde_json::Value {
    let one = |pool: &Pool| match &pool.touches {
        Ok(t) => {
            json!({ "pool": pool.name, "nodes": t.nodes, "pods": t.pods, "volumes": t.volumes, "lost": t.lost, "budgets": t.budgets })
        }
        Err(why) => json!({ "pool": pool.name, "unseen": why }),
    };
    pools.iter().map(one).collect()
}
