//! What the tests of this GitHub share, and tests that go across its parts.

use crate::{Clock, Cloud, Vendor, World};
use bytes::Bytes;
use serde_json::{Value, json};

/// A cloud in memory, on the test's paused clock.
pub(crate) fn world(text: &str) -> Cloud {
    Cloud::open(World::parse(text).unwrap(), None, Clock::REAL).unwrap()
}

/// One call with a token: status and JSON body (Null when there is none).
pub(crate) async fn call_as(cloud: &Cloud, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("user-agent", "tests")
        .header("host", "api.github.com")
        .body(bytes)
        .unwrap();
    let response = cloud.call(Vendor::GitHub, request).await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Value::Null))
}

/// The same with the default token.
pub(crate) async fn call(cloud: &Cloud, method: &str, path: &str, body: Value) -> (u16, Value) {
    call_as(cloud, super::DEFAULT_GITHUB_TOKEN, method, path, body).await
}

/// A private repository `acme/platform` with one commit; its id.
async fn repository(cloud: &Cloud) -> String {
    let body = json!({ "name": "platform", "private": true, "auto_init": true });
    let (status, repo) = call(cloud, "POST", "/orgs/acme/repos", body).await;
    assert_eq!(status, 201, "{repo}");
    let (_, main) = call(cloud, "GET", "/repos/acme/platform/git/ref/heads/main", Value::Null).await;
    main["object"]["sha"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_empty_repository_takes_one_file_and_then_everything() {
    let cloud = world("");
    let (status, repo) = call(&cloud, "POST", "/orgs/acme/repos", json!({ "name": "platform", "private": true })).await;
    assert_eq!((status, repo["full_name"].as_str()), (201, Some("acme/platform")));
    let (status, said) = call(&cloud, "POST", "/orgs/acme/repos", json!({ "name": "Platform" })).await;
    assert_eq!((status, said["errors"][0]["message"].as_str()), (422, Some("name already exists on this account")));
    let (status, said) = call(&cloud, "POST", "/repos/acme/platform/git/blobs", json!({ "content": "x" })).await;
    assert_eq!((status, said["message"].as_str()), (409, Some("Git Repository is empty.")));
    let first = json!({ "message": "first", "content": "aGVsbG8K" });
    let (status, put) = call(&cloud, "PUT", "/repos/acme/platform/contents/a/README.md", first).await;
    assert_eq!(status, 201, "{put}");
    assert_eq!(put["content"]["sha"], "ce013625030ba8dba906f756967f9e9ca394464a");
    let base = put["commit"]["sha"].as_str().unwrap();
    let tree = json!({ "base_tree": base, "tree": [{ "path": "b.txt", "mode": "100644", "type": "blob", "content": "b\n" }] });
    let (status, tree) = call(&cloud, "POST", "/repos/acme/platform/git/trees", tree).await;
    assert_eq!(status, 201, "{tree}");
    let commit = json!({ "message": "second", "tree": tree["sha"], "parents": [base] });
    let (_, commit) = call(&cloud, "POST", "/repos/acme/platform/git/commits", commit).await;
    let (status, _) = call(&cloud, "PATCH", "/repos/acme/platform/git/refs/heads/main", json!({ "sha": commit["sha"] })).await;
    assert_eq!(status, 200);
    let (_, back) = call(&cloud, "PATCH", "/repos/acme/platform/git/refs/heads/main", json!({ "sha": base })).await;
    assert_eq!(back["message"], "Update is not a fast forward");
    let (_, all) = call(&cloud, "GET", "/repos/acme/platform/git/trees/main?recursive=1", Value::Null).await;
    let paths: Vec<&str> = all["tree"].as_array().unwrap().iter().filter_map(|e| e["path"].as_str()).collect();
    assert_eq!(paths, ["a", "a/README.md", "b.txt"]);
    assert_eq!(call(&cloud, "DELETE", "/repos/acme/platform", Value::Null).await.0, 204);
    assert_eq!(call(&cloud, "GET", "/repos/acme/platform", Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_key_is_nobody_elses() {
    let cloud = world("[github]\norganizations = [{ login = \"acme\" }, { login = \"strict\", deploy_keys = false }]");
    repository(&cloud).await;
    for org in ["acme", "strict"] {
        call(&cloud, "POST", &format!("/orgs/{org}/repos"), json!({ "name": "other", "private": true })).await;
    }
    let key = json!({ "title": "flux", "read_only": true,
        "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl flux" });
    let (status, made) = call(&cloud, "POST", "/repos/acme/platform/keys", key.clone()).await;
    assert_eq!(status, 201, "{made}");
    let (status, said) = call(&cloud, "POST", "/repos/acme/other/keys", key.clone()).await;
    assert_eq!((status, said["errors"][0]["message"].as_str()), (422, Some("key is already in use")));
    let (status, said) = call(&cloud, "POST", "/repos/strict/other/keys", key.clone()).await;
    assert_eq!((status, said["errors"][0]["message"].as_str()), (422, Some("Deploy keys are disabled for this repository")));
    assert_eq!(call(&cloud, "POST", "/repos/acme/other/keys", json!({ "key": "ssh-ed25519 AAAA" })).await.0, 422);
    assert_eq!(call(&cloud, "DELETE", "/repos/acme/platform", Value::Null).await.0, 204);
    assert_eq!(call(&cloud, "POST", "/repos/acme/other/keys", key).await.0, 201);
    assert_eq!(call(&cloud, "GET", "/orgs/nobody", Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_opened_by_its_own_key_and_never_shown() {
    let cloud = world("");
    repository(&cloud).await;
    let path = "/repos/acme/platform/actions/secrets";
    let (_, key) = call(&cloud, "GET", &format!("{path}/public-key"), Value::Null).await;
    let bytes: [u8; 32] = decode(key["key"].as_str().unwrap()).try_into().unwrap();
    let mut source = Counting(1);
    let sealed = crypto_box::PublicKey::from(bytes).seal(&mut source, b"hunter2").unwrap();
    let body = json!({ "encrypted_value": encode(&sealed), "key_id": key["key_id"] });
    assert_eq!(call(&cloud, "PUT", &format!("{path}/token"), body.clone()).await.0, 201);
    assert_eq!(call(&cloud, "PUT", &format!("{path}/TOKEN"), body.clone()).await.0, 204);
    let (_, all) = call(&cloud, "GET", path, Value::Null).await;
    assert_eq!((all["total_count"].as_u64(), all["secrets"][0]["name"].as_str()), (Some(1), Some("TOKEN")));
    assert!(!all.to_string().contains("hunter2") && !cloud.objects().to_string().contains("aHVudGVyMg"));
    let mut wrong = sealed.clone();
    wrong[40] ^= 1;
    let wrong = json!({ "encrypted_value": encode(&wrong), "key_id": key["key_id"] });
    assert_eq!(call(&cloud, "PUT", &format!("{path}/TOKEN"), wrong).await.0, 422);
    assert_eq!(call(&cloud, "PUT", &format!("{path}/GITHUB_X"), body.clone()).await.0, 422);
    // An environment has a key of its own.
    assert_eq!(call(&cloud, "PUT", "/repos/acme/platform/environments/prod", Value::Null).await.0, 200);
    assert_eq!(call(&cloud, "PUT", "/repos/acme/platform/environments/prod/secrets/T", body).await.0, 422);
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// A generator that is none: the test wants the same box each time.
struct Counting(u8);

impl crypto_box::aead::rand_core::RngCore for Counting {
    fn next_u32(&mut self) -> u32 {
        7
    }
    fn next_u64(&mut self) -> u64 {
        7
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        dest.fill(self.0);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), crypto_box::aead::rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl crypto_box::aead::rand_core::CryptoRng for Counting {}

#[tokio::test(start_paused = true)]
async fn rules_send_changes_through_pull_requests_with_checks() {
    let cloud = world("");
    let first = repository(&cloud).await;
    let parameters = json!({
        "dismiss_stale_reviews_on_push": false, "require_code_owner_review": false, "require_last_push_approval": false,
        "required_approving_review_count": 0, "required_review_thread_resolution": false,
    });
    let set = json!({
        "name": "main", "target": "branch", "enforcement": "active",
        "conditions": { "ref_name": { "include": ["~DEFAULT_BRANCH"], "exclude": [] } },
        "rules": [
            { "type": "deletion" }, { "type": "non_fast_forward" }, { "type": "pull_request", "parameters": parameters },
            { "type": "required_status_checks", "parameters": {
                "strict_required_status_checks_policy": false, "required_status_checks": [{ "context": "plan" }] } },
        ],
    });
    let (status, set) = call(&cloud, "POST", "/repos/acme/platform/rulesets", set).await;
    assert_eq!(status, 201, "{set}");
    let file = json!({ "message": "m", "content": "eA==" });
    let (status, said) = call(&cloud, "PUT", "/repos/acme/platform/contents/x", file.clone()).await;
    assert_eq!(status, 409);
    assert!(said["message"].as_str().unwrap().contains("Changes must be made through a pull request."), "{said}");
    call(&cloud, "POST", "/repos/acme/platform/git/refs", json!({ "ref": "refs/heads/change", "sha": first })).await;
    let query = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
    let input = |head: &str| {
        json!({ "query": query, "variables": { "input": {
            "branch": { "repositoryNameWithOwner": "acme/platform", "branchName": "change" }, "expectedHeadOid": head,
            "message": { "headline": "x" }, "fileChanges": { "additions": [{ "path": "x", "contents": "eA==" }] },
        } } })
    };
    let (_, made) = call(&cloud, "POST", "/graphql", input(&first)).await;
    let oid = made["data"]["createCommitOnBranch"]["commit"]["oid"].as_str().expect("a commit").to_owned();
    let (_, stale) = call(&cloud, "POST", "/graphql", input(&first)).await;
    assert_eq!(stale["errors"][0]["type"], "STALE_DATA");
    let pull = json!({ "title": "t", "head": "change", "base": "main" });
    let (status, pull) = call(&cloud, "POST", "/repos/acme/platform/pulls", pull).await;
    assert_eq!((status, pull["mergeable_state"].as_str()), (201, Some("blocked")), "{pull}");
    let (status, said) = call(&cloud, "PUT", "/repos/acme/platform/pulls/1/merge", json!({})).await;
    assert_eq!(status, 405);
    assert!(said["message"].as_str().unwrap().contains("Required status check \"plan\" is expected."), "{said}");
    let status = json!({ "state": "success", "context": "plan" });
    assert_eq!(call(&cloud, "POST", &format!("/repos/acme/platform/statuses/{oid}"), status).await.0, 201);
    let (status, merged) = call(&cloud, "PUT", "/repos/acme/platform/pulls/1/merge", json!({ "merge_method": "squash" })).await;
    assert_eq!((status, merged["merged"].as_bool()), (200, Some(true)), "{merged}");
    assert_eq!(call(&cloud, "GET", "/repos/acme/platform/contents/x", Value::Null).await.0, 200);
    assert_eq!(call(&cloud, "DELETE", "/repos/acme/platform/git/refs/heads/main", Value::Null).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn what_the_plan_lacks_is_refused() {
    let cloud = world("[github]\nplan = \"free\"");
    repository(&cloud).await;
    let set = json!({ "name": "main", "enforcement": "active" });
    let (status, said) = call(&cloud, "POST", "/repos/acme/platform/rulesets", set.clone()).await;
    assert_eq!(status, 403);
    assert_eq!(said["message"], "Upgrade to GitHub Pro or make this repository public to enable this feature.");
    let id = call(&cloud, "GET", "/user", Value::Null).await.1["id"].clone();
    let reviewers = json!({ "reviewers": [{ "type": "User", "id": id }] });
    let (status, said) = call(&cloud, "PUT", "/repos/acme/platform/environments/prod", reviewers.clone()).await;
    assert!(status == 422 && said["message"].as_str().unwrap().contains("required reviewers"), "{said}");
    call(&cloud, "PATCH", "/repos/acme/platform", json!({ "private": false })).await;
    assert_eq!(call(&cloud, "POST", "/repos/acme/platform/rulesets", set).await.0, 201);
    assert_eq!(call(&cloud, "PUT", "/repos/acme/platform/environments/prod", reviewers).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_token_does_what_it_may_and_so_often() {
    let world = world(
        "[github]\nrequests_per_hour = 4\ntokens = [{ token = \"fine\", login = \"operator\", \
         permissions = { contents = \"read\" } }, { token = \"stranger\", login = \"somebody\", scopes = [\"repo\"] }]\n\
         organizations = [{ login = \"acme\", owners = [\"operator\"] }]",
    );
    let (status, said) = call_as(&world, "fine", "POST", "/orgs/acme/repos", json!({ "name": "platform" })).await;
    assert_eq!((status, said["message"].as_str()), (403, Some("Resource not accessible by personal access token")));
    assert_eq!(call_as(&world, "stranger", "POST", "/orgs/acme/repos", json!({ "name": "platform" })).await.0, 403);
    assert_eq!(call_as(&world, "nothing", "GET", "/user", Value::Null).await.1["message"], "Bad credentials");
    for _ in 0..3 {
        assert_eq!(call_as(&world, "fine", "GET", "/user", Value::Null).await.0, 200);
    }
    let (status, said) = call_as(&world, "fine", "GET", "/user", Value::Null).await;
    assert!(status == 403 && said["message"].as_str().unwrap().starts_with("API rate limit exceeded"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_release_is_downloaded_unless_the_world_lacks_it() {
    let path = "https://github.com/fluxcd/flux2/releases/download/v2.9.0/install.yaml";
    for (text, wanted) in [("", 200), ("[github]\nmissing_releases = [\"fluxcd/flux2/*\"]", 404)] {
        let request = http::Request::builder().uri(path).body(Bytes::new()).unwrap();
        let response = world(text).call(Vendor::GitHub, request).await.unwrap();
        assert_eq!(response.status().as_u16(), wanted);
        let manifest = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(manifest.contains("kustomize-controller"), wanted == 200);
    }
}

/// A private key's file with nothing in it but its public half: all that the reader looks at.
fn identity(blob: &str) -> String {
    let field = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let inner =
        [&b"openssh-key-v1\0"[..], &field(b"none"), &field(b"none"), &field(b""), &[0, 0, 0, 1], &field(&decode(blob))].concat();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", encode(&inner))
}

#[tokio::test(start_paused = true)]
async fn a_controller_reads_the_tree_by_deploy_key_or_token() {
    use crate::state::State;
    let world = World::default();
    let mut state = State::default();
    let cx = &mut crate::Cx::new(&mut state, &world, crate::Moment(0), "");
    let counters = &mut crate::limits::Counters::default();
    let mut ask = |cx: &mut crate::Cx, method: &str, path: &str, body: Value| {
        let request = http::Request::builder().method(method).uri(path).header("user-agent", "tests");
        let request = request.header("authorization", format!("Bearer {}", super::DEFAULT_GITHUB_TOKEN));
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let reply = super::dispatch(cx, counters, &mut crate::Req::new(Vendor::GitHub, request));
        assert!(reply.status < 300, "{reply:?}");
    };
    for name in ["platform", "other"] {
        ask(cx, "POST", "/orgs/acme/repos", json!({ "name": name, "private": true, "auto_init": true }));
    }
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let ssh = "ssh://git@github.com/acme/platform.git";
    let denied = super::read_tree(cx, ssh, "main", &identity(blob)).unwrap_err();
    assert!(denied.contains("unable to authenticate"), "{denied}");
    ask(cx, "POST", "/repos/acme/platform/keys", json!({ "title": "flux", "key": format!("ssh-ed25519 {blob}") }));
    let (commit, files) = super::read_tree(cx, ssh, "main", &identity(blob)).unwrap();
    assert_eq!((commit.len(), files["README.md"].as_slice()), (40, &b"# platform"[..]));
    assert_eq!(super::read_tree(cx, "git@github.com:acme/platform", &commit, &identity(blob)).unwrap().0, commit);
    let other = super::read_tree(cx, "ssh://git@github.com/acme/other", "main", &identity(blob)).unwrap_err();
    assert_eq!(other, "ERROR: Repository not found.");
    let https = "https://github.com/acme/platform";
    assert!(super::read_tree(cx, https, "", super::DEFAULT_GITHUB_TOKEN).is_ok());
    assert!(super::read_tree(cx, https, "", "").unwrap_err().starts_with("authentication required"));
    assert!(super::read_tree(cx, ssh, "gone", &identity(blob)).unwrap_err().contains("couldn't find remote ref"));
}
