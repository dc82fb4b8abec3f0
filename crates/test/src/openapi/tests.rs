//! Exchanges written by hand: right ones pass, and each kind of wrongness is found, in a small document that is always
//! there. The published document has tests of its own in `tests/openapi.rs`.

use super::pattern::Pattern;
use super::{Contract, Exchange, Part, Wrong, exceptions};
use http::HeaderMap;
use serde_json::{Value, json};

fn contract() -> Contract {
    Contract::parse(include_str!("small.json")).expect("the small document is right")
}

fn exchange(method: &str, target: &str, request: Option<Value>, status: u16, reply: Option<Value>) -> Exchange {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut response_headers = HeaderMap::new();
    if reply.is_some() {
        response_headers.insert("content-type", "application/json; charset=utf-8".parse().expect("a header"));
    }
    Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        request_body: request,
        status,
        response_headers,
        response_body: reply,
    }
}

/// `(part, pointer, wrong)` of every violation.
fn found(exchange: &Exchange) -> Vec<(Part, String, Wrong)> {
    contract().check(exchange).into_iter().map(|v| (v.part, v.at, v.wrong)).collect()
}

fn boat() -> Value {
    json!({
        "id": "7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11", "name": "ada", "length": 12, "tags": ["fast"], "made_at": "2026-11-02T09:00:00Z",
        "engine": null, "labels": { "any": 1 }, "crew": { "count": 3 }
    })
}

fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut).expect("a parent");
    parent.insert(key.to_owned(), value);
    document
}

fn without(mut document: Value, key: &str) -> Value {
    document.as_object_mut().expect("an object").remove(key);
    document
}

fn reply(document: Value) -> Exchange {
    exchange("GET", "/boats/7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11", None, 200, Some(json!({ "boat": document })))
}

#[test]
fn right_exchanges_pass() {
    assert_eq!(found(&reply(boat())), []);
    assert_eq!(
        found(&exchange("GET", "/boats?page=2&kind=sail", None, 200, Some(json!({ "boats": [boat()], "meta": { "total": 1 } })))),
        []
    );
    assert_eq!(found(&exchange("GET", "/boats/featured", None, 200, Some(json!({ "boat": boat() })))), []);
    assert_eq!(found(&exchange("POST", "/boats", Some(json!({ "name": "ada" })), 201, Some(json!({ "boat": boat() })))), []);
    assert_eq!(found(&exchange("DELETE", "/boats/7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11", None, 204, None)), []);
    assert_eq!(found(&exchange("GET", "/boats", None, 503, Some(json!({ "id": "x", "message": "y" })))), []);
}

#[test]
fn each_wrong_field_of_a_reply_is_found() {
    let cases = [
        (with(boat(), "/colour", json!("red")), "/boat/colour", Wrong::Undeclared),
        (with(boat(), "/crew/captain", json!("bob")), "/boat/crew/captain", Wrong::Undeclared),
        (without(boat(), "name"), "/boat/name", Wrong::Missing),
        (with(boat(), "/name", json!(3)), "/boat/name", Wrong::Type),
        (with(boat(), "/length", json!("12")), "/boat/length", Wrong::Type),
        (with(boat(), "/length", json!(12.5)), "/boat/length", Wrong::Type),
        (with(boat(), "/length", json!(0)), "/boat/length", Wrong::Range),
        (with(boat(), "/name", json!(null)), "/boat/name", Wrong::Null),
        (with(boat(), "/kind", json!("submarine")), "/boat/kind", Wrong::Enum),
        (with(boat(), "/name", json!("Ada!")), "/boat/name", Wrong::Format),
        (with(boat(), "/id", json!("7")), "/boat/id", Wrong::Format),
        (with(boat(), "/made_at", json!("2026-11-02 09:00")), "/boat/made_at", Wrong::Format),
        (with(boat(), "/address", json!("10.0.0.256")), "/boat/address", Wrong::Format),
        (with(boat(), "/tags", json!(["a", "b", "c", "d"])), "/boat/tags", Wrong::Range),
        (with(boat(), "/tags", json!([1])), "/boat/tags/0", Wrong::Type),
        (with(boat(), "/sails", json!({ "jib": { "area": "big" } })), "/boat/sails/jib/area", Wrong::Type),
    ];
    for (document, at, wrong) in cases {
        assert_eq!(found(&reply(document)), [(Part::ReplyBody, at.to_owned(), wrong)], "{at}");
    }
}

#[test]
fn alternatives_are_merged_and_told_apart() {
    let engine = |value| reply(with(boat(), "/engine", value));
    assert_eq!(found(&engine(json!({ "kind": "diesel", "litres": 40 }))), []);
    assert_eq!(found(&engine(json!({ "kind": "electric", "cells": 8 }))), []);
    let at = |name: &str| format!("/boat/engine{name}");
    let cells = [(Part::ReplyBody, at("/cells"), Wrong::Undeclared)];
    assert_eq!(found(&engine(json!({ "kind": "diesel", "litres": 40, "cells": 8 }))), cells);
    assert_eq!(found(&engine(json!({ "kind": "steam" }))), [(Part::ReplyBody, at(""), Wrong::Variant)]);
    let berth = |value| reply(with(boat(), "/berth", value));
    assert_eq!(found(&berth(json!(4))), []);
    assert_eq!(found(&berth(json!({ "pier": "a" }))), []);
    assert_eq!(found(&berth(json!({ "pier": 4 }))), [(Part::ReplyBody, "/boat/berth/pier".to_owned(), Wrong::Type)]);
    assert_eq!(found(&berth(json!({ "dock": "a" }))).len(), 2, "the field undeclared, and the required one missing");
}

#[test]
fn each_wrongness_of_a_request_is_found() {
    let post = |body| exchange("POST", "/boats", body, 201, Some(json!({ "boat": boat() })));
    let body = |at: &str, wrong| vec![(Part::RequestBody, at.to_owned(), wrong)];
    assert_eq!(found(&post(None)), body("", Wrong::Missing));
    assert_eq!(found(&post(Some(json!({})))), body("/name", Wrong::Missing));
    assert_eq!(found(&post(Some(json!({ "name": "ada", "nmae": 1 })))), body("/nmae", Wrong::Undeclared));
    assert_eq!(
        found(&post(Some(json!({ "name": "ada", "id": "7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11" })))),
        body("/id", Wrong::ReadOnly)
    );
    let get = |target: &str| found(&exchange("GET", target, None, 200, Some(json!({ "boats": [], "meta": { "total": 0 } }))));
    let query = |at: &str, wrong| vec![(Part::Query, at.to_owned(), wrong)];
    assert_eq!(get("/boats?sort=name"), query("sort", Wrong::Undeclared));
    assert_eq!(get("/boats?page=two"), query("page", Wrong::Type));
    assert_eq!(get("/boats?page=0"), query("page", Wrong::Range));
    assert_eq!(get("/boats?kind=submarine"), query("kind", Wrong::Enum));
    let with_body = exchange("DELETE", "/boats/7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11", Some(json!({})), 204, None);
    assert_eq!(found(&with_body), body("", Wrong::Undeclared));
}

#[test]
fn wrong_places_and_statuses_are_found() {
    let path = |at: &str, wrong| vec![(Part::Path, at.to_owned(), wrong)];
    assert_eq!(found(&exchange("GET", "/ships", None, 200, Some(json!({})))), path("", Wrong::Undeclared));
    assert_eq!(found(&exchange("GET", "/boats/", None, 200, Some(json!({})))), path("", Wrong::Undeclared));
    assert_eq!(found(&exchange("PATCH", "/boats", None, 200, Some(json!({})))), path("", Wrong::Undeclared));
    assert_eq!(found(&exchange("GET", "/boats/seven", None, 200, Some(json!({ "boat": boat() })))), path("boat", Wrong::Format));
    let id = "/boats/7f3a2d9e-0c54-4f5e-9c0b-6a1f4f8d2b11";
    assert_eq!(found(&exchange("DELETE", id, None, 202, None)), [(Part::Status, String::new(), Wrong::Undeclared)]);
    assert_eq!(found(&exchange("GET", id, None, 200, None)), [(Part::ReplyBody, String::new(), Wrong::Missing)]);
    assert_eq!(found(&exchange("DELETE", id, None, 204, Some(json!({})))), [(Part::ReplyBody, String::new(), Wrong::Undeclared)]);
    let mut html = reply(boat());
    html.response_headers.insert("content-type", "text/html".parse().expect("a header"));
    assert_eq!(found(&html), [(Part::ReplyHeader, "content-type".to_owned(), Wrong::Undeclared)]);
    let mut limit = reply(boat());
    limit.response_headers.insert("ratelimit-limit", "many".parse().expect("a header"));
    assert_eq!(found(&limit), [(Part::ReplyHeader, "ratelimit-limit".to_owned(), Wrong::Type)]);
}

#[test]
fn scopes_are_those_of_the_first_alternative() {
    let contract = contract();
    assert_eq!(contract.scope("POST", "/boats"), ["boat:create", "harbour:read"]);
    assert_eq!(contract.scope("GET", "/boats/7"), ["boat:read"]);
    assert_eq!(contract.scope("GET", "/ships"), Vec::<String>::new());
    assert_eq!(contract.operations().count(), 5);
}

#[test]
fn a_broken_document_is_no_contract() {
    assert!(Contract::parse("{").is_err());
    let dangling = include_str!("small.json").replace("#/components/schemas/crew", "#/components/schemas/cwer");
    let error = Contract::parse(&dangling).expect_err("a reference leads nowhere");
    assert!(error.to_string().contains("#/components/schemas/cwer leads nowhere"), "{error}");
}

#[test]
fn patterns_match_as_regular_expressions_do() {
    let cases = [
        (r"^[a-z0-9-]{1,63}$", "a-1", true),
        (r"^[a-z0-9-]{1,63}$", "A", false),
        (r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$", "a", false),
        (r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$", "ab", true),
        (r"^$|[0-9a-f]{8}\b-[0-9a-f]{4}", "", true),
        (r"^$|[0-9a-f]{8}\b-[0-9a-f]{4}", "0a0a0a0a-1234", true),
        (r"^$|[0-9a-f]{8}\b-[0-9a-f]{4}", "0a0a0a0-1234", false),
        (r"^((xn--)?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*\.)+[a-zA-Z]{2,}\.?$", "a-b.example.com", true),
        (r"^((xn--)?[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*\.)+[a-zA-Z]{2,}\.?$", "a-.example.com", false),
        (r"^do:(dbaas|domain|vpc):.*", "do:vpc:x", true),
        (r"^do:(dbaas|domain|vpc):.*", "do:vp:x", false),
        (r"^[A-Z_]*(,[A-Z_]+)*$", "A_B,C", true),
        (r"^[KEg\$lshzxeA]*$", "Kg$", true),
        (r"^[A-Za-z()\[\]'][-A-Za-z0-9_. \/()\[\]]{0,40}$", "Sunday [x]/y", true),
    ];
    for (pattern, text, matches) in cases {
        assert_eq!(Pattern::new(pattern).expect(pattern).is_match(text), matches, "{pattern} on {text:?}");
    }
    for broken in ["(", "[a", "*", r"\p", "a{x}", "a)"] {
        assert!(Pattern::new(broken).is_err(), "{broken}");
    }
}

#[test]
fn every_exception_says_why() {
    exceptions::tests::say_why();
}
