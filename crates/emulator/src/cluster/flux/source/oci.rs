//! OCIRepository: Flux's own manifests, and the charts of registries.

use super::{Failed, Fetched};
use crate::cluster::Objects;
use crate::cluster::charts;
use crate::cluster::flux::artifact::Content;
use crate::cluster::flux::{install_manifest, text, text_or};
use crate::cluster::helm::range;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(super) fn fetch(objects: &mut Objects, object: &Value) -> Result<Fetched, Failed> {
    let spec = &object["spec"];
    let url = text(&spec["url"]);
    let pull = |why: &str| Failed::new("OCIArtifactPullFailed", format!("failed to determine artifact digest: {why}"));
    let Some(path) = url.strip_prefix("oci://") else {
        return Err(Failed::new(
            "URLInvalid",
            format!("URL must be in format 'oci://<domain>/<org>/<repo>': invalid OCI URL: {url}"),
        )
        .end());
    };
    if objects.world().world().charts.is_unreachable(&url) {
        return Err(pull(&format!("GET https://{}/v2/: dial tcp: i/o timeout", path.split('/').next().unwrap_or(path))));
    }
    let tag = text(&spec["ref"]["tag"]);
    let unknown = |tag: &str| {
        pull(&format!("GET https://{}: MANIFEST_UNKNOWN: manifest unknown", path.replacen('/', "/v2/", 1) + "/manifests/" + tag))
    };
    if path == "ghcr.io/fluxcd/flux-manifests" {
        let tag = text_or(&spec["ref"]["tag"], "latest");
        let manifest = install_manifest(&tag).ok_or_else(|| unknown(&tag))?;
        let files = [("install.yaml".to_owned(), manifest.into_bytes())].into();
        return Ok(found(&tag, Content::Files(files)));
    }
    let (parent, name) = url.rsplit_once('/').unwrap_or((&url, ""));
    let chart = charts::published(parent, name).ok_or_else(|| {
        pull(&format!(
            "GET https://{}: UNAUTHORIZED: authentication required",
            path.replacen('/', "/v2/", 1) + "/manifests/" + &text_or(&spec["ref"]["tag"], "latest")
        ))
    })?;
    let version = match spec["ref"]["semver"].as_str() {
        Some(wanted) => {
            range::best(wanted, chart.versions).ok_or_else(|| pull(&format!("no match found for semver: {wanted}")))?
        }
        None if tag.is_empty() || tag == "latest" => chart.versions.first().copied().ok_or_else(|| unknown("latest"))?,
        None => chart.version(&tag).ok_or_else(|| unknown(&tag))?,
    };
    Ok(found(version.chart, Content::Chart(parent.to_owned(), name.to_owned(), version.chart.to_owned())))
}

fn found(tag: &str, content: Content) -> Fetched {
    let digest: String = Sha256::digest(format!("{content:?}").as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let revision = format!("{tag}@sha256:{digest}");
    let message = format!("stored artifact for digest '{revision}'");
    Fetched { revision, content: Some(content), reason: "Succeeded", message }
}
