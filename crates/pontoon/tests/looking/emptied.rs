//! A pool that is replaced: what emptying it touches is said before anything is drained.

use super::healthy;
use pontoon_test::{binary::TINY, hand::Hand};
use serde_json::json;

#[test]
fn a_plan_that_replaces_a_pool_says_what_emptying_it_touches() {
    let bench = healthy();
    bench.meddle(async |hand: &Hand| {
        let claim = json!({ "metadata": { "name": "data" }, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "do-block-storage",
            "resources": { "requests": { "storage": "5Gi" } },
        }});
        hand.create("/api/v1/namespaces/default/persistentvolumeclaims", claim).await;
        let pod = json!({ "metadata": { "name": "keeper", "labels": { "app": "keeper" } }, "spec": {
            "containers": [{ "name": "keeper", "image": "docker.io/library/busybox:1.37",
                "volumeMounts": [{ "name": "data", "mountPath": "/data" }, { "name": "scratch", "mountPath": "/scratch" }] }],
            "volumes": [
                { "name": "data", "persistentVolumeClaim": { "claimName": "data" } },
                { "name": "scratch", "emptyDir": {} },
            ],
        }});
        hand.create("/api/v1/namespaces/default/pods", pod).await;
        let budget = json!({ "metadata": { "name": "keeper" }, "spec": {
            "minAvailable": 1, "selector": { "matchLabels": { "app": "keeper" } },
        }});
        hand.create("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget).await;
        hand.minutes(5).await;
    });
    let calm = bench.type_in("plan --local --json --layer cloud").ends_with(0).json();
    assert_eq!(calm["plans"][0]["emptied"], json!([]), "{calm:#}");
    bench.write("platform.yaml", TINY.replace("s-4vcpu-8gb", "s-8vcpu-16gb"));
    let plan = bench.type_in("plan --local --layer cloud").ends_with(0);
    for part in [
        "emptying pool main: ",
        "pods leave 2 nodes",
        "volume, attached again where its pod goes: default/data, held by keeper",
        "lost with its node: default/keeper: scratch, an emptyDir",
        "budget that lets no pod go now, for which the drain waits: default/keeper",
    ] {
        assert!(plan.out.contains(part), "{part}: {}", plan.all());
    }
    let plan = bench.type_in("plan --local --json --layer cloud").ends_with(0).json();
    let emptied = &plan["plans"][0]["emptied"][0];
    assert_eq!((&emptied["pool"], &emptied["nodes"]), (&json!("main"), &json!(2)), "{plan:#}");
    assert_eq!(emptied["volumes"], json!(["default/data, held by keeper"]));
}
