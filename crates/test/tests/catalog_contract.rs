//! The catalog's calls against DigitalOcean's own document (paths, methods, parameters, bodies, scopes),
//! and the catalog's examples against the embedded cloud: made, found again, unchanged, removed.

#[path = "catalog_contract/made.rs"]
mod made;

use pontoon_catalog::{
    Args, Compare, List, MarkAt, ResourceType,
    calls::{Use, calls},
    mark::Mark,
    resource_types,
};
use pontoon_core::{
    call::Call,
    plan::Condition,
    value::{Reference, Value},
};
use pontoon_test::openapi::{Contract, Exchange, Part, Violation, Wrong, contract_or_skip};
use serde_json::json;

const UUID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/// Required by the document and declared nowhere in it.
const CONTRADICTIONS: &[(&str, &str)] = &[("POST /v2/uptime/checks", "/method")];

/// An id as the vendor gives them to a kind.
fn id(kind: &str) -> &'static str {
    match kind {
        "digitalocean.droplet" | "digitalocean.record" | "digitalocean.ssh_key" => "3164444",
        "digitalocean.reserved_ip" => "192.0.2.1",
        "digitalocean.domain" => "example.com",
        "digitalocean.tag" | "digitalocean.registry" | "spaces.bucket" => "sample",
        _ => UUID,
    }
}

fn known(r: &Reference) -> Value {
    match r.field.as_str() {
        "number" => 3_164_444i64.into(),
        "id" => id(r.address.kind()).into(),
        _ => "sample".into(),
    }
}

fn vendors(vendor: &str) -> impl Iterator<Item = &'static ResourceType> {
    resource_types().iter().copied().filter(move |t| t.kind.split('.').next() == Some(vendor))
}

fn exchange(call: &Call) -> Exchange {
    let query: Vec<String> =
        call.query.iter().map(|(k, v)| format!("{k}={}", v.as_text().map_or_else(|| v.to_string(), str::to_owned))).collect();
    Exchange {
        method: call.method.clone(),
        path: call.path.as_text().unwrap_or_default().into(),
        query: query.join("&"),
        request_body: call.body.as_ref().map(Value::to_json),
        status: 200,
        ..Exchange::default()
    }
}

/// What the document says against a call.
fn against(contract: &Contract, call: &Call) -> Vec<String> {
    let known = |at: &str| {
        let name = format!("{} {}", call.method, call.path.as_text().unwrap_or_default());
        CONTRADICTIONS.iter().any(|(operation, field)| *operation == name && *field == at)
    };
    let found = contract.check(&exchange(call)).into_iter().filter(|v| v.part.is_request());
    found.filter(|v| !(v.part == Part::RequestBody && v.wrong == Wrong::Missing && known(&v.at))).map(|v| v.to_string()).collect()
}

/// The scopes that the document names, without those of tokens that may do everything.
fn scope(contract: &Contract, call: &Call) -> String {
    let all = contract.scope(&call.method, call.path.as_text().unwrap_or_default());
    all.into_iter().filter(|s| !s.starts_with("api:")).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_call_is_as_the_vendor_documents_it() {
    let Some(contract) = contract_or_skip("every_call_is_as_the_vendor_documents_it") else { return };
    let mut wrong = Vec::new();
    for t in vendors("digitalocean") {
        for (used, call) in calls(t, id(t.kind), t.parent.map_or("", id), known) {
            wrong.extend(against(contract, &call).into_iter().map(|v| format!("{} {used}: {v}", t.kind)));
            let scope = scope(contract, &call);
            if scope != call.scope {
                wrong.push(format!("{} {used}: the scope is {scope}, not {}", t.kind, call.scope));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn marks_stand_where_the_vendor_allows_them() {
    let Some(contract) = contract_or_skip("marks_stand_where_the_vendor_allows_them") else { return };
    for t in vendors("digitalocean") {
        let Some(at) = t.mark_at() else { continue };
        let address = pontoon_catalog::resource::sample_address(t.kind);
        let mark = Mark::new(&"p".repeat(30), &address, "0123456789abcdef", "0123456789").to_string();
        let mut sample: pontoon_catalog::resource::Attributes =
            (t.sample)().iter().map(|(k, v)| (k.clone(), v.resolve(&|r| Some(known(r))))).collect();
        match at {
            MarkAt::Tag(f) => sample.insert(f.into(), Value::List(vec![mark.as_str().into()])),
            MarkAt::Text(f) => sample.insert(f.into(), mark.as_str().into()),
        };
        let args = Args {
            id: id(t.kind).into(),
            parent: id(t.parent.unwrap_or_default()).into(),
            ..Args::new(Value::Null, Value::Null, &sample)
        };
        let create = (t.create.call)(&args);
        assert!(create.body.as_ref().is_some_and(|b| b.to_string().contains(&mark)), "{}", t.kind);
        assert_eq!(against(contract, &create), Vec::<String>::new(), "{}", t.kind);
    }
}

/// Whether the reply to a read may show `path`, by what the document declares.
fn shows(contract: &Contract, call: &Call, path: &str) -> bool {
    let body = path.rsplit('.').fold(json!(null), |inner, key| match key.parse::<usize>() {
        Ok(_) => json!([inner]),
        Err(_) => json!({ key: inner }),
    });
    let mut exchange = Exchange { response_body: Some(body), ..exchange(call) };
    exchange.response_headers.insert("content-type", "application/json".parse().expect("a header"));
    let pointer = format!("/{}", path.replace('.', "/"));
    let undeclared = |v: &Violation| v.part == Part::ReplyBody && v.wrong == Wrong::Undeclared && pointer.starts_with(&v.at);
    !contract.check(&exchange).iter().any(undeclared)
}

fn paths(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::Is { path, .. } | Condition::Empty { path } | Condition::Present { path } => vec![path.clone()],
        Condition::Each { list, path, .. } => vec![format!("{list}.0.{path}")],
        Condition::AtLeast { list, path, least, .. } => vec![format!("{list}.0.{path}"), least.clone()],
        Condition::Exists => Vec::new(),
        Condition::All(all) | Condition::Any(all) => all.iter().flat_map(paths).collect(),
    }
}

#[test]
fn what_is_looked_at_is_what_the_vendor_shows() {
    let Some(contract) = contract_or_skip("what_is_looked_at_is_what_the_vendor_shows") else { return };
    for t in vendors("digitalocean") {
        let none = pontoon_catalog::resource::Attributes::new();
        let args = Args::new(id(t.kind).into(), id(t.parent.unwrap_or_default()).into(), &none);
        let read = t.read.map(|r| ((r.call)(&args), r.item.to_owned()));
        let listing = match t.list {
            List::Account(listing) => Some(listing()),
            List::Under(listing) => Some(listing(&args)),
            _ => None,
        };
        let item = |l: &str| if l.is_empty() { String::new() } else { format!("{l}.0") };
        let list = listing.map(|l| (l.call, item(&l.items)));
        let seen = |path: &str| {
            let within = |at: &str| [at, path].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
            let mut places = read.iter().chain(&list);
            places.any(|(call, at)| shows(contract, call, &within(at)))
        };
        if read.is_none() && list.is_none() {
            continue;
        }
        let compared = t.fields.iter().filter(|f| !matches!(f.compare, Compare::Once | Compare::Unseen));
        let conditions = [t.ready, t.failed].into_iter().flatten().flat_map(|c| paths(&c()));
        let shown = t.outputs.iter().map(|(_, path)| (*path).to_owned()).chain(conditions).chain(t.create.id.map(str::to_owned));
        for path in compared.map(|f| f.at.to_owned()).chain(shown) {
            assert!(seen(&path), "{} shows no {path}", t.kind);
        }
    }
}

#[test]
fn a_field_that_the_vendor_does_not_know_is_noticed() {
    let Some(contract) = contract_or_skip("a_field_that_the_vendor_does_not_know_is_noticed") else { return };
    for t in vendors("digitalocean") {
        for (used, call) in calls(t, id(t.kind), t.parent.map_or("", id), known) {
            let Some(Value::Map(body)) = &call.body else { continue };
            if !matches!(used, Use::Create | Use::Update) {
                continue;
            }
            let mut strange = body.clone();
            strange.insert("strange_field".into(), 1i64.into());
            let call = call.clone().body(Value::Map(strange));
            assert!(!against(contract, &call).is_empty(), "{} {used} may hold anything", t.kind);
        }
    }
}
