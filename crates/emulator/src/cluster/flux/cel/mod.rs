//! `healthCheckExprs`: when an object of a kind is healthy, in CEL. Source: the CEL specification; what is known of it is
//! field access, `has`, comparisons, `in`, `!`, `&&`, `||`, `+`, `?:`, lists, and `exists`, `all`, `filter`, `map`,
//! `size`, `startsWith`, `endsWith`, `contains`, `matches` not.

mod eval;
mod parse;

use super::kstatus::Health;
use parse::Expression;
use serde_json::Value;

/// The checks of one Kustomization or release.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Check>);

#[derive(Debug)]
struct Check {
    api_version: String,
    kind: String,
    /// In progress, failed, current: in this order they are asked.
    asked: [Option<Expression>; 3],
}

/// Reads the list of checks.
///
/// # Errors
/// The first expression that cannot be read.
pub(crate) fn checks(list: &Value) -> Result<Checks, String> {
    let mut all = Vec::new();
    for entry in list.as_array().into_iter().flatten() {
        let mut asked = [None, None, None];
        for (slot, field) in asked.iter_mut().zip(["inProgress", "failed", "current"]) {
            if let Some(text) = entry[field].as_str().filter(|t| !t.is_empty()) {
                *slot = Some(parse::read(text).map_err(|why| format!("failed to parse the CEL expression '{text}': {why}"))?);
            }
        }
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        all.push(Check { api_version: text(&entry["apiVersion"]), kind: text(&entry["kind"]), asked });
    }
    Ok(Checks(all))
}

/// What the checks say of an object; nothing when none is for its kind.
pub(crate) fn judged(checks: &Checks, object: &Value) -> Option<Health> {
    let check = checks.0.iter().find(|c| object["apiVersion"] == c.api_version.as_str() && object["kind"] == c.kind.as_str())?;
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Some(Health::Terminating);
    }
    for (expression, health) in check.asked.iter().zip([Health::InProgress, Health::Failed, Health::Current]) {
        let Some(expression) = expression else { continue };
        match eval::value(expression, object) {
            Ok(Value::Bool(true)) => return Some(health),
            Ok(Value::Bool(false)) => {}
            // What cannot be evaluated yet, such as a field that is not there, is on its way.
            _ => return Some(Health::InProgress),
        }
    }
    Some(Health::InProgress)
}

/// Evaluates a text over variables: for `dependsOn.readyExpr`.
///
/// # Errors
/// What cannot be read or evaluated, or is no boolean.
pub(crate) fn holds(text: &str, variables: &Value) -> Result<bool, String> {
    match eval::value(&parse::read(text)?, variables)? {
        Value::Bool(b) => Ok(b),
        _ => Err("expression does not evaluate to a boolean".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, checks, holds, judged};
    use serde_json::json;

    #[test]
    fn expressions_over_conditions() {
        let object = json!({ "apiVersion": "x.io/v1", "kind": "Thing", "status": {
            "ready": true, "count": 3, "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }, { "type": "Synced", "status": "False" }],
        } });
        for (text, want) in [
            ("has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')", true),
            ("status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')", true),
            ("has(status.ready) && status.ready", true),
            ("has(status.nothing) && status.nothing", false),
            ("!has(status.nothing) || false", true),
            ("status.phase in ['Running', \"Pending\"]", true),
            ("status.count >= 3 && status.count != 4 && size(status.conditions) == 2", true),
            ("status.conditions.exists(c, c.type == 'Synced') ? status.count < 2 : true", false),
            ("status.conditions.map(c, c.type) == ['Ready', 'Synced'] && status.phase.startsWith('Run')", true),
            ("status['phase'] == 'Running' && status.conditions[1].status == 'False'", true),
        ] {
            assert_eq!(holds(text, &object), Ok(want), "{text}");
        }
        assert_eq!(holds("status.nothing == 1", &object), Err("no such key: nothing".to_owned()));
        assert!(holds("status.(", &object).is_err());
    }

    #[test]
    fn a_check_decides_for_its_kind_alone() {
        let all =
            checks(&json!([{ "apiVersion": "x.io/v1", "kind": "Thing", "failed": "status.bad", "current": "status.good" }]))
                .expect("read");
        let thing = |status| json!({ "apiVersion": "x.io/v1", "kind": "Thing", "status": status });
        assert_eq!(judged(&all, &thing(json!({ "bad": false, "good": true }))), Some(Health::Current));
        assert_eq!(judged(&all, &thing(json!({ "bad": true }))), Some(Health::Failed));
        assert_eq!(judged(&all, &thing(json!({}))), Some(Health::InProgress));
        assert_eq!(judged(&all, &json!({ "apiVersion": "x.io/v1", "kind": "Other" })), None);
        assert!(checks(&json!([{ "current": "a ==" }])).is_err());
    }
}
