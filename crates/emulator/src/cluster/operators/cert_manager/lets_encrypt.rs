//! Let's Encrypt: one authority for the world, and how often it signs the same names.
//!
//! Source: letsencrypt.org, "Rate Limits": 5 certificates a week for the exact same set of names; staging 30,000.

use super::issued::{Issue, issue};
use super::requests::LIFE;
use crate::clock::Moment;
use crate::cluster::Objects;
use crate::cluster::operators::x509::{self, Key, Subject};
use serde_json::{Value, json};
use std::time::Duration;

const AUTHORITY: &str = "global/_lets_encrypt";
const WEEK: Duration = Duration::from_secs(7 * 86400);
const SAME_NAMES: usize = 5;

/// The directory's host decides: staging has no such limit in practice.
pub(super) fn production(server: &str) -> bool {
    server.starts_with("https://acme-v02.")
}

fn set(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.join(",")
}

/// Moments of the last week at which these very names were signed.
fn signed(objects: &Objects, names: &[String]) -> Vec<i64> {
    let now = objects.world().now();
    let all = objects.world().get(AUTHORITY, &set(names)).and_then(Value::as_array).cloned().unwrap_or_default();
    all.iter().filter_map(Value::as_i64).filter(|at| now.since(Moment(*at)) < WEEK).collect()
}

/// Refuses an order that would be one too many.
///
/// # Errors
/// The server's sentence.
pub(super) fn order(objects: &Objects, server: &str, names: &[String]) -> Result<(), String> {
    let before = signed(objects, names);
    if !production(server) || before.len() < SAME_NAMES {
        return Ok(());
    }
    let again = Moment(before.iter().copied().min().unwrap_or(0)).plus(WEEK).rfc3339().replace('T', " ").replace('Z', " UTC");
    Err(format!(
        "429 urn:ietf:params:acme:error:rateLimited: too many certificates ({SAME_NAMES}) already issued for this exact set of \
         identifiers in the last 168h0m0s, retry after {again}: see \
         https://letsencrypt.org/docs/rate-limits/#new-certificates-per-exact-set-of-identifiers"
    ))
}

/// Signs: the certificate and the one that signed it.
pub(super) fn sign(objects: &mut Objects, server: &str, subject: &Subject, public: Vec<u8>) -> String {
    let staging = !production(server);
    let (name, key) = authority(objects, staging);
    let wish = Issue { subject, public, authority: false, life: LIFE };
    let certificate = issue(objects, &wish, (&name, &key));
    if !staging {
        let mut all = signed(objects, &subject.names);
        all.push(objects.world().now().0);
        objects.cx().put_settled(AUTHORITY, &set(&subject.names), json!(all));
    }
    let chain = objects.world().get(AUTHORITY, place(staging)).and_then(|a| a["certificate"].as_str()).unwrap_or("").to_owned();
    certificate + &chain
}

fn place(staging: bool) -> &'static str {
    if staging { "_staging" } else { "_production" }
}

fn authority(objects: &mut Objects, staging: bool) -> (Subject, Key) {
    let common_name = if staging { "(STAGING) Wannabe Watercress R11" } else { "E7" };
    let subject = Subject { common_name: common_name.to_owned(), organization: "Let's Encrypt".to_owned(), ..Subject::default() };
    let known = objects.world().get(AUTHORITY, place(staging)).and_then(|a| Key::read(a["key"].as_str()?));
    if let Some(key) = known {
        return (subject, key);
    }
    let key = x509::key(objects);
    let wish = Issue { subject: &subject, public: key.public(), authority: true, life: Duration::from_secs(3 * 365 * 86400) };
    let certificate = issue(objects, &wish, (&subject, &key));
    objects.cx().put_settled(AUTHORITY, place(staging), json!({ "key": key.pem(), "certificate": certificate }));
    (subject, key)
}
