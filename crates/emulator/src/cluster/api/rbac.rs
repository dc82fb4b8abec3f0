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
    gather(objects, role, 4)
}

/// Roles gather roles that gather: as deep as anybody nests them, and never in circles.
fn gather<'o>(objects: &'o Objects, role: &'o Value, depth: usize) -> Vec<&'o Value> {
    let mut all: Vec<&Value> = role["rules"].as_array().into_iter().flatten().collect();
    if depth == 0 {
        return all;
    }
    for selector in role["aggregationRule"]["clusterRoleSelectors"].as_array().into_iter().flatten() {
        for other in objects.list(CLUSTER_ROLES) {
            if select::matches(selector, &other["metadata"]["labels"]) {
                all.extend(gather(objects, other, depth - 1));
            }
        }
    }
    all
}

/// Whether a rule is among what a user holds at a place: nobody can give more than they have.
pub(crate) fn holds(objects: &Objects, user: &User, rule: &Value, namespace: &str) -> bool {
    let texts = |list: &str| rule[list].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    let act = |verb: &str| Act { verb: verb.to_owned(), namespace: namespace.to_owned(), ..Act::default() };
    texts("verbs").iter().all(|verb| {
        let paths = texts("nonResourceURLs").iter().all(|p| allowed(objects, user, &Act { path: (*p).to_owned(), ..act(verb) }));
        let names = texts("resourceNames");
        let names = if names.is_empty() { vec![""] } else { names };
        paths
            && texts("apiGroups").iter().all(|group| {
                texts("resources").iter().all(|resource| {
                    let (plural, part) = resource.split_once('/').unwrap_or((resource, ""));
                    names.iter().all(|name| {
                        let act = Act {
                            group: (*group).to_owned(),
                            resource: plural.to_owned(),
                            subresource: part.to_owned(),
                            name: (*name).to_owned(),
                            ..act(verb)
                        };
                        allowed(objects, user, &act)
                    })
                })
            })
    })
}

/// Refuses roles and bindings that give what their writer does not hold, unless a role lets them (`escalate`, `bind`).
pub(crate) fn escalation(objects: &Objects, user: &User, resource: &str, object: &Value) -> Result<(), ApiError> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (namespace, name) = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
    let (verb, kind, given) = match resource {
        ROLES | CLUSTER_ROLES => ("escalate", resource, rules(objects, object)),
        BINDINGS | CLUSTER_BINDINGS => {
            let role = text(&object["roleRef"]["name"]);
            let cluster = object["roleRef"]["kind"] == "ClusterRole";
            let found = if cluster { objects.get(CLUSTER_ROLES, "", &role) } else { objects.get(ROLES, &namespace, &role) };
            ("bind", if cluster { CLUSTER_ROLES } else { ROLES }, found.map(|r| rules(objects, r)).unwrap_or_default())
        }
        _ => return Ok(()),
    };
    let plural = kind.split('.').next().unwrap_or("");
    let allowed_to = Act {
        verb: verb.to_owned(),
        group: "rbac.authorization.k8s.io".to_owned(),
        resource: plural.to_owned(),
        namespace: namespace.clone(),
        name: if verb == "bind" { text(&object["roleRef"]["name"]) } else { name.clone() },
        ..Act::default()
    };
    if user.may_everything() || allowed(objects, user, &allowed_to) {
        return Ok(());
    }
    let missing: Vec<String> = given.into_iter().filter(|r| !holds(objects, user, r, &namespace)).map(written).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let groups: Vec<String> = user.groups.iter().map(|g| format!("\"{g}\"")).collect();
    let why = format!(
        "user \"{}\" (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        groups.join(" "),
        missing.join("\n")
    );
    Err(ApiError::forbidden(resource, &name, &why))
}

/// A rule in the words of the refusal.
fn written(rule: &Value) -> String {
    let lists = [
        ("APIGroups", "apiGroups"),
        ("Resources", "resources"),
        ("ResourceNames", "resourceNames"),
        ("NonResourceURLs", "nonResourceURLs"),
        ("Verbs", "verbs"),
    ];
    let parts: Vec<String> = lists
        .iter()
        .filter_map(|(word, field)| {
            let all: Vec<String> = rule[*field].as_array()?.iter().map(ToString::to_string).collect();
            (!all.is_empty()).then(|| format!("{word}:[{}]", all.join(" ")))
        })
        .collect();
    format!("{{{}}}", parts.join(", "))
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
