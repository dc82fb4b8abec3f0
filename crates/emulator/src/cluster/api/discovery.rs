//! What the server serves: the lists that clients read first, plain and aggregated.

use super::builtin::BUILTINS;
use super::dispatch::json_reply;
use super::error::{ApiError, Result};
use super::kinds::{DEFINITIONS, established};
use crate::cluster::Objects;
use crate::{Reply, Req};
use serde_json::{Value, json};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// Questions that are answered and not stored: group, kind, plural, namespaced.
const QUESTIONS: &[(&str, &str, &str, bool)] = &[
    ("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", false),
    ("authentication.k8s.io", "TokenReview", "tokenreviews", false),
    ("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", true),
    ("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
    ("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false),
    ("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", false),
];

/// One resource of one version.
pub(super) struct Resource {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub plural: String,
    pub singular: String,
    pub namespaced: bool,
    short: Vec<String>,
    categories: Vec<String>,
    verbs: Vec<&'static str>,
    /// Parts with their group, version, kind and verbs.
    parts: Vec<(&'static str, [&'static str; 3], Vec<&'static str>)>,
}

/// Everything that is served, groups and versions in the order of preference.
pub(super) fn resources(objects: &Objects) -> Vec<Resource> {
    let mut all: Vec<Resource> = BUILTINS.iter().flat_map(|b| b.versions.iter().map(|v| built_in(b, v))).collect();
    all.extend(QUESTIONS.iter().map(|(group, kind, plural, namespaced)| Resource {
        group: (*group).to_owned(),
        version: "v1".to_owned(),
        kind: (*kind).to_owned(),
        plural: (*plural).to_owned(),
        singular: kind.to_lowercase(),
        namespaced: *namespaced,
        short: Vec::new(),
        categories: Vec::new(),
        verbs: vec!["create"],
        parts: Vec::new(),
    }));
    let mut custom: Vec<Resource> = objects.list(DEFINITIONS).into_iter().filter(|d| established(d)).flat_map(defined).collect();
    custom.sort_by(|a, b| {
        a.group.cmp(&b.group).then_with(|| rank(&b.version).cmp(&rank(&a.version))).then_with(|| a.plural.cmp(&b.plural))
    });
    all.extend(custom);
    all
}

fn built_in(b: &super::builtin::Builtin, version: &str) -> Resource {
    let mut parts: Vec<(&'static str, [&'static str; 3], Vec<&'static str>)> = Vec::new();
    if b.status {
        parts.push(("status", ["", "", ""], vec!["get", "patch", "update"]));
    }
    if b.scale {
        parts.push(("scale", ["autoscaling", "v1", "Scale"], vec!["get", "patch", "update"]));
    }
    match b.plural {
        "pods" => {
            parts.push(("eviction", ["policy", "v1", "Eviction"], vec!["create"]));
            parts.push(("log", ["", "", ""], vec!["get"]));
            parts.push(("binding", ["", "v1", "Binding"], vec!["create"]));
        }
        "serviceaccounts" => parts.push(("token", ["authentication.k8s.io", "v1", "TokenRequest"], vec!["create"])),
        "namespaces" => parts.push(("finalize", ["", "", ""], vec!["update"])),
        _ => {}
    }
    Resource {
        group: b.group.to_owned(),
        version: version.to_owned(),
        kind: b.kind.to_owned(),
        plural: b.plural.to_owned(),
        singular: b.kind.to_lowercase(),
        namespaced: b.namespaced,
        short: b.short.iter().map(|s| (*s).to_owned()).collect(),
        categories: b.categories.iter().map(|s| (*s).to_owned()).collect(),
        verbs: VERBS.to_vec(),
        parts,
    }
}

fn defined(definition: &Value) -> Vec<Resource> {
    let spec = &definition["spec"];
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let texts = |v: &Value| v.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let names = &spec["names"];
    let served = spec["versions"].as_array().into_iter().flatten().filter(|v| v["served"] == true);
    served
        .map(|v| {
            let mut parts: Vec<(&'static str, [&'static str; 3], Vec<&'static str>)> = Vec::new();
            if v["subresources"].get("status").is_some() {
                parts.push(("status", ["", "", ""], vec!["get", "patch", "update"]));
            }
            if v["subresources"].get("scale").is_some() {
                parts.push(("scale", ["autoscaling", "v1", "Scale"], vec!["get", "patch", "update"]));
            }
            let singular = text(&names["singular"]);
            Resource {
                group: text(&spec["group"]),
                version: text(&v["name"]),
                kind: text(&names["kind"]),
                plural: text(&names["plural"]),
                singular: if singular.is_empty() { text(&names["kind"]).to_lowercase() } else { singular },
                namespaced: spec["scope"] == "Namespaced",
                short: texts(&names["shortNames"]),
                categories: texts(&names["categories"]),
                verbs: VERBS.to_vec(),
                parts,
            }
        })
        .collect()
}

/// Versions in the order of preference: `v2`, `v1`, `v1beta2`, `v1alpha1`, then whatever else.
fn rank(version: &str) -> (u8, u64, u64) {
    let Some(rest) = version.strip_prefix('v') else {
        return (0, 0, 0);
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let Ok(major) = rest[..end].parse() else {
        return (0, 0, 0);
    };
    match &rest[end..] {
        "" => (3, major, 0),
        tail => match (tail.strip_prefix("beta"), tail.strip_prefix("alpha")) {
            (Some(n), _) => (2, major, n.parse().unwrap_or(0)),
            (_, Some(n)) => (1, major, n.parse().unwrap_or(0)),
            _ => (0, 0, 0),
        },
    }
}

/// Groups with their versions, in order.
fn groups(all: &[Resource]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for r in all {
        match groups.iter_mut().find(|(g, _)| *g == r.group) {
            Some((_, versions)) if versions.contains(&r.version.as_str()) => {}
            Some((_, versions)) => {
                versions.push(&r.version);
                versions.sort_by_key(|v| std::cmp::Reverse(rank(v)));
            }
            None => groups.push((&r.group, vec![&r.version])),
        }
    }
    groups
}

/// Answers `/api`, `/apis` and what is below them.
pub(super) fn answer(objects: &Objects, req: &Req, path: &str) -> Result<Reply> {
    let all = resources(objects);
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let aggregated = req.header("accept").is_some_and(|a| a.contains("as=APIGroupDiscoveryList") && a.contains("v=v2"));
    match parts.as_slice() {
        [] => {
            let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
            for (group, versions) in groups(&all).iter().filter(|(g, _)| !g.is_empty()) {
                paths.push(format!("/apis/{group}"));
                paths.extend(versions.iter().map(|v| format!("/apis/{group}/{v}")));
            }
            paths.extend(["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
            Ok(json_reply(200, &json!({ "paths": paths })))
        }
        ["api"] if aggregated => Ok(aggregate(&all, true)),
        ["apis"] if aggregated => Ok(aggregate(&all, false)),
        ["api"] => Ok(json_reply(200, &json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] }))),
        ["apis"] => {
            let list: Vec<Value> = groups(&all).into_iter().filter(|(g, _)| !g.is_empty()).map(|(g, v)| group(g, &v)).collect();
            Ok(json_reply(200, &json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": list })))
        }
        ["apis", name] => {
            let found = groups(&all).into_iter().find(|(g, _)| g == name).ok_or_else(ApiError::no_such_path)?;
            let mut document = group(found.0, &found.1);
            document["kind"] = "APIGroup".into();
            document["apiVersion"] = "v1".into();
            Ok(json_reply(200, &document))
        }
        ["api", version] => version_list(&all, "", version),
        ["apis", name, version] => version_list(&all, name, version),
        _ => Err(ApiError::no_such_path()),
    }
}

fn group(name: &str, versions: &[&str]) -> Value {
    let list: Vec<Value> = versions.iter().map(|v| json!({ "groupVersion": format!("{name}/{v}"), "version": v })).collect();
    json!({ "name": name, "versions": list, "preferredVersion": list[0] })
}

fn version_list(all: &[Resource], group: &str, version: &str) -> Result<Reply> {
    let mut list = Vec::new();
    for r in all.iter().filter(|r| r.group == group && r.version == version) {
        let mut own = json!({
            "name": r.plural, "singularName": r.singular, "namespaced": r.namespaced, "kind": r.kind, "verbs": r.verbs,
        });
        if !r.short.is_empty() {
            own["shortNames"] = r.short.clone().into();
        }
        if !r.categories.is_empty() {
            own["categories"] = r.categories.clone().into();
        }
        list.push(own);
        for (part, [group, version, kind], verbs) in &r.parts {
            let mut own = json!({
                "name": format!("{}/{part}", r.plural), "singularName": "", "namespaced": r.namespaced,
                "kind": if kind.is_empty() { r.kind.as_str() } else { kind }, "verbs": verbs,
            });
            if !kind.is_empty() {
                own["group"] = (*group).into();
                own["version"] = (*version).into();
            }
            list.push(own);
        }
    }
    if list.is_empty() {
        return Err(ApiError::no_such_path());
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Ok(json_reply(200, &json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": list })))
}

fn aggregate(all: &[Resource], core: bool) -> Reply {
    let items: Vec<Value> = groups(all)
        .into_iter()
        .filter(|(g, _)| g.is_empty() == core)
        .map(|(g, versions)| {
            let versions: Vec<Value> = versions
                .iter()
                .map(|v| {
                    let own: Vec<Value> =
                        all.iter().filter(|r| r.group == g && r.version == **v).map(aggregated_resource).collect();
                    json!({ "version": v, "resources": own, "freshness": "Current" })
                })
                .collect();
            json!({ "metadata": { "name": g, "creationTimestamp": null }, "versions": versions })
        })
        .collect();
    let document =
        json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items });
    Reply::raw(200, AGGREGATED, document.to_string())
}

fn aggregated_resource(r: &Resource) -> Value {
    let own = json!({ "group": r.group, "version": r.version, "kind": r.kind });
    let mut document = json!({
        "resource": r.plural, "responseKind": own, "scope": if r.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": r.singular, "verbs": r.verbs,
    });
    if !r.short.is_empty() {
        document["shortNames"] = r.short.clone().into();
    }
    if !r.categories.is_empty() {
        document["categories"] = r.categories.clone().into();
    }
    let parts: Vec<Value> = r
        .parts
        .iter()
        .map(|(part, [group, version, kind], verbs)| {
            let kind = if kind.is_empty() { own.clone() } else { json!({ "group": group, "version": version, "kind": kind }) };
            json!({ "subresource": part, "responseKind": kind, "verbs": verbs })
        })
        .collect();
    if !parts.is_empty() {
        document["subresources"] = parts.into();
    }
    document
}
