//! `pontoon kubeconfig`

use super::{
    ground::{credential, records},
    run::{Session, block_on, engine},
};
use crate::{
    args::Kubeconfig as Args,
    compose::Composition,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use serde_json::json;

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
        let records = records(&composition, environment)?;
        let way = credential(&session, &records, environment, seconds).await?;
        let way = way.ok_or_else(|| {
            Trouble::new(format!("{environment} has no cluster yet"), format!("make it: {}", args.place.up(environment)))
        })?;
        let name = format!("{}-{environment}", loaded.platform());
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": name, "cluster": { "server": way.server, "certificate-authority-data": way.authority } }],
            "users": [{ "name": name, "user": { "token": way.token.expose() } }],
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
