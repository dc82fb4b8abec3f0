//! `pontoon kubeconfig`

use super::run::{Session, block_on, engine};
use crate::{
    args::Kubeconfig as Args,
    compose::{Composition, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_core::{
    address::{Address, Scope},
    call::Call,
};
use pontoon_engine::Provider;
use serde_json::json;
use std::time::Duration;

/// Prints a kubeconfig whose credential lives for a while only.
pub fn kubeconfig(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "kubeconfig")?;
    let [environment] = environments.as_slice() else {
        return Err(Trouble::new(
            "a kubeconfig is for one cluster",
            format!("name one environment: {}", environments.join(", ")),
        ));
    };
    let seconds = args.hours.saturating_mul(3600);
    let config = block_on(settings, &args.place, async {
        let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
        let session = Session::open(settings, &composition, loaded.platform(), environment)?;
        let record = composition.store.load(&Scope::environment(environment.as_str())).map_err(|e| trouble_of_store(&e))?;
        let address = Address::new(Scope::environment(environment.as_str()), "digitalocean.cluster", "main");
        let cluster = record.as_ref().and_then(|r| r.resources.get(&address));
        let cluster = cluster.ok_or_else(|| {
            Trouble::new(format!("{environment} has no cluster yet"), format!("make it: pontoon up {environment}"))
        })?;
        let path = format!("/v2/kubernetes/clusters/{}/credentials", cluster.id);
        let call =
            Call::new("digitalocean", "GET", path, "kubernetes:access_cluster").query("expiry_seconds", i64::from(seconds));
        let reply = session.vendors.digitalocean.send(&call, Duration::from_secs(60)).await.map_err(|r| {
            Trouble::new(
                format!("no credential for the cluster of {environment}: {}", r.message),
                "the token needs the scope kubernetes:access_cluster",
            )
        })?;
        let text = |path: &str| reply.body.at(path).and_then(|v| v.as_text().map(str::to_owned)).unwrap_or_default();
        let name = format!("{}-{environment}", loaded.platform());
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": name, "cluster": { "server": text("server"), "certificate-authority-data": text("certificate_authority_data") } }],
            "users": [{ "name": name, "user": { "token": text("token") } }],
            "contexts": [{ "name": name, "context": { "cluster": name, "user": name } }],
            "current-context": name,
        }))
    })?;
    // The one place where a secret is what was asked for.
    if settings.json {
        print::line(&config.to_string());
    } else {
        print::out(&pontoon_render::yaml::document(&config));
    }
    Ok(Exit::Done)
}
