//! What the pages and pictures of an environment ask of it.

use crate::Environment;
use pontoon_catalog::{
    components::{Site, charts::Lock, site::ROLE_LABEL},
    find,
};
use pontoon_core::{
    content::{Component, Field, Place, Workload},
    platform::Resource,
};
use pontoon_spec::{
    Spec,
    sections::{cluster::Pool, delivery::Gitops},
};
use std::collections::{BTreeMap, BTreeSet};

/// An environment, looked at from all sides.
pub struct Facts<'a> {
    /// The environment.
    pub environment: &'a Environment<'a>,
    /// Its spec.
    pub spec: &'a Spec,
    lock: Lock,
}

/// Where a workload runs: some pools, or every node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// On any of these pools.
    Pools(Vec<String>),
    /// On every node.
    EveryNode,
}

impl<'a> Facts<'a> {
    /// Looks at an environment.
    pub fn new(environment: &'a Environment<'a>) -> Facts<'a> {
        Facts { environment, spec: environment.spec, lock: Lock::new() }
    }
    /// The environment's name.
    pub fn name(&self) -> &'a str {
        self.spec.environment.as_str()
    }
    /// `platform environment`, for titles.
    pub fn subject(&self) -> String {
        format!("{} {}", self.spec.platform, self.name())
    }
    /// The same environment as components see it.
    pub fn site(&self) -> Site<'_> {
        Site::new(self.spec, &self.lock)
    }
    /// What runs in the cluster, in order.
    pub fn components(&self) -> &'a [Component] {
        &self.environment.contents.components
    }
    /// A component by its name, where it is built.
    pub fn component(&self, name: &str) -> Option<&'a Component> {
        self.environment.contents.component(name)
    }
    /// The resources of a kind, in the order of their addresses.
    pub fn resources(&self, kind: &'static str) -> impl Iterator<Item = &'a Resource> {
        self.environment.platform.resources.values().filter(move |r| r.address.kind() == kind)
    }
    /// The pools of the cluster, by name.
    pub fn pools(&self) -> impl Iterator<Item = (&'a str, &'a Pool)> {
        self.spec.cluster.pools.iter().map(|(name, pool)| (name.as_str(), &pool.value))
    }
    /// Where a workload's pods may go: pools that its selector names and whose taints it bears, as the scheduler decides it.
    pub fn spot(&self, place: Place) -> Spot {
        if place == Place::EveryNode {
            return Spot::EveryNode;
        }
        let site = self.site();
        let role = site.selector(place)[ROLE_LABEL].as_str().map(str::to_owned);
        let borne: BTreeSet<(String, String)> = site
            .tolerations(place)
            .as_array()
            .into_iter()
            .flatten()
            .map(|t| (t["key"].as_str().unwrap_or_default().to_owned(), t["value"].as_str().unwrap_or_default().to_owned()))
            .collect();
        let takes = |pool: &Pool| {
            let selected = role.as_ref().is_none_or(|role| pool.role.as_ref().is_some_and(|r| r.to_string() == *role));
            selected && pool.taints.iter().all(|t| borne.contains(&(t.key.clone(), t.value.value.clone())))
        };
        Spot::Pools(self.pools().filter(|(_, p)| takes(p)).map(|(name, _)| name.to_owned()).collect())
    }
    /// Every workload with its component.
    pub fn workloads(&self) -> impl Iterator<Item = (&'a Component, &'a Workload)> {
        self.components().iter().flat_map(|c| c.footprint.iter().map(move |w| (c, w)))
    }
    /// The component of an app, where it is built.
    pub fn app(&self, name: &str) -> Option<&'a Component> {
        self.component(&format!("app-{name}"))
    }
    /// The apps that are built, by name.
    pub fn apps(&self) -> impl Iterator<Item = (&'a str, &'a pontoon_spec::sections::apps::App)> {
        let apps = self.spec.apps.iter().map(|(name, app)| (name.as_str(), &app.value));
        apps.filter(|(name, _)| self.app(name).is_some())
    }
    /// The databases, caches and queues that run in the cluster: what keeps data on a pool for data.
    pub fn inner_stores(&self) -> impl Iterator<Item = &'a Component> {
        self.components().iter().filter(|c| c.footprint.iter().any(|w| w.place == Place::Data))
    }
    /// The component that lets requests in.
    pub fn way_in(&self) -> Option<&'a Component> {
        self.components().iter().find(|c| c.load_balancers > 0)
    }
    /// Every host that is answered, with the namespace that answers it.
    pub fn hosts(&self) -> BTreeMap<String, String> {
        if self.way_in().is_none() {
            return BTreeMap::new();
        }
        let built = |namespace: &str| self.app(namespace).is_some() || self.component("grafana-host").is_some();
        let apps = |namespace: &str| self.spec.apps.keys().any(|a| a.as_str() == namespace);
        self.site().hosts().into_iter().filter(|(_, n)| if apps(n) { self.app(n).is_some() } else { built(n) }).collect()
    }
    /// Who follows the repository.
    pub fn follower(&self) -> Option<&'static str> {
        match *self.spec.delivery.gitops {
            Gitops::Flux => Some("Flux"),
            Gitops::Argocd => Some("Argo CD"),
            Gitops::None => None,
        }
    }
    /// The names of secrets that a person gives, each with its owner.
    pub fn given(&self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for secret in self.components().iter().flat_map(|c| &c.secrets) {
            for (owner, field) in secret.fields.values().flat_map(|f| f.values(&secret.owner)) {
                if let Field::Given(name) = field {
                    all.insert((name.clone(), owner.to_owned()));
                }
            }
        }
        all
    }
    /// The names of secrets that are drawn or that a vendor shows, each with its owner.
    pub fn made(&self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for secret in self.components().iter().flat_map(|c| &c.secrets) {
            for (owner, field) in secret.fields.values().flat_map(|f| f.values(&secret.owner)) {
                let secret = match field {
                    Field::Made { .. } => true,
                    Field::Output { output, .. } => output == "password",
                    _ => false,
                };
                if let (true, Some(name)) = (secret, field.stored()) {
                    all.insert((name, owner.to_owned()));
                }
            }
        }
        all
    }
}

/// A text attribute of a resource.
pub fn attribute(resource: &Resource, field: &str) -> Option<String> {
    let value = resource.attributes.get(field)?;
    let text = value.as_text().map(str::to_owned);
    text.or_else(|| value.as_i64().map(|n| n.to_string())).or_else(|| value.as_bool().map(|b| b.to_string()))
}

/// What a resource is, in the catalog's words.
pub fn title(resource: &Resource) -> &'static str {
    find(resource.address.kind()).map_or("thing", |kind| kind.title)
}

/// `PostgreSQL` for the engine `pg`.
pub fn engine(resource: &Resource) -> String {
    match attribute(resource, "engine").as_deref() {
        Some("pg") => "PostgreSQL".into(),
        Some("valkey") => "Valkey".into(),
        other => other.unwrap_or("database").to_owned(),
    }
}

/// `main` of `database-main`: what a component of the cluster is called in the document.
pub fn short(component: &Component) -> &str {
    component.name.split_once('-').map_or(component.name.as_str(), |(_, name)| name)
}

/// `2` or `2 to 8`.
pub fn range(least: u32, most: u32) -> String {
    if least >= most { least.to_string() } else { format!("{least} to {most}") }
}

/// `1 node`, `2 nodes`, `2 to 8 nodes`.
pub fn several(least: u32, most: u32, what: &str) -> String {
    let plural = if most.max(least) == 1 { "" } else { "s" };
    format!("{} {what}{plural}", range(least, most))
}

/// `2 pods, each 250m, 384Mi, 20 GiB`.
pub fn amount(w: &Workload) -> String {
    let pods = if w.place == Place::EveryNode { "one on each node".to_owned() } else { several(w.least, w.most, "pod") };
    let volume = if w.volume > 0 { format!(", {} GiB", w.volume) } else { String::new() };
    format!("{pods}, {}m, {}Mi{volume}", w.cpu, w.memory)
}
