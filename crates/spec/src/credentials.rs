//! PT4001: what looks like a credential. Needs only the tree, so that it is found in any document,
//! however broken otherwise. The message never repeats the value.

use crate::{
    codes,
    tree::{Data, Node},
};
use pontoon_core::diagnostic::{Diagnostic, Diagnostics};

/// How credentials of vendors begin, and how long they are at least.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("dop_v1_", 20, "a token of DigitalOcean"),
    ("doo_v1_", 20, "a token of DigitalOcean"),
    ("dor_v1_", 20, "a token of DigitalOcean"),
    ("DO00", 20, "a Spaces key"),
    ("ghp_", 20, "a token of GitHub"),
    ("gho_", 20, "a token of GitHub"),
    ("ghs_", 20, "a token of GitHub"),
    ("github_pat_", 20, "a token of GitHub"),
    ("AKIA", 20, "an access key of AWS"),
    ("ASIA", 20, "an access key of AWS"),
    ("hvs.", 20, "a token of Vault"),
    ("hvb.", 20, "a token of Vault"),
    ("dp.pt.", 20, "a token of Doppler"),
    ("dp.st.", 20, "a token of Doppler"),
    ("xoxb-", 16, "a token of Slack"),
    ("xoxp-", 16, "a token of Slack"),
    ("sk_live_", 16, "a key of Stripe"),
    ("rk_live_", 16, "a key of Stripe"),
    ("sk-ant-", 20, "a key of Anthropic"),
    ("sk-proj-", 20, "a key of OpenAI"),
    ("AGE-SECRET-KEY-1", 20, "a private key of age"),
    ("glpat-", 20, "a token of GitLab"),
    ("AIza", 35, "a key of Google"),
];

/// Keys whose values are credentials, whatever they look like.
const KEYS: &[&str] =
    &["password", "passwd", "token", "apikey", "secretkey", "privatekey", "clientsecret", "accesskey", "secretaccesskey"];

/// Looks for credentials in every scalar of a tree.
pub(crate) fn check(root: &Node, problems: &mut Diagnostics) {
    look(root, "", &mut Vec::new(), problems);
}

fn look<'a>(node: &'a Node, key: &'a str, path: &mut Vec<&'a str>, problems: &mut Diagnostics) {
    match &node.data {
        Data::Map(map) => {
            for (key, value) in map {
                path.push(key);
                look(value, key, path, problems);
                path.pop();
            }
        }
        Data::List(items) => items.iter().for_each(|item| look(item, key, path, problems)),
        Data::Scalar(text, _) => {
            if let Some(what) = credential(key, text) {
                let problem = Diagnostic::error(codes::CREDENTIAL, format!("this looks like {what}; no secret is ever written in the document"))
                    .at(node.at.clone())
                    .path(path.join("."))
                    .hint("take it out, change it where it was issued, name it under `secrets:` of the app, and give it its value with: pontoon secret set NAME");
                problems.push(problem);
            }
        }
        Data::Null | Data::Broken => {}
    }
}

/// What kind of credential a text looks like.
fn credential(key: &str, text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    for token in text.split(|c: char| !word(c)) {
        if let Some((_, _, what)) = PREFIXES.iter().find(|(p, least, _)| token.starts_with(p) && token.len() >= *least) {
            return Some(what);
        }
    }
    if password_in_address(text) {
        return Some("a password in an address");
    }
    if text.starts_with("https://hooks.slack.com/services/") {
        return Some("the address of a Slack hook");
    }
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    // `token: PRODUCTION_TOKEN` names a secret, `password: ${…}` refers to one.
    let names = text.contains("${")
        || text.is_empty()
        || text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && text.starts_with(|c: char| c.is_ascii_uppercase());
    (KEYS.iter().any(|k| plain == *k || k.len() > 7 && plain.ends_with(k)) && !names && !matches!(text, "true" | "false"))
        .then_some("a credential")
}

/// `scheme://user:password@host`, where the password is no reference.
fn password_in_address(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
        Some((_, password)) => !password.is_empty() && !password.contains("${"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_credentials_from_names_and_references() {
        for (key, text) in [
            ("x", "dop_v1_0123456789abcdef0123456789abcdef"),
            ("x", "Bearer ghp_0123456789abcdefghij"),
            ("x", "postgres://app:hunter2@db.example.com:5432/app"),
            ("x", "-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----"),
            ("adminPassword", "hunter2"),
            ("API_KEY", "0123456789"),
            ("x", "https://hooks.slack.com/services/T0/B0/abc"),
        ] {
            assert!(credential(key, text).is_some(), "{key}: {text}");
        }
        for (key, text) in [
            ("token", "PRODUCTION_TOKEN"),
            ("password", "${databases.main.password}"),
            ("x", "postgres://${databases.main.username}:${databases.main.password}@host"),
            ("secret", "PAGERDUTY_KEY"),
            ("x", "https://vault.example.com:8200"),
            ("name", "oci://ghcr.io/do-solutions/microservices-demo"),
            ("contact", "ops@example.com"),
            ("tokens", "many"),
        ] {
            assert!(credential(key, text).is_none(), "{key}: {text}");
        }
    }
}
