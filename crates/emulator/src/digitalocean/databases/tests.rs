//! Clusters and what belongs to them, as a client sees them over time.

use super::super::tests::*;
use crate::Cloud;
use serde_json::{Value, json};

fn body(name: &str, engine: &str, size: &str, nodes: i64) -> Value {
    let version = if engine == "pg" { "16" } else { "8" };
    json!({ "name": name, "engine": engine, "version": version, "size": size, "num_nodes": nodes, "region": "fra1" })
}

/// A cluster that is up: its path.
async fn made(cloud: &Cloud, name: &str, engine: &str, size: &str) -> String {
    let (status, doc) = post(cloud, "/v2/databases", body(name, engine, size, 1)).await;
    assert_eq!(status, 201, "{doc}");
    pass(600).await;
    format!("/v2/databases/{}", doc["database"]["id"].as_str().unwrap())
}

async fn refused(cloud: &Cloud, body: Value) -> (u16, String) {
    let (status, doc) = post(cloud, "/v2/databases", body).await;
    (status, doc["message"].as_str().unwrap_or("").to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_cluster_comes_up_after_minutes_with_its_user_database_and_names() {
    let cloud = cloud();
    let mut wanted = body("main", "pg", "db-s-1vcpu-2gb", 2);
    wanted["rules"] = json!([{ "type": "ip_addr", "value": "192.0.2.7" }]);
    wanted["tags"] = json!(["prod"]);
    let (status, doc) = post(&cloud, "/v2/databases", wanted).await;
    assert_eq!((status, &doc["database"]["status"]), (201, &json!("creating")));
    let path = format!("/v2/databases/{}", doc["database"]["id"].as_str().unwrap());
    pass(200).await;
    assert_eq!(get(&cloud, &path).await.1["database"]["status"], "creating");
    assert_eq!(post(&cloud, &format!("{path}/users"), json!({ "name": "app" })).await.0, 412);
    pass(300).await;
    let db = get(&cloud, &path).await.1["database"].clone();
    assert_eq!(db["status"], "online");
    assert_eq!(db["connection"]["port"], 25060);
    let host = db["connection"]["host"].as_str().unwrap();
    assert_eq!(db["private_connection"]["host"], format!("private-{host}"));
    assert!(db["connection"]["uri"].as_str().unwrap().ends_with(":25060/defaultdb?sslmode=require"));
    assert!(db["standby_connection"].is_object());
    assert_eq!(db["db_names"], json!(["defaultdb"]));
    assert_eq!(db["users"][0]["name"], "doadmin");
    assert_eq!(db["users"][0]["password"], db["connection"]["password"]);
    assert_eq!(db["rules"][0]["value"], "192.0.2.7");
    assert_eq!(db["storage_size_mib"], 30 * 1024);
    let list = get(&cloud, "/v2/databases?tag_name=prod").await.1;
    assert_eq!(list["databases"].as_array().unwrap().len(), 1);
    assert_eq!(get(&cloud, "/v2/databases?tag_name=other").await.1["databases"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn only_what_is_offered_can_be_made() {
    let cloud = cloud();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut b = body("main", "pg", "db-s-1vcpu-1gb", 1);
        change(&mut b);
        b
    };
    let cases: Vec<(Value, &str)> = vec![
        (with(&|b| b["num_nodes"] = 2.into()), "size 'db-s-1vcpu-1gb' is not available with 2 nodes"),
        (with(&|b| b["num_nodes"] = 4.into()), "num_nodes must be between 1 and 3"),
        (with(&|b| b["size"] = "db-s-3vcpu-5gb".into()), "size 'db-s-3vcpu-5gb' is not valid"),
        // Its availability ended in 2026-05, before the world's start.
        (with(&|b| b["version"] = "14".into()), "invalid cluster engine version"),
        (with(&|b| b["engine"] = "redis".into()), "region 'fra1' is not valid"),
        (with(&|b| b["region"] = "mars1".into()), "region 'mars1' is not valid"),
        (
            with(&|b| b["storage_size_mib"] = (40 * 1024).into()),
            "storage size 40960 MiB is not available for size 'db-s-1vcpu-1gb'",
        ),
        (with(&|b| b["tags"] = json!(["a".repeat(200), "b".repeat(55)])), "combined tags cannot exceed 255 characters"),
        (with(&|b| b["private_network_uuid"] = "nowhere".into()), "vpc_uuid is invalid"),
        (
            with(&|b| b["autoscale"] = json!({ "storage": { "enabled": true, "increment_gib": 50 } })),
            "storage autoscale increment 50 must not be greater than maximum plan size 30",
        ),
    ];
    for (body, message) in cases {
        assert_eq!(refused(&cloud, body).await, (422, message.to_owned()));
    }
    assert_eq!(refused(&cloud, with(&|b| b["name"] = "Main_1".into())).await.0, 422);
    assert_eq!(cloud.objects()["databases"], Value::Null);
    assert_eq!(post(&cloud, "/v2/databases", with(&|_| ())).await.0, 201);
    assert_eq!(refused(&cloud, with(&|_| ())).await, (422, "cluster name is not available".to_owned()));
    for n in 1..10 {
        assert_eq!(post(&cloud, "/v2/databases", with(&|b| b["name"] = format!("main-{n}").into())).await.0, 201);
    }
    let (status, message) = refused(&cloud, with(&|b| b["name"] = "eleventh".into())).await;
    assert!(status == 422 && message.contains("limit"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn options_list_what_creation_accepts() {
    let cloud = cloud();
    let (_, doc) = get(&cloud, "/v2/databases/options").await;
    assert_eq!(doc["options"]["pg"]["versions"], json!(["15", "16", "17"]));
    let mut tried = 0;
    for engine in ["pg", "valkey"] {
        for layout in doc["options"][engine]["layouts"].as_array().unwrap() {
            for size in layout["sizes"].as_array().unwrap() {
                let b = body("one", engine, size.as_str().unwrap(), layout["num_nodes"].as_i64().unwrap());
                let (status, made) = post(&cloud, "/v2/databases", b).await;
                assert_eq!(status, 201, "{made}");
                delete(&cloud, &format!("/v2/databases/{}", made["database"]["id"].as_str().unwrap())).await;
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 11 + 10 + 10 + 13 + 12 + 12);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_grows_and_never_shrinks() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-2gb").await;
    let resize = async |size: &str, nodes: i64| {
        put(&cloud, &format!("{path}/resize"), json!({ "size": size, "num_nodes": nodes })).await.0
    };
    assert_eq!(resize("db-s-1vcpu-1gb", 1).await, 422);
    assert_eq!(resize("db-s-2vcpu-4gb", 4).await, 422);
    assert_eq!(resize("db-s-2vcpu-4gb", 2).await, 202);
    assert_eq!(get(&cloud, &path).await.1["database"]["status"], "resizing");
    assert_eq!(resize("db-s-4vcpu-8gb", 2).await, 412);
    pass(600).await;
    let db = get(&cloud, &path).await.1["database"].clone();
    assert_eq!((&db["status"], &db["size"], &db["num_nodes"]), (&json!("online"), &json!("db-s-2vcpu-4gb"), &json!(2)));
    assert_eq!(db["storage_size_mib"], 60 * 1024);
    assert_eq!(resize("db-s-2vcpu-4gb", 1).await, 202);
}

#[tokio::test(start_paused = true)]
async fn versions_only_go_up() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    let upgrade = async |version: &str| put(&cloud, &format!("{path}/upgrade"), json!({ "version": version })).await.0;
    assert_eq!([upgrade("15").await, upgrade("16").await, upgrade("99").await], [422, 422, 422]);
    assert_eq!(upgrade("17").await, 204);
    assert_eq!(get(&cloud, &path).await.1["database"]["version"], "17");
}

#[tokio::test(start_paused = true)]
async fn valkey_has_no_users_databases_pools_replicas_or_backups() {
    let cloud = cloud();
    let path = made(&cloud, "cache", "valkey", "db-s-1vcpu-1gb").await;
    let db = get(&cloud, &path).await.1["database"].clone();
    assert_eq!((&db["connection"]["port"], &db["connection"]["user"]), (&json!(25061), &json!("default")));
    assert_eq!(db["db_names"], Value::Null);
    for part in ["users", "dbs", "pools", "replicas", "backups", "sql_mode"] {
        let (status, doc) = get(&cloud, &format!("{path}/{part}")).await;
        assert_eq!(
            (status, doc["message"].as_str().unwrap()),
            (422, "operation is not supported for this cluster type"),
            "{part}"
        );
    }
    for part in ["users", "dbs", "pools", "replicas"] {
        assert_eq!(post(&cloud, &format!("{path}/{part}"), json!({ "name": "app" })).await.0, 422);
    }
    let policy = format!("{path}/eviction_policy");
    assert_eq!(get(&cloud, &policy).await.1["eviction_policy"], "noeviction");
    assert_eq!(put(&cloud, &policy, json!({ "eviction_policy": "allkeys-lru" })).await.0, 422);
    assert_eq!(put(&cloud, &policy, json!({ "eviction_policy": "allkeys_lru" })).await.0, 204);
    assert_eq!(get(&cloud, &format!("{path}/config")).await.1["config"]["valkey_maxmemory_policy"], "allkeys_lru");
}

#[tokio::test(start_paused = true)]
async fn users_databases_and_pools_belong_together() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    let users = format!("{path}/users");
    let (status, user) = post(&cloud, &users, json!({ "name": "app", "settings": { "pg_allow_replication": true } })).await;
    assert_eq!(status, 201);
    assert_eq!(user["user"]["settings"]["pg_allow_replication"], true);
    assert_eq!(post(&cloud, &users, json!({ "name": "app" })).await.0, 422);
    let (_, reset) = post(&cloud, &format!("{users}/app/reset_auth"), json!({})).await;
    assert_ne!(reset["user"]["password"], user["user"]["password"]);
    assert_eq!(get(&cloud, &format!("{users}/app")).await.1["user"]["password"], reset["user"]["password"]);
    assert_eq!(delete(&cloud, &format!("{users}/doadmin")).await.0, 422);
    assert_eq!(post(&cloud, &format!("{path}/dbs"), json!({ "name": "shop" })).await.1["db"], json!({ "name": "shop" }));
    let pool = |size: i64, db: &str| json!({ "name": "web", "mode": "transaction", "size": size, "db": db, "user": "app" });
    let pools = format!("{path}/pools");
    assert_eq!(post(&cloud, &pools, pool(10, "nothing")).await.0, 422);
    assert_eq!(post(&cloud, &pools, pool(23, "shop")).await.0, 422);
    let (status, made) = post(&cloud, &pools, pool(22, "shop")).await;
    assert_eq!(status, 201);
    assert_eq!(made["pool"]["connection"]["port"], 25061);
    assert_eq!(made["pool"]["connection"]["database"], "web");
    assert_eq!(made["pool"]["connection"]["password"], reset["user"]["password"]);
    assert_eq!(put(&cloud, &format!("{pools}/web"), pool(20, "defaultdb")).await.0, 204);
    assert_eq!(get(&cloud, &format!("{pools}/web")).await.1["pool"]["size"], 20);
    assert_eq!(delete(&cloud, &path).await.0, 204);
    let left: Vec<String> = cloud.objects().as_object().unwrap().keys().cloned().collect();
    assert_eq!(left, ["projects", "vpcs"]);
}

#[tokio::test(start_paused = true)]
async fn trusted_sources_are_replaced_as_a_whole() {
    let cloud = cloud();
    let path = format!("{}/firewall", made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await);
    let rule = |kind: &str, value: &str| json!({ "type": kind, "value": value });
    let set = async |rules: Value| put(&cloud, &path, json!({ "rules": rules })).await.0;
    assert_eq!(set(json!([rule("ip_addr", "192.0.2.0/24"), rule("tag", "web")])).await, 204);
    let before = get(&cloud, &path).await.1["rules"].clone();
    assert_eq!(set(json!([rule("tag", "web"), rule("k8s", "c1")])).await, 204);
    let after = get(&cloud, &path).await.1["rules"].clone();
    assert_eq!(after.as_array().unwrap().len(), 2);
    assert_eq!(after[0]["uuid"], before[1]["uuid"]);
    assert_eq!(set(json!([rule("ip_addr", "2001:db8::1")])).await, 422);
    assert_eq!(set(json!([rule("subnet", "x")])).await, 422);
    let many: Vec<Value> = (0..101).map(|n| rule("ip_addr", &format!("192.0.2.{n}"))).collect();
    assert_eq!(set(many.into()).await, 422);
    assert_eq!(get(&cloud, &path).await.1["rules"], after);
    assert_eq!(set(json!([])).await, 204);
    assert_eq!(get(&cloud, &path).await.1["rules"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_restored_cluster_has_the_databases_and_new_secrets() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    post(&cloud, &format!("{path}/users"), json!({ "name": "app" })).await;
    post(&cloud, &format!("{path}/dbs"), json!({ "name": "shop" })).await;
    let mut restore = body("copy", "pg", "db-s-1vcpu-1gb", 1);
    restore["backup_restore"] = json!({ "database_name": "nobody" });
    assert_eq!(post(&cloud, "/v2/databases", restore.clone()).await.0, 422);
    restore["backup_restore"] = json!({ "database_name": "main" });
    pass(9 * 86_400).await;
    let backups = get(&cloud, &format!("{path}/backups")).await.1["backups"].clone();
    assert_eq!(backups.as_array().unwrap().len(), 7);
    let mut early = restore.clone();
    early["backup_restore"]["backup_created_at"] = "2026-11-02T10:00:00Z".into();
    assert_eq!(post(&cloud, "/v2/databases", early).await.0, 422);
    let (status, copy) = post(&cloud, "/v2/databases", restore).await;
    assert_eq!((status, &copy["database"]["status"]), (201, &json!("forking")));
    pass(600).await;
    let copy = get(&cloud, &format!("/v2/databases/{}", copy["database"]["id"].as_str().unwrap())).await.1["database"].clone();
    let main = get(&cloud, &path).await.1["database"].clone();
    assert_eq!(copy["status"], "online");
    assert_eq!(copy["db_names"], json!(["defaultdb", "shop"]));
    assert_ne!(copy["connection"]["host"], main["connection"]["host"]);
    let app = |db: &Value| db["users"].as_array().unwrap().iter().find(|u| u["name"] == "app").unwrap()["password"].clone();
    assert_ne!(app(&copy), app(&main));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_cluster_is_gone_at_once_and_holds_its_vpc_for_minutes() {
    let cloud = cloud();
    post(&cloud, "/v2/vpcs", json!({ "name": "default", "region": "fra1" })).await;
    let (_, vpc) = post(&cloud, "/v2/vpcs", json!({ "name": "own", "region": "fra1" })).await;
    let vpc = vpc["vpc"]["id"].as_str().unwrap().to_owned();
    let mut b = body("main", "pg", "db-s-1vcpu-1gb", 1);
    b["private_network_uuid"] = vpc.clone().into();
    let (_, doc) = post(&cloud, "/v2/databases", b).await;
    let id = doc["database"]["id"].as_str().unwrap();
    let members = get(&cloud, &format!("/v2/vpcs/{vpc}/members")).await.1["members"].clone();
    assert_eq!(members[0]["urn"], format!("do:dbaas:{id}"));
    assert_eq!(delete(&cloud, &format!("/v2/vpcs/{vpc}")).await.0, 403);
    assert_eq!(delete(&cloud, &format!("/v2/databases/{id}")).await.0, 204);
    assert_eq!(get(&cloud, &format!("/v2/databases/{id}")).await.0, 404);
    assert_eq!(delete(&cloud, &format!("/v2/vpcs/{vpc}")).await.0, 409);
    pass(300).await;
    assert_eq!(delete(&cloud, &format!("/v2/vpcs/{vpc}")).await.0, 204);
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_among_the_objects_or_shown_without_its_scope() {
    let cloud = world(
        "[[tokens]]\ntoken = 'pontoon-local-token'\n\
         [[tokens]]\ntoken = 'reader'\nscopes = ['database:read']\n",
    );
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    let (_, user) = post(&cloud, &format!("{path}/users"), json!({ "name": "app" })).await;
    let sink = json!({
        "sink_name": "logs", "sink_type": "opensearch",
        "config": { "url": "https://user:hush@192.0.2.1:9200", "index_prefix": "x" }
    });
    assert_eq!(post(&cloud, &format!("{path}/logsink"), sink).await.0, 201);
    let objects = cloud.objects().to_string();
    for secret in [user["user"]["password"].as_str().unwrap(), "AVNS_", "hush"] {
        assert!(!objects.contains(secret), "{secret}");
    }
    let request = http::Request::get(&path).header("authorization", "Bearer reader").body(bytes::Bytes::new()).unwrap();
    let reply = cloud.call(crate::Vendor::DigitalOcean, request).await.unwrap();
    let db: Value = serde_json::from_slice(reply.body()).unwrap();
    assert!(!db.to_string().contains("AVNS_"));
    assert_eq!(db["database"]["private_network_uuid"], Value::Null);
    assert_eq!(db["database"]["name"], "main");
}

#[tokio::test(start_paused = true)]
async fn configuration_is_merged_and_checked() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    let config = format!("{path}/config");
    let patch = async |config_doc: Value| call(&cloud, "PATCH", &config, json!({ "config": config_doc })).await.0;
    assert_eq!(patch(json!({ "work_mem": 8, "pgbouncer": { "min_pool_size": 5 } })).await, 200);
    assert_eq!(patch(json!({ "pgbouncer": { "server_lifetime": 600 } })).await, 200);
    assert_eq!(patch(json!({ "work_mem": 2000 })).await, 422);
    assert_eq!(patch(json!({ "sql_mode": "ANSI" })).await, 422);
    let now = get(&cloud, &config).await.1["config"].clone();
    assert_eq!(now["work_mem"], 8);
    assert_eq!(now["pgbouncer"], json!({ "min_pool_size": 5, "server_lifetime": 600 }));
    let window = format!("{path}/maintenance");
    assert_eq!(put(&cloud, &window, json!({ "day": "friday", "hour": "13:00" })).await.0, 204);
    assert_eq!(put(&cloud, &window, json!({ "day": "someday", "hour": "13:00" })).await.0, 422);
    let shown = get(&cloud, &path).await.1["database"]["maintenance_window"].clone();
    assert_eq!((&shown["day"], &shown["hour"]), (&json!("friday"), &json!("13:00:00")));
}

#[tokio::test(start_paused = true)]
async fn a_replica_can_become_a_cluster() {
    let cloud = cloud();
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    let (status, doc) = post(&cloud, &format!("{path}/replicas"), json!({ "name": "copy", "size": "db-s-1vcpu-2gb" })).await;
    assert_eq!((status, &doc["replica"]["status"]), (201, &json!("forking")), "{doc}");
    assert_eq!(put(&cloud, &format!("{path}/replicas/copy/promote"), Value::Null).await.0, 412);
    pass(600).await;
    assert_eq!(get(&cloud, &format!("{path}/replicas/copy")).await.1["replica"]["status"], "online");
    assert_eq!(put(&cloud, &format!("{path}/replicas/copy/promote"), Value::Null).await.0, 204);
    assert_eq!(get(&cloud, &format!("{path}/replicas")).await.1["replicas"], json!([]));
    let own = get(&cloud, &format!("/v2/databases/{}", doc["replica"]["id"].as_str().unwrap())).await.1;
    assert_eq!(own["database"]["connection"]["host"], doc["replica"]["connection"]["host"]);
    assert_eq!(own["database"]["db_names"], json!(["defaultdb"]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_never_ends() {
    let cloud = world("[[faults]]\npath = '/v2/databases'\nmethod = 'POST'\nkind = 'fail_creation'\n");
    let path = made(&cloud, "main", "pg", "db-s-1vcpu-1gb").await;
    pass(86_400).await;
    assert_eq!(get(&cloud, &path).await.1["database"]["status"], "creating");
    assert_eq!(delete(&cloud, &path).await.0, 204);
}
