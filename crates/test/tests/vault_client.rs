//! The client of Vault, and the store on it, against the embedded one.

use jiff::Timestamp;
use pontoon_core::{call::Class, secret::Secret};
use pontoon_emulator::{Cloud, Vendor, World};
use pontoon_engine::{
    Clock,
    ports::Boxed,
    secret_store::{Kept, SecretStore, VALUE},
};
use pontoon_local::wire;
use pontoon_providers::{
    Budget,
    vault::{Cause, Health, Proof, Vault, VaultStore},
};
use std::{rc::Rc, time::Duration};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) -> Boxed<'static, ()> {
        Box::pin(async {})
    }
}

fn cloud(world: &str) -> Cloud {
    Cloud::open(World::parse(world).expect("a world"), None, pontoon_emulator::Clock::REAL).expect("it opens")
}

fn vault(cloud: &Cloud) -> Vault {
    Vault::new(wire(cloud, Vendor::Vault), "http://vault.local", Rc::new(Budget::new(Rc::new(Still))))
}

fn store(cloud: &Cloud, proof: Proof) -> VaultStore {
    VaultStore::new(vault(cloud), "the local Vault", "secret", proof)
}

fn approle(secret_id: &str) -> Proof {
    Proof::AppRole { mount: "approle".into(), role_id: "role-shop".into(), secret_id: Secret::new(secret_id) }
}

const ROOT: &str = "pontoon-local-vault-token";

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_read_listed_and_removed() {
    let cloud = cloud("");
    let store = store(&cloud, approle("pontoon-local-secret-id"));
    let path = "shop/prod/web/API_KEY";
    assert_eq!(store.get(path).await.unwrap(), None);
    assert_eq!(store.list("shop/prod/").await.unwrap(), []);
    store.put(path, Kept::value(Secret::new("one"))).await.unwrap();
    store.put("shop/prod/api/TOKEN", Kept::value(Secret::new("x"))).await.unwrap();
    store.put(path, Kept::value(Secret::new("two"))).await.unwrap();
    let kept = store.get(path).await.unwrap().unwrap();
    assert_eq!(kept.fields[VALUE].expose(), "two");
    assert!(kept.since.is_some());
    let listed = store.list("shop/prod/").await.unwrap();
    assert_eq!(listed.iter().map(|l| l.path.as_str()).collect::<Vec<_>>(), ["shop/prod/api/TOKEN", path]);
    assert_eq!(listed[1].since, kept.since);
    store.remove(path).await.unwrap();
    store.remove(path).await.unwrap();
    assert_eq!(store.get(path).await.unwrap(), None);
    // A role that somebody only names reads elsewhere, and writes below its own prefix only.
    assert_eq!(store.get("other/prod/web/API_KEY").await.unwrap(), None);
    let elsewhere = store.put("other/prod/web/API_KEY", Kept::value(Secret::new("x"))).await;
    assert_eq!(elsewhere.unwrap_err().class, Class::Denied);
}

#[tokio::test(start_paused = true)]
async fn logins_live_and_are_refused() {
    let cloud = cloud("");
    let vault = vault(&cloud);
    assert_eq!(vault.health().await.unwrap(), Health::Active);
    assert_eq!(vault.read("secret", "x").await.unwrap_err().cause, Some(Cause::Denied));
    let wrong = vault.login("approle", "role-shop", &Secret::new("wrong")).await.unwrap_err();
    assert_eq!((wrong.class, wrong.cause), (Class::Denied, Some(Cause::Login)));
    let login = vault.login("approle", "role-shop", &Secret::new("pontoon-local-secret-id")).await.unwrap();
    assert!(login.seconds > 0 && login.renewable);
    assert!(vault.token().await.unwrap().seconds > 0);
    assert!(vault.renew().await.unwrap().seconds > 0);

    vault.use_token(Secret::new(ROOT));
    assert_eq!(vault.role_id("approle", "shop").await.unwrap().as_deref(), Some("role-shop"));
    let (secret_id, _) = vault.new_secret_id("approle", "shop").await.unwrap();
    vault.login("approle", "role-shop", &secret_id).await.unwrap();
    vault.use_token(Secret::new(ROOT));
    assert_eq!(vault.mount_is_kv2("secret").await.unwrap(), Some(true));
    assert_eq!(vault.policy("none").await.unwrap(), None);
    let fields = Kept::value(Secret::new("x"));
    assert_eq!(vault.write("secret", "a/b", &fields, Some(0)).await.unwrap(), 1);
    assert_eq!(vault.write("secret", "a/b", &fields, Some(0)).await.unwrap_err().cause, Some(Cause::Changed));
    assert_eq!(vault.write("secret", "a/b", &fields, Some(1)).await.unwrap(), 2);
    assert_eq!(vault.metadata("secret", "a/b").await.unwrap().map(|m| m.version), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_sealed_vault_waits_for_a_person() {
    let cloud = cloud("[vault]\nstate = \"sealed\"\n");
    assert_eq!(vault(&cloud).health().await.unwrap(), Health::Sealed);
    let refused = store(&cloud, Proof::Token(Secret::new(ROOT))).get("a/b").await.unwrap_err();
    assert!(refused.class == Class::Transient && refused.next.starts_with("unseal it: "), "{refused:?}");
}
