"""Vault's client for Python against the embedded Vault. Prints how many checks it made."""

import os

import hvac
from hvac import exceptions

URL = os.environ["VAULT_ADDR"]
checks = 0


def same(found, wanted, what):
    global checks
    assert found == wanted, f"{what}: {found!r}, expected {wanted!r}"
    checks += 1


def refused(kind, sentence, call, *args, **kwargs):
    global checks
    try:
        call(*args, **kwargs)
    except kind as error:
        assert sentence in str(error), f"{error} does not say {sentence}"
        checks += 1
        return
    raise AssertionError(f"was not refused with {kind.__name__} {sentence}")


root = hvac.Client(url=URL, token="pontoon-local-vault-token")
same(root.sys.is_initialized(), True, "initialized")
same(root.sys.is_sealed(), False, "sealed")
same(root.sys.read_health_status(method="GET")["initialized"], True, "health")
same(root.is_authenticated(), True, "root")
same(root.sys.list_mounted_secrets_engines()["data"]["secret/"]["options"]["version"], "2", "mounts")

# A policy, a role, a login.
policy = 'path "secret/data/acme/*" {\n  capabilities = ["create", "update", "read", "delete"]\n}\n' \
    'path "secret/metadata/acme/*" { capabilities = ["list", "read"] }\n'
root.sys.create_or_update_policy("acme", policy)
same(root.sys.read_policy("acme")["data"]["rules"], policy, "policy")
same("acme" in root.sys.list_policies()["data"]["policies"], True, "policies")
refused(exceptions.InvalidRequest, "failed to parse policy", root.sys.create_or_update_policy, "bad", "path {")
approle = root.auth.approle
approle.create_or_update_approle("acme", token_policies=["acme"], token_ttl="30m", secret_id_ttl="1h")
same(approle.read_role("acme")["data"]["token_policies"], ["acme"], "role")
role_id = approle.read_role_id("acme")["data"]["role_id"]
secret_id = approle.generate_secret_id("acme")["data"]["secret_id"]
client = hvac.Client(url=URL)
refused(exceptions.InvalidRequest, "invalid role or secret ID", client.auth.approle.login, role_id, "wrong")
auth = client.auth.approle.login(role_id, secret_id)["auth"]
same((auth["lease_duration"], sorted(auth["policies"])), (1800, ["acme", "default"]), "login")
same(client.is_authenticated(), True, "authenticated")
same(client.auth.token.lookup_self()["data"]["renewable"], True, "lookup")
same(client.auth.token.renew_self(increment="45m")["auth"]["lease_duration"], 2700, "renew")

# Versions.
kv = client.secrets.kv.v2
same(kv.create_or_update_secret("acme/db", {"password": "one"}, cas=0)["data"]["version"], 1, "first")
refused(exceptions.InvalidRequest, "check-and-set", kv.create_or_update_secret, "acme/db", {"password": "x"}, cas=0)
same(kv.create_or_update_secret("acme/db", {"password": "two"}, cas=1)["data"]["version"], 2, "second")
same(kv.read_secret_version("acme/db", raise_on_deleted_version=True)["data"]["data"]["password"], "two", "newest")
same(kv.read_secret_version("acme/db", version=1, raise_on_deleted_version=True)["data"]["data"]["password"], "one", "first version")
same(kv.list_secrets("acme")["data"]["keys"], ["db"], "list")
refused(exceptions.Forbidden, "permission denied", kv.create_or_update_secret, "other/db", {"a": "b"})
refused(exceptions.Forbidden, "permission denied", kv.delete_metadata_and_all_versions, "acme/db")
kv.delete_latest_version_of_secret("acme/db")
refused(exceptions.InvalidPath, "", kv.read_secret_version, "acme/db", raise_on_deleted_version=True)
whole = root.secrets.kv.v2
whole.undelete_secret_versions("acme/db", [2])
whole.patch("acme/db", {"user": "app"})
same(kv.read_secret_version("acme/db", raise_on_deleted_version=True)["data"]["data"], {"password": "two", "user": "app"}, "patched")
whole.destroy_secret_versions("acme/db", [1])
same(whole.read_secret_metadata("acme/db")["data"]["versions"]["1"]["destroyed"], True, "destroyed")
whole.update_metadata("acme/db", max_versions=2, cas_required=True)
same(whole.read_secret_metadata("acme/db")["data"]["cas_required"], True, "metadata")
whole.delete_metadata_and_all_versions("acme/db")
refused(exceptions.InvalidPath, "", whole.read_secret_metadata, "acme/db")
refused(exceptions.InvalidPath, "versioned K/V", root.secrets.kv.v1.read_secret, "acme/db")

# Tokens that others made end with them.
child = root.auth.token.create(policies=["acme"], ttl="10m")["auth"]["client_token"]
same(hvac.Client(url=URL, token=child).is_authenticated(), True, "child")
client.auth.token.revoke_self()
refused(exceptions.Forbidden, "permission denied", client.auth.token.lookup_self)
root.sys.enable_secrets_engine("kv", path="legacy", options={"version": "1"})
root.secrets.kv.v1.create_or_update_secret("a", {"b": "c"}, mount_point="legacy")
same(root.secrets.kv.v1.read_secret("a", mount_point="legacy")["data"], {"b": "c"}, "version 1")
root.sys.disable_secrets_engine("legacy")
approle.delete_role("acme")
root.sys.delete_policy("acme")
print(f"{checks} checks")
