//! What `uses:` means: for each thing that an app uses, the Secret that it gets and what has to be open.
//!
//! The names here are where providers and users meet: a component that brings a database takes its Service's name, its
//! pods' label and its users from here, so that both sides say the same.

use super::Site;
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Field, Party, Strictness},
};
use pontoon_spec::{
    sections::{
        databases::{Cache, Database},
        ingress::Controller,
    },
    types::UsesKind,
};
use std::collections::BTreeMap;

/// Where databases of the cluster live.
pub const DATABASES: &str = "databases";
/// Where caches of the cluster live.
pub const CACHES: &str = "caches";
/// Where queues live.
pub const MESSAGING: &str = "messaging";
/// Where telemetry lives.
pub const OBSERVABILITY: &str = "observability";
/// How open its pods are: agents that collect from nodes live in namespaces of their own.
pub const OBSERVABILITY_STRICTNESS: Strictness = Strictness::Baseline;
/// Where the way in lives.
pub const INGRESS: &str = "ingress";
/// Ports of the vendor's managed databases. Source: DigitalOcean's documentation, "Connect to a database cluster".
pub const MANAGED_PORT: u16 = 25060;
/// Port of managed Valkey. Source: the same.
pub const MANAGED_VALKEY_PORT: u16 = 25061;
/// Port of their connection pools.
pub const MANAGED_POOL_PORT: u16 = 25061;
/// The label of the pods of a CloudNativePG cluster. Source: CloudNativePG, "Labels and annotations".
pub const CNPG_LABEL: &str = "cnpg.io/cluster";
/// Characters of a password that is drawn.
pub const PASSWORD: u32 = 32;

/// What an app gets for one thing that it uses.
pub struct Access {
    /// The Secret's name: `databases-main`.
    pub secret: String,
    /// Its keys.
    pub fields: BTreeMap<String, Field>,
    /// To whom it connects, and on which pods' ports.
    pub to: Vec<(Party, Vec<u16>)>,
    /// What must be there first.
    pub needs: Vec<Capability>,
}

/// The database user, role and database of an app: PostgreSQL's names have no dashes.
pub fn role(app: &str) -> String {
    app.replace('-', "_")
}

/// The last part of a password's path in the store: `DATABASES_MAIN_PASSWORD`.
pub fn password_name(uses: &UsesKind) -> String {
    let path = pontoon_spec::types::Uses(uses.clone()).to_string();
    format!("{}_PASSWORD", path.replace(['.', '-'], "_").to_uppercase())
}

/// The password of an app for what it uses: drawn once, owned by the app.
pub fn password(uses: &UsesKind) -> Field {
    Field::Made { name: password_name(uses), length: PASSWORD }
}

/// The Secret's name in the app's namespace.
pub fn secret_name(uses: &UsesKind) -> String {
    pontoon_spec::types::Uses(uses.clone()).to_string().replace('.', "-")
}

fn text(value: impl Into<String>) -> Field {
    Field::Text(value.into())
}

fn fields<const N: usize>(all: [(&str, Field); N]) -> BTreeMap<String, Field> {
    all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

fn uri(scheme: &str, user: &str, password: &Field, host: &Field, port: u16, rest: &str) -> Field {
    Field::Join(vec![
        text(format!("{scheme}://{user}:")),
        Field::Encoded(Box::new(password.clone())),
        text("@"),
        host.clone(),
        text(format!(":{port}{rest}")),
    ])
}

/// The address of a managed thing's resource.
fn managed(site: &Site<'_>, kind: &str, name: &str) -> Address {
    Address::new(Scope::environment(site.spec.environment.as_str()), kind, name)
}

fn output(address: &Address, name: &str) -> Field {
    Field::Output { address: address.clone(), output: name.into() }
}

/// The private range in which managed databases answer.
pub fn private_range(site: &Site<'_>) -> Party {
    Party::Range(site.spec.network.vpc.to_string())
}

/// What `app` gets for what it uses. `None` where the environment has no such thing; the language refuses that before.
pub fn access(site: &Site<'_>, app: &str, uses: &UsesKind) -> Option<Access> {
    let secret = secret_name(uses);
    match uses {
        UsesKind::Database(name) => match &site.spec.databases.get(name.as_str())?.value {
            Database::Digitalocean(pg) => {
                let database = managed(site, "digitalocean.database", name.as_str());
                let user = managed(site, "digitalocean.database_user", &format!("{name}.{app}"));
                let port = if pg.pooler.is_some() { MANAGED_POOL_PORT } else { MANAGED_PORT };
                let (host, password) = (output(&database, "private_host"), output(&user, "password"));
                let own = role(app);
                let whole = uri("postgresql", &own, &password, &host, port, &format!("/{own}?sslmode=require"));
                let fields = fields([
                    ("host", host),
                    ("port", text(port.to_string())),
                    ("database", text(own.as_str())),
                    ("username", text(own.as_str())),
                    ("password", password),
                    ("uri", whole),
                    ("ca", output(&database, "ca")),
                ]);
                let needs = vec![Capability::endpoint(app, &format!("{secret}-grants"), 0)];
                Some(Access { secret, fields, to: vec![(private_range(site), vec![port])], needs })
            }
            Database::CloudnativePg(pg) => {
                let (own, password) = (role(app), password(uses));
                let name = site.present(name.as_str());
                let service = if pg.pooler.is_some() { format!("{name}-pooler-rw") } else { format!("{name}-rw") };
                let host = text(format!("{service}.{DATABASES}.svc.cluster.local"));
                let whole = uri("postgresql", &own, &password, &host, 5432, &format!("/{own}?sslmode=require"));
                let fields = fields([
                    ("host", host),
                    ("port", text("5432")),
                    ("database", text(own.as_str())),
                    ("username", text(own.as_str())),
                    ("password", password),
                    ("uri", whole),
                ]);
                let label = if pg.pooler.is_some() { "cnpg.io/poolerName" } else { CNPG_LABEL };
                let value = if pg.pooler.is_some() { format!("{name}-pooler-rw") } else { name.to_string() };
                let needs = vec![Capability::endpoint(DATABASES, &service, 5432)];
                Some(Access { secret, fields, to: vec![(Party::pods(DATABASES, label, &value), vec![5432])], needs })
            }
        },
        UsesKind::Cache(name) => match &site.spec.caches.get(name.as_str())?.value {
            Cache::Digitalocean(_) => {
                let cache = managed(site, "digitalocean.database", name.as_str());
                let (host, password) = (output(&cache, "private_host"), output(&cache, "password"));
                let whole = uri("rediss", "default", &password, &host, MANAGED_VALKEY_PORT, "");
                let fields = fields([
                    ("host", host),
                    ("port", text(MANAGED_VALKEY_PORT.to_string())),
                    ("username", text("default")),
                    ("password", password),
                    ("uri", whole),
                    ("ca", output(&cache, "ca")),
                ]);
                Some(Access { secret, fields, to: vec![(private_range(site), vec![MANAGED_VALKEY_PORT])], needs: Vec::new() })
            }
            // The password is the cache's: everybody who uses it shares it.
            in_cluster => {
                let (password, tls) = match in_cluster {
                    Cache::Valkey(v) => (cache_password(name.as_str()), *v.tls),
                    Cache::ValkeyOperator(v) => (cache_password(name.as_str()), *v.tls),
                    Cache::Digitalocean(_) => return None,
                };
                let host = text(format!("{name}.{CACHES}.svc.cluster.local"));
                let scheme = if tls { "rediss" } else { "redis" };
                let whole = uri(scheme, "default", &password, &host, 6379, "");
                let fields = fields([
                    ("host", host),
                    ("port", text("6379")),
                    ("username", text("default")),
                    ("password", password),
                    ("uri", whole),
                ]);
                let to = Party::pods(CACHES, "app.kubernetes.io/instance", name.as_str());
                let needs = vec![Capability::endpoint(CACHES, name.as_str(), 6379)];
                Some(Access { secret, fields, to: vec![(to, vec![6379])], needs })
            }
        },
        UsesKind::Queue(name, vhost) => {
            let pontoon_spec::sections::queues::Queue::RabbitmqOperator(rabbit) = &site.spec.queues.get(name.as_str())?.value;
            let tls = *rabbit.tls;
            let (port, scheme) = if tls { (5671, "amqps") } else { (5672, "amqp") };
            let user = rabbit
                .vhosts
                .get(vhost.as_str())
                .and_then(|v| v.users.keys().find(|u| u.as_str() == app).or_else(|| v.users.keys().next()));
            let user = user.map_or_else(|| app.to_owned(), |u| u.to_string());
            let password = queue_password(name.as_str(), &user);
            let host = text(format!("{name}.{MESSAGING}.svc.cluster.local"));
            let whole = uri(scheme, &user, &password, &host, port, &format!("/{vhost}"));
            let fields = fields([
                ("host", host),
                ("port", text(port.to_string())),
                ("vhost", text(vhost.as_str())),
                ("username", text(user.as_str())),
                ("password", password),
                ("uri", whole),
            ]);
            let to = Party::pods(MESSAGING, "app.kubernetes.io/name", name.as_str());
            let needs = vec![Capability::endpoint(MESSAGING, name.as_str(), port)];
            Some(Access { secret, fields, to: vec![(to, vec![port])], needs })
        }
        UsesKind::Bucket(name) => {
            let key = managed(site, "digitalocean.spaces_key", &format!("{name}-{app}"));
            let bucket = managed(site, "spaces.bucket", name.as_str());
            let endpoint = format!("{}.digitaloceanspaces.com", *site.spec.region);
            let fields = fields([
                ("bucket", output(&bucket, "name")),
                ("endpoint", text(format!("https://{endpoint}"))),
                ("region", text(site.spec.region.to_string())),
                ("accessKey", output(&key, "access_key")),
                ("secretKey", output(&key, "secret_key")),
            ]);
            let hosts = Party::Hosts([endpoint.clone(), format!("*.{endpoint}")].into());
            Some(Access { secret, fields, to: vec![(hosts, vec![443])], needs: Vec::new() })
        }
        UsesKind::App(name) => {
            let other = site.spec.apps.get(name.as_str())?;
            let port = other.port.as_ref().map_or(8080, |p| p.get() as u16);
            let host = text(format!("{name}.{name}.svc.cluster.local"));
            let fields = fields([("host", host), ("port", text("80"))]);
            let needs = vec![Capability::endpoint(name.as_str(), name.as_str(), 80)];
            Some(Access { secret, fields, to: vec![(Party::namespace(name.as_str()), vec![port])], needs })
        }
        UsesKind::Email => None,
    }
}

/// Whether what an app uses shows a certificate of the platform's own authority, which no image knows by itself.
pub fn is_private(site: &Site<'_>, uses: &UsesKind) -> bool {
    match uses {
        UsesKind::Database(name) => {
            site.spec.databases.get(name.as_str()).is_some_and(|d| matches!(d.value, Database::CloudnativePg(_)))
        }
        UsesKind::Cache(name) => site.spec.caches.get(name.as_str()).is_some_and(|c| match &c.value {
            Cache::Digitalocean(_) => false,
            Cache::Valkey(v) => *v.tls,
            Cache::ValkeyOperator(v) => *v.tls,
        }),
        UsesKind::Queue(name, _) => site.spec.queues.get(name.as_str()).is_some_and(|q| {
            let pontoon_spec::sections::queues::Queue::RabbitmqOperator(rabbit) = &q.value;
            *rabbit.tls
        }),
        UsesKind::Bucket(_) | UsesKind::App(_) | UsesKind::Email => false,
    }
}

/// The password of a cache in the cluster, owned by the cache: everybody who uses it shares it.
pub fn cache_password(cache: &str) -> Field {
    let made = Field::Made { name: format!("{cache}_PASSWORD").replace('-', "_").to_uppercase(), length: PASSWORD };
    Field::Of { owner: CACHES.into(), field: Box::new(made) }
}

/// The password of a user of a queue, owned by the queue: several apps may be the same user.
pub fn queue_password(queue: &str, user: &str) -> Field {
    let made = Field::Made { name: queue_password_name(queue, user), length: PASSWORD };
    Field::Of { owner: MESSAGING.into(), field: Box::new(made) }
}

/// The last part of the path of a queue user's password, owned by the queue.
pub fn queue_password_name(queue: &str, user: &str) -> String {
    format!("{}_{}_PASSWORD", queue, user).replace('-', "_").to_uppercase()
}

/// The pods through which requests come in.
pub fn way_in(site: &Site<'_>) -> Option<Party> {
    Some(match *site.spec.ingress.controller {
        // Cilium's own proxy runs in the nodes' network.
        Controller::Gateway => Party::Nodes,
        Controller::Nginx => Party::pods(INGRESS, "app.kubernetes.io/name", "ingress-nginx"),
        Controller::Traefik => Party::pods(INGRESS, "app.kubernetes.io/name", "traefik"),
        Controller::Kong => Party::pods(INGRESS, "app.kubernetes.io/name", "kong"),
        Controller::None => return None,
    })
}

/// The pods of Prometheus, which ask everybody else for metrics.
pub fn prometheus() -> Party {
    Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "prometheus")
}
