//! Nodes that a pod may go to by labels and taints.

use crate::cluster::controllers::fields::{items, name, number, text};
use crate::cluster::controllers::select;
use serde_json::{Value, json};

/// The taint of a cordoned node.
#[expect(non_snake_case, reason = "it is a constant that a document cannot be")]
pub(crate) fn UNSCHEDULABLE_TAINT() -> Value {
    json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" })
}

/// Whether node selector and required node affinity fit a node.
pub(crate) fn selected(spec: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let terms = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    select::subset(&spec["nodeSelector"], labels) && (terms.is_null() || items(terms).iter().any(|t| term(t, node)))
}

fn term(term: &Value, node: &Value) -> bool {
    let (expressions, fields) = (items(&term["matchExpressions"]), items(&term["matchFields"]));
    let labels = &node["metadata"]["labels"];
    let known = json!({ "metadata.name": name(node) });
    (!expressions.is_empty() || !fields.is_empty())
        && expressions.iter().all(|e| select::expression(e, labels))
        && fields.iter().all(|e| select::expression(e, &known))
}

/// The weight of the preferred node affinities that a node has.
pub(crate) fn preferred(spec: &Value, node: &Value) -> i64 {
    items(&spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"])
        .iter()
        .filter(|p| term(&p["preference"], node))
        .map(|p| number(&p["weight"], 1))
        .sum()
}

/// The first taint of a node that keeps a pod away.
pub(crate) fn untolerated<'a>(spec: &Value, node: &'a Value) -> Option<&'a Value> {
    items(&node["spec"]["taints"])
        .iter()
        .filter(|t| matches!(text(&t["effect"]), "NoSchedule" | "NoExecute"))
        .find(|t| !tolerates(spec, t))
}

/// Whether a pod tolerates a taint.
pub(crate) fn tolerates(spec: &Value, taint: &Value) -> bool {
    items(&spec["tolerations"]).iter().any(|t| {
        let effect = text(&t["effect"]);
        let key = text(&t["key"]);
        let operator = text(&t["operator"]);
        (effect.is_empty() || effect == text(&taint["effect"]))
            && if key.is_empty() {
                operator == "Exists"
            } else {
                key == text(&taint["key"]) && (operator == "Exists" || text(&t["value"]) == text(&taint["value"]))
            }
    })
}
