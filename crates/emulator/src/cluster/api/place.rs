//! Where a request goes: a resource, or a path that is none.

use percent_encoding::percent_decode_str;

/// The parts of a resource's path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Group; empty for the core.
    pub group: String,
    /// Version.
    pub version: String,
    /// Namespace; empty across all.
    pub namespace: String,
    /// Plural.
    pub plural: String,
    /// Name; empty for the collection.
    pub name: String,
    /// `status`, `log` …
    pub part: String,
}

/// The resource behind a path, decoded; nothing when it is none.
pub(crate) fn of_path(path: &str) -> Option<Place> {
    let parts: Vec<String> =
        path.split('/').filter(|p| !p.is_empty()).map(|p| percent_decode_str(p).decode_utf8_lossy().into_owned()).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let (namespace, plural, name, part) = match rest {
        [plural] => ("", *plural, "", ""),
        // A namespace itself, and its own parts.
        ["namespaces", name] => ("", "namespaces", *name, ""),
        ["namespaces", name, part @ ("status" | "finalize")] => ("", "namespaces", *name, *part),
        ["namespaces", namespace, plural] => (*namespace, *plural, "", ""),
        ["namespaces", namespace, plural, name] => (*namespace, *plural, *name, ""),
        ["namespaces", namespace, plural, name, part] => (*namespace, *plural, *name, *part),
        [plural, name] => ("", *plural, *name, ""),
        [plural, name, part] => ("", *plural, *name, *part),
        _ => return None,
    };
    Some(Place {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace: namespace.to_owned(),
        plural: plural.to_owned(),
        name: name.to_owned(),
        part: part.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_resources() {
        let read = |path: &str| of_path(path).map(|p| [p.group, p.version, p.namespace, p.plural, p.name, p.part].join("|"));
        let table = [
            ("/api/v1/pods", "|v1||pods||"),
            ("/api/v1/namespaces/a", "|v1||namespaces|a|"),
            ("/api/v1/namespaces/a/finalize", "|v1||namespaces|a|finalize"),
            ("/api/v1/namespaces/a/pods/b/log", "|v1|a|pods|b|log"),
            ("/apis/apps/v1/namespaces/a/deployments/b", "apps|v1|a|deployments|b|"),
            (
                "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
                "rbac.authorization.k8s.io|v1||clusterroles|system:node|",
            ),
        ];
        for (path, wanted) in table {
            assert_eq!(read(path).as_deref(), Some(wanted), "{path}");
        }
        for none in ["/", "/version", "/api", "/api/v1", "/apis/apps", "/apis/apps/v1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
