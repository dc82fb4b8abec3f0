//! Which solver an issuer uses for a name.

use crate::cluster::controllers::fields::{items, text};
use serde_json::Value;

/// The type of challenge and the solver for an authorization: a solver that names the host wins over one that names a
/// zone, the longer zone over the shorter, and both over one without a selector. Source: cert-manager, ACME issuer,
/// "Adding multiple solver types".
pub(super) fn choose(issuer: &Value, authorization: &Value) -> Option<(&'static str, Value)> {
    let domain = text(&authorization["identifier"]);
    let mut best: Option<(usize, &'static str, &Value)> = None;
    for solver in items(&issuer["spec"]["acme"]["solvers"]) {
        let kind = if solver["dns01"].is_object() { "dns-01" } else { "http-01" };
        if !items(&authorization["challenges"]).iter().any(|c| c["type"] == kind) {
            continue;
        }
        let Some(weight) = weight(&solver["selector"], domain) else {
            continue;
        };
        if best.is_none_or(|(w, _, _)| weight > w) {
            best = Some((weight, kind, solver));
        }
    }
    best.map(|(_, kind, solver)| (kind, solver.clone()))
}

fn weight(selector: &Value, domain: &str) -> Option<usize> {
    let (names, zones) = (items(&selector["dnsNames"]), items(&selector["dnsZones"]));
    if names.iter().any(|n| text(n).trim_start_matches("*.") == domain) {
        return Some(10_000);
    }
    let inside = |zone: &str| domain == zone || domain.ends_with(&format!(".{zone}"));
    let zone = zones.iter().map(text).filter(|z| inside(z)).map(str::len).max();
    match zone {
        Some(length) => Some(1 + length),
        None if names.is_empty() && zones.is_empty() => Some(0),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_most_special_solver_is_chosen() {
        let issuer = json!({ "spec": { "acme": { "solvers": [
            { "http01": {} },
            { "dns01": { "a": 1 }, "selector": { "dnsZones": ["example.com"] } },
            { "dns01": { "b": 1 }, "selector": { "dnsZones": ["dev.example.com"] } },
        ] } } });
        let both = |domain: &str| json!({ "identifier": domain, "challenges": [{ "type": "dns-01" }, { "type": "http-01" }] });
        assert_eq!(choose(&issuer, &both("other.org")).unwrap().0, "http-01");
        assert_eq!(choose(&issuer, &both("a.example.com")).unwrap().1["dns01"], json!({ "a": 1 }));
        assert_eq!(choose(&issuer, &both("a.dev.example.com")).unwrap().1["dns01"], json!({ "b": 1 }));
        // A wildcard cannot be proved over HTTP.
        assert!(choose(&issuer, &json!({ "identifier": "other.org", "challenges": [{ "type": "dns-01" }] })).is_none());
    }
}
