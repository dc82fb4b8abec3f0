"""Managed databases: PostgreSQL with all that belongs to it, and Valkey, which has less."""


def run(client, checks):
    options(client, checks)
    postgres = create_postgres(client, checks)
    valkey = client.databases.create_cluster(
        {"name": "cache", "engine": "valkey", "version": "8", "region": "fra1", "size": "db-s-1vcpu-1gb", "num_nodes": 1}
    )["database"]["id"]
    checks.until("PostgreSQL is online", lambda: online(client, postgres))
    contents(client, checks, postgres)
    trusted(client, checks, postgres)
    window(client, checks, postgres)
    sizes(client, checks, postgres)
    checks.until("Valkey is online", lambda: online(client, valkey))
    cache(client, checks, valkey)
    for number in (postgres, valkey):
        client.databases.destroy_cluster(number)
        checks.until("it is gone", lambda: client.databases.get_cluster(number).get("id") == "not_found")


def options(client, checks):
    found = client.databases.list_options()["options"]
    layouts = {layout["num_nodes"]: layout["sizes"] for layout in found["pg"]["layouts"]}
    checks.equal("PostgreSQL has one to three nodes", sorted(layouts), [1, 2, 3])
    checks.that("the 1 GB plan has no standby", "db-s-1vcpu-1gb" in layouts[1] and "db-s-1vcpu-1gb" not in layouts[2], layouts[2][:3])
    checks.that("Valkey is offered", "8" in found["valkey"]["versions"], found["valkey"]["versions"])


def create_postgres(client, checks):
    wanted = {
        "name": "main",
        "engine": "pg",
        "version": "17",
        "region": "fra1",
        "size": "db-s-1vcpu-2gb",
        "num_nodes": 2,
        "tags": ["pontoon"],
        "rules": [{"type": "ip_addr", "value": "192.0.2.1"}],
    }
    made = client.databases.create_cluster(wanted)["database"]
    shown = {name: value for name, value in wanted.items() if name != "rules"}
    checks.fields("a PostgreSQL cluster", made, status="creating", **shown)
    number = made["id"]
    checks.listed("it", client.databases.list_clusters()["databases"], "id", number)
    checks.equal("a list by tag", [d["id"] for d in client.databases.list_clusters(tag_name="pontoon")["databases"]], [number])
    four = {**wanted, "name": "four", "num_nodes": 4}
    checks.refused("a fourth node", 422, client.databases.create_cluster, four)
    alone = {**wanted, "name": "alone", "size": "db-s-1vcpu-1gb"}
    checks.refused("a standby on the 1 GB plan", 422, client.databases.create_cluster, alone)
    checks.refused("a version that is not offered", 422, client.databases.create_cluster, {**wanted, "name": "old", "version": "9"})
    return number


def online(client, number):
    seen = client.databases.get_cluster(number)["database"]
    return seen if seen["status"] == "online" else None


def contents(client, checks, number):
    seen = online(client, number)
    connection, private = seen["connection"], seen["private_connection"]
    checks.equal("its ports", (connection["port"], connection["ssl"], connection["database"]), (25060, True, "defaultdb"))
    checks.equal("its private name", private["host"].split("-")[0], "private")
    checks.equal("its first user", [(user["name"], user["role"]) for user in seen["users"]], [("doadmin", "primary")])
    checks.that("its authority is a certificate in base64", len(client.databases.get_ca(number)["ca"]["certificate"]) > 100)

    client.databases.add(number, {"name": "app"})
    checks.equal("a database is added", [db["name"] for db in client.databases.list(number)["dbs"]], ["defaultdb", "app"])
    checks.equal("it is read", client.databases.get(number, "app")["db"]["name"], "app")
    checks.refused("the same database again", (409, 422), client.databases.add, number, {"name": "app"})

    user = client.databases.add_user(number, {"name": "app"})["user"]
    checks.that("a user has a password", user["password"] and user["role"] == "normal", user.get("role"))
    checks.equal("users are listed", sorted(u["name"] for u in client.databases.list_users(number)["users"]), ["app", "doadmin"])
    fresh = client.databases.reset_auth(number, "app", {})["user"]
    checks.that("a password is reset", fresh["password"] != user["password"])

    wanted = {"name": "app-pool", "mode": "transaction", "size": 10, "db": "app", "user": "app"}
    pool = client.databases.add_connection_pool(number, wanted)["pool"]
    checks.fields("a connection pool", pool, **wanted)
    checks.equal("its port", pool["connection"]["port"], 25061)
    client.databases.update_connection_pool(number, "app-pool", {"mode": "session", "size": 12, "db": "app", "user": "app"})
    changed = client.databases.get_connection_pool(number, "app-pool")["pool"]
    checks.fields("an updated pool", changed, mode="session", size=12)
    checks.equal("pools are listed", [p["name"] for p in client.databases.list_connection_pools(number)["pools"]], ["app-pool"])
    client.databases.delete_connection_pool(number, "app-pool")
    checks.gone("a pool", client.databases.get_connection_pool, number, "app-pool")
    client.databases.delete_user(number, "app")
    checks.gone("a user", client.databases.get_user, number, "app")
    client.databases.delete(number, "app")
    checks.gone("a database", client.databases.get, number, "app")
    checks.that("backups are listed", isinstance(client.databases.list_backups(number)["backups"], list))


def trusted(client, checks, number):
    rules = client.databases.list_firewall_rules(number)["rules"]
    checks.equal("trusted sources given with the creation", [(r["type"], r["value"]) for r in rules], [("ip_addr", "192.0.2.1")])
    wanted = [{"type": "tag", "value": "web"}, {"type": "ip_addr", "value": "192.0.2.2"}]
    client.tags.create({"name": "web"})
    client.databases.update_firewall_rules(number, {"rules": wanted})
    rules = client.databases.list_firewall_rules(number)["rules"]
    checks.equal("an update replaces all", sorted((r["type"], r["value"]) for r in rules), [("ip_addr", "192.0.2.2"), ("tag", "web")])
    many = [{"type": "ip_addr", "value": f"198.51.100.{last}"} for last in range(101)]
    checks.refused("a hundred and one addresses", (400, 422), client.databases.update_firewall_rules, number, {"rules": many})
    client.databases.update_firewall_rules(number, {"rules": []})
    checks.equal("the list may be empty", client.databases.list_firewall_rules(number)["rules"], [])
    client.tags.delete("web")


def window(client, checks, number):
    client.databases.update_maintenance_window(number, {"day": "sunday", "hour": "03:00"})
    seen = client.databases.get_cluster(number)["database"]["maintenance_window"]
    checks.that("the maintenance window", seen["day"] == "sunday" and seen["hour"].startswith("03:00"), seen)
    client.databases.patch_config(number, {"config": {"work_mem": 8}})
    checks.equal("a setting is changed", client.databases.get_config(number)["config"]["work_mem"], 8)


def sizes(client, checks, number):
    client.databases.update_cluster_size(number, {"size": "db-s-2vcpu-4gb", "num_nodes": 2})
    seen = checks.until("it is larger", lambda: sized(client, number, "db-s-2vcpu-4gb"))
    checks.equal("it still has two nodes", seen["num_nodes"], 2)
    smaller = {"size": "db-s-1vcpu-2gb", "num_nodes": 2}
    checks.refused("its shrinking", 422, client.databases.update_cluster_size, number, smaller)
    checks.refused("its fourth node", 422, client.databases.update_cluster_size, number, {"size": "db-s-2vcpu-4gb", "num_nodes": 4})


def sized(client, number, size):
    seen = online(client, number)
    return seen if seen and seen["size"] == size else None


def cache(client, checks, number):
    checks.refused("a user on Valkey", (400, 405, 412, 422), client.databases.add_user, number, {"name": "app"})
    checks.refused("a database on Valkey", (400, 405, 412, 422), client.databases.add, number, {"name": "app"})
    pool = {"name": "p", "mode": "transaction", "size": 1, "db": "defaultdb", "user": "default"}
    checks.refused("a pool on Valkey", (400, 405, 412, 422), client.databases.add_connection_pool, number, pool)
    client.databases.update_eviction_policy(number, {"eviction_policy": "allkeys_lru"})
    checks.equal("its eviction policy", client.databases.get_eviction_policy(number)["eviction_policy"], "allkeys_lru")
    uri = client.databases.get_cluster(number)["database"]["connection"]["uri"]
    checks.that("its address has a password of its own", uri.startswith(("rediss://", "valkeys://")), uri.split(":")[0])
