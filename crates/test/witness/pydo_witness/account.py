"""Account, SSH keys, regions, sizes, and tokens that may not."""

from azure.core.exceptions import HttpResponseError

from .checks import client_of

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIiKJsQwk+5W2hWZkXK7V0rJ5p3Y6o8bT0d2cV7vWkQe witness"


def run(client, checks):
    account = client.account.get()["account"]
    checks.that("the account names its team", account["team"]["uuid"] and account["team"]["name"], account)
    checks.equal("the account says how many droplets it may have", account["droplet_limit"], 8)
    checks.equal("the account is active", account["status"], "active")

    regions = {region["slug"]: region for region in client.regions.list(per_page=200)["regions"]}
    checks.that("Frankfurt is a region that takes new things", regions["fra1"]["available"], regions.get("fra1"))
    sizes = {size["slug"]: size for size in client.sizes.list(per_page=200)["sizes"]}
    small = sizes["s-1vcpu-2gb"]
    checks.fields("the size s-1vcpu-2gb", small, memory=2048, vcpus=1, price_monthly=12.0)
    checks.that("it can be had in Frankfurt", "fra1" in small["regions"], small["regions"])

    made = client.ssh_keys.create({"name": "witness", "public_key": SSH_KEY})["ssh_key"]
    checks.fields("an SSH key", made, name="witness", public_key=SSH_KEY)
    checks.that("its fingerprint is MD5 in hex", len(made["fingerprint"].split(":")) == 16, made["fingerprint"])
    checks.listed("it", client.ssh_keys.list()["ssh_keys"], "id", made["id"])
    checks.equal("it is found by its fingerprint", client.ssh_keys.get(made["fingerprint"])["ssh_key"]["id"], made["id"])
    renamed = client.ssh_keys.update(made["id"], {"name": "renamed"})["ssh_key"]
    checks.equal("it is renamed", renamed["name"], "renamed")
    checks.refused("the same public key again", 422, client.ssh_keys.create, {"name": "again", "public_key": SSH_KEY})
    client.ssh_keys.delete(made["id"])
    checks.gone("an SSH key", client.ssh_keys.get, made["id"])

    for _ in range(10):
        try:
            client.ssh_keys.list()
        except HttpResponseError:
            break
    checks.refused("the eleventh list of SSH keys in a minute", 429, client.ssh_keys.list)

    stranger = client_of(checks.url, "nobody")
    body = checks.refused("a wrong token", 401, stranger.vpcs.list)
    checks.equal("it is told so in the vendor's words", body["message"], "Unable to authenticate you.")
    if checks.scoped_token:
        scoped = client_of(checks.url, checks.scoped_token)
        checks.that("a token that may read VPCs reads them", "vpcs" in scoped.vpcs.list())
        checks.refused("its creation of a VPC", 403, scoped.vpcs.create, {"name": "no", "region": "fra1"})
        checks.refused("its look at droplets", 403, scoped.droplets.list)
