"""Clusters, node pools, access to them, upgrades, what they leave behind."""

POOL = {"size": "s-2vcpu-4gb", "name": "system", "count": 1}


def run(client, checks):
    newest, older = options(client, checks)
    cluster = create(client, checks, older)
    access(client, checks, cluster)
    pools(client, checks, cluster)
    settings(client, checks, cluster)
    upgrade(client, checks, cluster, newest)
    registry(client, checks, cluster)
    remove(client, checks, cluster)
    defaults(client, checks, newest, older)


def options(client, checks):
    found = client.kubernetes.list_options()["options"]
    slugs = [version["slug"] for version in found["versions"]]
    checks.that("Kubernetes versions are slugs, newest first", len(slugs) >= 2 and slugs[0].endswith("-do.0"), slugs)
    checks.that("Frankfurt takes clusters", "fra1" in [region["slug"] for region in found["regions"]], found["regions"])
    checks.that("pools of s-2vcpu-4gb can be had", POOL["size"] in [size["slug"] for size in found["sizes"]])
    return slugs[0], slugs[1]


def create(client, checks, version):
    wanted = {
        "name": "harbour",
        "region": "fra1",
        "version": version,
        "node_pools": [{**POOL, "labels": {"role": "system"}, "tags": ["keep"]}],
        "ha": False,
        "surge_upgrade": True,
        "auto_upgrade": True,
        "maintenance_policy": {"start_time": "04:00", "day": "sunday"},
        "tags": ["pontoon"],
    }
    made = client.kubernetes.create_cluster(wanted)["kubernetes_cluster"]
    checks.fields("a cluster", made, name="harbour", region="fra1", version=version, ha=False, surge_upgrade=True, auto_upgrade=True)
    checks.equal("it is being made", made["status"]["state"], "provisioning")
    checks.equal("ranges left out are the vendor's", (made["cluster_subnet"], made["service_subnet"]), ("10.244.0.0/16", "10.245.0.0/16"))
    checks.equal("its window", (made["maintenance_policy"]["start_time"], made["maintenance_policy"]["day"]), ("04:00", "sunday"))
    checks.that("the service adds its tags", {"pontoon", "k8s", f"k8s:{made['id']}"} <= set(made["tags"]), made["tags"])
    running = checks.until("it runs", lambda: cluster_in(client, made["id"], "running"))
    checks.that("then it has an endpoint", running["endpoint"].startswith("https://"), running["endpoint"])
    checks.listed("it", client.kubernetes.list_clusters()["kubernetes_clusters"], "id", made["id"])
    pool = running["node_pools"][0]
    checks.fields("its pool", pool, name="system", size=POOL["size"], count=1, labels={"role": "system"})
    nodes = checks.until("its node runs", lambda: running_nodes(client, made["id"], pool["id"], 1))
    droplet = client.droplets.get(int(nodes[0]["droplet_id"]))["droplet"]
    checks.that("the node is a droplet with the cluster's tag", f"k8s:{made['id']}" in droplet["tags"], droplet["tags"])
    checks.refused("a version that is not offered", 422, client.kubernetes.create_cluster, {**wanted, "name": "old", "version": "1.10.1-do.0"})
    checks.refused("a cluster without pools", (400, 422), client.kubernetes.create_cluster, {**wanted, "name": "bare", "node_pools": []})
    one_range = {**wanted, "name": "half", "cluster_subnet": "10.100.0.0/16"}
    checks.refused("one range without the other", (400, 422), client.kubernetes.create_cluster, one_range)
    vpc = client.vpcs.get(made["vpc_uuid"])["vpc"]["ip_range"]
    native = {**wanted, "name": "native", "cluster_subnet": vpc, "service_subnet": "10.99.0.0/19"}
    checks.refused("a pod range that is the VPC's", (400, 409, 422), client.kubernetes.create_cluster, native)
    return made["id"]


def cluster_in(client, number, state):
    seen = client.kubernetes.get_cluster(number)["kubernetes_cluster"]
    return seen if seen["status"]["state"] == state else None


def running_nodes(client, cluster, pool, count):
    nodes = client.kubernetes.get_node_pool(cluster, pool)["node_pool"]["nodes"]
    return nodes if len(nodes) == count and all(node["status"]["state"] == "running" for node in nodes) else None


def access(client, checks, cluster):
    credentials = client.kubernetes.get_credentials(cluster, expiry_seconds=600)
    checks.that("credentials have server, authority and token", credentials["server"] and credentials["certificate_authority_data"] and credentials["token"])
    user = client.kubernetes.get_cluster_user(cluster)["kubernetes_cluster_user"]
    checks.that("the cluster knows its user", user["username"], user)
    # Without the client: pydo 0.44 declares the reply as JSON and cannot read `application/yaml`.
    status, kubeconfig = checks.raw("GET", f"/v2/kubernetes/clusters/{cluster}/kubeconfig?expiry_seconds=600&type=token")
    checks.that("the kubeconfig is one", status == 200 and "kind: Config" in kubeconfig and credentials["server"] in kubeconfig)
    run = client.kubernetes.run_cluster_lint(cluster, {})["run_id"]
    result = checks.until("clusterlint ends", lambda: lint(client, cluster, run))
    checks.equal("its result is of this run", result["run_id"], run)
    messages = client.kubernetes.get_status_messages(cluster)["messages"]
    checks.that("there are status messages, maybe none", isinstance(messages, list), messages)


def lint(client, cluster, run):
    seen = client.kubernetes.get_cluster_lint_results(cluster, run_id=run)
    return seen if seen.get("completed_at") else None


def pools(client, checks, cluster):
    first = client.kubernetes.list_node_pools(cluster)["node_pools"][0]["id"]
    checks.refused("the deletion of the last pool", (400, 409, 412, 422), client.kubernetes.delete_node_pool, cluster, first)
    taint = {"key": "dedicated", "value": "work", "effect": "NoSchedule"}
    wanted = {"name": "work", "size": "s-1vcpu-2gb", "count": 1, "taints": [taint], "auto_scale": True, "min_nodes": 1, "max_nodes": 3}
    made = client.kubernetes.add_node_pool(cluster, wanted)["node_pool"]
    checks.fields("a node pool", made, **wanted)
    number = made["id"]
    checks.until("its node runs", lambda: running_nodes(client, cluster, number, 1))
    grown = client.kubernetes.update_node_pool(cluster, number, {"name": "work", "count": 2, "auto_scale": False})["node_pool"]
    checks.equal("it is told to have two", grown["count"], 2)
    nodes = checks.until("two nodes run", lambda: running_nodes(client, cluster, number, 2))

    resize = f"/v2/kubernetes/clusters/{cluster}/node_pools/{number}"
    status, body = checks.raw("PUT", resize, {"name": "work", "count": 2, "size": "s-4vcpu-8gb"}, on_purpose=True)
    size = client.kubernetes.get_node_pool(cluster, number)["node_pool"]["size"]
    checks.equal("a pool never changes its size, whatever is asked", size, "s-1vcpu-2gb")
    checks.that("the request is refused, or that part of it is passed over", status in (202, 400, 422), (status, body))

    old = nodes[0]["id"]
    client.kubernetes.delete_node(cluster, number, old, skip_drain=1, replace=1)
    checks.until("a node is replaced by another one", lambda: replaced(client, cluster, number, old))
    old = running_nodes(client, cluster, number, 2)[0]["id"]
    client.kubernetes.recycle_node_pool(cluster, number, {"nodes": [old]})
    checks.until("a node is recycled", lambda: replaced(client, cluster, number, old))
    client.kubernetes.update_node_pool(cluster, number, {"name": "work", "count": 0})
    checks.until("a pool may be empty while another has nodes", lambda: running_nodes(client, cluster, number, 0) == [])
    client.kubernetes.delete_node_pool(cluster, number)
    checks.until("a pool is gone after a while", lambda: client.kubernetes.get_node_pool(cluster, number).get("id") == "not_found")


def replaced(client, cluster, pool, old):
    nodes = running_nodes(client, cluster, pool, 2)
    return nodes and old not in [node["id"] for node in nodes]


def settings(client, checks, cluster):
    changed = client.kubernetes.update_cluster(cluster, {"name": "harbour-2", "surge_upgrade": False, "routing_agent": {"enabled": True}})
    changed = changed["kubernetes_cluster"]
    checks.fields("an updated cluster", changed, name="harbour-2", surge_upgrade=False)
    checks.equal("its routing agent is on", changed["routing_agent"]["enabled"], True)
    checks.equal("what the update left out stays", changed["auto_upgrade"], True)
    ha = client.kubernetes.update_cluster(cluster, {"name": "harbour-2", "ha": True})["kubernetes_cluster"]
    checks.equal("high availability is turned on", ha["ha"], True)
    try:
        client.kubernetes.update_cluster(cluster, {"name": "harbour-2", "ha": False})
    except Exception as refusal:
        checks.that("to turn it off is refused", getattr(refusal, "status_code", 0) in (400, 409, 412, 422), refusal)
    checks.equal("high availability stays on", client.kubernetes.get_cluster(cluster)["kubernetes_cluster"]["ha"], True)


def upgrade(client, checks, cluster, newest):
    offered = client.kubernetes.get_available_upgrades(cluster)["available_upgrade_versions"] or []
    checks.equal("the next minor is offered", [version["slug"] for version in offered], [newest])
    checks.refused("an upgrade to a version that is not offered", (400, 422), client.kubernetes.upgrade_cluster, cluster, {"version": "1.99.0-do.0"})
    client.kubernetes.upgrade_cluster(cluster, {"version": newest})
    seen = checks.until("it is upgraded", lambda: upgraded(client, cluster, newest))
    checks.equal("its version", seen["version"], newest)
    checks.equal("nothing is offered any more", client.kubernetes.get_available_upgrades(cluster)["available_upgrade_versions"] or [], [])


def upgraded(client, cluster, version):
    seen = cluster_in(client, cluster, "running")
    return seen if seen and seen["version"] == version else None


def registry(client, checks, cluster):
    client.registry.create({"name": "for-the-cluster", "subscription_tier_slug": "basic", "region": "fra1"})
    client.kubernetes.add_registry({"cluster_uuids": [cluster]})
    checks.equal("the cluster may pull", client.kubernetes.get_cluster(cluster)["kubernetes_cluster"]["registry_enabled"], True)
    client.kubernetes.remove_registry({"cluster_uuids": [cluster]})
    checks.equal("and then no more", client.kubernetes.get_cluster(cluster)["kubernetes_cluster"]["registry_enabled"], False)
    named = {"cluster_uuids": [cluster], "registries": ["for-the-cluster"]}
    client.kubernetes.add_registries(named)
    checks.equal("a registry is attached by name", client.kubernetes.get_cluster(cluster)["kubernetes_cluster"]["registry_enabled"], True)
    client.kubernetes.remove_registries(named)
    checks.equal("and detached", client.kubernetes.get_cluster(cluster)["kubernetes_cluster"]["registry_enabled"], False)
    client.registry.delete()


def remove(client, checks, cluster):
    volume = client.volumes.create({"name": "pvc-1", "region": "fra1", "size_gigabytes": 1, "tags": [f"k8s:{cluster}"]})["volume"]["id"]
    found = client.kubernetes.list_associated_resources(cluster)
    checks.that("the cluster's associated resources are listed by kind", {"load_balancers", "volumes", "volume_snapshots"} <= set(found), found)
    client.kubernetes.delete_cluster(cluster)
    checks.until("the cluster is gone", lambda: client.kubernetes.get_cluster(cluster).get("id") == "not_found")
    checks.equal("a volume outlives it", client.volumes.get(volume)["volume"]["id"], volume)
    client.volumes.delete(volume)
    checks.until("its droplets are gone", lambda: not client.droplets.list(tag_name=f"k8s:{cluster}")["droplets"])


def defaults(client, checks, newest, older):
    """High availability left out: true from 1.36.0 on, false before. A version may be `latest` or a minor."""
    made = []
    for asked, version, wanted in (("latest", newest, True), (older.rsplit(".", 2)[0], older, False)):
        cluster = {"name": f"ha-{len(made)}", "region": "fra1", "version": asked, "node_pools": [POOL]}
        seen = client.kubernetes.create_cluster(cluster)["kubernetes_cluster"]
        checks.equal(f"the version {asked} is read back whole", seen["version"], version)
        checks.equal(f"high availability left out with {version}", seen["ha"], wanted)
        checks.equal("surge upgrade left out", seen["surge_upgrade"], False)
        made.append(seen["id"])
    first, second = made
    for number in made:
        checks.until("it runs", lambda: cluster_in(client, number, "running"))
    client.kubernetes.destroy_associated_resources_dangerous(first)
    client.kubernetes.destroy_associated_resources_selective(second, {"load_balancers": [], "volumes": [], "volume_snapshots": []})
    for number in made:
        checks.until("it is gone with what was its own", lambda: client.kubernetes.get_cluster(number).get("id") == "not_found")
