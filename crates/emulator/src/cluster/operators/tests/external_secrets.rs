//! External Secrets against the embedded Vault.

use super::{condition, install, lab};
use crate::cluster::operators::own::{secret, secret_text};
use serde_json::json;

#[test]
fn a_store_that_logs_in_gives_what_lies_there_and_names_what_does_not() {
    let mut lab = lab("");
    install(&mut lab, "external-secrets", "external-secrets", json!({}));
    lab.pass(60);
    let key = |key: &str| json!({ "name": "vault-approle", "namespace": "external-secrets", "key": key });
    lab.apply(&[
        json!({ "apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": { "name": "store" },
            "spec": { "provider": { "vault": { "server": "https://vault.example.com:8200", "path": "secret", "version": "v2",
                "auth": { "appRole": { "path": "approle", "roleRef": key("role-id"), "secretRef": key("secret-id") } } } } } }),
        json!({ "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": { "name": "api", "namespace": "default" },
            "spec": { "refreshInterval": "1h", "secretStoreRef": { "kind": "ClusterSecretStore", "name": "store" },
                "data": [{ "secretKey": "word", "remoteRef": { "key": "shop/production/api/WORD", "property": "value" } }] } }),
    ]);
    lab.pass(5);
    let store = lab.get("clustersecretstores.external-secrets.io", "", "store");
    assert_eq!(
        condition(&store, "Ready"),
        "False InvalidProviderConfig: unable to create client: cannot get Kubernetes secret \"vault-approle\" from namespace \"external-secrets\": secrets \"vault-approle\" not found"
    );
    lab.apply(&[secret(
        "external-secrets",
        "vault-approle",
        "Opaque",
        &[("role-id", "role-shop"), ("secret-id", "pontoon-local-secret-id")],
    )]);
    lab.pass(60);
    let store = lab.get("clustersecretstores.external-secrets.io", "", "store");
    assert_eq!(condition(&store, "Ready"), "True Valid: store validated");
    let one = lab.get("externalsecrets.external-secrets.io", "default", "api");
    assert_eq!(condition(&one, "Ready"), "False SecretSyncedError: could not get secret data from provider");
    assert!(
        lab.events("UpdateFailed")
            .contains(&"error processing spec.data[0] (key: shop/production/api/WORD), err: Secret does not exist".to_owned()),
        "{:?}",
        lab.events("UpdateFailed")
    );
    let request = http::Request::builder()
        .method("POST")
        .uri("/v1/secret/data/shop/production/api/WORD")
        .header("x-vault-token", "pontoon-local-vault-token")
        .body(bytes::Bytes::from(json!({ "data": { "value": "geheim" } }).to_string()))
        .unwrap();
    let mut request = crate::Req::new(crate::Vendor::Vault, request);
    let reply = lab.cx(|cx| crate::vault::dispatch(cx, &mut request));
    assert_eq!(reply.status, 200, "{reply:?}");
    lab.pass(40);
    let one = lab.get("externalsecrets.external-secrets.io", "default", "api");
    assert_eq!(condition(&one, "Ready"), "True SecretSynced: secret synced");
    assert_eq!(lab.k8s(|o| secret_text(o, "default", "api", "word")).as_deref(), Some("geheim"));
}
