//! What goes wrong at the repository.

use super::{fails, followed, mended, within};
use pontoon_emulator::github::DEFAULT_GITHUB_TOKEN as TOKEN;
use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::{Value, json};

const KEYS: &str = "/repos/example-org/cove-gitops/keys";

async fn repository(hand: &Hand, name: &str) {
    let body = json!({ "name": name, "private": true, "auto_init": true });
    hand.github("POST", "/orgs/example-org/repos", TOKEN, body).await;
}

/// Puts a file into the repository, as a person does on GitHub's page.
async fn write(hand: &Hand, path: &str, content: &str) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let body = json!({ "message": "mine", "content": STANDARD.encode(content) });
    hand.github("PUT", &format!("/repos/example-org/cove-gitops/contents/{path}"), TOKEN, body).await;
}

#[test]
fn a_repository_with_other_content() {
    let bench = followed();
    within(&bench, "up --layer cloud", "").ends_with(0);
    let (ours, beside) = ("clusters/production/kustomization.yaml", "notes/keep.md");
    bench.meddle(async |hand: &Hand| {
        repository(hand, "cove-gitops").await;
        write(hand, ours, "resources: []\n").await;
        write(hand, beside, "mine\n").await;
    });
    let said = [
        "error: commit to example-org/cove-gitops",
        "because: it has other content, which would be written over: clusters/production/kustomization.yaml",
        "next: move it away in a commit of yours",
    ];
    fails(within(&bench, "up", ""), &said);
    let content = async |hand: &Hand, path: &str| {
        hand.github("GET", &format!("/repos/example-org/cove-gitops/contents/{path}"), TOKEN, Value::Null).await
    };
    bench.meddle(async |hand: &Hand| {
        let there = content(hand, ours).await;
        assert_eq!(there["size"], 14, "a person's file was written over");
        let body = json!({ "message": "away", "sha": there["sha"] });
        hand.github("DELETE", &format!("/repos/example-org/cove-gitops/contents/{ours}"), TOKEN, body).await;
    });
    mended(&bench);
    bench.meddle(async |hand: &Hand| {
        assert_eq!(content(hand, beside).await["size"], 5, "what stood beside ours is gone");
    });
}

#[test]
fn a_repository_of_another_platform() {
    let bench = followed();
    within(&bench, "bootstrap", "").ends_with(0);
    let document = format!("{}{}", super::COVE, super::FOLLOWED).replace("platform: cove", "platform: bay");
    bench.write("platform.yaml", document);
    let said = [
        "branch main of example-org/cove-gitops",
        "it holds the tree of platform cove, and this is bay",
        "next: each platform has",
    ];
    fails(within(&bench, "bootstrap", ""), &said);
}

#[test]
fn a_repository_that_is_archived() {
    let bench = followed();
    within(&bench, "bootstrap", "").ends_with(0);
    let archive = |on: bool| {
        move |bench: &Bench| {
            bench.meddle(async |hand: &Hand| {
                hand.github("PATCH", "/repos/example-org/cove-gitops", TOKEN, json!({ "archived": on })).await;
            });
        }
    };
    archive(true)(&bench);
    fails(within(&bench, "bootstrap", ""), &["it is archived", "next: unarchive it on GitHub"]);
    archive(false)(&bench);
    within(&bench, "bootstrap", "").ends_with(0);
}

#[test]
fn deploy_keys_that_the_organization_forbids() {
    let bench = followed();
    let said = [
        "error: deploy key of example-org/cove-gitops",
        "Deploy keys are disabled",
        "next: let the organization allow deploy keys",
    ];
    fails(within(&bench, "up", "[github]\ndeploy_keys = false\n"), &said);
    mended(&bench);
}

#[test]
fn a_deploy_key_that_another_repository_has() {
    let bench = followed();
    within(&bench, "bootstrap", "").ends_with(0);
    // The key is lost here, and stands at another repository of the organization.
    bench.meddle(async |hand: &Hand| {
        let keys = hand.github("GET", KEYS, TOKEN, Value::Null).await;
        assert_eq!(keys.as_array().map(Vec::len), Some(1), "{keys}");
        hand.github("DELETE", &format!("{KEYS}/{}", keys[0]["id"]), TOKEN, Value::Null).await;
        repository(hand, "other").await;
        let body = json!({ "title": "theirs", "key": keys[0]["key"], "read_only": true });
        hand.github("POST", "/repos/example-org/other/keys", TOKEN, body).await;
    });
    let said = ["error: deploy key of example-org/cove-gitops", "key is already in use", "next: "];
    fails(within(&bench, "bootstrap", ""), &said);
    bench.meddle(async |hand: &Hand| {
        let keys = hand.github("GET", "/repos/example-org/other/keys", TOKEN, Value::Null).await;
        hand.github("DELETE", &format!("/repos/example-org/other/keys/{}", keys[0]["id"]), TOKEN, Value::Null).await;
    });
    within(&bench, "bootstrap", "").ends_with(0);
}
