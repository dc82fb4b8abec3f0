"""Droplets with their actions and what goes along with them, reserved addresses, and the account's limit."""

BASE = {"region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64"}


def run(client, checks):
    droplet = lifecycle(client, checks)
    reserved_ip(client, checks, droplet)
    along(client, checks, droplet)
    limit(client, checks)


def lifecycle(client, checks):
    made = client.droplets.create({"name": "gateway", "tags": ["gw"], "monitoring": True, **BASE})["droplet"]
    checks.fields("a droplet", made, name="gateway", status="new", tags=["gw"], size_slug="s-1vcpu-1gb")
    number = made["id"]
    running = checks.until("it comes up", lambda: active(client, number))
    addresses = {address["type"] for address in running["networks"]["v4"]}
    checks.equal("it has a public and a private address", addresses, {"public", "private"})
    checks.listed("it", client.droplets.list(tag_name="gw")["droplets"], "id", number)
    checks.equal("a list by name", [d["id"] for d in client.droplets.list(name="gateway")["droplets"]], [number])

    action = client.droplet_actions.post(number, {"type": "rename", "name": "router"})["action"]
    checks.fields("its renaming", action, type="rename", resource_id=number, resource_type="droplet")
    checks.until("the action is completed", lambda: client.actions.get(action["id"])["action"]["status"] == "completed")
    checks.equal("it has the new name", client.droplets.get(number)["droplet"]["name"], "router")
    checks.that("its history has the action", action["id"] in [a["id"] for a in client.droplet_actions.list(number)["actions"]])
    checks.refused("a size that is not there", 422, client.droplets.create, {"name": "x", **BASE, "size": "s-99vcpu"})
    checks.refused("a region that is not there", 422, client.droplets.create, {"name": "x", **BASE, "region": "xyz9"})
    return number


def active(client, number):
    droplet = client.droplets.get(number)["droplet"]
    return droplet if droplet["status"] == "active" else None


def reserved_ip(client, checks, droplet):
    made = client.reserved_ips.create({"region": "fra1"})["reserved_ip"]
    address = made["ip"]
    checks.equal("a reserved address belongs to nobody yet", made["droplet"], None)
    checks.listed("it", client.reserved_ips.list()["reserved_ips"], "ip", address)
    action = client.reserved_ips_actions.post(address, {"type": "assign", "droplet_id": droplet})["action"]
    checks.until("it is assigned", lambda: client.reserved_ips_actions.get(address, action["id"])["action"]["status"] == "completed")
    checks.equal("the droplet has it", client.reserved_ips.get(address)["reserved_ip"]["droplet"]["id"], droplet)
    action = client.reserved_ips_actions.post(address, {"type": "unassign"})["action"]
    checks.until("it is taken away", lambda: client.reserved_ips.get(address)["reserved_ip"]["droplet"] is None)
    history = [item["type"] for item in client.reserved_ips_actions.list(address)["actions"]]
    checks.that("its history has both", len(history) >= 2, history)
    client.reserved_ips.delete(address)
    checks.gone("a reserved address", client.reserved_ips.get, address)


def along(client, checks, droplet):
    volume = client.volumes.create({"name": "along", "region": "fra1", "size_gigabytes": 1})["volume"]["id"]
    action = client.volume_actions.post_by_id(volume, {"type": "attach", "droplet_id": droplet})["action"]
    checks.until("a volume is attached", lambda: client.volume_actions.get(volume, action["id"])["action"]["status"] == "completed")
    found = client.droplets.list_associated_resources(droplet)
    checks.equal("the droplet's associated resources name the volume", [v["id"] for v in found["volumes"]], [volume])
    client.droplets.destroy_with_associated_resources_dangerous(droplet, x_dangerous=True)
    checks.until("the droplet is gone", lambda: client.droplets.get(droplet).get("id") == "not_found")
    checks.until("and the volume with it", lambda: client.volumes.get(volume).get("id") == "not_found")


def limit(client, checks):
    allowed = client.account.get()["account"]["droplet_limit"]
    made = client.droplets.create({"names": [f"many-{n}" for n in range(allowed)], "tags": ["many"], **BASE})["droplets"]
    checks.equal("as many droplets as the account may have, in one call", len(made), allowed)
    body = checks.refused("one more", 422, client.droplets.create, {"name": "many-more", **BASE})
    checks.that("the refusal names the limit", "limit" in body["message"].lower(), body)
    client.droplets.destroy_by_tag(tag_name="many")
    checks.until("all of them are gone", lambda: not client.droplets.list(tag_name="many")["droplets"])
