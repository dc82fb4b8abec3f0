//! Replies of vendors: whatever comes back on the wire, under several statuses.

use crate::context::Jumping;
use bytes::Bytes;
use http::{Request, Response};
use pontoon_core::{
    call::{Call, Listing},
    secret::Secret,
};
use pontoon_engine::Provider;
use pontoon_providers::{
    Budget, DigitalOcean, Endpoints, GitHub, Kubernetes, ObjectRef, Spaces, SpacesKey, Vault, account,
    github::{RepositoryName, SecretsOf},
};
use pontoon_wire::{Wire, full};
use std::{future::Future, rc::Rc, time::Duration};
use tower::{service_fn, util::BoxCloneSyncService};

const BASE: &str = "https://vendor.invalid";
const DEADLINE: Duration = Duration::from_secs(60);
/// Done, nothing new to say, refused, gone, too fast, broken.
const STATUSES: &[u16] = &[200, 403, 404, 409, 429, 500];

/// Lets something be asked of a vendor that always says these bytes, once for each status.
fn ask<F: Future<Output = ()>>(bytes: &[u8], question: impl Fn(Wire) -> F) {
    let bytes = Bytes::copy_from_slice(bytes);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime starts");
    for status in STATUSES {
        let bytes = bytes.clone();
        let wire: Wire = BoxCloneSyncService::new(service_fn(move |_: Request<Bytes>| {
            let bytes = bytes.clone();
            async move {
                // Vendors tell their limits, and the time, in headers.
                let head = std::str::from_utf8(&bytes).ok().and_then(|t| t.lines().next()).unwrap_or_default();
                let told = http::HeaderValue::from_str(head).unwrap_or(http::HeaderValue::from_static("17"));
                let mut response = Response::new(full(bytes));
                *response.status_mut() = http::StatusCode::from_u16(*status).unwrap_or_default();
                for name in ["retry-after", "ratelimit-remaining", "ratelimit-reset", "x-ratelimit-reset", "date"] {
                    response.headers_mut().insert(name, told.clone());
                }
                Ok(response)
            }
        }));
        runtime.block_on(question(wire));
    }
}

fn budget() -> Rc<Budget> {
    Rc::new(Budget::new(Rc::new(Jumping)))
}

fn token() -> Secret {
    Secret::new("token")
}

/// DigitalOcean: one object, lists of several pages, the account.
pub fn digitalocean(bytes: &[u8]) {
    ask(bytes, |wire| async {
        let client = DigitalOcean::new(wire, BASE, token(), budget());
        let call = |method: &str| Call::new("digitalocean", method, "/v2/vpcs", "vpc:read").query("per_page", 200i64);
        let _ = client.send(&call("POST"), DEADLINE).await;
        for items in ["vpcs", "droplets", "keys", "databases", ""] {
            let listing = Listing { call: call("GET"), items: items.into(), paged: true, absent_is_empty: true };
            let _ = client.list(&listing).await;
        }
        let _ = account(&client).await;
    });
}

/// Spaces: XML.
pub fn spaces(bytes: &[u8]) {
    ask(bytes, |wire| async {
        let key = SpacesKey { access: "access".into(), secret: token() };
        let client = Spaces::new(wire, Endpoints::One(BASE.into()), &key, budget());
        let call = || Call::new("spaces", "GET", "/", "");
        let _ = client.send(&call(), DEADLINE).await;
        let listing = Listing { call: call(), items: "Buckets.Bucket".into(), paged: false, absent_is_empty: true };
        let _ = client.list(&listing).await;
    });
}

/// GitHub.
pub fn github(bytes: &[u8]) {
    ask(bytes, |wire| async {
        let client = GitHub::new(wire, BASE, token(), budget());
        let Ok(name) = "acme/infra".parse::<RepositoryName>() else { return };
        let _ = client.whoami().await;
        let _ = client.owner("acme").await;
        let _ = client.repository(&name).await;
        let _ = client.head(&name, "main").await;
        let _ = client.tree(&name, "c0ffee").await;
        let _ = client.blob(&name, "c0ffee").await;
        let _ = client.pull(&name, 1).await;
        let _ = client.secrets_key(&name, &SecretsOf::Repository).await;
        let _ = client.deploy_keys(&name).await;
        let _ = client.environments(&name).await;
        let _ = client.open_pulls(&name, "pontoon/").await;
        let _ = client.rulesets(&name).await;
        let _ = client.statuses(&name, "c0ffee").await;
        let _ = client.secrets(&name, &SecretsOf::Repository).await;
    });
}

/// Vault.
pub fn vault(bytes: &[u8]) {
    ask(bytes, |wire| async {
        let client = Vault::new(wire, BASE, budget());
        let _ = client.login("approle", "role", &token()).await;
        let _ = client.token().await;
        let _ = client.health().await;
        let _ = client.read("secret", "a/b").await;
        let _ = client.list("secret", "a").await;
        let _ = client.metadata("secret", "a/b").await;
        let _ = client.mount_is_kv2("secret").await;
        let _ = client.policy("a").await;
        let _ = client.new_secret_id("approle", "a").await;
    });
}

/// A cluster's API server.
pub fn kubernetes(bytes: &[u8]) {
    ask(bytes, |wire| async {
        let client = Kubernetes::new(wire, BASE, token());
        let object =
            serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "b" } });
        let _ = client.version().await;
        let _ = client.get(&ObjectRef::of(&object)).await;
        let _ = client.list("v1", "ConfigMap", "b", "").await;
        let _ = client.apply(&object).await;
        let _ = client.delete(&ObjectRef::of(&object)).await;
    });
}
