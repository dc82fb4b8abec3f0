//! Rules of rulesets: which there are, and the parameters of those that have some.

use crate::github::problem::Problem;
use serde_json::{Value, json};

/// Rules without parameters.
const PLAIN: &[&str] = &["creation", "deletion", "non_fast_forward", "required_linear_history", "required_signatures"];

fn bad(text: String) -> Problem {
    Problem::unprocessable("Validation Failed").and(text.into())
}

/// A rule as it is stored: with every parameter, those left out with GitHub's defaults.
///
/// # Errors
/// 422 for what is no rule, or not one that this GitHub enforces.
pub(super) fn checked(given: &Value) -> Result<Value, Problem> {
    let kind = given["type"].as_str().unwrap_or_default();
    let parameters = &given["parameters"];
    let flag = |name: &str, default: bool| parameters[name].as_bool().unwrap_or(default);
    match kind {
        plain if PLAIN.contains(&plain) => Ok(json!({ "type": plain })),
        "update" if parameters.is_null() => Ok(json!({ "type": "update" })),
        "update" => Ok(json!({
            "type": "update", "parameters": { "update_allows_fetch_and_merge": flag("update_allows_fetch_and_merge", false) },
        })),
        "pull_request" => pull_request(parameters),
        "required_status_checks" => {
            let given = parameters["required_status_checks"].as_array();
            let given = given.ok_or_else(|| bad("Parameter required_status_checks is required".to_owned()))?;
            let mut checks = Vec::new();
            for check in given {
                let context = check["context"].as_str().filter(|c| !c.is_empty());
                let context = context.ok_or_else(|| bad("A required status check needs a context".to_owned()))?;
                let mut stored = json!({ "context": context });
                if check["integration_id"].is_u64() {
                    stored["integration_id"] = check["integration_id"].clone();
                }
                checks.push(stored);
            }
            Ok(json!({ "type": kind, "parameters": {
                "required_status_checks": checks,
                "strict_required_status_checks_policy": flag("strict_required_status_checks_policy", false),
                "do_not_enforce_on_create": flag("do_not_enforce_on_create", false),
            } }))
        }
        other => Err(bad(format!("Invalid rule '{other}': "))),
    }
}

fn pull_request(parameters: &Value) -> Result<Value, Problem> {
    // All five are required by the published description.
    let flag = |name: &str| parameters[name].as_bool().ok_or_else(|| bad(format!("Parameter {name} is required")));
    let count = parameters["required_approving_review_count"].as_u64().filter(|c| *c <= 10);
    let count = count.ok_or_else(|| bad("Parameter required_approving_review_count must be between 0 and 10".to_owned()))?;
    let methods = parameters["allowed_merge_methods"].as_array().cloned();
    Ok(json!({ "type": "pull_request", "parameters": {
        "allowed_merge_methods": methods.unwrap_or_else(|| vec!["merge".into(), "squash".into(), "rebase".into()]),
        "dismiss_stale_reviews_on_push": flag("dismiss_stale_reviews_on_push")?,
        "require_code_owner_review": flag("require_code_owner_review")?,
        "require_last_push_approval": flag("require_last_push_approval")?,
        "required_approving_review_count": count,
        "required_review_thread_resolution": flag("required_review_thread_resolution")?,
    } }))
}
