//! GitRepository: a branch, tag or commit of a repository, read with the Secret's key or token.

use super::{Failed, Fetched, ignore, secret_text};
use crate::cluster::Objects;
use crate::cluster::flux::artifact::{self, Content};
use crate::cluster::flux::kinds::GIT_REPOSITORIES;
use crate::cluster::flux::{text, text_or};
use crate::cluster::objects::place;
use serde_json::Value;

pub(super) fn fetch(objects: &mut Objects, object: &Value) -> Result<Fetched, Failed> {
    let spec = &object["spec"];
    let url = text(&spec["url"]);
    if !["https://", "http://", "ssh://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(Failed::new(
            "URLInvalid",
            format!("failed to parse url '{url}': first path segment in URL cannot contain colon"),
        )
        .end());
    }
    let credential = credential(objects, object, &url)?;
    let reference = reference(&spec["ref"]);
    let failed = |why: String| {
        Failed::new("GitOperationFailed", format!("failed to checkout and determine revision: unable to clone '{url}': {why}"))
    };
    let head = crate::github::read_head(objects.cx(), &url, &reference.wanted, &credential).map_err(failed)?;
    let revision = if reference.shown.is_empty() { format!("sha1:{head}") } else { format!("{}@sha1:{head}", reference.shown) };
    let message = format!("stored artifact for revision '{revision}'");
    // A branch that has not moved is not cloned again.
    let (namespace, name) = place(object);
    let same = object["status"]["artifact"]["revision"] == revision
        && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        && artifact::revision(objects, GIT_REPOSITORIES, &namespace, &name) == Some(&revision);
    let content = if same {
        None
    } else {
        let read = crate::github::read_tree(objects.cx(), &url, &reference.wanted, &credential);
        let (_, mut files) = read.map_err(failed)?;
        ignore::drop_ignored(&mut files, spec["ignore"].as_str());
        Some(Content::Files(files))
    };
    Ok(Fetched { revision, content, reason: "Succeeded", message })
}

/// What is asked for, and how the revision names it.
struct Reference {
    wanted: String,
    shown: String,
}

/// A commit is stronger than a name, a name than a tag, a tag than a branch; `master` when nothing is said.
fn reference(spec: &Value) -> Reference {
    let (commit, branch) = (text(&spec["commit"]), text(&spec["branch"]));
    if !commit.is_empty() {
        return Reference { wanted: commit, shown: branch };
    }
    for key in ["name", "tag"] {
        let named = text(&spec[key]);
        if !named.is_empty() {
            return Reference { wanted: named.clone(), shown: named };
        }
    }
    let branch = if branch.is_empty() { "master".to_owned() } else { branch };
    Reference { wanted: branch.clone(), shown: branch }
}

fn credential(objects: &Objects, object: &Value, url: &str) -> Result<String, Failed> {
    let namespace = text_or(&object["metadata"]["namespace"], "default");
    let name = text(&object["spec"]["secretRef"]["name"]);
    let failed = |message: String| Failed::new("AuthenticationFailed", message);
    let ssh = url.starts_with("ssh://");
    if name.is_empty() {
        return if ssh {
            Err(failed(
                "failed to configure authentication options: invalid 'ssh' auth option: 'identity' is required".to_owned(),
            ))
        } else {
            Ok(String::new())
        };
    }
    let secret = objects
        .get("secrets", &namespace, &name)
        .ok_or_else(|| failed(format!("failed to get secret '{namespace}/{name}': Secret \"{name}\" not found")))?;
    let value = |key: &str| secret_text(secret, key).filter(|v| !v.is_empty());
    let invalid = |what: &str| failed(format!("failed to configure authentication options: {what}"));
    if ssh {
        let identity = value("identity").ok_or_else(|| invalid("invalid 'ssh' auth option: 'identity' is required"))?;
        value("known_hosts").ok_or_else(|| invalid("invalid 'ssh' auth option: 'known_hosts' is required"))?;
        return Ok(identity);
    }
    if let Some(token) = value("bearerToken") {
        return Ok(token);
    }
    match (value("username"), value("password")) {
        (_, Some(password)) => Ok(password),
        (Some(_), None) => Err(invalid("invalid 'https' auth option: 'password' is required when 'username' is set")),
        // A GitHub App is not known here; what is none of these reads as nobody.
        (None, None) => Ok(String::new()),
    }
}
