"""What is around droplets: histories, backups, images of one's own, droplets behind firewalls and load balancers."""

from .droplets import BASE, active


def run(client, checks):
    number = client.droplets.create({"name": "around", "tags": ["around"], **BASE})["droplet"]["id"]
    checks.until("a droplet comes up", lambda: active(client, number))
    histories(client, checks, number)
    behind(client, checks, number)
    images(client, checks)
    selective(client, checks, number)
    balance = client.balance.get()
    checks.that("the account has a balance", "month_to_date_balance" in balance, balance)


def histories(client, checks, number):
    checks.equal("it has no backups", client.droplets.list_backups(number)["backups"], [])
    checks.that("its kernels are listed", isinstance(client.droplets.list_kernels(number)["kernels"], list))
    checks.equal("it has no neighbours that are said", client.droplets.list_neighbors(number)["droplets"], [])
    actions = client.droplet_actions.post_by_tag({"type": "snapshot", "name": "shot"}, tag_name="around")["actions"]
    checks.equal("an action by tag is one for each droplet", [action["resource_id"] for action in actions], [number])
    checks.until("it is completed", lambda: client.droplet_actions.get(number, actions[0]["id"])["action"]["status"] == "completed")
    checks.that("it is among the account's actions", actions[0]["id"] in [a["id"] for a in client.actions.list(per_page=200)["actions"]])
    shots = checks.until("the snapshot is there", lambda: client.droplets.list_snapshots(number)["snapshots"])
    checks.equal("it is of the droplet", [shot["name"] for shot in shots], ["shot"])


def behind(client, checks, number):
    rules = {"inbound_rules": [{"protocol": "tcp", "ports": "80", "sources": {"addresses": ["0.0.0.0/0"]}}], "outbound_rules": []}
    firewall = client.firewalls.create({"name": "around", **rules})["firewall"]["id"]
    client.firewalls.assign_droplets(firewall, {"droplet_ids": [number]})
    checks.equal("a firewall takes a droplet", client.firewalls.get(firewall)["firewall"]["droplet_ids"], [number])
    checks.equal("the droplet says so", [f["id"] for f in client.droplets.list_firewalls(number)["firewalls"]], [firewall])
    client.firewalls.delete_droplets(firewall, {"droplet_ids": [number]})
    checks.equal("and lets it go", client.firewalls.get(firewall)["firewall"]["droplet_ids"], [])
    client.firewalls.delete(firewall)

    rule = {"entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 80}
    wanted = {"name": "around", "region": "fra1", "forwarding_rules": [rule], "droplet_ids": []}
    balancer = client.load_balancers.create(wanted)["load_balancer"]["id"]
    client.load_balancers.add_droplets(balancer, {"droplet_ids": [number]})
    checks.equal("a load balancer takes a droplet", client.load_balancers.get(balancer)["load_balancer"]["droplet_ids"], [number])
    client.load_balancers.remove_droplets(balancer, {"droplet_ids": [number]})
    checks.equal("and lets it go", client.load_balancers.get(balancer)["load_balancer"]["droplet_ids"], [])
    client.load_balancers.delete(balancer)


def images(client, checks):
    offered = client.images.list(type="distribution", per_page=200)["images"]
    checks.that("distributions are offered", "ubuntu-24-04-x64" in [image["slug"] for image in offered], len(offered))
    wanted = {"name": "own", "url": "https://example.com/own.qcow2", "distribution": "Ubuntu", "region": "fra1"}
    made = client.images.create_custom(wanted)["image"]
    checks.fields("an image of one's own", made, name="own", type="custom", distribution="Ubuntu")
    checks.until("it is available", lambda: client.images.get(made["id"])["image"]["status"] == "available")
    checks.equal("it is renamed", client.images.update(made["id"], {"name": "own-2"})["image"]["name"], "own-2")
    checks.listed("it", client.images.list(private=True, per_page=200)["images"], "id", made["id"])
    client.images.delete(made["id"])
    checks.gone("an image", client.images.get, made["id"])


def selective(client, checks, number):
    volume = client.volumes.create({"name": "stays", "region": "fra1", "size_gigabytes": 1})["volume"]["id"]
    by_name = {"type": "attach", "droplet_id": number, "volume_name": "stays", "region": "fra1"}
    action = client.volume_actions.post(by_name)["action"]
    checks.until("a volume is attached by name", lambda: client.volume_actions.get(volume, action["id"])["action"]["status"] == "completed")
    checks.equal("its history", [a["id"] for a in client.volume_actions.list(volume)["actions"]], [action["id"]])
    client.droplets.destroy_with_associated_resources_selective(number, {"volumes": []})
    checks.until("the droplet goes alone", lambda: client.droplets.get(number).get("id") == "not_found")
    status = client.droplets.get_destroy_associated_resources_status(number)
    checks.that("the deletion says how far it is", status["droplet"]["id"] == str(number), status)
    checks.equal("the volume stays", client.volumes.get(volume)["volume"]["droplet_ids"], [])
    shot = client.volume_snapshots.create(volume, {"name": "last"})["snapshot"]["id"]
    checks.equal("a snapshot of it is read", client.volume_snapshots.get_by_id(shot)["snapshot"]["name"], "last")
    client.volume_snapshots.delete_by_id(shot)
    checks.gone("it", client.volume_snapshots.get_by_id, shot)
    client.volumes.delete(volume)
    for left in client.snapshots.list(resource_type="droplet")["snapshots"]:
        client.snapshots.delete(left["id"])
