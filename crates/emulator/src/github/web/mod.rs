//! `github.com` itself: Git over HTTP, and the files of releases. It shares the API's port where it is served locally.

mod git;
mod releases;

use crate::{Cx, Reply, Req};
use percent_encoding::percent_decode_str;

/// The reply, when the request is for the website.
pub(crate) fn answer(cx: &mut Cx, req: &Req) -> Option<Reply> {
    let path = percent_decode_str(&req.path).decode_utf8_lossy().into_owned();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (req.method.as_str(), parts.as_slice()) {
        ("GET", [owner, name, "info", "refs"]) => Some(git::advertise(cx, req, owner, name)),
        ("POST", [owner, name, "git-upload-pack"]) => Some(git::upload(cx, req, owner, name)),
        ("POST", [owner, name, "git-receive-pack"]) => Some(git::receive(cx, req, owner, name)),
        ("GET" | "HEAD", [owner, name, "releases", "download", tag, file]) => {
            Some(releases::download(cx, owner, name, tag, file))
        }
        ("GET" | "HEAD", [owner, name, "releases", "latest", "download", file]) => {
            Some(releases::download(cx, owner, name, "latest", file))
        }
        // The real one is answered by way of `raw.githubusercontent.com`.
        ("GET" | "HEAD", [owner, name, "raw", tag, path @ ..]) => releases::raw(cx, owner, name, tag, &path.join("/")),
        _ => None,
    }
}
