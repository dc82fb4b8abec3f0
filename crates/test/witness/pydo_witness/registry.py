"""The container registry: one, by the old routes, and several, by the new ones."""


def run(client, checks):
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

    second = client.registries.create({"name": "witness-2", "region": "fra1"})["registry"]
    checks.fields("a second registry", second, name="witness-2")
    names = sorted(registry["name"] for registry in client.registries.list()["registries"])
    checks.equal("both are listed", names, ["witness", "witness-2"])
    checks.refused("the old route with two registries", 412, client.registry.get)
    checks.equal("one is read by name", client.registries.get("witness-2")["registry"]["name"], "witness-2")
    client.registries.delete("witness-2")
    checks.gone("a registry by name", client.registries.get, "witness-2")
    checks.equal("the old route answers again", client.registry.get()["registry"]["name"], "witness")
    client.registry.delete()
    checks.gone("the registry", client.registry.get)
