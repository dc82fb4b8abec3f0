//! Role-based access control: who may do what.

use super::error::ApiError;
use super::select;
use super::user::User;
use crate::cluster::Objects;
use serde_json::Value;

const ROLES: &str = "roles.rbac.authorization.k8s.io";
const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Act {
    /// `get`, `list`, `create` …
    pub verb: String,
    /// Group; empty for the core.
    pub group: String,
    /// Plural; empty for a path that is no resource.
    pub resource: String,
    /// `status`, `log` …; empty for the object itself.
    pub subresource: String,
    /// Empty across all namespaces and for what has none.
    pub namespace: String,
    /// Empty for all.
    pub name: String,
    /// The path, where it is no resource.
    pub path: String,
}

/// Whether a user may do that.
pub(crate) fn allowed(objects: &Objects, user: &User, act: &Act) -> bool {
    if user.may_everything() {
        return true;
    }
    let cluster = objects.list(CLUSTER_BINDINGS);
    let everywhere = cluster.into_iter().filter(|b| names(b, user, "")).any(|b| grants(objects, b, "", act));
    everywhere
        || (!act.namespace.is_empty()
            && objects
                .list_in(BINDINGS, &act.namespace)
                .into_iter()
                .filter(|b| names(b, user, &act.namespace))
                .any(|b| grants(objects, b, &act.namespace, act)))
}

/// The refusal of what a user may not do.
pub(crate) fn refusal(user: &User, act: &Act) -> ApiError {
    if act.resource.is_empty() {
        let message = format!("forbidden: User \"{}\" cannot {} path \"{}\"", user.name, act.verb, act.path);
        return ApiError::new(403, "Forbidden", message);
    }
    let part = if act.subresource.is_empty() { String::new() } else { format!("/{}", act.subresource) };
    let place = if act.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", act.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}{part}\" in API group \"{}\" {place}",
        user.name, act.verb, act.resource, act.group
    );
    let resource = if act.group.is_empty() { act.resource.clone() } else { format!("{}.{}", act.resource, act.group) };
    ApiError::forbidden(&resource, &act.name, &why)
}

/// Whether a binding names the user.
fn names(binding: &Value, user: &User, namespace: &str) -> bool {
    binding["subjects"].as_array().into_iter().flatten().any(|s| {
        let name = s["name"].as_str().unwrap_or("");
        match s["kind"].as_str() {
            Some("User") => name == user.name,
            Some("Group") => user.groups.iter().any(|g| g == name),
            Some("ServiceAccount") => {
                let home = s["namespace"].as_str().unwrap_or(namespace);
                user.name == format!("system:serviceaccount:{home}:{name}")
            }
            _ => false,
        }
    })
}

fn grants(objects: &Objects, binding: &Value, namespace: &str, act: &Act) -> bool {
    let name = binding["roleRef"]["name"].as_str().unwrap_or("");
    let role = match binding["roleRef"]["kind"].as_str() {
        Some("Role") if !namespace.is_empty() => objects.get(ROLES, namespace, name),
        Some("ClusterRole") => objects.get(CLUSTER_ROLES, "", name),
        _ => None,
    };
    role.is_some_and(|r| rules(objects, r).iter().any(|rule| covers(rule, act)))
}

/// The rules of a role, those of the roles that it gathers included.
pub(crate) fn rules<'o>(objects: &'o Objects, role: &'o Value) -> Vec<&'o Value> {
    let own = role["rules"].as_array().into_iter().flatten();
    let selectors = role["aggregationRule"]["clusterRoleSelectors"].as_array();
    let gathered = selectors.into_iter().flatten().flat_map(|s| {
        let all = objects.list(CLUSTER_ROLES).into_iter();
        all.filter(move |r| select::matches(s, &r["metadata"]["labels"]))
            .flat_map(|r| r["rules"].as_array().into_iter().flatten())
    });
    own.chain(gathered).collect()
}

/// Whether a rule grants an act.
pub(crate) fn covers(rule: &Value, act: &Act) -> bool {
    let has = |list: &str, wanted: &str| rule[list].as_array().is_some_and(|all| all.iter().any(|v| v == "*" || v == wanted));
    if !has("verbs", &act.verb) {
        return false;
    }
    if act.resource.is_empty() {
        let paths = rule["nonResourceURLs"].as_array();
        return paths
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|p| p == "*" || p == act.path || p.strip_suffix('*').is_some_and(|start| act.path.starts_with(start)));
    }
    let full = if act.subresource.is_empty() { act.resource.clone() } else { format!("{}/{}", act.resource, act.subresource) };
    let resource =
        has("resources", &full) || (!act.subresource.is_empty() && has("resources", &format!("*/{}", act.subresource)));
    let named = rule["resourceNames"]
        .as_array()
        .is_none_or(|all| all.is_empty() || (!act.name.is_empty() && all.iter().any(|n| *n == act.name)));
    has("apiGroups", &act.group) && resource && named
}
