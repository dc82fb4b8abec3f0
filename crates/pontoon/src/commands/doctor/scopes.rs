//! The token's scopes: which ones a platform needs, and whether the token has those that can be tried
//! without changing anything.

use super::{
    account::Ask,
    patient::{Group, Kinds, Patient},
    report::Report,
};
use crate::{
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use futures::future::join_all;
use pontoon_catalog::{List, MarkAt, ResourceType, calls};
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the account, which every run begins with.
pub const ACCOUNT: &str = "account:read";
/// Sees the keys to Spaces.
pub const KEYS: &str = "spaces_key:read";
/// What the run's own key to Spaces takes: it is seen, made, and removed at the end.
const OWN_KEY: &[&str] = &[KEYS, "spaces_key:create_credentials", "spaces_key:delete"];

/// What the vendor asks for besides a call's own scope, for these fields of a body.
/// Source: DigitalOcean's OpenAPI document, descriptions of the fields ("Requires … scope").
const FIELDS: &[(&str, &[&str])] = &[
    ("tags", &["tag:create", "tag:read"]),
    ("vpc_uuid", &["vpc:read"]),
    ("private_network_uuid", &["vpc:read"]),
    ("worker_subnet_uuid", &["vpc:read"]),
    ("project_id", &["project:assign_resource"]),
    ("droplet_ids", &["droplet:read"]),
    ("ssh_keys", &["ssh_key:read"]),
    ("image", &["image:read"]),
];
/// What a database shows only to a token that may see it. Source: as above.
const CREDENTIALS: &str = "database:view_credentials";

/// What the way into a cluster takes: a credential for each run. Source: as above.
const ACCESS: &str = "kubernetes:access_cluster";

/// Every scope that a platform's life takes: looking, making, changing, removing.
pub fn needed(kinds: &Kinds<'_>) -> BTreeSet<String> {
    let mut needed = BTreeSet::from([ACCOUNT.to_owned()]);
    for (kind, said) in kinds.iter().filter_map(|(kind, said)| Some((pontoon_catalog::find(kind)?, said))) {
        said.iter().for_each(|field| of_field(field, &mut needed));
        for (_, call) in written(kind).into_iter().filter(|(_, c)| c.provider == "digitalocean") {
            needed.extend(call.scope.split_whitespace().map(str::to_owned));
            fields(&call.body.unwrap_or_default(), &mut needed);
        }
        if let Some(MarkAt::Tag(field)) = kind.mark_at() {
            of_field(field, &mut needed);
        }
        if kind.kind.starts_with("digitalocean.database") && !kind.secrets.is_empty() {
            needed.insert(CREDENTIALS.into());
        }
        if kind.kind == "digitalocean.cluster" {
            needed.insert(ACCESS.into());
        }
        if kind.kind == "digitalocean.database" {
            needed.insert(CREDENTIALS.into());
        }
        if kind.kind.starts_with("spaces.") {
            needed.extend(OWN_KEY.iter().map(ToString::to_string));
        }
    }
    needed
}

fn written(kind: &ResourceType) -> Vec<(calls::Use, Call)> {
    calls::calls(kind, "id", "parent", |_| "other".into())
}

fn of_field(field: &str, needed: &mut BTreeSet<String>) {
    let found = FIELDS.iter().find(|(name, _)| *name == field);
    needed.extend(found.iter().flat_map(|(_, scopes)| scopes.iter().map(ToString::to_string)));
}

/// The scopes of every field of a body, however deep.
fn fields(body: &Value, needed: &mut BTreeSet<String>) {
    for (field, value) in body.as_map().into_iter().flatten() {
        of_field(field, needed);
        fields(value, needed);
    }
    body.as_list().into_iter().flatten().for_each(|v| fields(v, needed));
}

/// One read for each scope that a read can try: the first page of a list of the account's.
fn reads(needed: &BTreeSet<String>) -> BTreeMap<String, Call> {
    let mut reads = BTreeMap::new();
    for kind in pontoon_catalog::resource_types() {
        let List::Account(listing) = kind.list else { continue };
        let mut call = listing().call;
        // One object is enough to see; `meta.total` counts the rest.
        call.query.iter_mut().filter(|(k, _)| k == "per_page").for_each(|(_, v)| *v = 1i64.into());
        if call.provider == "digitalocean" && needed.contains(&call.scope) {
            reads.entry(call.scope.clone()).or_insert(call);
        }
    }
    reads
}

/// Prints what a token needs, one a line. No network.
pub fn print(settings: &Settings, patient: &Patient, report: &Report) -> Outcome {
    if report.is_broken() {
        return Err(Trouble::new("the document has errors, so what it needs is not known", "pontoon check"));
    }
    let needed: BTreeSet<String> = patient.groups.iter().flat_map(|g| needed(&g.kinds())).collect();
    if settings.json {
        let environments: Vec<&String> = patient.groups.iter().flat_map(|g| &g.environments).collect();
        print::line(&json!({"platform": patient.platform, "environments": environments, "scopes": needed}).to_string());
    } else {
        needed.iter().for_each(|scope| print::line(scope));
    }
    Ok(Exit::Done)
}

/// Tries every scope that a read can try, and names those that are missing. Returns how many things
/// the account has, by scope.
pub async fn check(ask: &Ask<'_>, group: &Group, report: &mut Report) -> BTreeMap<String, i64> {
    let needed = needed(&group.kinds());
    let reads = reads(&needed);
    if reads.is_empty() {
        return BTreeMap::new();
    }
    let answers = join_all(reads.values().map(|call| ask.call(call))).await;
    let mut counts = BTreeMap::new();
    let mut missing = Vec::new();
    let mut unanswered = Vec::new();
    for ((scope, _), answer) in reads.iter().zip(answers) {
        match answer {
            Ok(body) => {
                counts.extend(body.at("meta.total").and_then(Value::as_i64).map(|n| (scope.clone(), n)));
            }
            Err(r) if r.class == Class::Denied => missing.push(scope.as_str()),
            // An account without the thing: the scope was not in the way.
            Err(r) if r.class == Class::NotFound => {}
            Err(r) => unanswered.push(format!("{scope}: {}", r.message)),
        }
    }
    let tried = reads.len() + 1;
    if let [.., _] = missing.as_slice() {
        let text = format!("the token lacks {}", missing.join(", "));
        report.broken("scopes", text, "make a token that has them; all that are needed: pontoon doctor --scopes");
    } else if let [.., _] = unanswered.as_slice() {
        report.notice("scopes", format!("not known: {}", unanswered.join("; ")), "run it again: pontoon doctor");
    } else {
        let text = match needed.len().saturating_sub(tried) {
            0 => format!("the token has all {tried}"),
            rest => {
                format!("the token has the {tried} that only read; {rest} more show when they are used: pontoon doctor --scopes")
            }
        };
        report.good("scopes", text);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kinds: &[(&'static str, &[&'static str])]) -> Vec<String> {
        let kinds = kinds.iter().map(|(kind, said)| (*kind, said.iter().copied().collect())).collect();
        needed(&kinds).into_iter().collect()
    }

    #[test]
    fn only_what_the_kinds_need() {
        assert_eq!(of(&[]), [ACCOUNT]);
        assert_eq!(of(&[("digitalocean.vpc", &["name"])]), [ACCOUNT, "vpc:create", "vpc:delete", "vpc:read", "vpc:update"]);
        let bucket = of(&[("spaces.bucket", &[])]);
        assert_eq!(bucket, [ACCOUNT, "spaces_key:create_credentials", "spaces_key:delete", "spaces_key:read"]);
        // Its mark is a tag; a network is only asked for where it is in one.
        let cluster = |said| of(&[("digitalocean.cluster", said)]);
        let own = [
            ACCOUNT,
            ACCESS,
            "kubernetes:create",
            "kubernetes:delete",
            "kubernetes:read",
            "kubernetes:update",
            "tag:create",
            "tag:read",
        ];
        assert_eq!(cluster(&["name"]), own);
        assert_eq!(cluster(&["name", "vpc_uuid"]), [&own[..], &["vpc:read"]].concat());
    }

    #[test]
    fn every_scope_that_reads_has_one_read() {
        let kinds = pontoon_catalog::resource_types().iter().map(|t| (t.kind, BTreeSet::from(["image"]))).collect();
        let needed = needed(&kinds);
        let reads = reads(&needed);
        let untried: Vec<&String> =
            needed.iter().filter(|s| s.ends_with(":read") && *s != ACCOUNT && !reads.contains_key(*s)).collect();
        // Images are chosen by name, snapshots are listed by volume: no platform's own list shows either.
        assert_eq!(untried, ["block_storage_snapshot:read", "image:read"]);
        assert!(reads.values().all(|c| c.method == "GET" && c.path.is_known()));
    }
}
