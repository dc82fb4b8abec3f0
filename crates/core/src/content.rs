//! What runs in a cluster, before anybody writes it down or applies it: components with what they need and provide.
//!
//! A component knows nothing of Flux, Argo CD, Git or an API server. It says which objects and charts it consists of, which
//! Secrets it reads, what it connects to, and how much room it takes; everything else is derived from that.

use crate::{address::Address, platform::Origin};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A Kubernetes object, as it is written.
pub type Object = serde_json::Value;

/// Something that must be there before something else can be. Layers are computed from these alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// A namespace.
    Namespace(String),
    /// A kind that a definition establishes: `Certificate.cert-manager.io`.
    Definition(String),
    /// A webhook that answers, by the name of who runs it: its objects can be judged.
    Webhook(String),
    /// A Secret, as `namespace/name`.
    Secret(String),
    /// A class of storage.
    StorageClass(String),
    /// A cluster-wide issuer of certificates.
    Issuer(String),
    /// A Service that answers, as `namespace/name:port`.
    Endpoint(String),
    /// A class of Ingress or Gateway whose controller runs.
    IngressClass(String),
    /// Records of hosts are written in this zone.
    Zone(String),
    /// Values of the declared store arrive as Secrets.
    SecretStore,
    /// Pods' CPU and memory are measured.
    Metrics,
    /// A service account that may install into its namespace, as `namespace/name`.
    Account(String),
}

impl Capability {
    /// The definition of `kind` in `group`.
    pub fn definition(kind: &str, group: &str) -> Capability {
        Capability::Definition(format!("{kind}.{group}"))
    }
    /// A Secret of a namespace.
    pub fn secret(namespace: &str, name: &str) -> Capability {
        Capability::Secret(format!("{namespace}/{name}"))
    }
    /// A port of a Service.
    pub fn endpoint(namespace: &str, service: &str, port: u16) -> Capability {
        Capability::Endpoint(format!("{namespace}/{service}:{port}"))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Capability::Namespace(n) => write!(f, "namespace {n}"),
            Capability::Definition(d) => write!(f, "definition of {d}"),
            Capability::Webhook(w) => write!(f, "webhook of {w}"),
            Capability::Secret(s) => write!(f, "Secret {s}"),
            Capability::StorageClass(c) => write!(f, "storage class {c}"),
            Capability::Issuer(i) => write!(f, "issuer {i}"),
            Capability::Endpoint(e) => write!(f, "endpoint {e}"),
            Capability::IngressClass(c) => write!(f, "ingress class {c}"),
            Capability::Zone(z) => write!(f, "records in {z}"),
            Capability::SecretStore => f.write_str("values of the secret store"),
            Capability::Metrics => f.write_str("pod metrics"),
            Capability::Account(a) => write!(f, "service account {a}"),
        }
    }
}

/// A chart, pinned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chart {
    /// Of a chart repository (`https://…`) or a registry (`oci://…`).
    Published {
        /// The chart's name.
        name: String,
        /// Where it is published, without the name.
        repository: String,
        /// Its exact version.
        version: String,
    },
    /// A folder that stands in the repository, such as `apps/episodic`.
    Folder {
        /// The folder, relative to `platform.yaml`.
        path: String,
    },
}

/// A value of a chart that comes from a Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueFrom {
    /// The Secret, in the release's namespace.
    pub secret: String,
    /// Its key.
    pub key: String,
    /// Where it goes in the values: `adService.databaseUrl`.
    pub target: String,
}

/// An installed chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What is installed.
    pub chart: Chart,
    /// Its values.
    pub values: Object,
    /// Values that are secret.
    pub values_from: Vec<ValueFrom>,
    /// Where its values take annotations of its pods: paths of maps, such as `podAnnotations`.
    pub pod_annotations: Vec<String>,
    /// The service account in whose name it is installed; the controller's own where there is none.
    pub service_account: Option<String>,
    /// How long it may take, in minutes.
    pub minutes: u32,
}

/// A part of a component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// An object.
    Object(Object),
    /// A chart.
    Release(Box<Release>),
    /// Objects that somebody publishes as one file: an operator's release.
    Published {
        /// A short name, for a file.
        name: String,
        /// Where it is, with the version in it.
        url: String,
        /// The namespace that its objects are in.
        namespace: String,
        /// What is changed of them, as strategic merge patches: each names its object.
        patches: Vec<Object>,
    },
    /// A folder that is built with kustomize, such as an app's, relative to `platform.yaml`.
    Kustomization {
        /// The folder.
        path: String,
        /// The namespace that everything in it goes to.
        namespace: String,
    },
}

/// Where a field of a Secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Plain text that is no secret.
    Text(String),
    /// A person gives it: the last part of its path in the store, such as `SLACK_WEBHOOK`.
    Given(String),
    /// Drawn once and kept in the store, under this name.
    Made {
        /// The last part of its path in the store.
        name: String,
        /// How many characters.
        length: u32,
    },
    /// What a vendor says or shows once: the output of a resource.
    Output {
        /// Which resource.
        address: Address,
        /// Which of its outputs.
        output: String,
    },
    /// The same, percent-encoded, for a place inside of a URL.
    Encoded(Box<Field>),
    /// The same, of another owner than the Secret's: what several apps share, such as a cache's password.
    Of {
        /// The third part of its path in the store.
        owner: String,
        /// The value.
        field: Box<Field>,
    },
    /// All of them, one after the other.
    Join(Vec<Field>),
}

impl Field {
    /// The last part of the path under which a store keeps it: `DNS_TOKEN`, or for what a vendor says the resource and
    /// the output, `DATABASE_MAIN_PASSWORD`. `None` for what is no single value.
    pub fn stored(&self) -> Option<String> {
        match self {
            Field::Given(name) | Field::Made { name, .. } => Some(name.clone()),
            Field::Output { address, output } => {
                let kind = address.kind().rsplit('.').next().unwrap_or_default();
                Some(format!("{kind}_{}_{output}", address.name()).replace(['-', '.'], "_").to_uppercase())
            }
            Field::Of { field, .. } => field.stored(),
            Field::Text(_) | Field::Encoded(_) | Field::Join(_) => None,
        }
    }
    /// Every value in it that a store keeps, each once, with its owner; `owner` is the Secret's.
    pub fn values<'a>(&'a self, owner: &'a str) -> BTreeSet<(&'a str, &'a Field)> {
        match self {
            Field::Text(_) => BTreeSet::new(),
            Field::Encoded(inner) => inner.values(owner),
            Field::Of { owner, field } => field.values(owner),
            Field::Join(parts) => parts.iter().flat_map(|p| p.values(owner)).collect(),
            kept => BTreeSet::from([(owner, kept)]),
        }
    }
}

/// A Secret that a component reads and that is ours to bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretSpec {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its type: `Opaque`, `kubernetes.io/basic-auth`.
    pub kind: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its keys.
    pub fields: BTreeMap<String, Field>,
    /// Whose values they are: the third part of their paths in the store, an app's or a component's name.
    pub owner: String,
    /// Whether it has to be there before anything that brings values from a store runs.
    pub early: bool,
}

/// Who talks to whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// Pods of a namespace that carry all of these labels; all of its pods where there are none.
    Pods {
        /// The namespace.
        namespace: String,
        /// The labels.
        labels: BTreeMap<String, String>,
    },
    /// Every pod of the cluster.
    Anyone,
    /// The cluster's API server.
    ApiServer,
    /// The nodes themselves: the kubelet, and what runs in the nodes' network.
    Nodes,
    /// The world outside, both ways.
    World,
    /// These hosts of the world, by name; `*.example.com` is every name below.
    Hosts(BTreeSet<String>),
    /// Addresses in this range.
    Range(String),
}

/// An opening in what is otherwise closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Opening {
    /// Who connects.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// On which TCP ports of the pods (not of the Service); every port where there are none.
    pub ports: BTreeSet<u16>,
}

/// Which pool a workload goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The platform's own components.
    System,
    /// Apps.
    Workload,
    /// Telemetry.
    Monitoring,
    /// Databases, caches and queues.
    Data,
    /// One on every node.
    EveryNode,
}

/// What a workload takes: the pods that have to fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// How many pods at least; ignored for what runs on every node.
    pub least: u32,
    /// How many pods at most.
    pub most: u32,
    /// Thousandths of a core that each pod asks for.
    pub cpu: u32,
    /// MiB of memory that each pod asks for.
    pub memory: u32,
    /// GiB of the volume of each pod; 0 where it has none.
    pub volume: u32,
    /// Whether no two of them may share a node.
    pub spread: bool,
}

/// How open the pods of a namespace may be, as the standards of pod security say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// `restricted`.
    Restricted,
    /// `baseline`.
    Baseline,
    /// `privileged`.
    Privileged,
}

impl fmt::Display for Strictness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strictness::Restricted => "restricted",
            Strictness::Baseline => "baseline",
            Strictness::Privileged => "privileged",
        })
    }
}

/// A namespace that a component lives in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// How open its pods may be.
    pub strictness: Strictness,
    /// Whether a quota and default limits hold in it: apps' namespaces.
    pub quota: bool,
}

/// A part of the platform that is installed, judged healthy, and removed as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Its name, unique in its environment, a DNS label: `cert-manager`, `database-main`, `app-api`.
    pub name: String,
    /// The folder that it belongs to: `cert-manager`, `databases`, `observability`; `apps` for apps.
    pub concern: String,
    /// What it is, in a few words.
    pub title: String,
    /// Where in the document it comes from.
    pub origin: Origin,
    /// The namespaces that it lives in; several components may name the same.
    pub namespaces: Vec<Namespace>,
    /// What must be there first.
    pub needs: BTreeSet<Capability>,
    /// What is there when it is healthy.
    pub provides: BTreeSet<Capability>,
    /// What it consists of, in the order of writing.
    pub pieces: Vec<Piece>,
    /// The Secrets that it reads.
    pub secrets: Vec<SecretSpec>,
    /// What has to be open for it.
    pub openings: BTreeSet<Opening>,
    /// What it takes.
    pub footprint: Vec<Workload>,
    /// Units of load balancers that it makes the vendor sell.
    pub load_balancers: u32,
    /// The service account in whose name it is installed, as `(namespace, name)`; the delivery's own where there is none.
    pub account: Option<(String, String)>,
    /// What a person may want to know about it, with the source.
    pub facts: Vec<String>,
}

impl Component {
    /// A component of which nothing is said yet.
    pub fn new(name: &str, concern: &str, title: &str, origin: Origin) -> Component {
        Component {
            name: name.into(),
            concern: concern.into(),
            title: title.into(),
            origin,
            namespaces: Vec::new(),
            needs: BTreeSet::new(),
            provides: BTreeSet::new(),
            pieces: Vec::new(),
            secrets: Vec::new(),
            openings: BTreeSet::new(),
            footprint: Vec::new(),
            load_balancers: 0,
            account: None,
            facts: Vec::new(),
        }
    }
    /// Lives in a namespace.
    #[must_use]
    pub fn namespace(mut self, name: &str, strictness: Strictness) -> Component {
        self.namespaces.push(Namespace { name: name.into(), strictness, quota: false });
        self.needs.insert(Capability::Namespace(name.into()));
        self
    }
    /// Needs something first.
    #[must_use]
    pub fn needs(mut self, what: Capability) -> Component {
        self.needs.insert(what);
        self
    }
    /// Provides something once it is healthy.
    #[must_use]
    pub fn provides(mut self, what: Capability) -> Component {
        self.provides.insert(what);
        self
    }
    /// Provides the definitions of these kinds of a group.
    #[must_use]
    pub fn defines(mut self, group: &str, kinds: &[&str]) -> Component {
        self.provides.extend(kinds.iter().map(|k| Capability::definition(k, group)));
        self
    }
    /// With an object. The definition of its kind is needed where Kubernetes does not have it.
    #[must_use]
    pub fn object(mut self, object: Object) -> Component {
        self.needs.extend(definition_of(&object));
        self.pieces.push(Piece::Object(object));
        self
    }
    /// Its charts.
    pub fn releases(&self) -> impl Iterator<Item = &Release> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Release(release) => Some(release.as_ref()),
            _ => None,
        })
    }
    /// With a chart.
    #[must_use]
    pub fn release(mut self, release: Release) -> Component {
        self.pieces.push(Piece::Release(Box::new(release)));
        self
    }
    /// With a Secret.
    #[must_use]
    pub fn secret(mut self, secret: SecretSpec) -> Component {
        self.secrets.push(secret);
        self
    }
    /// With an opening on these ports.
    #[must_use]
    pub fn opening(mut self, from: Party, to: Party, ports: &[u16]) -> Component {
        self.openings.insert(Opening { from, to, ports: ports.iter().copied().collect() });
        self
    }
    /// With a workload.
    #[must_use]
    pub fn workload(mut self, workload: Workload) -> Component {
        self.footprint.push(workload);
        self
    }
    /// With a fact.
    #[must_use]
    pub fn fact(mut self, fact: &str) -> Component {
        self.facts.push(fact.into());
        self
    }
}

/// The definition that an object needs: none where Kubernetes has its kind of itself.
fn definition_of(object: &Object) -> Option<Capability> {
    let (group, _) = object["apiVersion"].as_str()?.split_once('/')?;
    let own = ["gateway.", "snapshot."].iter().any(|g| group.starts_with(g));
    let built_in = !group.contains('.') || group.ends_with(".k8s.io") && !own;
    (!built_in).then(|| Capability::definition(object["kind"].as_str().unwrap_or_default(), group))
}

impl Party {
    /// Pods of a namespace with one label.
    pub fn pods(namespace: &str, label: &str, value: &str) -> Party {
        Party::Pods { namespace: namespace.into(), labels: BTreeMap::from([(label.into(), value.into())]) }
    }
    /// All pods of a namespace.
    pub fn namespace(namespace: &str) -> Party {
        Party::Pods { namespace: namespace.into(), labels: BTreeMap::new() }
    }
    /// A host of the world.
    pub fn host(name: &str) -> Party {
        Party::Hosts(BTreeSet::from([name.to_owned()]))
    }
}

/// Everything that runs in one environment's cluster, in the order in which it can come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Contents {
    /// The environment.
    pub environment: String,
    /// The components, each after everything that it needs.
    pub components: Vec<Component>,
    /// For each component, by name: the components that must be healthy first, and only the nearest ones.
    pub after: BTreeMap<String, BTreeSet<String>>,
    /// For each component, by name: how many steps it stands above the ground, from 0.
    pub layers: BTreeMap<String, u32>,
}

impl Contents {
    /// The component of that name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|c| c.name == name)
    }
}
