//! Managed databases as pods meet them.

use super::*;

struct Shop {
    lab: Lab,
    id: String,
    host: String,
    owner: String,
    app: String,
}

/// A cluster, a managed PostgreSQL that trusts nobody yet, and an app of its user.
fn shop() -> Shop {
    let mut lab = Lab::small();
    let made = lab.call(
        "POST",
        "/v2/databases",
        json!({
            "name": "main", "engine": "pg", "version": "17", "size": "db-s-1vcpu-1gb", "num_nodes": 1, "region": "fra1",
            "rules": [{ "type": "ip_addr", "value": "192.0.2.1" }],
        }),
    );
    let database = &made["database"];
    let id = database["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    lab.pass(600);
    let read = lab.call("GET", &format!("/v2/databases/{id}"), Value::Null)["database"].clone();
    lab.call("POST", &format!("/v2/databases/{id}/dbs"), json!({ "name": "app" }));
    let user = lab.call("POST", &format!("/v2/databases/{id}/users"), json!({ "name": "app" }));
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let host = text(&read["private_connection"]["host"]);
    Shop { id, host, owner: text(&read["connection"]["password"]), app: text(&user["user"]["password"]), lab }
}

impl Shop {
    fn run(&mut self, password: &str) -> String {
        let url = format!("postgresql://app:{password}@{}:25060/app?sslmode=require", self.host);
        self.lab.apply(&[
            namespace("shop"),
            deployment("shop", "app", 1, json!({ "env": [{ "name": "DATABASE_URL", "value": url }] })),
        ]);
        self.said()
    }

    fn said(&mut self) -> String {
        self.lab.pass(90);
        let said = self.lab.complaint("shop", "app");
        said.split_once(":25060: ").map_or(said.clone(), |(_, m)| m.to_owned())
    }
}

#[test]
fn trust_login_and_rights_each_come_first() {
    let mut shop = shop();
    let wrong = shop.run("wrong");
    assert!(wrong.starts_with("connection timed out (database cluster main does not trust this cluster"), "{wrong}");
    let (id, cluster) = (shop.id.clone(), shop.lab.cluster.clone());
    shop.lab.call("PUT", &format!("/v2/databases/{id}/firewall"), json!({ "rules": [{ "type": "k8s", "value": cluster }] }));
    assert_eq!(shop.said(), "password authentication failed for user \"app\"");
    let app = shop.app.clone();
    assert_eq!(shop.run(&app), "permission denied for schema public");
    let owner = format!("postgresql://doadmin:{}@{}:25060/app?sslmode=require", shop.owner, shop.host);
    shop.lab.apply(&[json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "grants", "namespace": "shop" },
        "spec": { "template": { "spec": {
            "restartPolicy": "OnFailure",
            "containers": [{
                "name": "psql", "image": "docker.io/library/postgres:17",
                "env": [{ "name": "URI", "value": owner }],
                "command": ["psql", "$(URI)", "-c", "GRANT ALL ON SCHEMA public TO app; ALTER DATABASE app OWNER TO app;"],
            }],
        } } },
    })]);
    let said = shop.said();
    let job = shop.lab.get("jobs.batch", "shop", "grants");
    assert_eq!(said, "", "{job} {:?}", shop.lab.pods("shop", "grants"));
    assert_eq!(shop.lab.get("jobs.batch", "shop", "grants")["status"]["succeeded"], 1);
}
