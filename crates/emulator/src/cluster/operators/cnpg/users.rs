//! Who may log in: the owner of the first database, and the certificates; roles come from `managed.roles`.

use super::roles;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace, text};
use crate::cluster::logins;
use crate::cluster::operators::cert_manager::own_authority;
use crate::cluster::operators::own::{host, labelled, make, password, secret, secret_text};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Stands where a password would: replicas and poolers log in with a certificate, which nobody else has.
pub(super) const BY_CERTIFICATE: &str = "(client certificate)";
const LIFE: Duration = Duration::from_secs(90 * 86400);

/// How a Cluster begins: empty, or from an archive; both name the first database and its owner the same way.
pub(super) fn bootstrap(cluster: &Value) -> &Value {
    let given = &cluster["spec"]["bootstrap"];
    if given["recovery"].is_object() { &given["recovery"] } else { &given["initdb"] }
}

fn initdb(cluster: &Value) -> (String, String, String) {
    let given = bootstrap(cluster);
    let database = given["database"].as_str().unwrap_or("app").to_owned();
    let owner = given["owner"].as_str().unwrap_or(&database).to_owned();
    let secret = given["secret"]["name"].as_str().map_or_else(|| format!("{}-app", name(cluster)), str::to_owned);
    (database, owner, secret)
}

/// Makes the Secrets; false when they cannot be made.
pub(super) fn keep(objects: &mut Objects, cluster: &Value) -> bool {
    let (home, own) = (namespace(cluster).to_owned(), name(cluster).to_owned());
    let mut all = Vec::new();
    if objects.get("secrets", &home, &format!("{own}-ca")).is_none() {
        let authority = own_authority(objects, &own, LIFE);
        all.push(secret(
            &home,
            &format!("{own}-ca"),
            "Opaque",
            &[("ca.crt", &authority.certificate), ("ca.key", &authority.key)],
        ));
        for suffix in ["server", "replication"] {
            let pair = [("tls.crt", authority.certificate.as_str()), ("tls.key", authority.key.as_str())];
            all.push(secret(&home, &format!("{own}-{suffix}"), "kubernetes.io/tls", &pair));
        }
    }
    let (database, owner, app) = initdb(cluster);
    let given = bootstrap(cluster)["secret"]["name"].is_string();
    if !given && objects.get("secrets", &home, &app).is_none() {
        let drawn = password(objects, 64);
        all.push(credentials(&home, &app, &own, &owner, &drawn, &database));
    }
    let superuser = format!("{own}-superuser");
    if cluster["spec"]["enableSuperuserAccess"] == true && objects.get("secrets", &home, &superuser).is_none() {
        let drawn = password(objects, 64);
        all.push(credentials(&home, &superuser, &own, "postgres", &drawn, "*"));
    }
    for object in all {
        if let Err(error) = make(objects, cluster, labelled(object, &json!({ "cnpg.io/cluster": own, "cnpg.io/reload": "true" })))
        {
            objects.event(cluster, "Warning", "FailedCreate", &error.message);
            return false;
        }
    }
    true
}

fn credentials(home: &str, called: &str, cluster: &str, user: &str, password: &str, database: &str) -> Value {
    let server = format!("{cluster}-rw");
    let uri = |host: &str| format!("postgresql://{user}:{password}@{host}:5432/{database}");
    let all = [
        ("username", user.to_owned()),
        ("user", user.to_owned()),
        ("password", password.to_owned()),
        ("dbname", database.to_owned()),
        ("host", server.clone()),
        ("port", "5432".to_owned()),
        ("uri", uri(&format!("{server}.{home}"))),
        ("fqdn-uri", uri(&host(&server, home))),
        ("jdbc-uri", format!("jdbc:postgresql://{server}.{home}:5432/{database}?password={password}&user={user}")),
        ("pgpass", format!("{server}:5432:{database}:{user}:{password}\n")),
    ];
    let texts: Vec<(&str, &str)> = all.iter().map(|(k, v)| (*k, v.as_str())).collect();
    secret(home, called, "kubernetes.io/basic-auth", &texts)
}

/// Says to the servers' names who may log in.
pub(super) fn logins(objects: &mut Objects, cluster: &Value) {
    let (home, own) = (namespace(cluster), name(cluster));
    let (database, owner, secret) = initdb(cluster);
    let mut users = Map::new();
    let mut databases = vec![database];
    let add = |objects: &Objects, users: &mut Map<String, Value>, user: &str, secret: &str| {
        if let Some(password) = secret_text(objects, home, secret, "password") {
            users.insert(user.to_owned(), password.into());
        }
    };
    add(objects, &mut users, &owner, &secret);
    users.insert("streaming_replica".to_owned(), BY_CERTIFICATE.into());
    users.insert("cnpg_pooler_pgbouncer".to_owned(), BY_CERTIFICATE.into());
    if cluster["spec"]["enableSuperuserAccess"] == true {
        add(objects, &mut users, "postgres", &format!("{own}-superuser"));
    }
    for (role, password) in roles::logins(objects, cluster) {
        users.insert(role, password.into());
    }
    for object in objects.list_in("databases.postgresql.cnpg.io", home) {
        if object["spec"]["cluster"]["name"] == own && object["status"]["applied"] == true {
            databases.push(text(&object["spec"]["name"]).to_owned());
        }
    }
    // It offers TLS by its own authority and takes clients without.
    let login = json!({ "protocol": "postgres", "users": users, "databases": databases });
    let mut names: Vec<String> = ["rw", "ro", "r"].iter().map(|s| format!("{own}-{s}")).collect();
    let poolers = objects.list_in("poolers.postgresql.cnpg.io", home).into_iter().filter(|p| p["spec"]["cluster"]["name"] == own);
    names.extend(poolers.map(|p| name(p).to_owned()));
    for service in names {
        logins::set(objects, &host(&service, home), 5432, login.clone());
    }
}
