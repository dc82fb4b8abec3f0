"""Volumes, snapshots, and Spaces keys."""


def run(client, checks):
    volumes(client, checks)
    spaces_keys(client, checks)


def volumes(client, checks):
    wanted = {"name": "data", "region": "fra1", "size_gigabytes": 2, "filesystem_type": "ext4", "description": "d", "tags": ["keep"]}
    made = client.volumes.create(wanted)["volume"]
    checks.fields("a volume", made, name="data", size_gigabytes=2, filesystem_type="ext4", tags=["keep"], droplet_ids=[])
    number = made["id"]
    checks.equal("a list by name and region", [v["id"] for v in client.volumes.list(name="data", region="fra1")["volumes"]], [number])
    checks.refused("a second volume of that name", 409, client.volumes.create, wanted)
    for size in (0, 16385):
        too = {"name": "odd", "region": "fra1", "size_gigabytes": size}
        checks.refused(f"a volume of {size} GiB", (400, 422), client.volumes.create, too)
    action = client.volume_actions.post_by_id(number, {"type": "resize", "size_gigabytes": 5, "region": "fra1"})["action"]
    checks.until("it is grown", lambda: client.volume_actions.get(number, action["id"])["action"]["status"] == "completed")
    checks.equal("its size", client.volumes.get(number)["volume"]["size_gigabytes"], 5)
    checks.refused("its shrinking", (400, 422), client.volume_actions.post_by_id, number,
                   {"type": "resize", "size_gigabytes": 1, "region": "fra1"})

    snapshot = client.volume_snapshots.create(number, {"name": "before", "tags": ["keep"]})["snapshot"]
    checks.fields("a snapshot", snapshot, name="before", resource_type="volume", resource_id=number)
    checks.listed("the snapshot of the volume", client.volume_snapshots.list(number)["snapshots"], "id", snapshot["id"])
    checks.listed("it among all of volumes", client.snapshots.list(resource_type="volume")["snapshots"], "id", snapshot["id"])
    checks.equal("it is read", client.snapshots.get(snapshot["id"])["snapshot"]["name"], "before")
    copy = client.volumes.create({"name": "copy", "region": "fra1", "size_gigabytes": 5, "snapshot_id": snapshot["id"]})["volume"]
    checks.equal("a volume is made of it", copy["size_gigabytes"], 5)
    client.volumes.delete_by_name(name="copy", region="fra1")
    checks.gone("the copy", client.volumes.get, copy["id"])
    client.snapshots.delete(snapshot["id"])
    checks.gone("a snapshot", client.snapshots.get, snapshot["id"])
    client.volumes.delete(number)
    checks.gone("a volume", client.volumes.get, number)


def spaces_keys(client, checks):
    made = client.spaces_key.create({"name": "app", "grants": [{"bucket": "files", "permission": "readwrite"}]})["key"]
    checks.that("a Spaces key shows its secret once", len(made["secret_key"]) > 20, made.get("name"))
    access = made["access_key"]
    listed = checks.listed("it", client.spaces_key.list(per_page=200)["keys"], "access_key", access)
    checks.that("its secret is not in the list", not listed.get("secret_key"), sorted(listed))
    again = client.spaces_key.get(access)["key"]
    checks.that("nor is it read again", not again.get("secret_key"), sorted(again))
    checks.equal("its grants are read", again["grants"], [{"bucket": "files", "permission": "readwrite"}])
    changed = client.spaces_key.update(access, {"name": "app-2", "grants": [{"bucket": "files", "permission": "read"}]})["key"]
    checks.fields("an updated key", changed, name="app-2", grants=[{"bucket": "files", "permission": "read"}])
    patched = client.spaces_key.patch(access, {"name": "app-3"})["key"]
    checks.fields("a patched key", patched, name="app-3", grants=[{"bucket": "files", "permission": "read"}])
    full = client.spaces_key.create({"name": "full", "grants": [{"bucket": "", "permission": "fullaccess"}]})["key"]
    checks.equal("a key with full access has an empty bucket", full["grants"], [{"bucket": "", "permission": "fullaccess"}])
    mixed = [{"bucket": "", "permission": "fullaccess"}, {"bucket": "files", "permission": "read"}]
    checks.refused("full access together with a bucket", (400, 422), client.spaces_key.create, {"name": "mixed", "grants": mixed})
    for key in (access, full["access_key"]):
        client.spaces_key.delete(key)
        checks.gone("a Spaces key", client.spaces_key.get, key)
