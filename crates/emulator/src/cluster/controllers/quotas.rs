//! Resource quotas: what of them is used, counted anew from what is there.

use super::act::{Act, carry_out};
use super::fields::leaving;
use crate::cluster::Objects;
use crate::cluster::api::quantity;
use crate::cluster::api::quota_used;
use serde_json::{Map, Value, json};

const QUOTAS: &str = "resourcequotas";

/// Counts.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    for quota in objects.list(QUOTAS) {
        if !leaving(quota) {
            acts.extend(Act::status(QUOTAS, quota, status(objects, quota)));
        }
    }
    carry_out(objects, acts);
}

fn status(objects: &Objects, quota: &Value) -> Value {
    let binary = |what: &str| what.contains("memory") || what.contains("storage");
    let sums = quota_used(objects, quota);
    let used: Map<String, Value> =
        sums.into_iter().map(|(what, amount)| (what.clone(), quantity::text(amount, binary(&what)).into())).collect();
    json!({ "hard": quota["spec"]["hard"], "used": used })
}
