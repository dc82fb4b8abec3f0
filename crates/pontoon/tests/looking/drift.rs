//! `drift`, `forget` and `leaks`: none changes anything that exists.

use super::{RELEASE, healthy};
use pontoon_test::hand::Hand;
use serde_json::{Value, json};

#[test]
fn drift_says_what_people_did_in_cloud_and_cluster_and_changes_nothing() {
    let bench = healthy();
    let calm = bench.type_in("drift --local").ends_with(0);
    assert!(calm.out.contains("production: no drift"), "{}", calm.all());
    bench.meddle(async |hand: &Hand| {
        let id = hand.digitalocean("GET", "/v2/databases", Value::Null).await["databases"][0]["id"].clone();
        let path = format!("/v2/databases/{}/firewall", id.as_str().unwrap_or_default());
        hand.digitalocean("PUT", &path, json!({ "rules": [{ "type": "ip_addr", "value": "203.0.113.9" }] })).await;
        let record = json!({ "type": "A", "name": "mine", "data": "192.0.2.7" });
        hand.digitalocean("POST", "/v2/domains/tiny.example.com/records", record).await;
        let releases = hand.get("/apis/helm.toolkit.fluxcd.io/v2/helmreleases").await;
        let own = releases["items"].as_array().into_iter().flatten().find(|r| r["metadata"]["name"] == "metrics-server");
        let namespace = own.and_then(|r| r["metadata"]["namespace"].as_str()).unwrap_or_default().to_owned();
        hand.merge(&RELEASE.replace("kube-system", &namespace), json!({ "spec": { "values": { "replicas": 7 } } })).await;
    });
    for _ in 0..2 {
        let ran = bench.type_in("drift --local").ends_with(2);
        for part in [
            "~ production/digitalocean.database_firewall.main",
            "rules: ",
            "was recorded",
            "DNS record A mine 192.0.2.7",
            "made by hand inside of shared/digitalocean.domain.main",
            "~ HelmRelease ",
            "spec.values.replicas: 7 → ",
            "next: what up would do about it: pontoon plan production --local",
        ] {
            assert!(ran.out.contains(part), "{part}: {}", ran.all());
        }
        assert!(!ran.out.contains(" TXT ") && !ran.out.contains(" NS "), "nobody made those by hand: {}", ran.all());
    }
    let answer = bench.type_in("drift --local --json").ends_with(2).json();
    let production = &answer["environments"]["production"];
    assert_eq!(production["drift"], true, "{answer:#}");
    assert_eq!(production["cloud"][0]["fields"][0]["field"], "rules", "{answer:#}");
    assert_eq!(production["byHand"].as_array().map(Vec::len), Some(1), "{answer:#}");
    assert_eq!(production["objects"].as_array().map(Vec::len), Some(1), "{answer:#}");
    let cloud = bench.type_in("drift --local --layer cloud --json").ends_with(2).json();
    assert_eq!(cloud["environments"]["production"]["objects"], json!([]), "{cloud:#}");
}

#[test]
fn what_is_forgotten_stays_and_the_next_up_takes_it_over_again() {
    let bench = healthy();
    let before = bench.objects();
    let refused = bench.type_in("forget production/digitalocean.database.mian --local").ends_with(1);
    assert!(refused.err.contains("PT6011") && refused.err.contains("digitalocean.database.main"), "{}", refused.all());
    let ran = bench.type_in("forget production/digitalocean.database.main --local").ends_with(0);
    for part in
        ["database_firewall.main", "it lives in production/digitalocean.database.main", "PT6012", "in the account they stay"]
    {
        assert!(ran.err.contains(part), "{part}: {}", ran.all());
    }
    assert_eq!(bench.objects(), before, "nothing is touched");
    let log = bench.type_in("op log --local --json").ends_with(0).json();
    assert_eq!(log["operations"][0]["command"], "forget", "{log:#}");
    let status = bench.type_in("status --local --json").json();
    let recorded = status["environments"]["production"]["resources"].to_string();
    assert!(!recorded.contains("digitalocean.database.main") && recorded.contains("digitalocean.cluster.main"), "{recorded}");
    bench.type_in("adopt --local").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert_eq!(bench.objects()["databases"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_left_is_found_across_the_account_and_priced() {
    let bench = healthy();
    let none = bench.type_in("leaks --local").ends_with(0);
    assert!(none.out.contains("nothing is left"), "{}", none.all());
    bench.meddle(async |hand: &Hand| {
        for (name, tags) in [("tiny-production-old", json!([])), ("pvc-1", json!(["k8s:11111111-1111-4111-8111-111111111111"]))] {
            let volume = json!({ "name": name, "region": "nyc3", "size_gigabytes": 20, "tags": tags });
            hand.digitalocean("POST", "/v2/volumes", volume).await;
        }
        let other = json!({ "name": "somebodys", "region": "nyc3", "size_gigabytes": 20 });
        hand.digitalocean("POST", "/v2/volumes", other).await;
    });
    let ran = bench.type_in("leaks --local").ends_with(2);
    for part in ["4.00 USD a month", "tiny-production-old", "has a name of this platform", "pvc-1", "which is gone"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.all());
    }
    assert!(!ran.out.contains("somebodys"), "{}", ran.all());
    // A look that was killed a moment ago leaves its key, which opens every bucket.
    let lineage = lineage(&bench);
    bench.meddle(async |hand: &Hand| {
        let key = |name: String| json!({ "name": name, "grants": [{ "bucket": "", "permission": "fullaccess" }] });
        hand.digitalocean("POST", "/v2/spaces/keys", key(format!("pontoon-tiny-{lineage}-look-ab12cd"))).await;
        hand.digitalocean("POST", "/v2/spaces/keys", key("pontoon-tiny-0ther001-look-ab12cd".into())).await;
    });
    let down = bench.type_in("destroy --local --include-stateful").ends_with(0);
    let left = bench.objects()["spaces_keys"].clone();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "another platform's stays, for it may be looking: {left:#}");
    assert_eq!(left[0]["name"], "pontoon-tiny-0ther001-look-ab12cd");
    assert!(down.out.contains("tiny-production-old") && !down.out.contains("nothing of it is left"), "{}", down.all());
}

#[test]
fn an_upgrade_takes_a_patch_first_and_a_minor_only_when_the_document_asks_for_it() {
    let old = pontoon_test::binary::TINY.replace("\"1.36\"", "\"1.35\"");
    let bench = pontoon_test::binary::Bench::with(env!("CARGO_BIN_EXE_pontoon"), &old);
    bench.type_in("up --local --layer cloud").ends_with(0);
    let look = bench.type_in("upgrade --local --json").ends_with(0).json();
    let (version, beyond) = (look["version"].clone(), look["beyond"].as_str().unwrap_or_default().to_owned());
    assert!(look["step"].is_null() && beyond.starts_with("1.36."), "{look:#}");
    let said = bench.type_in("upgrade --local").ends_with(0);
    assert!(said.out.contains("write cluster.version: \"1.36\" into platform.yaml"), "{}", said.all());
    bench.write("platform.yaml", pontoon_test::binary::TINY);
    let look = bench.type_in("upgrade --local --check --json").ends_with(0).json();
    assert_eq!((look["step"].as_str(), &look["version"]), (Some(beyond.as_str()), &version), "{look:#}");
    assert_eq!(look["droplets"]["there"], 2, "{look:#}");
    let ran = bench.type_in("upgrade --local").ends_with(0);
    assert!(ran.out.contains("the vendor's checks find nothing") && ran.err.contains("every node is replaced"), "{}", ran.all());
    assert_eq!(bench.objects()["kubernetes_clusters"][0]["version"], beyond.as_str());
    bench.type_in("plan --local --layer cloud --detailed-exitcode").ends_with(0);
    bench.type_in("drift --local --layer cloud").ends_with(0);
    // What a killed run made for itself goes also where there is nothing to do.
    let lineage = lineage(&bench);
    bench.meddle(async |hand: &Hand| {
        let grant = json!([{ "bucket": "", "permission": "fullaccess" }]);
        let key = json!({ "name": format!("pontoon-tiny-{lineage}-session-ab12cd"), "grants": grant });
        hand.digitalocean("POST", "/v2/spaces/keys", key).await;
    });
    bench.type_in("upgrade --local --check").ends_with(0);
    assert!(bench.objects()["spaces_keys"].to_string().contains("session-ab12cd"), "who only looks removes nothing");
    let none = bench.type_in("upgrade --local").ends_with(0);
    assert!(none.out.contains("offers nothing newer"), "{}", none.all());
    assert!(!bench.objects()["spaces_keys"].to_string().contains("session-ab12cd"), "{:#}", bench.objects()["spaces_keys"]);
}

#[test]
fn a_first_document_holds_together_and_takes_exactly_what_it_says() {
    let bench = pontoon_test::binary::Bench::new(env!("CARGO_BIN_EXE_pontoon"));
    let none = bench.type_in("adopt --write platform.yaml --local").ends_with(1);
    assert!(none.err.contains("no Kubernetes cluster") && none.err.contains("pontoon init"), "{}", none.all());
    bench.meddle(async |hand: &Hand| {
        let vpc = json!({ "name": "net", "region": "nyc3", "ip_range": "10.60.0.0/20" });
        let vpc = hand.digitalocean("POST", "/v2/vpcs", vpc).await["vpc"]["id"].clone();
        let pools = json!([{ "name": "workers-1", "size": "s-4vcpu-8gb", "count": 2 }]);
        let cluster =
            json!({ "name": "theirs", "region": "nyc3", "version": "1.36", "vpc_uuid": vpc, "ha": false, "node_pools": pools });
        hand.digitalocean("POST", "/v2/kubernetes/clusters", cluster).await;
        hand.digitalocean("POST", "/v2/volumes", json!({ "name": "left", "region": "nyc3", "size_gigabytes": 5 })).await;
        hand.minutes(20).await;
    });
    let before = bench.objects();
    let wrote = bench.type_in("adopt --write platform.yaml --local --json").ends_with(0).json();
    assert_eq!(
        (&wrote["errors"], &wrote["leftOut"][0]),
        (&json!(0), &json!(format!("volume left ({})", before["volumes"][0]["id"].as_str().unwrap_or_default()))),
        "{wrote:#}"
    );
    bench.type_in("check").ends_with(0);
    let again = bench.type_in("adopt --write platform.yaml --local").ends_with(1);
    assert!(again.err.contains("is there already"), "{}", again.all());
    let line = wrote["next"].as_str().unwrap_or_default().trim_start_matches("pontoon ").to_owned();
    bench.type_in(&line).ends_with(0);
    assert_eq!(bench.objects(), before, "nothing is touched");
    // Beside a platform that is recorded here, another document can be written.
    let other = bench.type_in("adopt --write other.yaml --local --json").ends_with(0).json();
    assert_eq!(other["errors"], 0, "{other:#}");
    let wrong = bench.type_in("adopt --local --take shared/digitalocean.domain.main=nowhere.example.com").ends_with(1);
    assert!(wrong.err.contains("is not taken over: nowhere.example.com"), "{}", wrong.all());
    let plan = bench.type_in("plan --local --layer cloud --json").ends_with(0).json();
    let actions: Vec<&str> =
        plan["plans"][0]["changes"].as_array().into_iter().flatten().filter_map(|c| c["action"].as_str()).collect();
    assert!(actions.iter().all(|a| ["create", "update"].contains(a)), "{plan:#}");
}

/// What tells this record from others of the platform's name.
fn lineage(bench: &pontoon_test::binary::Bench) -> String {
    let record = std::fs::read_to_string(bench.path().join(".pontoon/local/store/records/production.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("it is JSON");
    record["content"]["record"]["lineage"].as_str().expect("every record has one").to_owned()
}
