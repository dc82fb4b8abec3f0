//! The client of Vault, and the store on it, against answers that Vault gives.

mod scripted;

use pontoon_core::{call::Class, secret::Secret};
use pontoon_engine::secret_store::{Kept, SecretStore, VALUE};
use pontoon_providers::{
    Vault,
    vault::{Cause, Health, Proof, VaultStore},
};
use scripted::{Seen, Turn, budget, run, wire};
use serde_json::{Value, json};

fn vault(turns: Vec<Turn>) -> (Vault, Seen) {
    let (wire, seen) = wire(turns, &[("x-vault-request", "true")]);
    (Vault::new(wire, "https://vault.example.com:8200", budget()), seen)
}

fn store(turns: Vec<Turn>) -> (VaultStore, Seen) {
    let (client, seen) = vault(turns);
    let proof = Proof::AppRole { mount: "approle".into(), role_id: "role-shop".into(), secret_id: Secret::new("id") };
    (VaultStore::new(client, "https://vault.example.com:8200", "secret", proof), seen)
}

fn login() -> Turn {
    let auth = json!({ "client_token": "hvs.1", "lease_duration": 3600, "renewable": true, "policies": ["default"] });
    ("POST /v1/auth/approle/login", 200, &[], json!({ "auth": auth }))
}

#[test]
fn health_is_told_by_the_status() {
    for (status, health) in [
        (200, Health::Active),
        (429, Health::Standby),
        (472, Health::Replica),
        (473, Health::Standby),
        (501, Health::Uninitialized),
        (503, Health::Sealed),
    ] {
        let (vault, _) = vault(vec![("GET /v1/sys/health", status, &[], json!({ "sealed": true }))]);
        assert_eq!(run(vault.health()), Ok(health));
    }
    let (vault, _) = vault(vec![("GET /v1/sys/health", 500, &[], json!({ "errors": ["x"] }))]);
    assert_eq!(run(vault.health()).unwrap_err().class, Class::Transient);
}

#[test]
fn a_store_logs_in_once_and_keeps_reads_lists_and_removes() {
    let path = "shop/prod/web/API_KEY";
    let written = json!({ "data": { "data": { "value": "neu", "n": 3 }, "metadata": { "version": 2, "created_time": "2026-11-21T12:00:00.5Z" } } });
    let versions = |deleted: &str| {
        json!({ "data": { "current_version": 1, "versions": {
        "1": { "created_time": "2026-11-01T00:00:00Z", "deletion_time": deleted, "destroyed": false } } } })
    };
    let (store, seen) = store(vec![
        login(),
        ("POST /v1/secret/data/shop/prod/web/API_KEY", 200, &[], json!({ "data": { "version": 1 } })),
        ("GET /v1/secret/data/shop/prod/web/API_KEY", 200, &[], written),
        ("GET /v1/secret/data/shop/prod/web/NONE", 404, &[], json!({ "errors": [] })),
        ("GET /v1/secret/metadata/shop/prod?list=true", 200, &[], json!({ "data": { "keys": ["web/", "z"] } })),
        ("GET /v1/secret/metadata/shop/prod/web?list=true", 200, &[], json!({ "data": { "keys": ["API_KEY", "GONE"] } })),
        ("GET /v1/secret/metadata/shop/prod/web/API_KEY", 200, &[], versions("")),
        ("GET /v1/secret/metadata/shop/prod/web/GONE", 200, &[], versions("2026-11-02T00:00:00Z")),
        ("GET /v1/secret/metadata/shop/prod/z", 200, &[], versions("")),
        ("DELETE /v1/secret/metadata/shop/prod/web/API_KEY", 204, &[], Value::Null),
    ]);
    run(async {
        store.put(path, Kept::value(Secret::new("neu"))).await.unwrap();
        let kept = store.get(path).await.unwrap().unwrap();
        assert_eq!((kept.fields[VALUE].expose(), kept.fields["n"].expose()), ("neu", "3"));
        assert_eq!(kept.since, Some("2026-11-21T12:00:00.5Z".parse().unwrap()));
        assert_eq!(store.get("shop/prod/web/NONE").await, Ok(None));
        let listed = store.list("shop/prod/").await.unwrap();
        assert_eq!(listed.iter().map(|l| l.path.as_str()).collect::<Vec<_>>(), [path, "shop/prod/z"]);
        store.remove(path).await.unwrap();
    });
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], json!({ "role_id": "role-shop", "secret_id": "id" }));
    assert_eq!(seen[1], json!({ "data": { "value": "neu" }, "options": {} }));
}

#[test]
fn refusals_say_what_a_person_does() {
    let (expired, _) = store(vec![("POST /v1/auth/approle/login", 400, &[], json!({ "errors": ["invalid role or secret ID"] }))]);
    let refused = run(expired.get("a/b")).unwrap_err();
    assert_eq!(refused.class, Class::Denied);
    assert!(refused.next.contains("secret-id"), "{refused:?}");
    let (sealed, _) = store(vec![("POST /v1/auth/approle/login", 503, &[], json!({ "errors": ["Vault is sealed"] }))]);
    let refused = run(sealed.get("a/b")).unwrap_err();
    assert!(refused.class == Class::Transient && refused.next.starts_with("unseal it: vault operator unseal"), "{refused:?}");

    let both = "POST /v1/secret/data/a";
    let said = "check-and-set parameter did not match the current version";
    let (vault, seen) = vault(vec![
        (both, 400, &[], json!({ "errors": [said] })),
        (both, 403, &[], json!({ "errors": ["1 error occurred:\n\t* permission denied\n\n"] })),
        (both, 502, &[], json!({})),
    ]);
    let fields = Kept::value(Secret::new("x"));
    let refused = run(vault.write("secret", "a", &fields, Some(4))).unwrap_err();
    assert_eq!((refused.class, refused.cause), (Class::Conflict, Some(Cause::Changed)));
    assert_eq!(seen.lock().unwrap()[0]["options"], json!({ "cas": 4 }));
    let refused = run(vault.write("secret", "a", &fields, None)).unwrap_err();
    assert_eq!((refused.class, refused.cause), (Class::Denied, Some(Cause::Denied)));
    assert_eq!(run(vault.write("secret", "a", &fields, None)).unwrap_err().class, Class::Indeterminate);
}
