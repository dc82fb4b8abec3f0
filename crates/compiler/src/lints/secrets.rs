//! Secrets: where they can be read, and what becomes of them.

use super::{
    page::{example, warning},
    say::{at, each, list},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        databases::{Cache, Database},
        infrastructure::{EngineKind, StateEncryption},
        secrets::SecretHome,
    },
    types::SecretName,
};

pub(super) const READABLE_STATE: CodePage = warning(
    "PT4005",
    "secrets that lie readable in a state",
    "OpenTofu and Terraform write passwords of databases and keys of buckets into their state as they are. Whoever may read the state has them. OpenTofu can encrypt it before it leaves; Terraform, and so HCP Terraform, cannot. Pontoon's own engine keeps no secrets.",
    example!("infrastructure: { engine: opentofu, state: { provider: spaces } }"),
    "With OpenTofu: state: { encryption: client }. With HCP Terraform: let few people read the workspace, and accept it: accept: [ PT4005 ] in `infrastructure`. Or engine: native.",
);

pub(super) const CLUSTER_ALONE: CodePage = warning(
    "PT4006",
    "secrets that live in the cluster alone",
    "Without a store and without `git: sops-age` the engine writes secrets into the cluster and keeps none. When the cluster is lost, those that it made are made anew; those that people gave a value (`pontoon secret set`) are gone, and somebody has to have them elsewhere.",
    example!(bare
        "environments: { production: { region: nyc3 } }",
        "delivery: { gitops: flux, repository: { github: example-org/shop } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2, secrets: [ STRIPE_API_KEY ] } }",
    ),
    "Write secrets: { git: sops-age }, or name a store: secrets: { store: { provider: doppler, project: shop } }. To stay: accept: [ PT4006 ] in the document.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        readable_state(spec, out);
        cluster_alone(spec, out);
    });
}

/// What has a secret that the infrastructure's state would hold.
fn held(spec: &Spec) -> Vec<&'static str> {
    let databases = spec.databases.values().any(|d| matches!(d.value, Database::Digitalocean(_)));
    let caches = spec.caches.values().any(|c| matches!(c.value, Cache::Digitalocean(_)));
    let all =
        [(databases, "passwords of databases"), (caches, "passwords of caches"), (!spec.buckets.is_empty(), "keys of buckets")];
    all.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect()
}

fn readable_state(spec: &Spec, out: &mut Diagnostics) {
    let infrastructure = &spec.infrastructure;
    let held = held(spec);
    let (keeper, hint) = match *infrastructure.engine {
        EngineKind::Opentofu if *infrastructure.state.encryption == StateEncryption::None => {
            ("the state of OpenTofu", "add encryption: client to `state`")
        }
        EngineKind::HcpTerraform => (
            "the state of HCP Terraform",
            "let few people read the workspace, and accept it in `infrastructure`: accept: [ PT4005 ]",
        ),
        EngineKind::Opentofu | EngineKind::Native => return,
    };
    if !held.is_empty() {
        let message = format!("{} lie readable in {keeper}", list(&held));
        out.push(at(READABLE_STATE, &infrastructure.engine, message).hint(hint));
    }
}

fn cluster_alone(spec: &Spec, out: &mut Diagnostics) {
    if spec.secrets.home() != SecretHome::Cluster {
        return;
    }
    let apps = spec.apps.values().flat_map(|app| app.value.secrets.iter());
    let routes = spec.observability.alerts.routes.values().filter_map(|r| r.value.secret.as_ref());
    let named: Vec<&Located<SecretName>> = apps.chain(routes).collect();
    let Some(first) = named.first() else { return };
    let mut names: Vec<&str> = named.iter().map(|s| s.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let verb = if names.len() == 1 { "lives" } else { "live" };
    let message = format!("{} {verb} in the cluster alone: whoever rebuilds it has to have the values elsewhere", list(&names));
    out.push(at(CLUSTER_ALONE, first, message).hint("write secrets: { git: sops-age }, or name a store"));
}
