//! One database: its cluster of instances, its roles and databases, its pooler, its backups.

use super::{DATABASES, GROUP, NAMESPACE, PLUGIN, PORTS, WEBHOOK};
use crate::components::{
    Site,
    access::{self, CNPG_LABEL},
    site::PRIVATE_ISSUER,
    write::{merged, object, resources, secret, stateful, workload},
};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Object, Party, Place, Strictness, Workload},
    name::Name,
    record::{Archived, Restored, Until},
};
use pontoon_spec::{
    sections::{
        apps::App,
        databases::{CloudnativePg, DatabaseBackups, PoolMode, Pooler},
    },
    types::UsesKind,
};
use serde_json::{Map, Value, json};

const API: &str = "postgresql.cnpg.io/v1";
/// How the plugin is named in a cluster. Source: plugin-barman-cloud, "Usage".
const PLUGIN_NAME: &str = "barman-cloud.cloudnative-pg.io";
/// Thousandths of a core and MiB of each instance.
const INSTANCE: (u32, u32) = (250, 1024);

/// Where the archive that a database is restored from is said to be.
const ORIGIN: &str = "origin";

/// The component of a database of the document, as one of what it stands in the cluster as. What uses the database waits for
/// all of the present one; one before it stays as it was.
pub fn build(site: &Site<'_>, database: &str, restored: &Restored, pg: &CloudnativePg) -> Component {
    let origin = site.spec.databases.get(database).map(|d| d.trace()).unwrap_or_default();
    let name = restored.name.as_str();
    let pods = || Party::pods(DATABASES, CNPG_LABEL, name);
    let size = pg.storage.size.in_gibibytes();
    let instances = stateful(&format!("database-{name}"), Place::Data, pg.instances.get(), INSTANCE.0, INSTANCE.1, size);
    let mut c = Component::new(&format!("database-{name}"), "databases", &format!("PostgreSQL {name}"), origin)
        .namespace(DATABASES, Strictness::Restricted)
        .needs(Capability::Webhook(WEBHOOK.into()))
        .needs(Capability::Issuer(PRIVATE_ISSUER.into()))
        .needs(Capability::Webhook("cert-manager".into()))
        .provides(Capability::endpoint(DATABASES, &format!("{name}-rw"), 5432))
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), pods(), &PORTS)
        .workload(Workload { spread: true, ..instances })
        .fact("A restored database is a new cluster: it writes its backups to a path of its own.");
    c.needs.extend(site.class_need(&pg.storage));
    let users = users(site, database);
    if let Some(backups) = &pg.backups {
        c = backed_up(site, c, (database, name), backups);
    }
    for (app, uses) in &users {
        let password = access::password(uses);
        let fields = [("username", Field::Text(access::role(app.as_str()))), ("password", password)];
        let mut credentials = secret(DATABASES, &format!("{name}-{app}"), app.as_str(), fields);
        credentials.kind = "kubernetes.io/basic-auth".into();
        // The operator takes up a changed password only from a Secret with this label.
        credentials.labels.insert("cnpg.io/reload".into(), "true".into());
        c = c.secret(credentials);
    }
    c = c.object(certificate(name, pg)).object(cluster(site, restored, pg, &users));
    for (app, _) in &users {
        let role = access::role(app.as_str());
        let spec = json!({
            "cluster": { "name": name },
            "name": role,
            "owner": role,
            // Taking an app out of the document does not take its data.
            "databaseReclaimPolicy": "retain",
        });
        c = c.object(object(API, "Database", DATABASES, &format!("{name}-{app}"), json!({ "spec": spec })));
    }
    match &pg.pooler {
        Some(pooler) => pooled(site, c, name, pooler),
        None => c,
    }
}

/// An app, and how it names the database.
type User<'a> = (&'a Name, &'a UsesKind);

/// The apps that use it.
fn users<'a>(site: &Site<'a>, database: &str) -> Vec<User<'a>> {
    let this = |u: &UsesKind| matches!(u, UsesKind::Database(n) if n.as_str() == database);
    let uses = |app: &'a App| app.uses.iter().map(|u| &u.value.0).find(|u| this(u));
    site.spec.apps.iter().filter_map(|(name, app)| Some((name, uses(&app.value)?))).collect()
}

/// The Secret of the certificate that the database shows, with the authority's beside it.
fn server_certificate(name: &str) -> String {
    format!("{name}-server-tls")
}

/// The certificate that the database shows, under all of its names. Source: CloudNativePG documentation, "Certificates",
/// user-provided server certificates; the label has the operator follow another one.
fn certificate(name: &str, pg: &CloudnativePg) -> Object {
    let mut services: Vec<String> = ["rw", "r", "ro"].map(|s| format!("{name}-{s}")).into();
    if pg.pooler.is_some() {
        services.push(format!("{name}-pooler-rw"));
    }
    let forms = ["", &format!(".{DATABASES}"), &format!(".{DATABASES}.svc"), &format!(".{DATABASES}.svc.cluster.local")];
    let names: Vec<String> = services.iter().flat_map(|s| forms.map(|form| format!("{s}{form}"))).collect();
    let secret = server_certificate(name);
    let spec = json!({
        "secretName": secret,
        "secretTemplate": { "labels": { "cnpg.io/reload": "" } },
        "usages": ["server auth"],
        "dnsNames": names,
        "issuerRef": { "name": PRIVATE_ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io" },
    });
    object("cert-manager.io/v1", "Certificate", DATABASES, &secret, json!({ "spec": spec }))
}

fn cluster(site: &Site<'_>, restored: &Restored, pg: &CloudnativePg, users: &[User<'_>]) -> Object {
    let name = restored.name.as_str();
    let mut parameters = Map::from_iter([
        ("shared_buffers".to_owned(), Value::from(format!("{}MB", INSTANCE.1 / 4))),
        ("max_connections".to_owned(), "100".into()),
    ]);
    parameters.extend(pg.parameters.iter().map(|(k, v)| (k.clone(), v.to_string().into())));
    let role = |(app, _): &User<'_>| {
        json!({
            "name": access::role(app.as_str()),
            "ensure": "present",
            "login": true,
            "passwordSecret": { "name": format!("{name}-{app}") },
        })
    };
    let mut affinity = Value::Object(site.placement(Place::Data));
    affinity["enablePodAntiAffinity"] = true.into();
    affinity["topologyKey"] = "kubernetes.io/hostname".into();
    affinity["podAntiAffinityType"] = "required".into();
    let mut spec = json!({
        "instances": pg.instances.get(),
        "imageName": format!("ghcr.io/cloudnative-pg/postgresql:{}", *pg.version),
        "storage": { "size": format!("{}Gi", pg.storage.size.in_gibibytes()), "storageClass": site.class(&pg.storage) },
        "resources": resources(INSTANCE.0, INSTANCE.1),
        "affinity": affinity,
        "bootstrap": { "initdb": { "dataChecksums": true } },
        "postgresql": { "parameters": parameters },
        "enableSuperuserAccess": false,
        // A budget for one instance alone would keep its node from ever being drained.
        "enablePDB": pg.instances.get() > 1,
        "primaryUpdateStrategy": "unsupervised",
        // Whoever connects trusts the platform's own authority; the certificates of its own replicas the operator makes itself.
        "certificates": { "serverTLSSecret": server_certificate(name), "serverCASecret": server_certificate(name) },
        "managed": { "roles": users.iter().map(role).collect::<Vec<_>>() },
    });
    if pg.backups.is_some() {
        spec["plugins"] = json!([{
            "name": PLUGIN_NAME,
            "isWALArchiver": true,
            "parameters": { "barmanObjectName": name, "serverName": site.server(name) },
        }]);
    }
    if let Some(from) = &restored.from {
        (spec["bootstrap"], spec["externalClusters"]) = recovery(name, from);
    }
    object(API, "Cluster", DATABASES, name, json!({ "spec": spec }))
}

/// How a database begins that is made from an archive, and where that is. Its own store reads both, so that nothing of the
/// one before is needed. Source: plugin-barman-cloud's documentation, "Restoring a Cluster"; CloudNativePG's, "Recovery": the
/// newest backup that ended before the moment is chosen by the plugin, one that is named only with `targetImmediate` as its end.
fn recovery(name: &str, from: &Archived) -> (Value, Value) {
    let target = match &from.until {
        Until::Moment(at) => json!({ "targetTime": at }),
        Until::Backup(id) => json!({ "backupID": id, "targetImmediate": true }),
    };
    let plugin = json!({ "name": PLUGIN_NAME, "parameters": { "barmanObjectName": name, "serverName": from.server } });
    (json!({ "recovery": { "source": ORIGIN, "recoveryTarget": target } }), json!([{ "name": ORIGIN, "plugin": plugin }]))
}

/// `(database, name)`: what the document calls it, and what it is called in the cluster. The key of the bucket is the document's.
fn backed_up(site: &Site<'_>, c: Component, (database, name): (&str, &str), backups: &DatabaseBackups) -> Component {
    let (bucket, keys) = (backups.bucket.to_string(), format!("{name}-backups"));
    let host = site.spaces(&bucket);
    let (outside, folder) = super::archive(site, backups);
    let key = |key: &str| json!({ "name": keys, "key": key });
    // Newer clients send checksums that Spaces does not know. Source: DigitalOcean, "Spaces S3 compatibility".
    let env = ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"]
        .map(|name| json!({ "name": name, "value": "when_required" }));
    let store = json!({
        "retentionPolicy": format!("{}d", backups.keep.in_days()),
        "configuration": {
            "destinationPath": format!("s3://{outside}/{folder}"),
            "endpointURL": format!("https://{host}"),
            "s3Credentials": { "accessKeyId": key("ACCESS_KEY_ID"), "secretAccessKey": key("SECRET_ACCESS_KEY") },
            "wal": { "compression": "gzip" },
            "data": { "compression": "gzip" },
        },
        "instanceSidecarConfiguration": { "env": env, "resources": resources(50, 256) },
    });
    let schedule = json!({
        // Six fields: seconds first.
        "schedule": format!("0 {}", *backups.schedule),
        "immediate": true,
        "backupOwnerReference": "self",
        "cluster": { "name": name },
        "method": "plugin",
        "pluginConfiguration": { "name": PLUGIN_NAME },
    });
    let address = Address::new(
        Scope::environment(site.spec.environment.as_str()),
        "digitalocean.spaces_key",
        format!("{bucket}-database-{database}"),
    );
    let of = |output: &str| Field::Output { address: address.clone(), output: output.into() };
    let fields = [("ACCESS_KEY_ID", of("access_key")), ("SECRET_ACCESS_KEY", of("secret_key"))];
    c.needs(Capability::endpoint(NAMESPACE, PLUGIN, 9090))
        .secret(secret(DATABASES, &keys, &format!("database-{name}"), fields))
        .opening(Party::pods(DATABASES, CNPG_LABEL, name), Party::Hosts([host.clone(), format!("*.{host}")].into()), &[443])
        .object(object("barmancloud.cnpg.io/v1", "ObjectStore", DATABASES, name, json!({ "spec": store })))
        .object(object(API, "ScheduledBackup", DATABASES, name, json!({ "spec": schedule })))
}

fn pooled(site: &Site<'_>, c: Component, name: &str, pooler: &Pooler) -> Component {
    let own = format!("{name}-pooler-rw");
    let mode = match *pooler.mode {
        PoolMode::Transaction | PoolMode::Statement => "transaction",
        PoolMode::Session => "session",
    };
    let container = json!({ "name": "pgbouncer", "resources": resources(50, 64) });
    let pod = merged(json!({ "containers": [container] }), Value::Object(site.placement(Place::Data)));
    let spec = json!({
        "cluster": { "name": name },
        "instances": pooler.instances.get(),
        "type": "rw",
        "pgbouncer": { "poolMode": mode, "parameters": { "max_client_conn": "1000", "default_pool_size": "20" } },
        "template": { "metadata": { "labels": { "app.kubernetes.io/name": own } }, "spec": pod },
    });
    let pods = || Party::pods(DATABASES, "cnpg.io/poolerName", &own);
    let mut c = c
        .provides(Capability::endpoint(DATABASES, &own, 5432))
        .object(object(API, "Pooler", DATABASES, &own, json!({ "spec": spec })))
        .needs(Capability::definition("Pooler", GROUP))
        .opening(pods(), Party::pods(DATABASES, CNPG_LABEL, name), &[5432])
        .opening(pods(), Party::ApiServer, &[])
        .workload(workload(&own, Place::Data, pooler.instances.get(), 50, 64));
    if pooler.instances.get() > 1 {
        c = c.object(crate::components::write::budget(DATABASES, &own, json!({ "cnpg.io/poolerName": own })));
    }
    c
}
