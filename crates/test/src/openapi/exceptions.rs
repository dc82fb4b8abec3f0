//! Where the published document contradicts itself or what the vendor really does: each with its reason, and no wider.

use super::report::{Part, Violation, Wrong};
use super::routes::Operation;

/// One place where the schema is not followed.
struct Exception {
    /// Method and path template.
    operations: &'static [&'static str],
    part: Part,
    /// JSON pointer; `*` is any one step.
    at: &'static str,
    wrong: Wrong,
    /// What the vendor does, and how that is known.
    #[cfg_attr(not(test), expect(dead_code, reason = "an exception without its reason is none; a test demands it"))]
    why: &'static str,
}

const CLUSTER: &[&str] =
    &["POST /v2/kubernetes/clusters", "GET /v2/kubernetes/clusters/{cluster_id}", "PUT /v2/kubernetes/clusters/{cluster_id}"];

const EXCEPTIONS: &[Exception] = &[
    Exception {
        operations: CLUSTER,
        part: Part::ReplyBody,
        at: "/kubernetes_cluster/registries",
        wrong: Wrong::Undeclared,
        why: "the document's own examples of these replies have it, since a cluster may use several registries",
    },
    Exception {
        operations: &["GET /v2/kubernetes/clusters"],
        part: Part::ReplyBody,
        at: "/kubernetes_clusters/*/registries",
        wrong: Wrong::Undeclared,
        why: "as for one cluster: the document's own example has it",
    },
    Exception {
        operations: &["GET /v2/spaces/keys/{access_key}"],
        part: Part::ReplyBody,
        at: "/key",
        wrong: Wrong::Undeclared,
        why: "the schema is that of the list (`keys`); the document's own example and godo's SpacesKeys.Get have `key`",
    },
    Exception {
        operations: &["GET /v2/databases/options"],
        part: Part::ReplyBody,
        at: "/options/*/default_version",
        wrong: Wrong::Undeclared,
        why: "the document's own example has it for every engine",
    },
    Exception {
        operations: &["GET /v2/databases/options"],
        part: Part::ReplyBody,
        at: "/version_availability/*/*/default",
        wrong: Wrong::Undeclared,
        why: "the document's own example has it for every version",
    },
];

/// Whether a violation is one of the exceptions.
pub(super) fn documented(operation: &Operation, violation: &Violation) -> bool {
    let named = |name: &str| name.split_once(' ') == Some((operation.method.as_str(), operation.template.as_str()));
    EXCEPTIONS.iter().any(|exception| {
        exception.operations.iter().any(|name| named(name))
            && exception.part == violation.part
            && exception.wrong == violation.wrong
            && fits(exception.at, &violation.at)
    })
}

/// Whether a pointer is the one of an exception.
fn fits(wanted: &str, found: &str) -> bool {
    let (mut wanted, mut found) = (wanted.split('/'), found.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == "*" || a == b => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::EXCEPTIONS;

    pub(in super::super) fn say_why() {
        for exception in EXCEPTIONS {
            let place = (exception.operations, exception.at);
            assert!(exception.why.len() > 20, "{place:?} does not say why it is an exception");
        }
    }
}
