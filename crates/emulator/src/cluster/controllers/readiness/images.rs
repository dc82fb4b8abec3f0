//! Images: which registry they are in, and whether a namespace may pull them.

use super::super::fields::{items, namespace, text};
use super::environment::secret_key;
use crate::cluster::Objects;
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::Value;

/// The registry of the account. Source: DigitalOcean documentation, container registry.
const OWN: &str = "registry.digitalocean.com";

/// Why an image is not pulled.
pub(crate) struct Unpulled {
    /// `InvalidImageName` or `ErrImagePull`.
    pub reason: &'static str,
    /// The kubelet's words.
    pub message: String,
}

/// The first container whose image cannot be had.
pub(crate) fn unpulled(objects: &Objects, pod: &Value, containers: &[Value]) -> Option<(String, Unpulled)> {
    containers.iter().find_map(|c| Some((text(&c["name"]).to_owned(), problem(objects, pod, text(&c["image"]))?)))
}

fn problem(objects: &Objects, pod: &Value, image: &str) -> Option<Unpulled> {
    let Some((registry, path, tag)) = parts(image) else {
        let message = format!(
            "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
        );
        return Some(Unpulled { reason: "InvalidImageName", message });
    };
    let full = format!("{registry}/{path}:{tag}");
    let absent = || Unpulled {
        reason: "ErrImagePull",
        message: format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
        ),
    };
    match registry {
        OWN => {
            let (name, repository) = path.split_once('/').unwrap_or((&path, ""));
            if !may_pull(objects, pod, name) {
                let scope = format!("repository%3A{}%3Apull", path.replace('/', "%2F"));
                return Some(Unpulled {
                    reason: "ErrImagePull",
                    message: format!(
                        "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://api.digitalocean.com/v2/registry/auth?scope={scope}&service=registry.digitalocean.com: 401 Unauthorized"
                    ),
                });
            }
            let known = objects.world().get("registries", name).is_some();
            let pushed = objects.world().world().clusters.images.iter().any(|p| glob(p, &format!("{name}/{repository}:{tag}")));
            (!known || !pushed).then(absent)
        }
        // Bitnami's images moved to bitnamilegacy in 2025. Source: Bitnami's announcement.
        "docker.io" if path.starts_with("bitnami/") && tag != "latest" => Some(absent()),
        _ => None,
    }
}

/// Registry, path and tag (or digest) of an image.
fn parts(image: &str) -> Option<(&str, String, &str)> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    if image.is_empty() || !image.chars().all(legal) {
        return None;
    }
    let (bare, digest) = match image.split_once('@') {
        Some((bare, digest)) => (bare, Some(digest)),
        None => (image, None),
    };
    let (path, tag) = match bare.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((path, tag)) => (path, tag),
        None => (bare, "latest"),
    };
    let (registry, path) = match path.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest.to_owned()),
        Some(_) => ("docker.io", path.to_owned()),
        None => ("docker.io", format!("library/{path}")),
    };
    let fits =
        !tag.is_empty() && !path.is_empty() && !path.chars().any(|c| c.is_ascii_uppercase() || c == ':') && !path.contains("//");
    fits.then_some((registry, path, digest.unwrap_or(tag)))
}

/// By the registry's integration with the cluster, or by a pull secret of the pod or of its service account.
fn may_pull(objects: &Objects, pod: &Value, registry: &str) -> bool {
    let cluster = objects.world().get(CLUSTERS, objects.cluster());
    if cluster.is_some_and(|c| items(&c["registries"]).iter().any(|r| r == registry)) {
        return true;
    }
    let home = namespace(pod);
    let account = objects.get("serviceaccounts", home, text(&pod["spec"]["serviceAccountName"]));
    let secrets =
        items(&pod["spec"]["imagePullSecrets"]).iter().chain(account.into_iter().flat_map(|a| items(&a["imagePullSecrets"])));
    secrets.filter_map(|s| objects.get("secrets", home, text(&s["name"]))).any(|secret| {
        let config = secret_key(secret, ".dockerconfigjson").and_then(|c| serde_json::from_str::<Value>(&c).ok());
        config.is_some_and(|c| c["auths"].as_object().is_some_and(|a| a.keys().any(|k| k.contains(OWN))))
    })
}

/// `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).any(|n| rest.is_char_boundary(n) && glob(tail, &rest[n..]))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_read_as_the_runtime_reads_them() {
        let read = |image| parts(image).map(|(r, p, t)| format!("{r} {p} {t}"));
        assert_eq!(read("nginx").as_deref(), Some("docker.io library/nginx latest"));
        assert_eq!(read("ghcr.io/a/b:1").as_deref(), Some("ghcr.io a/b 1"));
        assert_eq!(read("localhost:5000/a").as_deref(), Some("localhost:5000 a latest"));
        assert_eq!(read("a/b@sha256:00").as_deref(), Some("docker.io a/b sha256:00"));
        for wrong in ["", "Nginx", "a b", "a:"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert!(glob("acme/*:1.*", "acme/web:1.4") && !glob("acme/*:1", "acme/web:2"));
    }
}
