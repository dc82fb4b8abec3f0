//! The world file: every knob of the embedded cloud, as data. Unknown keys are refused.
//!
//! ```toml
//! seed = 7
//! start = "2026-11-02T09:00:00Z"
//! latency = { min = "40ms", max = "160ms" }
//! durations = { cluster = { min = "4m", max = "8m" } }
//! [[faults]]
//! method = "POST"
//! path = "/v2/kubernetes/*"
//! nth = [1]
//! kind = "lose_reply"
//! ```

use crate::faults::Fault;
use crate::github::GithubKnobs;
use crate::spaces::Knobs;
use crate::vault::VaultKnobs;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::time::Duration;

/// The token that a default world accepts.
pub const DEFAULT_TOKEN: &str = "pontoon-local-token";
/// The team of a default world.
pub const DEFAULT_TEAM: &str = "7f1c1d5e-8a52-4b0e-9a53-1f6d0c7a2b10";

/// Every knob of a world; [`World::default`] is a healthy account without faults.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Seeds the one generator.
    pub seed: u64,
    /// Where the clock of a fresh world stands, RFC 3339.
    pub start: String,
    /// Teams; at least one.
    pub teams: Vec<Team>,
    /// API tokens.
    pub tokens: Vec<Token>,
    /// Time that a request takes, there and back.
    pub latency: Range,
    /// How long a new object answers 404 to a read.
    pub read_lag: Range,
    /// How long lists miss a new object, and still show a deleted one.
    pub list_lag: Range,
    /// How long things take, by kind; what is missing comes from [`default_duration`].
    pub durations: BTreeMap<String, Range>,
    /// Request limits.
    pub rates: Rates,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// Object storage.
    pub spaces: Knobs,
    /// Kubernetes.
    pub kubernetes: KubernetesKnobs,
    /// Names of the world.
    pub dns: DnsKnobs,
    /// What is in and around clusters.
    pub clusters: ClusterKnobs,
    /// Charts and what they are fetched from.
    pub charts: ChartKnobs,
    /// GitHub: tokens, organizations, plans.
    pub github: GithubKnobs,
    /// HashiCorp Vault: mounts, roles, policies.
    pub vault: VaultKnobs,
    /// Requests that a fresh world has already carried out, so that something exists.
    pub preload: Vec<Preload>,
}

/// A team: an account of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Team {
    /// UUID.
    pub uuid: String,
    /// Name.
    pub name: String,
    /// Owner's address.
    pub email: String,
    /// What it may have.
    pub limits: Limits,
}

/// An account's limits. Source: DigitalOcean documentation, API and Managed Databases; defaults of a new team.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Droplets, nodes included.
    pub droplets: usize,
    /// Volumes.
    pub volumes: usize,
    /// Reserved addresses.
    pub reserved_ips: usize,
    /// Load balancers.
    pub load_balancers: usize,
    /// Database clusters.
    pub databases: usize,
    /// Spaces keys.
    pub spaces_keys: usize,
    /// Buckets.
    pub buckets: usize,
    /// Container registries.
    pub registries: usize,
}

/// An API token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What the client sends.
    pub token: String,
    /// UUID of its team; the first team when left out.
    #[serde(default)]
    pub team: String,
    /// Scopes such as `vpc:read`; `["*"]`, the default, is full access.
    #[serde(default = "all_scopes")]
    pub scopes: Vec<String>,
}

/// Request limits. Source: DigitalOcean documentation, API; the contract's description of rate limits.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Requests an hour and token.
    pub hour: usize,
    /// Requests a minute and token.
    pub minute: usize,
    /// `/v2/cdn/endpoints*`: calls in ten seconds.
    pub cdn: usize,
    /// `GET /v2/account/keys`: calls a minute.
    pub account_keys: usize,
}

/// What Kubernetes is offered.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesKnobs {
    /// Slugs, such as `1.36.1-do.0`; a world that is opened again with newer ones offers upgrades.
    pub versions: Vec<String>,
    /// Where the API servers of clusters are served, such as `https://127.0.0.1:8443`: set by whoever serves them. Empty:
    /// each has a name of its own, `https://<id>.k8s.ondigitalocean.com`.
    pub address: String,
}

impl KubernetesKnobs {
    /// Address of a cluster's API server.
    #[must_use]
    pub fn server(&self, cluster: &str) -> String {
        if self.address.is_empty() {
            format!("https://{cluster}.k8s.ondigitalocean.com")
        } else {
            format!("{}/clusters/{cluster}", self.address.trim_end_matches('/'))
        }
    }
}

impl Default for KubernetesKnobs {
    fn default() -> Self {
        let slugs = ["1.36.1-do.0", "1.35.4-do.0", "1.34.7-do.0"];
        Self { versions: slugs.map(str::to_owned).to_vec(), address: String::new() }
    }
}

/// What the world's name servers know.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DnsKnobs {
    /// Whether zones are delegated to DigitalOcean's name servers, after `delegation`; false keeps everybody waiting.
    pub delegated: bool,
}

impl Default for DnsKnobs {
    fn default() -> Self {
        Self { delegated: true }
    }
}

/// What is in and around clusters that nobody makes through an API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterKnobs {
    /// Images that were pushed to the account's registries, `registry/repository:tag`, where `*` stands for anything. An
    /// image that is not listed is not found.
    pub images: Vec<String>,
    /// Webhooks that take every question and never answer, by name (`webhook.cert-manager.io`).
    pub silent_webhooks: Vec<String>,
}

/// A request that a fresh world has already carried out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preload {
    /// Method; `POST` when left out.
    #[serde(default = "post")]
    pub method: String,
    /// Path of the DigitalOcean API.
    pub path: String,
    /// JSON body.
    #[serde(default)]
    pub body: serde_json::Value,
    /// Token to use; the first when left out.
    #[serde(default)]
    pub token: Option<String>,
}

/// Charts and what they are fetched from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChartKnobs {
    /// Repositories and registries that do not answer, by the beginning of their address (`https://charts.jetstack.io`).
    pub unreachable: Vec<String>,
}

impl ChartKnobs {
    /// Whether nothing can be fetched from that address.
    #[must_use]
    pub fn is_unreachable(&self, url: &str) -> bool {
        self.unreachable.iter().any(|start| url.starts_with(start.as_str()))
    }
}

/// A duration drawn evenly between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Shortest.
    #[serde(deserialize_with = "duration")]
    pub min: Duration,
    /// Longest.
    #[serde(deserialize_with = "duration")]
    pub max: Duration,
}

impl Range {
    /// From `min` to `max` seconds.
    #[must_use]
    pub const fn seconds(min: u64, max: u64) -> Self {
        Self { min: Duration::from_secs(min), max: Duration::from_secs(max) }
    }

    /// From `min` to `max` milliseconds.
    #[must_use]
    pub const fn millis(min: u64, max: u64) -> Self {
        Self { min: Duration::from_millis(min), max: Duration::from_millis(max) }
    }
}

/// How long things of a kind take. Typical times as DigitalOcean documentation and its users report them, unless said.
///
/// A kind that is not listed takes 1 to 5 seconds.
#[must_use]
pub fn default_duration(kind: &str) -> Range {
    match kind {
        "cluster" => Range::seconds(240, 480),
        "cluster_upgrade" => Range::seconds(600, 1200),
        "cluster_delete" => Range::seconds(30, 90),
        "node" => Range::seconds(60, 180),
        "node_delete" => Range::seconds(20, 60),
        // 269 to 475 s in the Terraform provider's own acceptance tests.
        "database" => Range::seconds(269, 475),
        "database_resize" => Range::seconds(240, 480),
        "database_failover" => Range::seconds(30, 60),
        "load_balancer" => Range::seconds(60, 180),
        "droplet" => Range::seconds(20, 60),
        // Minutes after the last member is gone, deletion is still refused (DigitalOcean documentation, VPC).
        "vpc_members_forgotten" => Range::seconds(60, 180),
        "certificate" => Range::seconds(60, 300),
        "snapshot" => Range::seconds(30, 90),
        // From the writing of a custom resource definition until its kind is served; kube-apiserver's own wait is up to 5 s
        // only where several servers have to agree.
        "definition_established" => Range::millis(400, 1500),
        // How often a Kubernetes event that goes on and on is counted up.
        "event_repeat" => Range::seconds(60, 60),
        // Pulls of common images onto a droplet of DigitalOcean, and the start of a container: measured in the field.
        "image_pull" => Range::seconds(2, 20),
        "container_start" => Range::seconds(1, 5),
        // From a zone's creation until the registrar's name servers point to it, once a person has asked for it.
        "delegation" => Range::seconds(60, 300),
        // ACME by DNS: until the record is seen everywhere, and the server has looked.
        "acme_dns01" => Range::seconds(60, 240),
        "acme_http01" => Range::seconds(5, 20),
        "acme_order" | "acme_account" => Range::seconds(1, 3),
        // Slots dealt out among the servers of a Valkey cluster.
        "valkey_cluster" => Range::seconds(3, 10),
        // A base backup of a database that holds little.
        "database_backup" => Range::seconds(20, 90),
        "certificate_signed" => Range::millis(300, 1500),
        // Source: csi-digitalocean's own tests; the limit of its retries.
        "volume" => Range::seconds(3, 15),
        "volume_attach" => Range::seconds(5, 20),
        "volume_detach" => Range::seconds(5, 20),
        "volume_resize" => Range::seconds(5, 30),
        // Source: cluster-autoscaler's defaults, scan interval and scale-down-unneeded-time.
        "autoscaler_scan" => Range::seconds(10, 10),
        "autoscaler_idle" => Range::seconds(600, 600),
        // A Job's work, and how long a program tries before it gives up.
        "job_run" => Range::seconds(5, 20),
        "job_failure" => Range::seconds(10, 30),
        // Between two starts of a container that ends again. Source: Kubernetes documentation, restarts: 10 s to 5 min.
        "crash_backoff" => Range::seconds(10, 300),
        // Flux: a clone, an index, an archive, a registry's layer; building and applying a folder. Measured on small clusters.
        "git_fetch" | "chart_fetch" | "oci_fetch" => Range::millis(500, 3000),
        "chart_index" => Range::seconds(1, 4),
        "kustomize_apply" => Range::seconds(1, 3),
        // Argo CD: rendering an Application and comparing it with what is there.
        "argo_compare" => Range::seconds(1, 3),
        // Its controllers ask again for what they depend on every 30 seconds.
        "dependency_retry" => Range::seconds(30, 30),
        // Rendering and applying a chart, before its objects are waited for.
        "helm_install" => Range::seconds(5, 30),
        _ => Range::seconds(1, 5),
    }
}

impl World {
    /// Reads a world file.
    ///
    /// # Errors
    /// What is wrong, with line and column, in toml's words.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The range of durations for `kind`.
    #[must_use]
    pub fn duration(&self, kind: &str) -> Range {
        self.durations.get(kind).copied().unwrap_or_else(|| default_duration(kind))
    }

    /// The team of that UUID, or the first when it is empty.
    #[must_use]
    pub fn team(&self, uuid: &str) -> Option<&Team> {
        if uuid.is_empty() { self.teams.first() } else { self.teams.iter().find(|t| t.uuid == uuid) }
    }
}

impl Default for World {
    fn default() -> Self {
        Self {
            seed: 1,
            start: "2026-11-02T09:00:00Z".to_owned(),
            teams: vec![Team::default()],
            tokens: vec![Token { token: DEFAULT_TOKEN.to_owned(), team: String::new(), scopes: all_scopes() }],
            latency: Range::millis(40, 160),
            read_lag: Range::default(),
            list_lag: Range::default(),
            durations: BTreeMap::new(),
            rates: Rates::default(),
            faults: Vec::new(),
            spaces: Knobs::default(),
            kubernetes: KubernetesKnobs::default(),
            dns: DnsKnobs::default(),
            clusters: ClusterKnobs::default(),
            charts: ChartKnobs::default(),
            github: GithubKnobs::default(),
            vault: VaultKnobs::default(),
            preload: Vec::new(),
        }
    }
}

impl Default for Team {
    fn default() -> Self {
        Self {
            uuid: DEFAULT_TEAM.to_owned(),
            name: "Local".to_owned(),
            email: "local@example.com".to_owned(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            droplets: 100,
            volumes: 100,
            reserved_ips: 20,
            load_balancers: 50,
            databases: 10,
            spaces_keys: 200,
            buckets: 100,
            registries: 9,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { hour: 5000, minute: 250, cdn: 5, account_keys: 10 }
    }
}

fn all_scopes() -> Vec<String> {
    vec!["*".to_owned()]
}

fn post() -> String {
    "POST".to_owned()
}

/// Reads `90s`, `4m 30s`, `250ms`.
pub(crate) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let signed: SignedDuration = text.parse().map_err(serde::de::Error::custom)?;
    Duration::try_from(signed).map_err(|_| serde::de::Error::custom(format!("{text}: a duration cannot be negative")))
}
