//! Files of releases: manifests that installers fetch.

use crate::cluster::{argo, flux, operators};
use crate::{Cx, Reply};

/// What the release `tag` of a project has under the name `file`, from those who know the project.
fn text(owner: &str, name: &str, tag: &str, file: &str) -> Option<String> {
    match (owner, name, file) {
        ("fluxcd", "flux2", "install.yaml") => flux::install_manifest(tag),
        _ => operators::release_manifest(&format!("{owner}/{name}/releases/download/{tag}/{file}")),
    }
}

/// Answers a download; the real one is answered by way of `objects.githubusercontent.com`.
pub(super) fn download(cx: &Cx, owner: &str, name: &str, tag: &str, file: &str) -> Reply {
    let gone = |known: &String| {
        let (project, release) = known.rsplit_once('/').unwrap_or((known, "*"));
        project == format!("{owner}/{name}") && (release == "*" || release == tag)
    };
    let held = cx.world().github.missing_releases.iter().any(gone);
    match text(owner, name, tag, file).filter(|_| !held) {
        Some(text) => Reply::raw(200, "application/octet-stream", text)
            .with("content-disposition", format!("attachment; filename={file}"))
            .with("accept-ranges", "bytes"),
        None => Reply::raw(404, "text/plain; charset=utf-8", "Not Found"),
    }
}

/// Answers for a file of a project's repository at a tag, where the project is one whose files installers fetch.
pub(super) fn raw(cx: &Cx, owner: &str, name: &str, tag: &str, path: &str) -> Option<Reply> {
    if (owner, name, path) != ("argoproj", "argo-cd", "manifests/install.yaml") {
        return None;
    }
    let gone = |known: &String| known == "argoproj/argo-cd/*" || *known == format!("argoproj/argo-cd/{tag}");
    let held = cx.world().github.missing_releases.iter().any(gone);
    Some(match argo::install_manifest(tag).filter(|_| !held) {
        Some(text) => Reply::raw(200, "text/plain; charset=utf-8", text),
        None => Reply::raw(404, "text/plain; charset=utf-8", "404: Not Found"),
    })
}
