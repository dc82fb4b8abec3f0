"""VPCs: ranges, defaults, members; firewalls."""


def run(client, checks):
    first = client.vpcs.create({"name": "first", "region": "ams3", "ip_range": "10.30.0.0/20"})["vpc"]
    checks.fields("a VPC", first, name="first", region="ams3", ip_range="10.30.0.0/20", default=True)
    checks.equal("its name of resource", first["urn"], f"do:vpc:{first['id']}")
    body = checks.refused("the deletion of a default VPC", 403, client.vpcs.delete, first["id"])
    checks.that("the refusal says why", "default" in body["message"].lower(), body)

    second = client.vpcs.create({"name": "second", "region": "ams3", "ip_range": "10.31.0.0/24", "description": "two"})["vpc"]
    checks.fields("a second VPC of the region", second, default=False, description="two", ip_range="10.31.0.0/24")
    overlapping = {"name": "third", "region": "fra1", "ip_range": "10.31.0.0/16"}
    checks.refused("a VPC that overlaps another one", (409, 422), client.vpcs.create, overlapping)
    for wrong in ("10.32.0.0/29", "8.8.0.0/16", "10.0.0.0/8"):
        checks.refused(f"a VPC of {wrong}", 422, client.vpcs.create, {"name": "wrong", "region": "fra1", "ip_range": wrong})
    checks.refused("a VPC in a region that is not there", 422, client.vpcs.create, {"name": "nowhere", "region": "xyz9"})

    checks.listed("the second", client.vpcs.list()["vpcs"], "id", second["id"])
    checks.equal("the second is read back", client.vpcs.get(second["id"])["vpc"], second)
    renamed = client.vpcs.update(second["id"], {"name": "renamed", "description": "more"})["vpc"]
    checks.fields("an updated VPC", renamed, name="renamed", description="more", ip_range="10.31.0.0/24")
    checks.equal("a patch changes one field", client.vpcs.patch(second["id"], {"description": ""})["vpc"]["name"], "renamed")

    droplet = {"name": "member", "region": "ams3", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64", "vpc_uuid": second["id"]}
    member = client.droplets.create(droplet)["droplet"]
    members = client.vpcs.list_members(second["id"], resource_type="droplet")["members"]
    checks.equal("the VPC's members", [item["urn"] for item in members], [f"do:droplet:{member['id']}"])
    checks.refused("the deletion of a VPC with members", (403, 409), client.vpcs.delete, second["id"])
    client.droplets.destroy(member["id"])
    checks.until_accepted("the VPC is deleted some time after its last member", client.vpcs.delete, second["id"])
    checks.gone("a VPC", client.vpcs.get, second["id"])

    firewalls(client, checks)


def firewalls(client, checks):
    client.tags.create({"name": "gateway"})
    rules = {
        "inbound_rules": [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ["192.0.2.0/24"]}}],
        "outbound_rules": [{"protocol": "tcp", "ports": "all", "destinations": {"addresses": ["0.0.0.0/0", "::/0"]}}],
    }
    made = client.firewalls.create({"name": "edge", "tags": ["gateway"], **rules})["firewall"]
    checks.fields("a firewall", made, name="edge", tags=["gateway"])
    inbound = made["inbound_rules"][0]
    checks.equal("its rule", (inbound["protocol"], inbound["ports"], inbound["sources"]["addresses"]), ("tcp", "22", ["192.0.2.0/24"]))
    path = made["id"]
    checks.listed("it", client.firewalls.list()["firewalls"], "id", path)
    checks.refused("a second firewall of that name", 409, client.firewalls.create, {"name": "edge", **rules})
    checks.refused("a firewall without rules", 422, client.firewalls.create, {"name": "empty"}, off_contract=True)

    more = {"inbound_rules": [{"protocol": "udp", "ports": "51820", "sources": {"addresses": ["0.0.0.0/0"]}}]}
    client.firewalls.add_rules(path, more)
    checks.equal("a rule is added", len(client.firewalls.get(path)["firewall"]["inbound_rules"]), 2)
    client.firewalls.delete_rules(path, more)
    checks.equal("and taken away", len(client.firewalls.get(path)["firewall"]["inbound_rules"]), 1)
    client.firewalls.delete_tags(path, {"tags": ["gateway"]})
    checks.equal("its tag is taken away", client.firewalls.get(path)["firewall"]["tags"], [])
    client.firewalls.add_tags(path, {"tags": ["gateway"]})
    replaced = client.firewalls.update(path, {"name": "edge-2", "outbound_rules": rules["outbound_rules"]})["firewall"]
    checks.equal("an update leaves nothing that it does not name", (replaced["inbound_rules"], replaced["tags"]), ([], []))
    client.firewalls.delete(path)
    checks.gone("a firewall", client.firewalls.get, path)
    client.tags.delete("gateway")
