//! What a component may ask about the environment that it is built for.

use super::charts::Lock;
use pontoon_core::{
    content::{Capability, Place, Strictness},
    record::Restored,
};
use pontoon_spec::{
    Spec,
    sections::{
        apps::App,
        cluster::{Pool, Role},
        dns::Dns,
        ingress::{Challenge, Controller, Issuer},
        secrets::SecretHome,
        security::PodSecurity,
        storage::Claim,
    },
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The label that says what a pool is for, which placement selects.
pub const ROLE_LABEL: &str = "pontoon.dev/role";
/// Where Flux lives.
pub const FLUX: &str = "flux-system";
/// Where Argo CD lives.
pub const ARGOCD: &str = "argocd";
/// The Gateway through which requests come in, where the cluster's own class answers them.
pub const PUBLIC_GATEWAY: &str = "public";
/// The class that volumes are of where the document names none.
pub const DEFAULT_CLASS: &str = "do-block-storage";
/// The issuer of certificates of hosts.
pub const PUBLIC_ISSUER: &str = "letsencrypt";
/// The issuer of certificates that only the platform itself trusts.
pub const PRIVATE_ISSUER: &str = "private";

/// One environment, as components see it.
pub struct Site<'a> {
    /// Its spec.
    pub spec: &'a Spec,
    /// Pinned versions that differ from the built-in ones.
    pub lock: &'a Lock,
    /// The values of charts that stand beside the document, by folder.
    pub folders: BTreeMap<String, Value>,
    /// The certificate of the authority of Vault, as it stands in its file.
    pub vault_ca: Option<String>,
    /// What tells this cluster's backups from those of one before it; nothing for the first.
    pub incarnation: String,
    /// The databases that were restored in this cluster, by the document's names: as what each has stood there, oldest first.
    pub restored: BTreeMap<String, Vec<Restored>>,
}

impl<'a> Site<'a> {
    /// An environment with the versions of its lock.
    pub fn new(spec: &'a Spec, lock: &'a Lock) -> Site<'a> {
        Site { spec, lock, folders: BTreeMap::new(), vault_ca: None, incarnation: String::new(), restored: BTreeMap::new() }
    }
    /// `<platform>-<environment>`: what is unique in the account, such as ExternalDNS's owner id.
    pub fn id(&self) -> String {
        format!("{}-{}", self.spec.platform, self.spec.environment.value)
    }
    /// The pools that take a role: its own, else system's, else those without a role.
    fn pools(&self, role: Role) -> (Option<Role>, Vec<&'a Pool>) {
        let of = |wanted: Role| -> Vec<&'a Pool> {
            let own = |p: &&Pool| p.role.as_ref().is_some_and(|r| **r == wanted);
            self.spec.cluster.pools.values().map(|p| &p.value).filter(own).collect()
        };
        [role, Role::System]
            .into_iter()
            .find_map(|r| Some((Some(r), of(r))).filter(|(_, pools)| !pools.is_empty()))
            .unwrap_or_else(|| (None, self.spec.cluster.pools.values().map(|p| &p.value).filter(|p| p.role.is_none()).collect()))
    }
    /// `nodeSelector` of what goes to a place; empty where every pool takes it.
    pub fn selector(&self, place: Place) -> Value {
        match role_of(place).map(|r| self.pools(r)) {
            Some((Some(role), _)) => json!({ ROLE_LABEL: role.to_string() }),
            _ => json!({}),
        }
    }
    /// `tolerations` of what goes to a place: those of its pools' taints.
    pub fn tolerations(&self, place: Place) -> Value {
        let Some(role) = role_of(place) else {
            return json!([{ "operator": "Exists" }]);
        };
        let (_, pools) = self.pools(role);
        let mut all: Vec<Value> = Vec::new();
        for taint in pools.iter().flat_map(|p| p.taints.iter()) {
            let t = &taint.value;
            let one = json!({ "key": t.key, "operator": "Equal", "value": t.value, "effect": t.effect.to_string() });
            if !all.contains(&one) {
                all.push(one);
            }
        }
        Value::Array(all)
    }
    /// `nodeSelector` and `tolerations` as keys of a pod's spec or of a chart's values; what is empty is left out.
    pub fn placement(&self, place: Place) -> Map<String, Value> {
        let parts = [("nodeSelector", self.selector(place)), ("tolerations", self.tolerations(place))];
        let filled = |v: &Value| !(v.as_object().is_some_and(Map::is_empty) || v.as_array().is_some_and(Vec::is_empty));
        parts.into_iter().filter(|(_, v)| filled(v)).map(|(k, v)| (k.to_owned(), v)).collect()
    }
    /// How many nodes there are at most.
    pub fn most_nodes(&self) -> u32 {
        self.spec.cluster.pools.values().map(|p| p.nodes.most()).sum()
    }
    /// How many nodes a place has at least.
    pub fn least_nodes(&self, place: Place) -> u32 {
        role_of(place).map_or(0, |r| self.pools(r).1.iter().map(|p| p.nodes.least()).sum())
    }
    /// A claim as a StatefulSet's template has it. The default class is written out: a cluster's default may change.
    pub fn claim(&self, claim: &Claim) -> Value {
        self.volume(&self.class(claim), claim.size.in_gibibytes())
    }
    /// The same of a class and so many GiB.
    pub fn volume(&self, class: &str, gibibytes: u64) -> Value {
        json!({
            "storageClassName": class,
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": format!("{gibibytes}Gi") } },
        })
    }
    /// How many replicas a component of the platform has that can have two: two where there is more than one node.
    pub fn pair(&self) -> u32 {
        let (_, pools) = self.pools(Role::System);
        let nodes: u32 = pools.iter().map(|p| p.nodes.least()).sum();
        nodes.clamp(1, 2)
    }
    /// The storage class of a claim.
    pub fn class(&self, claim: &Claim) -> String {
        claim.class.as_ref().map_or_else(|| DEFAULT_CLASS.to_owned(), |c| c.to_string())
    }
    /// What a claim's class needs, where it is one of the document's own.
    pub fn class_need(&self, claim: &Claim) -> Option<Capability> {
        let class = self.class(claim);
        self.spec.storage.classes.keys().any(|k| k.as_str() == class).then_some(Capability::StorageClass(class))
    }
    /// How open pods of apps may be.
    pub fn app_strictness(&self) -> Strictness {
        match *self.spec.security.pod_security {
            PodSecurity::Restricted => Strictness::Restricted,
            PodSecurity::Baseline => Strictness::Baseline,
            PodSecurity::Privileged => Strictness::Privileged,
        }
    }
    /// Whether hosts have certificates.
    pub fn has_tls(&self) -> bool {
        *self.spec.certificates.issuer != Issuer::None
    }
    /// Whether certificates are proved by records.
    pub fn by_dns(&self) -> bool {
        *self.spec.certificates.challenge == Challenge::Dns01
    }
    /// Whether requests come in at all.
    pub fn has_ingress(&self) -> bool {
        *self.spec.ingress.controller != Controller::None
    }
    /// Whether the zone is at DigitalOcean.
    pub fn zone_is_ours(&self) -> bool {
        matches!(self.spec.dns.value, Dns::Digitalocean(_))
    }
    /// Whether metrics are collected.
    pub fn has_metrics(&self) -> bool {
        !matches!(self.spec.observability.metrics.value, pontoon_spec::sections::observability::Metrics::None(_))
    }
    /// Whether values come from a store outside of the platform.
    pub fn has_store(&self) -> bool {
        matches!(self.spec.secrets.home(), SecretHome::Store(_))
    }
    /// The host of Grafana: where metrics are collected, something comes in, and no app has taken it.
    pub fn grafana_host(&self) -> Option<String> {
        let host = format!("grafana.{}", *self.spec.domain);
        let taken = self.spec.apps.values().any(|a| a.host.as_ref().is_some_and(|h| self.spec.host(h) == host));
        (self.has_metrics() && self.has_ingress() && !taken).then_some(host)
    }
    /// The apps that run in the cloud, by name; those of the catalog are charts that it has to know first.
    pub fn cloud_apps(&self) -> impl Iterator<Item = &'a str> {
        let in_cloud = |app: &App| app.runs_on.is_empty() || app.runs_on.iter().any(|p| p.as_str() == "cloud");
        self.spec.apps.iter().filter(move |(_, app)| in_cloud(app) && app.catalog.is_none()).map(|(name, _)| name.as_str())
    }
    /// Every host that is answered, with the namespace that answers it.
    pub fn hosts(&self) -> BTreeMap<String, String> {
        let app = |name: &'a str| Some((self.spec.host(self.spec.apps.get(name)?.host.as_ref()?), name.to_owned()));
        let apps = self.cloud_apps().filter_map(app);
        let grafana = self.grafana_host().map(|host| (host, super::access::OBSERVABILITY.to_owned()));
        apps.chain(grafana).collect()
    }
    /// The host of the region of a bucket.
    pub fn spaces(&self, bucket: &str) -> String {
        let own = self.spec.buckets.get(bucket).and_then(|b| b.region.as_ref());
        format!("{}.digitaloceanspaces.com", **own.unwrap_or(&self.spec.region))
    }
    /// As what a database of the cluster stands there: the first of its name, and what was restored since, the present one last.
    pub fn stands(&self, database: &str) -> Vec<Restored> {
        let restored = self.restored.get(database).filter(|all| !all.is_empty());
        restored.cloned().unwrap_or_else(|| vec![Restored { name: database.to_owned(), from: None }])
    }
    /// What a database of the cluster is called there at present.
    pub fn present(&self, database: &str) -> String {
        self.stands(database).pop().map_or_else(|| database.to_owned(), |now| now.name)
    }
    /// The name under which a database of the cluster archives: each writes to a path of its own, because an archive that is
    /// not empty is refused. Source: plugin-barman-cloud, the check of the archive before the first segment.
    pub fn server(&self, called: &str) -> String {
        if self.incarnation.is_empty() { called.to_owned() } else { format!("{called}-{}", self.incarnation) }
    }
    /// What a thing of the cloud is called outside. Source: the one function that derives names.
    pub fn outside(&self, kind: &str, name: &str) -> String {
        let own = if name == "main" { "" } else { name };
        let (platform, environment) = (self.spec.platform.as_str(), self.spec.environment.as_str());
        crate::names::outside(kind, platform, environment, own).unwrap_or_else(|| name.to_owned())
    }
    /// The path of a value in the store, without its last part: `<platform>/<environment>/<owner>`.
    pub fn secret_path(&self, owner: &str) -> String {
        format!("{}/{}/{owner}", self.spec.platform, self.spec.environment.value)
    }
}

fn role_of(place: Place) -> Option<Role> {
    match place {
        Place::System => Some(Role::System),
        Place::Workload => Some(Role::Workload),
        Place::Monitoring => Some(Role::Monitoring),
        Place::Data => Some(Role::Data),
        Place::EveryNode => None,
    }
}
