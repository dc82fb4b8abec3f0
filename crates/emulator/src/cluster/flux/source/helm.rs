//! HelmRepository: whether an index of charts can be fetched.

use super::{Failed, Fetched};
use crate::cluster::Objects;
use crate::cluster::charts;
use crate::cluster::flux::artifact::Content;
use crate::cluster::flux::text;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) fn fetch(objects: &mut Objects, object: &Value) -> Result<Fetched, Failed> {
    let url = text(&object["spec"]["url"]);
    let index = index(objects, &url)?;
    let digest: String = Sha256::digest(index.to_string().as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let revision = format!("sha256:{digest}");
    let message = format!("stored artifact: revision '{revision}'");
    let files = [("index.yaml".to_owned(), index.to_string().into_bytes())].into();
    Ok(Fetched { revision, content: Some(Content::Files(files)), reason: "Succeeded", message })
}

/// What is published there.
fn index(objects: &Objects, url: &str) -> Result<Value, Failed> {
    let home = url.trim_end_matches('/');
    let get = |why: &str| {
        Failed::new(
            "Failed",
            format!(
                "failed to fetch Helm repository index: failed to cache index to temporary file: Get \"{home}/index.yaml\": {why}"
            ),
        )
    };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Failed::new("URLInvalid", format!("invalid Helm repository URL: scheme of \"{url}\" is not supported")).end());
    }
    if objects.world().world().charts.is_unreachable(url) {
        return Err(get("dial tcp: i/o timeout"));
    }
    let entries: Vec<Value> = charts::CHARTS
        .iter()
        .filter(|c| c.repository.trim_end_matches('/') == home)
        .map(|c| json!({ "name": c.name, "versions": c.versions.iter().map(|v| v.chart).collect::<Vec<_>>() }))
        .collect();
    if entries.is_empty() {
        let host = home.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(home);
        return Err(get(&format!("dial tcp: lookup {host} on 10.245.0.10:53: no such host")));
    }
    Ok(entries.into())
}
