//! Label selectors.

use super::fields::{items, text};
use serde_json::Value;

/// Whether labels fit a selector with `matchLabels` and `matchExpressions`. An empty selector fits everything, an
/// absent one nothing.
pub(crate) fn fits(selector: &Value, labels: &Value) -> bool {
    let Some(selector) = selector.as_object() else {
        return false;
    };
    let equal = selector.get("matchLabels").is_none_or(|wanted| subset(wanted, labels));
    equal && selector.get("matchExpressions").is_none_or(|all| items(all).iter().all(|e| expression(e, labels)))
}

/// Whether every label of `wanted` is among `labels`.
pub(crate) fn subset(wanted: &Value, labels: &Value) -> bool {
    wanted.as_object().is_none_or(|w| w.iter().all(|(k, v)| labels.get(k) == Some(v)))
}

/// One requirement; `Gt` and `Lt` are those of node selectors.
pub(crate) fn expression(wanted: &Value, labels: &Value) -> bool {
    let found = labels.get(text(&wanted["key"])).and_then(Value::as_str);
    let listed = |found: &str| items(&wanted["values"]).iter().any(|v| v == found);
    let bound = || items(&wanted["values"]).first().and_then(|v| v.as_str()?.parse::<i64>().ok());
    let number = || found.and_then(|f| f.parse::<i64>().ok());
    match text(&wanted["operator"]) {
        "In" => found.is_some_and(listed),
        "NotIn" => !found.is_some_and(listed),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => number().zip(bound()).is_some_and(|(n, b)| n > b),
        "Lt" => number().zip(bound()).is_some_and(|(n, b)| n < b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_and_expressions_decide_together() {
        let labels = json!({ "app": "a", "tier": "web" });
        for (selector, fit) in [
            (json!({}), true),
            (Value::Null, false),
            (json!({ "matchLabels": { "app": "a" } }), true),
            (json!({ "matchLabels": { "app": "b" } }), false),
            (
                json!({ "matchLabels": { "app": "a" }, "matchExpressions": [{ "key": "tier", "operator": "NotIn", "values": ["web"] }] }),
                false,
            ),
            (json!({ "matchExpressions": [{ "key": "none", "operator": "DoesNotExist" }] }), true),
            (json!({ "matchExpressions": [{ "key": "none", "operator": "NotIn", "values": ["x"] }] }), true),
        ] {
            assert_eq!(fits(&selector, &labels), fit, "{selector}");
        }
    }
}
