//! The repo-server's reading: files of a repository at a revision, with the credentials of Argo CD's Secrets.

use super::text;
use crate::cluster::Objects;
use crate::cluster::kustomize::Files;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Commit and files of a repository at a revision; `HEAD` is the default branch.
///
/// # Errors
/// What the repo-server says.
pub(super) fn read(objects: &mut Objects, home: &str, url: &str, revision: &str) -> Result<(String, Files), String> {
    let credential = opened(objects, home, url)?;
    let found = crate::github::read_tree(objects.cx(), url, wanted(revision), &credential);
    found.map_err(|why| unread(&why, revision))
}

/// The commit alone.
///
/// # Errors
/// What the repo-server says.
pub(super) fn head(objects: &mut Objects, home: &str, url: &str, revision: &str) -> Result<String, String> {
    let credential = opened(objects, home, url)?;
    let found = crate::github::read_head(objects.cx(), url, wanted(revision), &credential);
    found.map_err(|why| unread(&why, revision))
}

fn wanted(revision: &str) -> &str {
    if revision == "HEAD" { "" } else { revision }
}

fn opened(objects: &Objects, home: &str, url: &str) -> Result<String, String> {
    if is_ssh(url) && !knows_host(objects, home, url) {
        return Err(failed("ssh: handshake failed: knownhosts: key is unknown"));
    }
    Ok(credential(objects, home, url))
}

fn unread(why: &str, revision: &str) -> String {
    if why.starts_with("couldn't find remote ref") {
        return format!("rpc error: code = Unknown desc = unable to resolve '{revision}' to a commit SHA");
    }
    failed(why)
}

fn failed(why: &str) -> String {
    format!("rpc error: code = Unknown desc = failed to list refs: {why}")
}

fn is_ssh(url: &str) -> bool {
    url.starts_with("ssh://") || url.starts_with("git@")
}

/// Host and path alone, so that the ways to write an address are one. Source: Argo CD, `NormalizeGitURL`.
fn normal(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.strip_prefix("git@").unwrap_or(rest).replacen(':', "/", 1);
    rest.trim_end_matches('/').trim_end_matches(".git").to_lowercase()
}

fn knows_host(objects: &Objects, home: &str, url: &str) -> bool {
    let host = normal(url).split('/').next().unwrap_or("").to_owned();
    let known = objects.get("configmaps", home, "argocd-ssh-known-hosts-cm").map(|m| text(&m["data"]["ssh_known_hosts"]));
    known.is_some_and(|k| k.lines().any(|line| line.split([' ', ',']).any(|name| name == host)))
}

/// The key, token or password of the repository's Secret, or of a Secret for addresses that begin so; empty is nobody.
fn credential(objects: &Objects, home: &str, url: &str) -> String {
    let wanted = normal(url);
    let kind = |s: &Value| text(&s["metadata"]["labels"]["argocd.argoproj.io/secret-type"]);
    let all = objects.list_in("secrets", home);
    let exact = all.iter().find(|s| kind(s) == "repository" && normal(&decoded(s, "url")) == wanted);
    let prefix = || all.iter().find(|s| kind(s) == "repo-creds" && wanted.starts_with(&normal(&decoded(s, "url"))));
    let Some(secret) = exact.or_else(prefix) else { return String::new() };
    let keys: &[&str] = if is_ssh(url) { &["sshPrivateKey"] } else { &["bearerToken", "password"] };
    keys.iter().map(|k| decoded(secret, k)).find(|v| !v.is_empty()).unwrap_or_default()
}

fn decoded(secret: &Value, key: &str) -> String {
    let data = secret["data"][key].as_str().unwrap_or("");
    STANDARD.decode(data).ok().and_then(|b| String::from_utf8(b).ok()).unwrap_or_default()
}
