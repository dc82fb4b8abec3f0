//! A repository as a controller in a cluster reads it, without a socket in between.

use super::access::{self, Need};
use super::ask::Ask;
use super::git::{Git, tree};
use super::{repos, settings};
use crate::{Cx, Req, Vendor};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;

/// The commit id and the files (path → contents) of a repository at `reference`: a branch, a tag, `refs/…` or a commit
/// id; empty is the default branch.
///
/// `url` is `ssh://git@github.com/o/r.git`, `git@github.com:o/r` or `https://github.com/o/r`. `credential` is an SSH
/// private key in OpenSSH's PEM form, whose public half must be a deploy key of the repository, or, over HTTPS, a token;
/// empty is nobody.
///
/// # Errors
/// What `git fetch` would have said.
pub fn read_tree(cx: &Cx, url: &str, reference: &str, credential: &str) -> Result<(String, BTreeMap<String, Vec<u8>>), String> {
    let repo = admitted(cx, url, credential)?;
    let git = Git::of(&repo["id"].to_string());
    let default = repo["default_branch"].as_str().unwrap_or_default();
    let name = if reference.is_empty() { default } else { reference };
    let missing = || format!("couldn't find remote ref \"refs/heads/{name}\"");
    let id = git.resolve(cx, name).ok_or_else(missing)?;
    let commit = git.commit(cx, &id).ok_or_else(missing)?;
    let files = tree::files(cx, &git, &commit.tree);
    let files = files.into_iter().filter_map(|(path, (_, id))| Some((path, git.blob(cx, &id)?))).collect();
    Ok((id, files))
}

/// The commit id alone, as `git ls-remote` gives it.
///
/// # Errors
/// The same.
pub fn read_head(cx: &Cx, url: &str, reference: &str, credential: &str) -> Result<String, String> {
    let repo = admitted(cx, url, credential)?;
    let default = repo["default_branch"].as_str().unwrap_or_default();
    let name = if reference.is_empty() { default } else { reference };
    let git = Git::of(&repo["id"].to_string());
    git.resolve(cx, name).ok_or_else(|| format!("couldn't find remote ref \"refs/heads/{name}\""))
}

/// Whether the address is read by SSH, and owner and name.
fn address(url: &str) -> Option<(bool, &str, &str)> {
    let (ssh, path) = if let Some(path) = url.strip_prefix("git@github.com:") {
        (true, path)
    } else if let Some(rest) = url.strip_prefix("ssh://") {
        let (host, path) = rest.split_once('/')?;
        let host = host.strip_prefix("git@").unwrap_or(host);
        (host == "github.com" || host == "github.com:22" || host == "ssh.github.com:443").then_some((true, path))?
    } else {
        (false, url.strip_prefix("https://github.com/")?)
    };
    let path = path.trim_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
    Some((ssh, owner, name))
}

fn admitted(cx: &Cx, url: &str, credential: &str) -> Result<Value, String> {
    let unknown = || format!("unable to access '{url}': Could not resolve host");
    let (ssh, owner, name) = address(url).ok_or_else(unknown)?;
    let repo = repos::stored(cx, owner, name);
    if ssh {
        let denied = || "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain";
        let blob = public_half(credential).ok_or_else(|| denied().to_owned())?;
        let (opened, _) = settings::keys::opens(cx, &blob).ok_or_else(|| denied().to_owned())?;
        // A key that opens something else is told that there is nothing.
        let repo = repo.filter(|r| repos::id(r) == opened);
        return repo.cloned().ok_or_else(|| "ERROR: Repository not found.".to_owned());
    }
    let request = http::Request::builder().uri("/").body(Bytes::new()).unwrap_or_default();
    let req = Req::new(Vendor::GitHub, request);
    let token = access::named(cx, credential);
    if token.is_none() && !credential.is_empty() {
        return Err(
            "authentication required: Invalid username or token. Password authentication is not supported for Git operations."
                .to_owned(),
        );
    }
    let anonymous = token.is_none();
    let hidden = || {
        if anonymous {
            "authentication required: Repository not found.".to_owned()
        } else {
            "repository not found: Repository not found.".to_owned()
        }
    };
    let mut ask = Ask::new(&req, token);
    ask.repo = repo.cloned().ok_or_else(hidden)?;
    access::repository(cx, &ask, Need { permission: "contents", level: "read" }).map_err(|_| hidden())?;
    Ok(ask.repo.clone())
}

/// The public half of a private key, in Base64, as it stands at the beginning of OpenSSH's form. Source: OpenSSH, PROTOCOL.key.
fn public_half(pem: &str) -> Option<String> {
    let inner = pem.split("-----BEGIN OPENSSH PRIVATE KEY-----").nth(1)?.split("-----END").next()?;
    let tight: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(tight).ok()?;
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let mut field = || -> Option<&[u8]> {
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let field = rest.get(4..4 + length)?;
        rest = rest.get(4 + length..)?;
        Some(field)
    };
    // Cipher, its derivation, its options; then how many keys, which is no string.
    for _ in 0..3 {
        field()?;
    }
    rest = rest.get(4..)?;
    let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
    Some(STANDARD.encode(rest.get(4..4 + length)?))
}
