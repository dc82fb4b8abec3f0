//! A restored database is another cluster: everything that used the one before is brought to it, and that one stays until it is
//! named.

use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::Value;

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 3 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1, pooler: { mode: transaction, size: 10 } }
caches:
  sessions: { provider: digitalocean, version: "8", size: db-s-1vcpu-1gb, use: sessions }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ databases.main ]
"#;

/// The databases of the account by name, and the host and password in the app's Secret.
struct Seen {
    databases: Vec<Value>,
    host: Value,
    password: Value,
    stamp: Value,
}

fn look(bench: &Bench) -> Seen {
    let mut seen = Seen { databases: Vec::new(), host: Value::Null, password: Value::Null, stamp: Value::Null };
    bench.meddle(async |hand: &Hand| {
        let all = hand.digitalocean("GET", "/v2/databases", Value::Null).await;
        seen.databases = all["databases"].as_array().into_iter().flatten().filter(|d| d["engine"] == "pg").cloned().collect();
        let secret = hand.get("/api/v1/namespaces/api/secrets/databases-main").await["data"].clone();
        (seen.host, seen.password) = (secret["host"].clone(), secret["password"].clone());
        let app = hand.get("/apis/apps/v1/namespaces/api/deployments/api").await;
        seen.stamp = app["spec"]["template"]["metadata"]["annotations"]["pontoon.dev/secrets"].clone();
    });
    seen
}

#[test]
fn what_used_a_database_follows_the_restored_one_and_the_one_before_stays_until_it_is_named() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT);
    bench.type_in("up --local").ends_with(0);
    let first = look(&bench);
    let early = bench.type_in("restore databases.main --local").ends_with(1);
    assert!(early.err.contains("there is no backup of databases.main yet"), "{}", early.all());
    bench.meddle(async |hand: &Hand| hand.minutes(40).await);
    for (line, says) in [
        ("databases.mian", "one of these: databases.main"),
        ("caches.sessions", "managed Valkey has no backups"),
        ("databases.main staging", "there is no environment staging"),
        ("databases.main --at yesterday", "2026-11-02T09:30:00Z"),
        ("databases.main --at 2020-01-01T00:00:00Z", "the oldest backup of databases.main is of "),
        ("databases.main --backup 2026-11-02T09:30:00Z", "there are backups of "),
    ] {
        let ran = bench.type_in(&format!("restore {line} --local")).ends_with(1);
        assert!(ran.err.contains(says), "{line}: {}", ran.all());
    }
    assert_eq!(look(&bench).databases.len(), 1, "nothing was made");

    let ran = bench.type_in("restore databases.main --at 2026-11-02T09:30:00Z --local").ends_with(0);
    for part in
        ["is restored as it was at 2026-11-02T09:30:00Z", "another host and other passwords", "PT6017", "stays, with its data"]
    {
        assert!(ran.err.contains(part), "{part}: {}", ran.all());
    }
    let second = look(&bench);
    assert_eq!(second.databases.len(), 2, "the one before stays: {}", ran.all());
    let new = second.databases.iter().find(|d| d["id"] != first.databases[0]["id"]).expect("another one");
    let host = new["private_connection"]["host"].as_str().expect("a host");
    assert!(ran.out.contains(host), "what is printed is the new one's: {}", ran.all());
    assert_ne!((&second.host, &second.password), (&first.host, &first.password));
    assert_ne!(second.host, first.host);
    assert_ne!(second.password, first.password);
    assert_ne!(second.stamp, first.stamp, "the app was started anew");
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(
        calm.out.contains("PT6017") && calm.out.contains("--destroy production/digitalocean.database.main"),
        "{}",
        calm.all()
    );
    bench.type_in("drift --local").ends_with(0);
    bench.type_in("leaks --local").ends_with(0);

    // The new one carries everything: with the one before gone, all of it is as healthy as before.
    let named = bench.type_in("up --local --destroy production/digitalocean.database.main").ends_with(0);
    assert!(named.err.contains("an earlier incarnation is still there"), "{}", named.all());
    let third = look(&bench);
    assert_eq!(third.databases.iter().map(|d| &d["id"]).collect::<Vec<_>>(), [&new["id"]], "{}", named.all());
    assert_eq!((third.host, third.stamp), (second.host, second.stamp));
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(!calm.out.contains("PT6017"), "{}", calm.all());
    bench.type_in("destroy --local --include-stateful").ends_with(0);
}
