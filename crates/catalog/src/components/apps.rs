//! Apps: what the platform is for, and all that their `uses:` implies.
//!
//! Each app has a namespace of its own, and is installed by an account that may do anything there and nothing elsewhere.
//! An image becomes a Deployment; a chart is installed as it is; what both use arrives as Secrets, and whatever these
//! name is opened.

mod authority;
mod exposed;
mod image;

use super::{Site, access, charts::POD_ANNOTATIONS, write::object};
use pontoon_core::content::{Capability, Chart, Component, Field, Party, Piece, Place, Release, SecretSpec, ValueFrom, Workload};
use pontoon_spec::{
    references::template::{Part, parts},
    sections::apps::App,
    tree::to_json,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The account in whose name an app is installed.
pub const DEPLOYER: &str = "deployer";

/// One component for each app that runs in the cloud.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let in_cloud = |app: &App| app.runs_on.is_empty() || app.runs_on.iter().any(|p| p.as_str() == "cloud");
    site.spec
        .apps
        .iter()
        // Entries of the catalog are charts that it has to know first.
        .filter(|(_, app)| in_cloud(app) && app.catalog.is_none())
        .flat_map(|(name, app)| build_one(site, name.as_str(), &app.value, app.trace()))
        .collect()
}

/// What the app may do and reach, and then the app itself, installed in the name of its own account.
fn build_one(site: &Site<'_>, name: &str, app: &App, origin: pontoon_core::platform::Origin) -> Vec<Component> {
    let title = format!("app {name}");
    let mut c = Component::new(&format!("app-{name}"), "apps", &title, origin.clone()).namespace(name, site.app_strictness());
    c.account = Some((name.into(), DEPLOYER.into()));
    let mut secrets: Vec<String> = Vec::new();
    for uses in app.uses.iter() {
        let Some(access) = access::access(site, name, &uses.value.0) else { continue };
        secrets.push(access.secret.clone());
        c = c.secret(secret(name, &access.secret, access.fields));
        for (to, ports) in access.to {
            c = c.opening(Party::namespace(name), to, &ports);
        }
        for need in access.needs {
            c = c.needs(need);
        }
    }
    if !app.secrets.is_empty() {
        let fields = app.secrets.iter().map(|s| (s.to_string(), Field::Given(s.to_string()))).collect();
        secrets.push(name.to_owned());
        c = c.secret(secret(name, name, fields));
    }
    let most = app.replicas.as_ref().map_or(1, |r| r.most());
    if let Some(resources) = &app.resources {
        c = c.workload(Workload {
            name: name.into(),
            place: Place::Workload,
            least: app.replicas.as_ref().map_or(1, |r| r.least()),
            most,
            cpu: resources.cpu.millis(),
            memory: u32::try_from(resources.memory.in_mebibytes()).unwrap_or(u32::MAX),
            volume: 0,
            spread: false,
        });
    }
    let trusted = authority::variables(site, app);
    if app.image.is_some() {
        c = image::add(site, c, name, app, &secrets, &trusted);
    } else if let Some(chart) = &app.chart {
        c = chart_of(site, c, name, app, chart, (&secrets, &trusted));
    } else if let Some(kustomize) = &app.kustomize {
        c.pieces.push(Piece::Kustomization { path: kustomize.value.path.to_string(), namespace: name.into() });
        c = c.opening(Party::namespace(name), Party::namespace(name), &[]);
    }
    c = exposed::add(site, c, name, app);
    // What reaches into other namespaces, and what gives rights, is not the app's own to write.
    let mut own = Component::new(&format!("app-{name}-access"), "apps", &format!("access of app {name}"), origin)
        .namespace(name, site.app_strictness())
        .provides(Capability::Account(format!("{name}/{DEPLOYER}")));
    own.namespaces.iter_mut().for_each(|n| n.quota = true);
    own = deployer(own, name);
    if !trusted.is_empty() {
        own = authority::add(own, name);
    }
    own.secrets = std::mem::take(&mut c.secrets);
    own.openings = std::mem::take(&mut c.openings);
    own.provides.extend(own.secrets.iter().map(|s| Capability::secret(&s.namespace, &s.name)));
    c.needs.extend(own.provides.iter().cloned());
    vec![own, c]
}

/// The account that installs the app.
fn deployer(c: Component, name: &str) -> Component {
    let subject = json!({ "kind": "ServiceAccount", "name": DEPLOYER, "namespace": name });
    let rules = json!([{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }]);
    let role = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": DEPLOYER });
    c.object(object("v1", "ServiceAccount", name, DEPLOYER, json!({})))
        .object(object("rbac.authorization.k8s.io/v1", "Role", name, DEPLOYER, json!({ "rules": rules })))
        .object(object(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            name,
            DEPLOYER,
            json!({ "roleRef": role, "subjects": [subject] }),
        ))
}

fn secret(app: &str, name: &str, fields: BTreeMap<String, Field>) -> SecretSpec {
    SecretSpec {
        namespace: app.into(),
        name: name.into(),
        kind: "Opaque".into(),
        labels: BTreeMap::from([("pontoon.dev/app".to_owned(), app.to_owned())]),
        fields,
        owner: app.into(),
        early: false,
    }
}

/// A text with references, as a field; `None` where it has none.
fn referring(site: &Site<'_>, app: &str, text: &str) -> Option<Field> {
    let parts = parts(text).ok()?;
    let key = |part: &Part| match part {
        Part::Text(text) => Some(Field::Text(text.clone())),
        Part::Key(uses, key) => access::access(site, app, &uses.0)?.fields.get(key).cloned(),
    };
    if !parts.iter().any(|p| matches!(p, Part::Key(..))) {
        return None;
    }
    let mut fields: Vec<Field> = parts.iter().filter_map(key).collect();
    if fields.len() == 1 { fields.pop() } else { Some(Field::Join(fields)) }
}

fn chart_of(
    site: &Site<'_>,
    mut c: Component,
    name: &str,
    app: &App,
    chart: &pontoon_spec::sections::apps::Chart,
    environment: (&[String], &[Value]),
) -> Component {
    let mut values = app.values.as_ref().map_or_else(|| json!({}), |v| to_json(&v.0));
    let mut kept: BTreeMap<String, Field> = BTreeMap::new();
    let mut from = Vec::new();
    take_references(site, name, &mut values, "", &mut kept, &mut from);
    // Whoever writes them into the values says that the chart takes them; a folder's own values say it as well.
    let of_folder = chart.path.as_ref().and_then(|p| site.folders.get(p.as_str()));
    let annotated = [Some(&values), of_folder].into_iter().flatten().any(|v| v[POD_ANNOTATIONS].is_object());
    let chart = if let Some(path) = &chart.path {
        // A chart of our own house takes what the document says about the app, where its values have a place for it.
        conventional(app, &mut values, of_folder, environment);
        Chart::Folder { path: path.to_string() }
    } else {
        published(chart)
    };
    if !kept.is_empty() {
        c = c.secret(secret(name, &format!("{name}-values"), kept));
    }
    if app.replicas.as_ref().is_some_and(|r| r.most() > r.least()) {
        c = image::autoscaled(c, name, app);
    }
    // The parts of a chart talk to each other, and which ones is the chart's business.
    c.opening(Party::namespace(name), Party::namespace(name), &[]).release(Release {
        name: name.into(),
        namespace: name.into(),
        chart,
        values,
        values_from: from,
        pod_annotations: annotated.then(|| POD_ANNOTATIONS.into()).into_iter().collect(),
        service_account: Some(DEPLOYER.into()),
        minutes: 10,
    })
}

/// Takes every text with references out of the values: a Secret holds it, and the chart's controller puts it back.
fn take_references(
    site: &Site<'_>,
    app: &str,
    value: &mut Value,
    path: &str,
    kept: &mut BTreeMap<String, Field>,
    from: &mut Vec<ValueFrom>,
) {
    let Value::Object(map) = value else { return };
    let mut gone = Vec::new();
    for (key, inner) in map.iter_mut() {
        let here = if path.is_empty() { key.replace('.', "\\.") } else { format!("{path}.{}", key.replace('.', "\\.")) };
        match inner {
            Value::String(text) => {
                if authority::is_meant(site, text) {
                    from.push(authority::value(here));
                    gone.push(key.clone());
                } else if let Some(field) = referring(site, app, text) {
                    let name = here.replace(['\\', '/'], "");
                    kept.insert(name.clone(), field);
                    from.push(ValueFrom { secret: format!("{app}-values"), key: name, target: here });
                    gone.push(key.clone());
                }
            }
            other => take_references(site, app, other, &here, kept, from),
        }
    }
    for key in gone {
        map.remove(&key);
    }
}

/// `oci://ghcr.io/org/charts/web` is the chart `web` of the registry `oci://ghcr.io/org/charts`.
fn published(chart: &pontoon_spec::sections::apps::Chart) -> Chart {
    let whole = chart.name.as_ref().map(|n| n.to_string()).unwrap_or_default();
    let (repository, name) = whole.rsplit_once('/').map_or((String::new(), whole.clone()), |(r, n)| (r.to_owned(), n.to_owned()));
    let version = chart.version.as_ref().map(|v| v.to_string()).unwrap_or_default();
    Chart::Published { name, repository, version }
}

/// `replicas`, `resources`, `envFrom` and `env`, where the chart's own values have them. The environment is of Secrets whose
/// keys become variables, and of variables.
fn conventional(app: &App, values: &mut Value, own: Option<&Value>, (secrets, variables): (&[String], &[Value])) {
    let takes = |key: &str| own.is_some_and(|v| v.get(key).is_some());
    let Some(map) = values.as_object_mut() else { return };
    let mut say = |key: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| takes(key)) {
            map.entry(key).or_insert(value);
        }
    };
    say("replicas", app.replicas.as_ref().map(|r| r.least().into()));
    say("replicaCount", app.replicas.as_ref().map(|r| r.least().into()));
    say(
        "resources",
        app.resources
            .as_ref()
            .map(|r| super::write::resources(r.cpu.millis(), u32::try_from(r.memory.in_mebibytes()).unwrap_or(u32::MAX))),
    );
    let from: Vec<Value> = secrets.iter().map(|s| json!({ "secretRef": { "name": s } , "prefix": prefix(s) })).collect();
    say("envFrom", (!from.is_empty()).then(|| from.into()));
    let listed = own.is_some_and(|v| v["env"].is_array());
    say("env", (listed && !variables.is_empty()).then(|| variables.into()));
}

/// The prefix of the environment variables that a Secret gives: `DATABASES_MAIN_`.
fn prefix(secret: &str) -> String {
    format!("{}_", secret.replace(['-', '.'], "_").to_uppercase())
}

/// What a person may write into `env`, as a container's list: plain values, and references into the Secret `<app>-env`.
fn environment(site: &Site<'_>, name: &str, app: &App) -> (Vec<Value>, BTreeMap<String, Field>) {
    let mut kept = BTreeMap::new();
    let mut list = Vec::new();
    for (key, value) in app.env.iter() {
        if authority::is_meant(site, value) {
            list.push(authority::variable(key));
            continue;
        }
        match referring(site, name, value) {
            Some(field) => {
                list.push(json!({ "name": key, "valueFrom": { "secretKeyRef": { "name": format!("{name}-env"), "key": key } } }));
                kept.insert(key.clone(), field);
            }
            None => list.push(json!({ "name": key, "value": value.to_string() })),
        }
    }
    (list, kept)
}

/// A map with one entry, for labels.
fn one(key: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), Value::from(value))])
}

/// Needs pods' use of CPU to be measured.
fn measured(c: Component) -> Component {
    c.needs(Capability::Metrics)
}
