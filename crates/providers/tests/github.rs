//! The client of GitHub against answers that GitHub gives: what is sent, in which order, and what refusals become.

mod scripted;

use pontoon_core::{call::Class, secret::Secret};
use pontoon_providers::{
    GitHub,
    github::{Changes, Reason, RepositoryName, Ruleset, blob_id},
};
use scripted::{Seen, Turn, budget, run, wire};
use serde_json::{Value, json};
use std::time::Duration;

fn hub(turns: Vec<Turn>) -> (GitHub, Seen) {
    let (wire, seen) = wire(turns, &[("authorization", "Bearer geheim"), ("x-github-api-version", "2022-11-28")]);
    (GitHub::new(wire, "https://api.github.com/", Secret::new("geheim"), budget()), seen)
}

fn infra() -> RepositoryName {
    "acme/infra".parse().unwrap()
}

fn changes(files: &[(&str, Option<&[u8]>)]) -> Changes {
    files.iter().map(|(p, c)| ((*p).to_owned(), c.map(<[u8]>::to_vec))).collect()
}

#[test]
fn a_change_is_one_tree_one_commit_and_one_move_without_force() {
    let (hub, seen) = hub(vec![
        ("GET /repos/acme/infra/git/commits/h1", 200, &[], json!({ "sha": "h1", "tree": { "sha": "t1" } })),
        ("POST /repos/acme/infra/git/blobs", 201, &[], json!({ "sha": "b9" })),
        ("POST /repos/acme/infra/git/trees", 201, &[], json!({ "sha": "t2" })),
        ("POST /repos/acme/infra/git/commits", 201, &[], json!({ "sha": "h2" })),
        ("PATCH /repos/acme/infra/git/refs/heads/feature/x", 200, &[], json!({ "object": { "sha": "h2" } })),
    ]);
    let what = changes(&[("a/ä.yaml", Some("é: 1\n".as_bytes())), ("b", None), ("c.png", Some(&[0xff, 0x00]))]);
    let done = run(hub.commit(&infra(), "feature/x", Some("h1"), &what, "Say it")).unwrap();
    assert_eq!((done.head.as_str(), done.changed), ("h2", true));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[1], json!({ "content": "/wA=", "encoding": "base64" }));
    let tree = json!({ "base_tree": "t1", "tree": [
        { "path": "a/ä.yaml", "mode": "100644", "type": "blob", "content": "é: 1\n" },
        { "path": "b", "mode": "100644", "type": "blob", "sha": null },
        { "path": "c.png", "mode": "100644", "type": "blob", "sha": "b9" },
    ] });
    assert_eq!(seen[2], tree);
    assert_eq!(seen[3], json!({ "message": "Say it", "tree": "t2", "parents": ["h1"] }));
    assert_eq!(seen[4], json!({ "sha": "h2", "force": false }));
}

#[test]
fn an_empty_repository_is_started_with_one_file() {
    let empty = json!({ "message": "Git Repository is empty." });
    let (hub, seen) = hub(vec![
        ("GET /repos/acme/infra/git/ref/heads/main", 409, &[], empty),
        ("PUT /repos/acme/infra/contents/README.md", 201, &[], json!({ "commit": { "sha": "h1" } })),
        ("GET /repos/acme/infra/git/commits/h1", 200, &[], json!({ "tree": { "sha": "t1" } })),
        ("POST /repos/acme/infra/git/trees", 201, &[], json!({ "sha": "t2" })),
        ("POST /repos/acme/infra/git/commits", 201, &[], json!({ "sha": "h2" })),
        ("PATCH /repos/acme/infra/git/refs/heads/main", 200, &[], json!({})),
    ]);
    let what = changes(&[("A", Some(b"a")), ("README.md", Some(b"hi"))]);
    assert_eq!(run(hub.commit(&infra(), "main", None, &what, "Begin")).unwrap().head, "h2");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[1], json!({ "message": "Begin", "content": "aGk=", "branch": "main" }));
    assert_eq!(seen[3]["tree"].as_array().unwrap().len(), 1, "the first file is not written again");
}

#[test]
fn nothing_to_say_moves_nothing_and_a_moved_branch_is_a_conflict() {
    let read: Turn = ("GET /repos/acme/infra/git/commits/h1", 200, &[], json!({ "tree": { "sha": "t1" } }));
    let what = changes(&[("A", Some(b"a"))]);
    let (same, _) = hub(vec![read.clone(), ("POST /repos/acme/infra/git/trees", 201, &[], json!({ "sha": "t1" }))]);
    let done = run(same.commit(&infra(), "main", Some("h1"), &what, "x")).unwrap();
    assert_eq!((done.head.as_str(), done.changed), ("h1", false));

    for (status, message, reason, class) in [
        (422, "Update is not a fast forward", Reason::Moved, Class::Conflict),
        (
            422,
            "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
            Reason::Protected,
            Class::Denied,
        ),
    ] {
        let (moved, _) = hub(vec![
            read.clone(),
            ("POST /repos/acme/infra/git/trees", 201, &[], json!({ "sha": "t2" })),
            ("POST /repos/acme/infra/git/commits", 201, &[], json!({ "sha": "h2" })),
            ("PATCH /repos/acme/infra/git/refs/heads/main", status, &[], json!({ "message": message })),
        ]);
        let refused = run(moved.commit(&infra(), "main", Some("h1"), &what, "x")).unwrap_err();
        assert_eq!((refused.reason, refused.class), (Some(reason), class), "{refused}");
    }

    let (begun, _) = hub(vec![("GET /repos/acme/infra/git/ref/heads/main", 200, &[], json!({ "object": { "sha": "h9" } }))]);
    assert!(run(begun.commit(&infra(), "main", None, &what, "x")).unwrap_err().is(Reason::Moved));
}

#[test]
fn refusals_say_what_they_mean_and_what_the_token_lacks() {
    let refused = |status, headers, body| {
        let (hub, _) = hub(vec![("POST /repos/acme/infra/keys", status, headers, body)]);
        run(hub.add_deploy_key(&infra(), "t", "ssh-ed25519 AAAA", true)).unwrap_err()
    };
    let taken = json!({ "message": "Validation Failed", "errors": [
        { "resource": "PublicKey", "code": "custom", "field": "key", "message": "key is already in use" }] });
    let e = refused(422, &[], taken);
    assert_eq!((e.class, e.reason), (Class::Invalid, Some(Reason::KeyTaken)));
    assert_eq!(e.to_string(), "POST /repos/acme/infra/keys answered 422: Validation Failed: key is already in use");

    let denied = json!({ "message": "Resource not accessible by personal access token" });
    let e = refused(403, &[("x-accepted-github-permissions", "administration=write")], denied);
    assert_eq!((e.class, e.reason), (Class::Denied, Some(Reason::Permission)));
    assert!(e.to_string().ends_with("; the token needs administration=write"), "{e}");

    let scopes: &[(&str, &str)] = &[("x-accepted-oauth-scopes", "repo"), ("x-oauth-scopes", "gist, read:org")];
    let e = refused(404, scopes, json!({ "message": "Not Found" }));
    assert!(e.class == Class::NotFound && e.to_string().ends_with("; the token needs the scope repo"), "{e}");

    let e = refused(403, &[("retry-after", "60")], json!({ "message": "You have exceeded a secondary rate limit." }));
    assert_eq!((e.class, e.retry_after), (Class::RateLimited, Some(Duration::from_secs(60))));
    let e = refused(403, &[("x-ratelimit-remaining", "0")], json!({ "message": "API rate limit exceeded" }));
    assert_eq!(e.class, Class::RateLimited);
    let e = refused(401, &[], json!({ "message": "Bad credentials" }));
    assert_eq!((e.class, e.reason), (Class::Denied, Some(Reason::Token)));
    assert_eq!(refused(502, &[], json!({})).class, Class::Indeterminate, "the key may be there");
    let e =
        refused(403, &[], json!({ "message": "Upgrade to GitHub Pro or make this repository public to enable this feature." }));
    assert_eq!((e.class, e.reason, e.permission), (Class::Denied, Some(Reason::Plan), None));
}

#[test]
fn lists_are_read_to_their_end_and_a_ruleset_is_written_only_where_it_differs() {
    let many: Vec<Value> = (0..100).map(|n| json!({ "id": n, "name": format!("r{n}") })).collect();
    let first = "GET /repos/acme/infra/rulesets?includes_parents=false&per_page=100&page=1";
    let second = "GET /repos/acme/infra/rulesets?includes_parents=false&per_page=100&page=2";
    let ours =
        Ruleset { name: "pontoon".into(), checks: ["pontoon/check".into()].into(), pull_requests: Some(0), ..Ruleset::default() };
    let listed = json!([{ "id": 7, "name": "pontoon" }]);
    let (hub1, seen) = hub(vec![
        (first, 200, &[], json!(many)),
        (second, 200, &[], json!([])),
        ("POST /repos/acme/infra/rulesets", 201, &[], json!({ "id": 7 })),
    ]);
    run(hub1.put_ruleset(&infra(), &ours)).unwrap();
    // As GitHub shows it: with defaults, and rules in another order.
    let mut shown = seen.lock().unwrap()[2].clone();
    shown["id"] = 7.into();
    shown["rules"].as_array_mut().unwrap().reverse();
    shown["rules"][0]["parameters"]["do_not_enforce_on_create"] = false.into();
    let (hub2, _) = hub(vec![(first, 200, &[], listed.clone()), ("GET /repos/acme/infra/rulesets/7", 200, &[], shown.clone())]);
    assert_eq!(run(hub2.put_ruleset(&infra(), &ours)).unwrap(), pontoon_providers::github::Put::Unchanged);
    shown["enforcement"] = "disabled".into();
    let (hub3, _) = hub(vec![
        (first, 200, &[], listed),
        ("GET /repos/acme/infra/rulesets/7", 200, &[], shown),
        ("PUT /repos/acme/infra/rulesets/7", 200, &[], json!({})),
    ]);
    assert_eq!(run(hub3.put_ruleset(&infra(), &ours)).unwrap(), pontoon_providers::github::Put::Updated);
}

#[test]
fn a_tree_that_is_cut_short_is_read_folder_by_folder_and_ids_are_gits() {
    let entry = |path: &str, kind: &str, sha: &str| json!({ "path": path, "type": kind, "sha": sha, "mode": "100644" });
    let (hub, _) = hub(vec![
        ("GET /repos/acme/infra/git/commits/h", 200, &[], json!({ "tree": { "sha": "t" } })),
        ("GET /repos/acme/infra/git/trees/t?recursive=1", 200, &[], json!({ "truncated": true, "tree": [] })),
        ("GET /repos/acme/infra/git/trees/t", 200, &[], json!({ "tree": [entry("a", "tree", "ta"), entry("f", "blob", "bf")] })),
        ("GET /repos/acme/infra/git/trees/ta", 200, &[], json!({ "tree": [entry("g", "blob", &blob_id(b"x"))] })),
        ("GET /repos/acme/infra/git/blobs/bf", 200, &[], json!({ "encoding": "base64", "content": "aGFs\nbG8=\n" })),
    ]);
    let tree = run(hub.tree(&infra(), "h")).unwrap();
    assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["a/g", "f"]);
    assert!(tree.holds("a/g", b"x") && !tree.holds("a/g", b"y") && !tree.holds("none", b"x"));
    assert_eq!(run(hub.contents(&infra(), &tree, |p| p == "f")).unwrap()["f"], b"hallo");
    // git hash-object of "hello\n".
    assert_eq!(blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
}
