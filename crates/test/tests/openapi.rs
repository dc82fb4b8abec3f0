//! DigitalOcean's published document as a contract: it compiles whole, and right and wrong exchanges are told apart.

use http::HeaderMap;
use pontoon_test::openapi::{Contract, Exchange, Part, Wrong, contract_or_skip, contracts_dir};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn exchange(method: &str, target: &str, request: Option<Value>, status: u16, reply: Option<Value>) -> Exchange {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut response_headers = HeaderMap::new();
    if reply.is_some() {
        response_headers.insert("content-type", "application/json; charset=utf-8".parse().expect("a header"));
    }
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    Exchange { method, path, query, request_body: request, status, response_headers, response_body: reply }
}

fn found(contract: &Contract, exchange: &Exchange) -> Vec<(Part, String, Wrong)> {
    contract.check(exchange).into_iter().map(|v| (v.part, v.at, v.wrong)).collect()
}

fn vpc() -> Value {
    json!({
        "id": "5a4981aa-9653-4bd1-bef5-d6bff52042e4", "urn": "do:vpc:5a4981aa-9653-4bd1-bef5-d6bff52042e4", "name": "harbour",
        "description": "", "region": "fra1", "ip_range": "10.10.0.0/20", "default": false, "created_at": "2026-11-02T09:00:00Z"
    })
}

#[test]
fn the_whole_document_compiles() {
    let Some(contract) = contract_or_skip("the_whole_document_compiles") else { return };
    assert!(contract.operations().count() > 600);
    let droplet = contract.operation("GET", "/v2/droplets/3164444").expect("a droplet by id");
    assert_eq!((droplet.template, droplet.id), ("/v2/droplets/{droplet_id}", "droplets_get"));
    let actions = contract.operation("POST", "/v2/droplets/actions").expect("actions by tag");
    assert_eq!(actions.template, "/v2/droplets/actions");
}

#[test]
fn scopes_are_the_documents() {
    let Some(contract) = contract_or_skip("scopes_are_the_documents") else { return };
    assert_eq!(contract.scope("POST", "/v2/vpcs"), ["vpc:create"]);
    assert_eq!(contract.scope("GET", "/v2/sizes"), ["sizes:read", "regions:read"]);
    let kubeconfig = "/v2/kubernetes/clusters/bd5f5959-5e1e-4205-a714-a914373942af/kubeconfig";
    assert_eq!(contract.scope("GET", kubeconfig), ["kubernetes:access_cluster"]);
}

#[test]
fn exchanges_about_a_vpc_are_judged() {
    let Some(contract) = contract_or_skip("exchanges_about_a_vpc_are_judged") else { return };
    let right = json!({ "name": "harbour", "region": "fra1", "ip_range": "10.10.0.0/20" });
    let post = |request: &Value, reply: Value| {
        found(contract, &exchange("POST", "/v2/vpcs", Some(request.clone()), 201, Some(json!({ "vpc": reply }))))
    };
    assert_eq!(post(&right, vpc()), []);
    // `additionalProperties` is left open in the document, and an undeclared field is found all the same.
    let mut misread = right.clone();
    misread["cidr"] = json!("10.10.0.0/20");
    assert_eq!(post(&misread, vpc()), [(Part::RequestBody, "/cidr".to_owned(), Wrong::Undeclared)]);
    let mut odd = vpc();
    odd["network"] = json!("10.10.0.0/20");
    assert_eq!(post(&right, odd), [(Part::ReplyBody, "/vpc/network".to_owned(), Wrong::Undeclared)]);
    let no_region = json!({ "name": "harbour" });
    assert_eq!(post(&no_region, vpc()), [(Part::RequestBody, "/region".to_owned(), Wrong::Missing)]);
    let page = exchange("GET", "/v2/vpcs?per_page=500", None, 200, Some(json!({ "vpcs": [vpc()], "meta": { "total": 1 } })));
    assert_eq!(found(contract, &page), [(Part::Query, "per_page".to_owned(), Wrong::Range)]);
}

#[test]
fn records_are_told_apart_by_their_type() {
    let Some(contract) = contract_or_skip("records_are_told_apart_by_their_type") else { return };
    let record = json!({ "domain_record": { "id": 1, "type": "A", "name": "@", "data": "192.0.2.1", "ttl": 1800, "priority": null,
        "port": null, "weight": null, "flags": null, "tag": null } });
    let post =
        |request| found(contract, &exchange("POST", "/v2/domains/example.com/records", Some(request), 201, Some(record.clone())));
    assert_eq!(post(json!({ "type": "A", "name": "@", "data": "192.0.2.1" })), []);
    assert_eq!(post(json!({ "type": "A", "name": "@" })), [(Part::RequestBody, "/data".to_owned(), Wrong::Missing)]);
    assert_eq!(post(json!({ "type": "B", "name": "@", "data": "x" })), [(Part::RequestBody, String::new(), Wrong::Variant)]);
}

#[test]
fn what_the_document_says_twice_agrees_nearly_everywhere() {
    let Some(contract) = contract_or_skip("what_the_document_says_twice_agrees_nearly_everywhere") else { return };
    let text = std::fs::read_to_string(contracts_dir().join("digitalocean/openapi.json")).expect("read before");
    let document: Value = serde_json::from_str(&text).expect("parsed before");
    let (mut right, mut wrong) = (0, Vec::new());
    for (path, method, status, example) in examples(&document) {
        let exchange = exchange(&method, &concrete(&path), None, status, Some(example));
        let found = contract.check(&exchange).into_iter().find(|v| v.part == Part::ReplyBody);
        match found {
            None => right += 1,
            Some(violation) => wrong.push(violation.to_string()),
        }
    }
    // The rest are contradictions of the document: fields that its examples have and its schemas lack.
    assert!(right > 500 && wrong.len() * 50 < right, "{right} right, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(wrong.iter().all(|violation| violation.contains("Undeclared")), "{}", wrong.join("\n"));
}

/// A path that a template takes.
fn concrete(template: &str) -> String {
    template.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

/// Template, method, status and body of every example of a reply.
fn examples(document: &Value) -> Vec<(String, String, u16, Value)> {
    let follow = |json: &'_ Value| -> Value {
        let target = json["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
        target.unwrap_or(json).clone()
    };
    let entries = |json: &Value| json.as_object().cloned().unwrap_or_default();
    let mut all = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(&item) {
            for (status, reply) in entries(&operation["responses"]) {
                let media = follow(&reply)["content"]["application/json"].clone();
                let named: Vec<Value> = entries(&media["examples"]).values().map(follow).collect();
                let bodies = named.iter().filter_map(|example| example.get("value")).chain(media.get("example"));
                let Ok(status) = status.parse() else { continue };
                all.extend(bodies.map(|body| (path.clone(), method.to_uppercase(), status, body.clone())));
            }
        }
    }
    all
}

#[test]
fn the_embedded_clouds_routes_are_the_documents() {
    let Some(contract) = contract_or_skip("the_embedded_clouds_routes_are_the_documents") else { return };
    let mut wrong = Vec::new();
    for route in pontoon_emulator::digitalocean::routes() {
        let Some(operation) = contract.operation(route.method, &concrete(route.path)) else {
            wrong.push(format!("{} {}: not in the document", route.method, route.path));
            continue;
        };
        if concrete(operation.template) != concrete(route.path) {
            wrong.push(format!("{} {}: the document reads it as {}", route.method, route.path, operation.template));
        }
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        let needed: BTreeSet<Vec<String>> =
            route.scope.split('|').map(|all| sorted(all.split_whitespace().map(str::to_owned).collect())).collect();
        let declared: BTreeSet<Vec<String>> = operation.scopes.iter().cloned().map(sorted).collect();
        if needed != declared {
            wrong.push(format!("{} {}: scopes {needed:?}, in the document {declared:?}", route.method, route.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
