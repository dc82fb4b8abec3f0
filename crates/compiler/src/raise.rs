//! Raising: from an account that no document describes to a first document. Lowering, the other way round.
//!
//! One cluster with what stands in its network becomes one environment. What the language says, or what this cannot be sure
//! of, is written; everything else is listed by name, so that nobody believes it is taken care of. Each thing that was written
//! comes with its id, because the names that a document derives are not those that somebody else gave.

use pontoon_catalog::{ResourceType, names::outside, resource_types};
use pontoon_core::{
    address::{Address, Scope},
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// The environment that is written.
const ENVIRONMENT: &str = "production";
/// Labels that the vendor or Kubernetes puts on nodes.
const VENDORS: &[&str] = &["doks.digitalocean.com/", "kubernetes.io/", "node.kubernetes.io/", "topology.kubernetes.io/"];

/// What an account holds, by kind, as the vendor lists it.
pub type Objects = BTreeMap<&'static str, Vec<Value>>;

/// What a person chose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The platform's name; the cluster's where none is given.
    pub name: Option<String>,
    /// The cluster, by id or name; the only one where none is given.
    pub cluster: Option<String>,
    /// Where certificates and accounts write to.
    pub contact: Option<String>,
}

/// A first document.
#[derive(Debug, Clone)]
pub struct Raised {
    /// Its text.
    pub text: String,
    /// Which thing of the account each address is.
    pub take: BTreeMap<Address, String>,
    /// What the document does not have, each in a few words.
    pub left_out: Vec<String>,
}

/// Why none can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRaised {
    /// A platform stands on a cluster.
    #[error("there is no Kubernetes cluster in the account, and a platform stands on one")]
    NoCluster,
    /// One has to be chosen.
    #[error("which cluster? There are {0}")]
    Several(String),
    /// None has this name or id.
    #[error("there is no cluster {0}; there are {1}")]
    Unknown(String, String),
}

/// Writes a document from what an account holds.
///
/// # Errors
/// Where it is not clear which cluster is meant.
pub fn raise(objects: &Objects, choice: &Choice) -> Result<Raised, NotRaised> {
    let cluster = chosen(objects, choice)?;
    let platform = choice.name.clone().unwrap_or_else(|| slug(text(cluster, "name"), 3, 30));
    let mut raising = Raising { objects, platform, take: BTreeMap::new(), written: BTreeSet::new(), notes: Vec::new() };
    let body = raising.document(cluster, choice);
    let left_out = raising.left_out();
    let mut text = String::from("# Written from what the account holds.");
    text.push_str(" Take it over, as it is: pontoon adopt --take …, as printed when this was written.\n");
    raising.notes.iter().for_each(|n| text.push_str(&format!("# {n}\n")));
    if !left_out.is_empty() {
        text.push_str("#\n# In the account, and not in this document:\n");
        left_out.iter().for_each(|l| text.push_str(&format!("#   {l}\n")));
    }
    text.push_str(&body);
    Ok(Raised { text, take: raising.take, left_out })
}

fn chosen<'o>(objects: &'o Objects, choice: &Choice) -> Result<&'o Value, NotRaised> {
    let all = objects.get("digitalocean.cluster").map(Vec::as_slice).unwrap_or_default();
    let names = || all.iter().map(|c| text(c, "name")).collect::<Vec<_>>().join(", ");
    match (&choice.cluster, all) {
        (_, []) => Err(NotRaised::NoCluster),
        (None, [one]) => Ok(one),
        (None, _) => Err(NotRaised::Several(names())),
        (Some(wanted), _) => {
            let is = |c: &&Value| text(c, "name") == wanted || text(c, "id") == wanted;
            all.iter().find(is).ok_or_else(|| NotRaised::Unknown(wanted.clone(), names()))
        }
    }
}

struct Raising<'o> {
    objects: &'o Objects,
    platform: String,
    take: BTreeMap<Address, String>,
    written: BTreeSet<(&'static str, String)>,
    notes: Vec<String>,
}

impl Raising<'_> {
    fn of(&self, kind: &str) -> &[Value] {
        self.objects.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Remembers which thing an address is.
    fn take(&mut self, scope: &Scope, kind: &'static str, name: &str, id: &str) {
        self.take.insert(Address::new(scope.clone(), kind, name), id.to_owned());
        self.written.insert((kind, id.to_owned()));
    }

    fn document(&mut self, cluster: &Value, choice: &Choice) -> String {
        let scope = Scope::environment(ENVIRONMENT);
        let zones: Vec<String> = self.of("digitalocean.domain").iter().map(|d| text(d, "name").to_owned()).collect();
        let zone = zones.first().cloned().unwrap_or_else(|| {
            self.notes.push("There is no zone in the account: write the one that is meant as domain.".into());
            format!("{}.example.com", self.platform)
        });
        if !zones.is_empty() {
            self.take(&Scope::shared(), "digitalocean.domain", "main", &zone);
        }
        let contact = choice.contact.clone().unwrap_or_else(|| {
            self.notes.push("contact: nobody's address is known; write whom certificates and accounts shall write to.".into());
            format!("ops@{zone}")
        });
        let mut out = String::new();
        let _ =
            write!(out, "apiVersion: pontoon.dev/v1alpha1\nplatform: {}\ndomain: {zone}\ncontact: {contact}\n", self.platform);
        let region = region(cluster);
        let vpc_id = text(cluster, "vpc_uuid");
        let vpc = self.of("digitalocean.vpc").iter().find(|v| text(v, "id") == vpc_id);
        let range = vpc.map_or("", |v| text(v, "ip_range")).to_owned();
        self.take(&scope, "digitalocean.vpc", "main", vpc_id);
        let mut network = format!("vpc: {range}");
        for (key, field) in [("pods", "cluster_subnet"), ("services", "service_subnet")] {
            if !text(cluster, field).is_empty() {
                let _ = write!(network, ", {key}: {}", text(cluster, field));
            }
        }
        let _ = write!(out, "environments:\n  {ENVIRONMENT}: {{ region: {region}, network: {{ {network} }} }}\n");
        self.cluster(&mut out, &scope, cluster);
        self.databases(&mut out, &scope, vpc_id);
        self.buckets(&mut out, &scope);
        self.registry(&mut out);
        out
    }

    fn cluster(&mut self, out: &mut String, scope: &Scope, cluster: &Value) {
        self.take(scope, "digitalocean.cluster", "main", text(cluster, "id"));
        let minor: Vec<&str> = text(cluster, "version").split('.').take(2).collect();
        let flag = |field: &str| cluster.at(field).and_then(Value::as_bool).unwrap_or_default();
        let upgrades = if flag("auto_upgrade") { "patch" } else { "none" };
        let _ = write!(
            out,
            "cluster:\n  version: \"{}\"\n  highAvailability: {}\n  autoUpgrade: {upgrades}\n  surge: {}\n",
            minor.join("."),
            flag("ha"),
            flag("surge_upgrade"),
        );
        let window = |field: &str| cluster.at(&format!("maintenance_policy.{field}")).and_then(Value::as_text);
        if let (Some(day), Some(start), true) = (window("day"), window("start_time"), flag("auto_upgrade")) {
            let _ = writeln!(out, "  maintenance: {{ day: {day}, start: \"{start}\" }}");
        }
        let allowed = cluster.at("control_plane_firewall.allowed_addresses").and_then(Value::as_list).unwrap_or_default();
        let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_text).collect();
        if cluster.at("control_plane_firewall.enabled").and_then(Value::as_bool) == Some(true) && !allowed.is_empty() {
            let _ = writeln!(out, "  apiAccess: [{}]", allowed.join(", "));
        }
        out.push_str("  pools:\n");
        let mut names = BTreeSet::new();
        for pool in cluster.at("node_pools").and_then(Value::as_list).unwrap_or_default() {
            let name = unique(&mut names, slug(text(pool, "name"), 1, 30));
            self.take(scope, "digitalocean.node_pool", &name, text(pool, "id"));
            let number = |field: &str| pool.at(field).and_then(Value::as_i64).unwrap_or_default();
            let nodes = match pool.at("auto_scale").and_then(Value::as_bool) {
                Some(true) => format!("{{ min: {}, max: {} }}", number("min_nodes"), number("max_nodes")),
                _ => number("count").to_string(),
            };
            let _ = write!(out, "    {name}: {{ size: {}, nodes: {nodes}", text(pool, "size"));
            labels(out, pool);
            taints(out, pool);
            out.push_str(" }\n");
        }
    }

    fn databases(&mut self, out: &mut String, scope: &Scope, vpc: &str) {
        let mut names = BTreeSet::new();
        for (engine, section) in [("pg", "databases"), ("valkey", "caches")] {
            let own = |d: &&Value| text(d, "engine") == engine && text(d, "private_network_uuid") == vpc;
            let found: Vec<Value> = self.of("digitalocean.database").iter().filter(own).cloned().collect();
            if !found.is_empty() {
                let _ = writeln!(out, "{section}:");
            }
            for d in found {
                let name = unique(&mut names, slug(text(&d, "name"), 1, 30));
                self.take(scope, "digitalocean.database", &name, text(&d, "id"));
                let version = text(&d, "version").split('.').next().unwrap_or_default();
                let instances = d.at("num_nodes").and_then(Value::as_i64).unwrap_or(1);
                let size = text(&d, "size");
                let _ = writeln!(
                    out,
                    "  {name}: {{ provider: digitalocean, version: \"{version}\", size: {size}, instances: {instances} }}"
                );
                self.notes.push(match engine {
                    "pg" => format!("databases.{name}: its databases and users stay; an app that uses it gets its own."),
                    _ => format!("caches.{name}: written as a cache; `use: sessions` where its data would be missed."),
                });
                self.notes.push(format!(
                    "{section}.{name}: its trusted sources become the cluster alone with the next up; see it first: pontoon plan."
                ));
            }
        }
    }

    /// A bucket keeps its name for ever, so only those are written that have the name that would be derived.
    fn buckets(&mut self, out: &mut String, scope: &Scope) {
        let lead = outside("spaces.bucket", &self.platform, ENVIRONMENT, "").unwrap_or_default();
        let names: Vec<String> = self.of("spaces.bucket").iter().map(|b| text(b, "Name").to_owned()).collect();
        let own: Vec<(&str, &String)> =
            names.iter().filter_map(|n| Some((n.strip_prefix(&lead)?.strip_prefix('-')?, n))).collect();
        if !own.is_empty() {
            out.push_str("buckets:\n");
        }
        for (name, id) in own {
            let _ = writeln!(out, "  {name}: {{}}");
            self.take(scope, "spaces.bucket", name, id);
        }
    }

    fn registry(&mut self, out: &mut String) {
        let derived = outside("digitalocean.registry", &self.platform, "", "").unwrap_or_default();
        let Some(found) = self.of("digitalocean.registry").iter().find(|r| text(r, "name") == derived).cloned() else { return };
        let tier = found.at("subscription.tier.slug").and_then(Value::as_text).unwrap_or("basic");
        let _ = writeln!(out, "registry: {{ provider: digitalocean, tier: {tier}, region: {} }}", region(&found));
        self.take(&Scope::shared(), "digitalocean.registry", "main", &derived);
    }

    /// What is there and was not written.
    fn left_out(&self) -> Vec<String> {
        let mut all = Vec::new();
        for kind in resource_types() {
            for object in self.of(kind.kind).iter().filter(|o| !of_the_vendor(kind, o)) {
                let (id, name) = (id(object), name(kind, object));
                if !self.written.contains(&(kind.kind, id.clone())) {
                    let said = if name.is_empty() || name == id { id } else { format!("{name} ({id})") };
                    all.push(format!("{} {said}", kind.title));
                }
            }
        }
        all
    }
}

/// Whether the vendor or Kubernetes made it, with something that was written.
fn of_the_vendor(kind: &ResourceType, object: &Value) -> bool {
    let tags = object.at("tags").and_then(Value::as_list).unwrap_or_default();
    let mut tags = tags.iter().chain(object.at("tag")).filter_map(Value::as_text);
    let default = ["default", "is_default"].iter().any(|f| object.at(f).and_then(Value::as_bool) == Some(true));
    default || kind.kind == "digitalocean.tag" || tags.any(|t| t.starts_with("k8s:"))
}

fn id(object: &Value) -> String {
    let of = |field: &str| match object.at(field) {
        Some(Value::Text(t)) => Some(t.clone()),
        Some(Value::Number(n)) => Some(n.to_string()),
        _ => None,
    };
    ["id", "uuid", "ip", "access_key", "name", "Name"].iter().find_map(|f| of(f)).unwrap_or_default()
}

fn name(kind: &ResourceType, object: &Value) -> String {
    kind.field("name").and_then(|f| object.at(f.at)).and_then(Value::as_text).unwrap_or_default().to_owned()
}

fn text<'v>(object: &'v Value, field: &str) -> &'v str {
    object.at(field).and_then(Value::as_text).unwrap_or_default()
}

fn region(object: &Value) -> &str {
    object.at("region.slug").and_then(Value::as_text).unwrap_or_else(|| text(object, "region"))
}

/// Labels that a person gave; the vendor's own come back by themselves.
fn labels(out: &mut String, pool: &Value) {
    let given = pool.at("labels").and_then(Value::as_map).into_iter().flatten();
    let given: Vec<String> = given
        .filter(|(k, _)| !VENDORS.iter().any(|v| k.starts_with(v)))
        .filter_map(|(k, v)| Some(format!("{}: {}", quoted(k), quoted(v.as_text()?))))
        .collect();
    if !given.is_empty() {
        let _ = write!(out, ", labels: {{ {} }}", given.join(", "));
    }
}

fn taints(out: &mut String, pool: &Value) {
    let given = pool.at("taints").and_then(Value::as_list).unwrap_or_default().iter();
    let given: Vec<String> =
        given.map(|t| quoted(&format!("{}={}:{}", text(t, "key"), text(t, "value"), text(t, "effect")))).collect();
    if !given.is_empty() {
        let _ = write!(out, ", taints: [{}]", given.join(", "));
    }
}

/// A text in YAML that is nothing but a text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as documents have them, from one that somebody else gave.
fn slug(name: &str, shortest: usize, longest: usize) -> String {
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let mut slug: String = name.to_ascii_lowercase().chars().map(plain).take(longest).collect();
    slug = slug.trim_matches('-').to_owned();
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) || slug.len() < shortest {
        slug = format!("own-{slug}").chars().take(longest).collect::<String>().trim_end_matches('-').to_owned();
    }
    slug
}

fn unique(names: &mut BTreeSet<String>, name: String) -> String {
    let mut candidate = name.clone();
    let mut n = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name}-{n}");
        n += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_documents() {
        assert_eq!(slug("Prod_Cluster.1", 3, 30), "prod-cluster-1");
        assert_eq!(slug("1st", 1, 30), "own-1st");
        assert_eq!(slug("x", 3, 30), "own-x");
        assert_eq!(slug("--", 1, 30), "own");
        assert_eq!(slug(&"a".repeat(40), 1, 30).len(), 30);
    }
}
