//! Certificates: whose, from whom, until when, and what keeps one from coming.

use super::seen::{Seen, items, text};
use crate::health::{Health, judge};
use serde_json::Value;

/// A certificate as cert-manager tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `namespace/name`.
    pub name: String,
    /// The names that it proves.
    pub hosts: Vec<String>,
    /// Who issues it.
    pub issuer: String,
    /// The end of its validity, RFC 3339; empty where there is none yet.
    pub until: String,
    /// Why it is not there, or not current; none where it is.
    pub broken: Option<String>,
}

/// All certificates, by namespace and name.
pub fn certificates(seen: &Seen) -> Vec<Certificate> {
    let mut all: Vec<Certificate> = seen.certificates.iter().map(|c| one(seen, c)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn one(seen: &Seen, certificate: &Value) -> Certificate {
    let hosts: Vec<String> = items(&certificate["spec"]["dnsNames"]).map(text).collect();
    let broken = match judge(certificate) {
        Health::Current => None,
        // The challenge knows what its authority still waits for; the certificate only that it does.
        Health::Progressing(said) | Health::Failed(said) => {
            let challenge = seen
                .challenges
                .iter()
                .filter(|c| c["metadata"]["namespace"] == certificate["metadata"]["namespace"])
                .filter(|c| hosts.iter().any(|h| c["spec"]["dnsName"] == h.trim_start_matches("*.")))
                .find_map(|c| c["status"]["reason"].as_str().filter(|r| !r.is_empty()));
            Some(challenge.map_or(said, str::to_owned))
        }
    };
    Certificate {
        name: format!("{}/{}", text(&certificate["metadata"]["namespace"]), text(&certificate["metadata"]["name"])),
        issuer: text(&certificate["spec"]["issuerRef"]["name"]),
        until: text(&certificate["status"]["notAfter"]),
        hosts,
        broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn certificate(ready: &str) -> Value {
        json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": { "namespace": "ingress", "name": "api-tls" },
            "spec": { "dnsNames": ["api.example.com"], "issuerRef": { "name": "letsencrypt" } },
            "status": { "notAfter": "2027-01-01T00:00:00Z",
                "conditions": [{ "type": "Ready", "status": ready, "message": "Issuing certificate as Secret does not exist" }] },
        })
    }

    #[test]
    fn the_challenge_says_what_is_waited_for() {
        let mut seen = Seen { certificates: vec![certificate("True")], ..Seen::default() };
        let whole = certificates(&seen);
        assert_eq!((whole[0].name.as_str(), whole[0].until.as_str()), ("ingress/api-tls", "2027-01-01T00:00:00Z"));
        assert_eq!(whole[0].broken, None);
        seen.certificates = vec![certificate("False")];
        assert_eq!(certificates(&seen)[0].broken.as_deref(), Some("Issuing certificate as Secret does not exist"));
        let reason = "Waiting for DNS-01 challenge propagation: NS example.com: no such host";
        seen.challenges = vec![json!({
            "metadata": { "namespace": "ingress" }, "spec": { "dnsName": "api.example.com" }, "status": { "reason": reason },
        })];
        assert_eq!(certificates(&seen)[0].broken.as_deref(), Some(reason));
    }
}
