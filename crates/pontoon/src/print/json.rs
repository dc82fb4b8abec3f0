//! Answers in JSON, documented in docs/reference/json.md. Fields are added, never renamed.

use pontoon_core::{
    money::Cost,
    plan::{Change, Plan},
};
use serde_json::{Value, json};

/// What something costs.
pub fn cost(c: Cost) -> Value {
    json!({
        "minimum": c.minimum.round_dp(2).to_string(),
        "maximum": c.maximum.round_dp(2).to_string(),
        "complete": !c.incomplete,
        "currency": "USD",
        "per": "month",
    })
}

fn change(c: &Change) -> Value {
    json!({
        "address": c.address,
        "title": c.title,
        "action": c.action,
        "because": c.because,
        "fields": c.fields,
        "impact": c.impact,
        "consequence": c.consequence,
        "stateful": c.stateful,
        "cost": {"before": cost(c.cost_before), "after": cost(c.cost_after)},
        "calls": c.calls,
        "origin": c.origin,
    })
}

/// A plan.
pub fn plan(p: &Plan) -> Value {
    json!({
        "platform": p.platform,
        "command": p.command,
        "team": p.team,
        "changes": p.changes.iter().map(change).collect::<Vec<_>>(),
        "findings": p.findings,
        "deferred": p.deferred,
        "cost": {"before": cost(p.cost_before), "after": cost(p.cost_after)},
        "calls": p.calls(),
        "seconds": super::plan::duration(p),
        "empty": p.is_empty(),
        "allowed": p.is_allowed(),
    })
}
