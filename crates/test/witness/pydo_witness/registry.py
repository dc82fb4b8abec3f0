"""The container registry: one, by the old routes, and several, by the new ones."""


def run(client, checks):
    old(client, checks)
    several(client, checks)
    client.registry.delete()
    checks.gone("the registry", client.registry.get)


def old(client, checks):
    tiers = {tier["slug"]: tier for tier in client.registry.get_options()["options"]["subscription_tiers"]}
    checks.equal("the price of the basic tier in cents", tiers["basic"]["monthly_price_in_cents"], 500)
    checks.gone("a registry", client.registry.get)
    made = client.registry.create({"name": "witness", "subscription_tier_slug": "basic", "region": "fra1"})["registry"]
    checks.fields("a registry", made, name="witness", region="fra1")
    checks.equal("its tier", made["subscription"]["tier"]["slug"], "basic")
    checks.equal("it is read back", client.registry.get()["registry"]["name"], "witness")
    checks.refused("its name for another one", 409, client.registry.validate_name, {"name": "witness"})
    auths = client.registry.get_docker_credentials(read_write=False)["auths"]
    checks.that("it gives credentials for Docker", auths["registry.digitalocean.com"]["auth"])
    raised = client.registry.update_subscription({"tier_slug": "professional"})["subscription"]
    checks.equal("its tier is raised", raised["tier"]["slug"], "professional")
    checks.equal("its subscription says so", client.registry.get_subscription()["subscription"]["tier"]["slug"], "professional")
    checks.equal("nothing was pushed", client.registry.list_repositories("witness")["repositories"], [])
    checks.equal("nothing, by the second way of listing", client.registry.list_repositories_v2("witness")["repositories"], [])
    absent(client.registry, checks)
    collected(client.registry, checks, {"type": "unreferenced blobs only"})


def absent(registry, checks):
    """What is asked of a repository that was never pushed."""
    checks.gone("a repository's list of tags", registry.list_repository_tags, "witness", "app")
    checks.gone("a tag", registry.delete_repository_tag, "witness", "app", "latest")
    checks.gone("a repository's list of manifests", registry.list_repository_manifests, "witness", "app")
    checks.gone("a manifest", registry.delete_repository_manifest, "witness", "app", "sha256:" + "0" * 64)


def collected(registry, checks, *how):
    """Garbage collection, which can be cancelled until it has ended."""
    made = registry.run_garbage_collection("witness", *how)["garbage_collection"]
    checks.equal("a garbage collection is of the registry", made["registry_name"], "witness")
    active = registry.get_garbage_collection("witness")
    if "garbage_collection" in active:
        registry.update_garbage_collection("witness", made["uuid"], {"cancel": True})
    listed = checks.until("it ends", lambda: ended(registry, made["uuid"]))
    checks.that("its end is one of the vendor's", listed["status"] in ("succeeded", "cancelled", "failed"), listed["status"])


def ended(registry, number):
    found = [gc for gc in registry.list_garbage_collections("witness")["garbage_collections"] if gc["uuid"] == number]
    return found[0] if found and found[0]["status"] in ("succeeded", "cancelled", "failed") else None


def several(client, checks):
    second = client.registries.create({"name": "witness-2", "region": "fra1"})["registry"]
    checks.fields("a second registry", second, name="witness-2")
    names = sorted(registry["name"] for registry in client.registries.list()["registries"])
    checks.equal("both are listed", names, ["witness", "witness-2"])
    checks.refused("the old route with two registries", 412, client.registry.get)
    checks.equal("one is read by name", client.registries.get("witness-2")["registry"]["name"], "witness-2")
    checks.that("options are as before", client.registries.get_options()["options"]["subscription_tiers"])
    checks.equal("the subscription is the account's", client.registries.get_subscription()["subscription"]["tier"]["slug"], "professional")
    checks.that("the second gives credentials", client.registries.get_docker_credentials("witness-2")["auths"])
    checks.refused("its name for another one", 409, client.registries.validate_name, {"name": "witness-2"})
    client.registries.update_subscription({"tier_slug": "professional"})
    checks.equal("nothing was pushed to it", client.registries.list_repositories_v2("witness-2")["repositories"], [])
    checks.gone("a repository", client.registries.delete_repository, "witness", "app")
    absent(client.registries, checks)
    collected(client.registries, checks)
    client.registries.delete("witness-2")
    checks.gone("a registry by name", client.registries.get, "witness-2")
    checks.equal("the old route answers again", client.registry.get()["registry"]["name"], "witness")
