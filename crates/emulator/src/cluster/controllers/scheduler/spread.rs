//! Pods kept apart or together: inter-pod affinity and topology spread.

use super::fit;
use super::room::Room;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, namespace, number, text};
use crate::cluster::controllers::select;
use serde_json::Value;

/// Why a pod cannot be on that node beside the others.
pub(super) fn reason(objects: &Objects, pod: &Value, room: &Room, rooms: &[Room]) -> Option<String> {
    let affinity = &pod["spec"]["affinity"];
    let required = |kind: &str| items(&affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"]);
    for term in required("podAffinity") {
        let domain = domain(term, room)?;
        let near = rooms
            .iter()
            .filter(|r| self::domain(term, r) == Some(domain))
            .any(|r| r.pods.iter().any(|p| chosen(objects, term, pod, p)));
        // The first of a group that wants to be together may go anywhere.
        let alone =
            !rooms.iter().any(|r| r.pods.iter().any(|p| chosen(objects, term, pod, p))) && chosen(objects, term, pod, pod);
        if !near && !alone {
            return Some("node(s) didn't match pod affinity rules".to_owned());
        }
    }
    for term in required("podAntiAffinity") {
        let Some(domain) = domain(term, room) else {
            continue;
        };
        if rooms
            .iter()
            .filter(|r| self::domain(term, r) == Some(domain))
            .any(|r| r.pods.iter().any(|p| chosen(objects, term, pod, p)))
        {
            return Some("node(s) didn't match pod anti-affinity rules".to_owned());
        }
    }
    // Pods that are there already may not want this one beside them.
    for other in rooms {
        for there in &other.pods {
            let terms = items(&there["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]);
            for term in terms {
                let here = domain(term, room);
                if here.is_some() && here == domain(term, other) && chosen(objects, term, there, pod) {
                    return Some("node(s) didn't satisfy existing pods anti-affinity rules".to_owned());
                }
            }
        }
    }
    items(&pod["spec"]["topologySpreadConstraints"]).iter().find_map(|c| skew(pod, room, rooms, c))
}

fn domain<'a>(term: &Value, room: &Room<'a>) -> Option<&'a str> {
    room.node["metadata"]["labels"].get(text(&term["topologyKey"]))?.as_str()
}

/// Whether a term of `pod` is about `other`.
fn chosen(objects: &Objects, term: &Value, pod: &Value, other: &Value) -> bool {
    let named = items(&term["namespaces"]);
    let selector = &term["namespaceSelector"];
    let home = namespace(other);
    let there = if named.is_empty() && selector.is_null() {
        home == namespace(pod)
    } else {
        named.iter().any(|n| n == home)
            || objects.get("namespaces", "", home).is_some_and(|n| select::fits(selector, &n["metadata"]["labels"]))
    };
    there && !leaving(other) && select::fits(&term["labelSelector"], &other["metadata"]["labels"])
}

fn skew(pod: &Value, room: &Room, rooms: &[Room], constraint: &Value) -> Option<String> {
    if constraint["whenUnsatisfiable"] == "ScheduleAnyway" {
        return None;
    }
    let Some(here) = domain(constraint, room) else {
        return Some("node(s) didn't match pod topology spread constraints (missing required label)".to_owned());
    };
    let matching = |r: &Room| {
        let fits = |p: &&&Value| {
            namespace(p) == namespace(pod) && !leaving(p) && select::fits(&constraint["labelSelector"], &p["metadata"]["labels"])
        };
        i64::try_from(r.pods.iter().filter(fits).count()).unwrap_or(0)
    };
    let honour_taints = constraint["nodeTaintsPolicy"] == "Honor";
    let eligible =
        |r: &&Room| fit::selected(&pod["spec"], r.node) && (!honour_taints || fit::untolerated(&pod["spec"], r.node).is_none());
    let mut domains = std::collections::BTreeMap::<&str, i64>::new();
    for other in rooms.iter().filter(eligible) {
        if let Some(name) = domain(constraint, other) {
            *domains.entry(name).or_default() += matching(other);
        }
    }
    let fewest = domains.values().copied().min().unwrap_or(0);
    let fewest = if number(&constraint["minDomains"], 1) > i64::try_from(domains.len()).unwrap_or(0) { 0 } else { fewest };
    let self_counts = i64::from(select::fits(&constraint["labelSelector"], &pod["metadata"]["labels"]));
    let after = domains.get(here).copied().unwrap_or(0) + self_counts;
    (after - fewest > number(&constraint["maxSkew"], 1))
        .then(|| "node(s) didn't match pod topology spread constraints".to_owned())
}
