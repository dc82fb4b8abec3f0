//! What an app may do in its database of a managed PostgreSQL: a user made by the API owns nothing and may create nothing.
//!
//! A Job signs in once as the administrator and grants. The administrator's Secret is there for that alone, and is removed
//! afterwards. Source: DigitalOcean's documentation, "Modify user privileges in PostgreSQL databases".

use super::{
    Site,
    access::{MANAGED_PORT, private_range, role, secret_name},
    write::{object, resources, restricted_container, restricted_pod, secret},
};
use pontoon_core::{
    address::{Address, Scope},
    content::{Capability, Component, Field, Party},
    platform::Origin,
};
use pontoon_spec::{sections::databases::Database, types::UsesKind};
use serde_json::json;

/// The label of a Secret that is there for one run only.
pub const ONCE: &str = "pontoon.dev/once";
/// The label of the Job's pods.
const JOB: &str = "pontoon.dev/job";
/// The user that PostgreSQL's image has for itself.
const POSTGRES: u32 = 70;

/// One for each app and managed PostgreSQL that it uses.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let mut all = Vec::new();
    for (app, declared) in site.spec.apps.iter() {
        for uses in declared.uses.iter() {
            if let UsesKind::Database(name) = &uses.value.0
                && let Some(Database::Digitalocean(pg)) = site.spec.databases.get(name.as_str()).map(|d| &d.value)
            {
                let image = format!("docker.io/library/postgres:{}-alpine", *pg.version);
                all.push(one(site, app.as_str(), name.as_str(), &uses.value.0, &image, uses.trace()));
            }
        }
    }
    all
}

fn one(site: &Site<'_>, app: &str, database: &str, uses: &UsesKind, image: &str, origin: Origin) -> Component {
    let name = format!("{}-grants", secret_name(uses));
    let own = role(app);
    // All of it may be said again: a second run changes nothing.
    let script = format!(
        "psql \"$ADMIN_URI\" --set ON_ERROR_STOP=1 <<'SQL'\n\
         GRANT ALL ON DATABASE \"{own}\" TO \"{own}\";\n\
         \\connect \"{own}\"\n\
         GRANT ALL ON SCHEMA public TO \"{own}\";\n\
         SQL\n"
    );
    let pod_security = json!({ "runAsUser": POSTGRES, "runAsGroup": POSTGRES });
    let pod = json!({
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": false,
        "securityContext": super::write::merged(restricted_pod(), pod_security),
        "containers": [{
            "name": "grants",
            "image": image,
            "command": ["sh", "-c", script],
            "env": [{ "name": "ADMIN_URI", "valueFrom": { "secretKeyRef": { "name": name, "key": "uri" } } }],
            "resources": resources(10, 64),
            "securityContext": restricted_container(),
        }],
    });
    let job = json!({ "spec": {
        "backoffLimit": 6,
        "ttlSecondsAfterFinished": 600,
        "template": { "metadata": { "labels": { JOB: name } }, "spec": pod },
    }});
    let address = Address::new(Scope::environment(site.spec.environment.as_str()), "digitalocean.database", database);
    let mut administrator = secret(app, &name, app, [("uri", Field::Output { address, output: "admin_uri".into() })]);
    administrator.labels.insert(ONCE.into(), "true".into());
    Component::new(&format!("grants-{database}-{app}"), "databases", &format!("what {app} may do in {database}"), origin)
        .needs(Capability::Namespace(app.into()))
        .provides(Capability::endpoint(app, &name, 0))
        .secret(administrator)
        .opening(Party::pods(app, JOB, &name), private_range(site), &[MANAGED_PORT])
        .object(object("batch/v1", "Job", app, &name, job))
}
