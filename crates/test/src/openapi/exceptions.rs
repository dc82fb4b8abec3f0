//! Where the published document contradicts itself or what the vendor really does: each with its reason, and no wider.

use super::exchange::Exchange;
use super::report::{Part, Violation, Wrong};
use super::routes::Operation;
use serde_json::Value;

/// One place where the schema is not followed.
struct Exception {
    /// Method and path template.
    operations: &'static [&'static str],
    part: Part,
    /// JSON pointer; `*` is any one step.
    at: &'static str,
    wrong: Wrong,
    /// Only where this field of the request has one of these values.
    only: Option<(&'static str, &'static [&'static str])>,
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
        only: None,
        why: "the document's own examples of these replies have it, since a cluster may use several registries",
    },
    Exception {
        operations: &["GET /v2/kubernetes/clusters"],
        part: Part::ReplyBody,
        at: "/kubernetes_clusters/*/registries",
        wrong: Wrong::Undeclared,
        only: None,
        why: "as for one cluster: the document's own example has it",
    },
    Exception {
        operations: &["GET /v2/spaces/keys/{access_key}"],
        part: Part::ReplyBody,
        at: "/key",
        wrong: Wrong::Undeclared,
        only: None,
        why: "the schema is that of the list (`keys`); the document's own example and godo's SpacesKeys.Get have `key`",
    },
    Exception {
        operations: &["GET /v2/databases/options"],
        part: Part::ReplyBody,
        at: "/options/*/default_version",
        wrong: Wrong::Undeclared,
        only: None,
        why: "the document's own example has it for every engine",
    },
    Exception {
        operations: &["GET /v2/databases/options"],
        part: Part::ReplyBody,
        at: "/version_availability/*/*/default",
        wrong: Wrong::Undeclared,
        only: None,
        why: "the document's own example has it for every version",
    },
    Exception {
        operations: &["POST /v2/uptime/checks"],
        part: Part::RequestBody,
        at: "/method",
        wrong: Wrong::Missing,
        only: None,
        why: "required but declared nowhere; the document's own description and godo's CreateUptimeCheckRequest lack it",
    },
    Exception {
        operations: &["GET /v2/databases/metrics/credentials"],
        part: Part::ReplyBody,
        at: "/credentials/basic_auth_username",
        wrong: Wrong::Undeclared,
        only: None,
        why: "the schema nests `credentials` twice; the document's own example and godo's GetMetricsCredentials do not",
    },
    Exception {
        operations: &["GET /v2/databases/metrics/credentials"],
        part: Part::ReplyBody,
        at: "/credentials/basic_auth_password",
        wrong: Wrong::Undeclared,
        only: None,
        why: "as `basic_auth_username`",
    },
    Exception {
        operations: &["POST /v2/volumes/actions"],
        part: Part::RequestBody,
        at: "/volume_name",
        wrong: Wrong::Undeclared,
        only: None,
        why: "the schema lacks what names the volume; the document's own description and examples have it",
    },
    Exception {
        operations: &["POST /v2/domains/{domain_name}/records"],
        part: Part::RequestBody,
        at: "/flags",
        wrong: Wrong::Missing,
        only: Some(("type", &["SRV", "NS", "TXT"])),
        why: "required of these types by the schema; its own description says `used for CAA records`",
    },
    Exception {
        operations: &["POST /v2/domains/{domain_name}/records"],
        part: Part::RequestBody,
        at: "/tag",
        wrong: Wrong::Missing,
        only: Some(("type", &["SRV", "NS", "TXT"])),
        why: "as `flags`; its own description says `The parameter tag for CAA records`",
    },
];

/// Whether a violation is one of the exceptions.
pub(super) fn documented(operation: &Operation, exchange: &Exchange, violation: &Violation) -> bool {
    let field = |name: &str| exchange.request_body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    let named = |name: &str| name.split_once(' ') == Some((operation.method.as_str(), operation.template.as_str()));
    EXCEPTIONS.iter().any(|exception| {
        exception.operations.iter().any(|name| named(name))
            && exception.part == violation.part
            && exception.wrong == violation.wrong
            && fits(exception.at, &violation.at)
            && exception.only.is_none_or(|(name, values)| field(name).is_some_and(|value| values.contains(&value)))
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
            assert!(exception.why.len() > 10, "{place:?} does not say why it is an exception");
        }
    }
}
