//! Registries as a client sees them.

use super::super::tests::*;
use serde_json::json;

#[tokio::test(start_paused = true)]
async fn several_registries_need_the_professional_tier_and_end_the_old_form() {
    let cloud = cloud();
    let make = async |name: &str, tier: &str| {
        post(&cloud, "/v2/registries", json!({ "name": name, "subscription_tier_slug": tier, "region": "fra1" })).await.0
    };
    assert_eq!(get(&cloud, "/v2/registry").await.0, 404);
    assert_eq!(post(&cloud, "/v2/registries", json!({ "name": "one" })).await.0, 422);
    assert_eq!(make("One", "basic").await, 422);
    assert_eq!(make("one", "basic").await, 201);
    let (status, registry) = get(&cloud, "/v2/registry").await;
    assert_eq!((status, &registry["registry"]["subscription"]["tier"]["slug"]), (200, &json!("basic")));
    assert_eq!(make("two", "basic").await, 412);
    assert_eq!(make("two", "professional").await, 412);
    let (status, _) = post(&cloud, "/v2/registries/subscription", json!({ "tier_slug": "professional" })).await;
    assert_eq!(status, 200);
    assert_eq!(make("two", "").await, 201);
    for path in ["/v2/registry", "/v2/registry/docker-credentials"] {
        assert_eq!(get(&cloud, path).await.0, 412, "{path}");
    }
    assert_eq!(delete(&cloud, "/v2/registry").await.0, 412);
    assert_eq!(post(&cloud, "/v2/registry/subscription", json!({ "tier_slug": "basic" })).await.0, 412);
    assert_eq!(get(&cloud, "/v2/registries").await.1["registries"].as_array().unwrap().len(), 2);
    assert!(get(&cloud, "/v2/registries/two").await.1["registry"]["subscription"].is_null());
    assert_eq!(delete(&cloud, "/v2/registries/two").await.0, 204);
    assert_eq!(get(&cloud, "/v2/registry").await.0, 200);
    assert_eq!(delete(&cloud, "/v2/registry").await.0, 204);
    assert_eq!(get(&cloud, "/v2/registries/subscription").await.0, 404);
    assert_eq!(make("two", "starter").await, 201);
}

#[tokio::test(start_paused = true)]
async fn names_are_global() {
    let cloud = world(
        "[[teams]]\nuuid = 'a'\n[[teams]]\nuuid = 'b'\n\
         [[tokens]]\ntoken = 'pontoon-local-token'\nteam = 'a'\n[[tokens]]\ntoken = 'other'\nteam = 'b'\n\
         [[preload]]\npath = '/v2/registries'\ntoken = 'other'\nbody = { name = 'taken', subscription_tier_slug = 'basic' }\n",
    );
    let validate = async |name: &str| post(&cloud, "/v2/registry/validate-name", json!({ "name": name })).await.0;
    assert_eq!([validate("taken").await, validate("free").await, validate("NO").await], [409, 204, 422]);
    let body = json!({ "name": "taken", "subscription_tier_slug": "basic" });
    assert_eq!(post(&cloud, "/v2/registry", body).await.0, 409);
    assert_eq!(get(&cloud, "/v2/registries/taken").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_collection_runs_alone_and_ends() {
    let cloud = cloud();
    post(&cloud, "/v2/registry", json!({ "name": "one", "subscription_tier_slug": "basic" })).await;
    let path = "/v2/registries/one/garbage-collection";
    assert_eq!(get(&cloud, path).await.0, 404);
    assert_eq!(post(&cloud, path, json!({})).await.0, 201);
    assert_eq!(post(&cloud, path, json!({})).await.0, 409);
    pass(10).await;
    assert_eq!(get(&cloud, path).await.0, 404);
    let past = get(&cloud, "/v2/registry/one/garbage-collections").await.1["garbage_collections"].clone();
    assert_eq!(past[0]["status"], "succeeded");
    assert_eq!(get(&cloud, "/v2/registry/one/repositoriesV2").await.1["meta"]["total"], 0);
    assert_eq!(get(&cloud, "/v2/registry/one/repositories/x/tags").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn each_pull_secret_is_another_and_kept_nowhere() {
    let cloud = cloud();
    post(&cloud, "/v2/registry", json!({ "name": "one", "subscription_tier_slug": "starter" })).await;
    let secret = async || {
        let (_, doc) = get(&cloud, "/v2/registries/one/docker-credentials?expiry_seconds=3600").await;
        doc["auths"]["registry.digitalocean.com"]["auth"].as_str().unwrap().to_owned()
    };
    let (first, second) = (secret().await, secret().await);
    assert_ne!(first, second);
    assert!(!cloud.objects().to_string().contains(&first));
    assert_eq!(get(&cloud, "/v2/registry/docker-credentials?expiry_seconds=-1").await.0, 422);
}
