//! What the vendor offers against what the document asks for: versions, sizes and layouts by region.

use super::{
    account::Ask,
    patient::{Group, number, text},
    report::Report,
};
use futures::future::join3;
use pontoon_core::{call::Class, platform::Resource, value::Value};
use pontoon_engine::Refusal;
use std::collections::BTreeSet;

/// The vendor's options; none where nothing in the platform asks for them.
pub struct Offers {
    kubernetes: Option<Result<Value, Refusal>>,
    databases: Option<Result<Value, Refusal>>,
    /// Tiers of the registry.
    pub registry: Option<Result<Value, Refusal>>,
}

impl Offers {
    /// Reads those that the platform needs.
    pub async fn read(ask: &Ask<'_>, group: &Group) -> Offers {
        let wanted = |kind, path: &'static str, scope: &'static str| async move {
            if group.has(kind) { Some(ask.get(path, scope).await) } else { None }
        };
        let (kubernetes, databases, registry) = join3(
            wanted("digitalocean.cluster", "/v2/kubernetes/options", "kubernetes:read"),
            wanted("digitalocean.database", "/v2/databases/options", "database:read"),
            wanted("digitalocean.registry", "/v2/registry/options", "registry:read"),
        )
        .await;
        Offers { kubernetes, databases, registry }
    }

    /// Version, region and sizes of nodes.
    pub fn kubernetes(&self, group: &Group, report: &mut Report) {
        let Some(options) = answered("Kubernetes", &self.kubernetes, report) else { return };
        let versions = slugs(options, "options.versions");
        let regions = slugs(options, "options.regions");
        let sizes = slugs(options, "options.sizes");
        let mut lacking = Vec::new();
        let mut said = BTreeSet::new();
        for cluster in group.of("digitalocean.cluster") {
            let (version, region) = (text(cluster, "version"), text(cluster, "region"));
            if !versions.iter().any(|v| meant(version, v)) && !exists(group, cluster) {
                lacking.push(format!("{version} is not offered{}: {}", nearest(version, &versions), versions.join(", ")));
            }
            if !regions.contains(&region) {
                lacking.push(format!("no clusters in {region}, only in {}", regions.join(", ")));
            }
            said.insert(format!("{version} in {region}"));
        }
        let wanted: BTreeSet<&str> = group.of("digitalocean.node_pool").map(|p| text(p, "size")).collect();
        for size in wanted.iter().filter(|s| !sizes.contains(s)) {
            lacking.push(format!("nodes of {size} are not offered: {}", sizes.join(", ")));
        }
        let said = said.into_iter().collect::<Vec<_>>().join(", ");
        let nodes = wanted.into_iter().collect::<Vec<_>>().join(", ");
        conclude("Kubernetes", lacking, format!("{said}, nodes of {nodes}: offered"), "pontoon explain cluster", report);
    }

    /// Engine, version, region, and the size with that many nodes.
    pub fn databases(&self, group: &Group, report: &mut Report) {
        let Some(options) = answered("database sizes", &self.databases, report) else { return };
        let mut lacking = Vec::new();
        let mut said = BTreeSet::new();
        for database in group.of("digitalocean.database") {
            let (engine, version, size) = (text(database, "engine"), text(database, "version"), text(database, "size"));
            let (region, nodes) = (text(database, "region"), number(database, "num_nodes").unwrap_or(1));
            let Some(offered) = options.at("options").and_then(|o| o.at(engine)) else {
                lacking.push(format!("{engine} is not offered"));
                continue;
            };
            let versions = texts(offered, "versions");
            if !versions.contains(&version) && !exists(group, database) {
                lacking.push(format!(
                    "{engine} {version} is not offered{}: {}",
                    nearest(version, &versions),
                    versions.join(", ")
                ));
            }
            if !texts(offered, "regions").contains(&region) {
                lacking.push(format!("no {engine} in {region}"));
            }
            let layouts = offered.at("layouts").and_then(Value::as_list).unwrap_or_default();
            let layout = layouts.iter().find(|l| l.at("num_nodes").and_then(Value::as_i64) == Some(nodes));
            let sizes = layout.map(|l| texts(l, "sizes")).unwrap_or_default();
            if !sizes.contains(&size) {
                let instead = if sizes.is_empty() { "no size is".to_owned() } else { format!("only {}", sizes.join(", ")) };
                lacking.push(format!("{engine} on {nodes} of {size} is not offered: {instead}"));
            }
            said.insert(format!("{engine} {version} on {nodes} of {size}"));
        }
        let said = said.into_iter().collect::<Vec<_>>().join(", ");
        conclude("database sizes", lacking, format!("{said}: offered"), "pontoon explain databases", report);
    }
}

/// The options, or what is said of it that there are none.
fn answered<'a>(check: &'static str, options: &'a Option<Result<Value, Refusal>>, report: &mut Report) -> Option<&'a Value> {
    match options.as_ref()? {
        Ok(options) => Some(options),
        // A missing scope is named by the check of scopes.
        Err(r) if r.class == Class::Denied => None,
        Err(r) => {
            report.notice(check, format!("what is offered is not known: {}", r.message), "run it again: pontoon doctor");
            None
        }
    }
}

fn conclude(check: &'static str, lacking: Vec<String>, good: String, next: &str, report: &mut Report) {
    if lacking.is_empty() {
        report.good(check, good);
    } else {
        report.broken(check, lacking.join("; "), next);
    }
}

/// Whether a thing is recorded: what exists stays, whatever is offered now.
fn exists(group: &Group, resource: &Resource) -> bool {
    group.records.iter().any(|r| r.resources.contains_key(&resource.address))
}

/// Whether a slug such as `1.36.1-do.0` is what a version means.
fn meant(version: &str, slug: &str) -> bool {
    version == "latest" || slug == version || slug.strip_prefix(version).is_some_and(|rest| rest.starts_with(['.', '-']))
}

/// The offered version that is nearest to one that is not: fewest releases away, the newer of two.
fn nearest(version: &str, offered: &[&str]) -> String {
    let wanted = numbers(version);
    let far = |v: &str| -> Vec<i64> {
        let have = numbers(v);
        let length = wanted.len().max(have.len());
        let at = |all: &[i64], i: usize| all.get(i).copied().unwrap_or(0);
        (0..length).map(|i| (at(&have, i).saturating_sub(at(&wanted, i))).saturating_abs()).collect()
    };
    if wanted.is_empty() {
        return String::new();
    }
    let best = offered.iter().filter(|v| !numbers(v).is_empty()).min_by_key(|v| (far(v), std::cmp::Reverse(numbers(v))));
    best.map(|v| format!(", the nearest is {v}")).unwrap_or_default()
}

/// The numbers at the beginning of a version.
fn numbers(version: &str) -> Vec<i64> {
    version.split(['.', '-']).map_while(|n| n.parse().ok()).collect()
}

fn slugs<'a>(options: &'a Value, path: &str) -> Vec<&'a str> {
    let list = options.at(path).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(|v| v.at("slug")?.as_text()).collect()
}

fn texts<'a>(options: &'a Value, path: &str) -> Vec<&'a str> {
    options.at(path).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text).collect()
}

#[cfg(test)]
mod tests {
    use super::{meant, nearest};

    #[test]
    fn the_nearest_version_is_named() {
        let offered = ["1.36.1-do.0", "1.35.4-do.0", "1.34.7-do.0"];
        for (pinned, said) in [
            ("1.33", ", the nearest is 1.34.7-do.0"),
            ("1.35.2-do.0", ", the nearest is 1.35.4-do.0"),
            ("1.40", ", the nearest is 1.36.1-do.0"),
            ("latest-ish", ""),
        ] {
            assert_eq!(nearest(pinned, &offered), said, "{pinned}");
        }
        assert_eq!(nearest("15", &["14", "16", "17"]), ", the nearest is 16", "the newer of two");
        assert_eq!(nearest("15", &[]), "");
    }

    #[test]
    fn a_version_means_its_slugs() {
        assert!(meant("1.36", "1.36.1-do.0") && meant("1.36.1", "1.36.1-do.0") && meant("1.36.1-do.0", "1.36.1-do.0"));
        assert!(!meant("1.3", "1.36.1-do.0") && !meant("1.36.1", "1.36.10-do.0"));
        assert!(meant("latest", "1.36.1-do.0"));
    }
}
