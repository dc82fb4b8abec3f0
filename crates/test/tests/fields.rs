//! Each field that the client sends, renamed in turn: somebody notices, each time.
//!
//! Whatever is made, changed and removed of every kind is recorded; then every key of every body and
//! query (and every element of an XML body) is renamed on the wire, in a world of its own. It is
//! noticed by the vendor's document, by the embedded cloud, or by the next plan, which finds that
//! what was asked for is not what is there.

use bytes::Bytes;
use http::Request;
use pontoon_catalog::{resource::sample_address, resource_types, samples};
use pontoon_core::{operation::Ending, platform::Platform};
use pontoon_emulator::{TraceEntry, Vendor, World};
use pontoon_test::{
    changes::changes,
    context::{Context, Wrap},
    openapi::{Contract, Exchange, contract_or_skip},
    platforms,
};
use pontoon_wire::Wire;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// The region's first VPC is its default one, which nobody can remove: not the example.
const WORLD: &str = r#"
[[preload]]
path = "/v2/vpcs"
body = { name = "first", region = "nyc3", ip_range = "10.99.0.0/20" }
"#;

/// What is renamed: an operation (`POST /v2/vpcs`, ids taken out) and where in its request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Field {
    operation: String,
    place: Place,
}

/// Where in a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A key of a JSON body: the keys that lead to it, those of lists left out.
    Key(Vec<String>),
    /// An element of an XML body.
    Element(String),
    /// A parameter of the query.
    Parameter(String),
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Key(keys) => write!(f, "{} {}", self.operation, keys.join(".")),
            Place::Element(name) => write!(f, "{} <{name}>", self.operation),
            Place::Parameter(name) => write!(f, "{} ?{name}", self.operation),
        }
    }
}

/// Whose life is recorded: an example of one kind, changed in every way that there is, or a platform.
#[derive(Debug, Clone, Copy)]
enum Life {
    Kind(&'static str),
    Example(&'static str),
}

impl Life {
    /// The platforms, one after another.
    fn platforms(self) -> Vec<Platform> {
        let kind = match self {
            Life::Example(name) => return vec![platforms::example(name, 0)],
            Life::Kind(kind) => kind,
        };
        let first = platforms::of(samples::samples_for(kind));
        let mut all = vec![first.clone()];
        for (_, with, _) in changes().iter().filter(|(k, ..)| *k == kind) {
            let mut changed = first.clone();
            let resource = changed.resources.get_mut(&sample_address(kind)).expect("there is an example");
            for (field, value) in with.as_object().expect("changes are fields") {
                resource.attributes.insert(field.clone(), value.clone().into());
            }
            all.push(changed);
        }
        all
    }
}

/// Lives a life to its end, in a world of its own. Gives why it could not.
async fn live(life: Life, wrap: Option<Wrap>) -> Result<Vec<TraceEntry>, String> {
    let context = Context::new(World::parse(WORLD).expect("the world makes sense"));
    // What the document says of renamed fields is asked field by field; here the vendor has to notice.
    context.cloud.observe(|_| {});
    let before = context.census();
    context.cloud.keep_trace(true);
    wrap.into_iter().for_each(|w| context.wrap(w));
    let options = pontoon_plan::Options { include_stateful: true, ..pontoon_plan::Options::default() };
    let all = life.platforms();
    for platform in &all {
        let report = context.up_with(platform, &options).await.map_err(|e| e.to_string())?;
        if let Some(report) = report.filter(|r| r.ending != Ending::Done) {
            return Err(format!("{:?}", report.failures));
        }
        // The vendor carries actions on droplets out a little later.
        context.clock.sleep(std::time::Duration::from_secs(60)).await;
        let left = context.plan(platform).await.map_err(|e| e.to_string())?;
        if !left.is_empty() || !left.is_allowed() {
            return Err(format!("{:?} {:?}", left.changes, left.findings));
        }
    }
    context.destroy(&all[0]).await.map_err(|e| e.to_string())?;
    let left = context.census();
    if left != before {
        return Err(format!("left: {left:?}"));
    }
    Ok(context.cloud.take_trace())
}

/// A path with its ids and names taken out.
fn operation(method: &str, vendor: Vendor, path: &str) -> String {
    if vendor == Vendor::Spaces {
        return format!("{method} spaces");
    }
    let id = |s: &str| s.len() >= 20 || s.contains('.') || s == "sample" || s.bytes().next().is_some_and(|b| b.is_ascii_digit());
    let parts: Vec<&str> = path.split('/').map(|s| if id(s) { "*" } else { s }).collect();
    format!("{method} {}", parts.join("/"))
}

fn keys(value: &Value, at: &[String], found: &mut BTreeSet<Vec<String>>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let mut at = at.to_vec();
                at.push(key.clone());
                keys(value, &at, found);
                found.insert(at);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| keys(v, at, found)),
        _ => {}
    }
}

fn elements(xml: &str) -> BTreeSet<String> {
    let starts = xml.split('<').skip(1).filter(|t| !t.starts_with(['/', '?']));
    starts.filter_map(|t| t.split([' ', '>', '/']).next()).filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

/// Every place of a request.
fn places(vendor: Vendor, query: &str, body: &[u8]) -> BTreeSet<Place> {
    let mut found: BTreeSet<Place> = BTreeSet::new();
    let parameters = query.split('&').filter_map(|p| p.split('=').next()).filter(|p| !p.is_empty());
    // Listing parameters are the client's own business in S3: without them a list is only shorter.
    found.extend(parameters.filter(|p| !matches!(*p, "list-type" | "max-keys")).map(|p| Place::Parameter(p.into())));
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let mut all = BTreeSet::new();
        keys(&json, &[], &mut all);
        found.extend(all.into_iter().map(Place::Key));
    } else if vendor == Vendor::Spaces {
        found.extend(elements(&String::from_utf8_lossy(body)).into_iter().map(Place::Element));
    }
    found
}

/// Another name of the same length, so that nothing else changes.
fn other(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let last = letters.last_mut().expect("names are not empty");
    *last = if *last == 'q' { 'z' } else { 'q' };
    letters.into_iter().collect()
}

fn rename(value: &mut Value, at: &[String]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|v| rename(v, at)),
        Value::Object(fields) => match at {
            [last] => {
                if let Some(value) = fields.remove(last) {
                    fields.insert(other(last), value);
                }
            }
            [first, rest @ ..] => {
                if let Some(inner) = fields.get_mut(first) {
                    rename(inner, rest);
                }
            }
            [] => {}
        },
        _ => {}
    }
}

/// A request's query and body with a place renamed.
fn renamed(place: &Place, query: &str, body: &[u8]) -> (String, Bytes) {
    let same = Bytes::copy_from_slice(body);
    match place {
        Place::Parameter(name) => {
            let other = |p: &str| match p.split_once('=') {
                Some((n, v)) if n == name => format!("{}={v}", other(n)),
                None if p == name => other(p),
                _ => p.to_owned(),
            };
            (query.split('&').map(other).collect::<Vec<_>>().join("&"), same)
        }
        Place::Key(at) => match serde_json::from_slice::<Value>(body) {
            Ok(mut json) => {
                rename(&mut json, at);
                (query.into(), Bytes::from(json.to_string()))
            }
            Err(_) => (query.into(), same),
        },
        Place::Element(name) => {
            let mut xml = String::from_utf8_lossy(body).into_owned();
            for (open, close) in [("<", ">"), ("</", ">"), ("<", " "), ("<", "/>")] {
                xml = xml.replace(&format!("{open}{name}{close}"), &format!("{open}{}{close}", other(name)));
            }
            (query.into(), Bytes::from(xml))
        }
    }
}

/// A wire on which one field has another name.
fn renaming(field: &Field) -> Wrap {
    let field = field.clone();
    Rc::new(move |vendor: Vendor, wire: Wire| {
        let field = field.clone();
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let (wire, field) = (wire.clone(), field.clone());
            async move {
                let (mut parts, body) = request.into_parts();
                let request = if operation(parts.method.as_str(), vendor, parts.uri.path()) == field.operation {
                    let (query, body) = renamed(&field.place, parts.uri.query().unwrap_or_default(), &body);
                    let text = parts.uri.to_string();
                    let base = text.split('?').next().unwrap_or_default();
                    let mark = if query.is_empty() { "" } else { "?" };
                    parts.uri = format!("{base}{mark}{query}").parse().expect("it is an address still");
                    Request::from_parts(parts, body)
                } else {
                    Request::from_parts(parts, body)
                };
                wire.oneshot(request).await
            }
        }))
    })
}

/// Whether the vendor's document refuses a request with one place renamed.
fn documented(contract: &Contract, entry: &TraceEntry, place: &Place) -> bool {
    let (query, body) = renamed(place, &entry.query, &entry.request_body);
    let changed = TraceEntry { query, request_body: body, ..entry.clone() };
    let Some(exchange) = Exchange::of(&changed) else { return false };
    contract.check(&exchange).iter().any(|v| v.part.is_request())
}

fn virtually<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// Every field that is sent in all lives: who sends it, and whether the document knows that it has no
/// other name.
fn sent(contract: Option<&Contract>) -> BTreeMap<Field, (Life, bool)> {
    let kinds = resource_types().iter().map(|t| Life::Kind(t.kind));
    let mut fields = BTreeMap::new();
    for life in kinds.chain(["minimal", "single-cluster", "hybrid", "enterprise"].map(Life::Example)) {
        let trace = virtually(live(life, None)).unwrap_or_else(|why| panic!("{life:?}, undisturbed: {why}"));
        for entry in &trace {
            let operation = operation(&entry.method, entry.vendor, &entry.path);
            for place in places(entry.vendor, &entry.query, &entry.request_body) {
                let known = contract.is_some_and(|c| documented(c, entry, &place));
                fields.entry(Field { operation: operation.clone(), place }).or_insert((life, known));
            }
        }
    }
    fields
}

#[test]
fn every_renamed_field_is_noticed() {
    let contract = contract_or_skip("every_renamed_field_is_noticed");
    let fields = sent(contract);
    let of_spaces = |f: &Field| f.operation.ends_with(" spaces");
    let count = fields.keys().filter(|f| of_spaces(f)).count();
    assert!(count > 15 && fields.len() > count + 200, "only {} fields were found, {count} of them of Spaces", fields.len());
    // Defaults hide some names from everybody but the document: without it only Spaces is looked at.
    let looked_at = fields.iter().filter(|(f, (_, known))| !known && (contract.is_some() || of_spaces(f)));
    let unnoticed: Vec<String> = looked_at
        .filter(|(field, (life, _))| virtually(live(*life, Some(renaming(field)))).is_ok())
        .map(|(field, (life, _))| format!("{field} ({life:?})"))
        .collect();
    assert!(unnoticed.is_empty(), "nobody notices another name of:\n{}", unnoticed.join("\n"));
}
