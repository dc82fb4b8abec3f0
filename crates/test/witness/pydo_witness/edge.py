"""What stands at the edge: certificates, load balancers, CDN endpoints with their own limit."""

import os

import boto3
from botocore.config import Config

RULES = [{"entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 8080}]


def run(client, checks):
    certificate = certificates(client, checks)
    load_balancers(client, checks, certificate)
    client.certificates.delete(certificate)
    checks.gone("a certificate", client.certificates.get, certificate)
    client.domains.delete("edge.example")
    with_bucket(client, checks, "witness-files", lambda: cdn(client, checks, "witness-files.fra1.digitaloceanspaces.com"))


def certificates(client, checks):
    client.domains.create({"name": "edge.example"})
    wanted = {"name": "web", "type": "lets_encrypt", "dns_names": ["edge.example", "*.edge.example"]}
    made = client.certificates.create(wanted)["certificate"]
    checks.fields("a certificate", made, **wanted)
    number = made["id"]
    verified = checks.until("it is verified", lambda: certificate(client, number, "verified"))
    checks.that("then it has a fingerprint and an end", verified["sha1_fingerprint"] and verified["not_after"], verified)
    checks.listed("it", client.certificates.list()["certificates"], "id", number)
    checks.equal("a list by name", [c["id"] for c in client.certificates.list(name="web")["certificates"]], [number])
    return number


def certificate(client, number, state):
    seen = client.certificates.get(number)["certificate"]
    return seen if seen["state"] == state else None


def load_balancers(client, checks, certificate):
    wanted = {"name": "front", "region": "fra1", "size_unit": 1, "forwarding_rules": RULES, "tag": "web"}
    made = client.load_balancers.create(wanted)["load_balancer"]
    checks.fields("a load balancer", made, name="front", status="new", size_unit=1, tag="web", type="REGIONAL")
    checks.equal("its region is described", made["region"]["slug"], "fra1")
    checks.equal("its rule", {key: made["forwarding_rules"][0][key] for key in RULES[0]}, RULES[0])
    checks.equal("it checks health as the vendor does by default", made["health_check"]["protocol"], "http")
    number = made["id"]
    active = checks.until("it is active", lambda: balancer(client, number))
    checks.that("then it has an address", active["ip"], active)
    checks.listed("it", client.load_balancers.list()["load_balancers"], "id", number)

    https = {"entry_protocol": "https", "entry_port": 443, "target_protocol": "http", "target_port": 8080, "certificate_id": certificate}
    client.load_balancers.add_forwarding_rules(number, {"forwarding_rules": [https]})
    checks.equal("a rule is added", ports(client, number), [80, 443])
    client.load_balancers.remove_forwarding_rules(number, {"forwarding_rules": [https]})
    checks.equal("and taken away", ports(client, number), [80])

    update = {**wanted, "redirect_http_to_https": False, "enable_proxy_protocol": True}
    checks.equal("PROXY is turned on", client.load_balancers.update(number, update)["load_balancer"]["enable_proxy_protocol"], True)
    again = client.load_balancers.update(number, wanted)["load_balancer"]
    checks.equal("an update resets what it leaves out", again["enable_proxy_protocol"], False)
    checks.refused("another network", (400, 422), client.load_balancers.update, number, {**wanted, "network": "INTERNAL"})
    client.load_balancers.delete_cache(number)
    no_rules = {"name": "none", "region": "fra1", "tag": "web", "forwarding_rules": []}
    checks.refused("a load balancer without rules", 422, client.load_balancers.create, no_rules, off_contract=True)
    client.load_balancers.delete(number)
    checks.gone("a load balancer", client.load_balancers.get, number)


def balancer(client, number):
    seen = client.load_balancers.get(number)["load_balancer"]
    return seen if seen["status"] == "active" else None


def ports(client, number):
    rules = client.load_balancers.get(number)["load_balancer"]["forwarding_rules"]
    return sorted(rule["entry_port"] for rule in rules)


def with_bucket(client, checks, bucket, use):
    """Makes a key with full access and a bucket by it, and takes both away. Without SPACES_ENDPOINT_URL does nothing."""
    endpoint = os.environ.get("SPACES_ENDPOINT_URL")
    if not endpoint:
        return
    key = client.spaces_key.create({"name": "for-a-bucket", "grants": [{"bucket": "", "permission": "fullaccess"}]})["key"]
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key["access_key"],
        aws_secret_access_key=key["secret_key"],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "fra1"})
    checks.that("the key makes a bucket", bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]])
    use()
    s3.delete_bucket(Bucket=bucket)
    client.spaces_key.delete(key["access_key"])


def cdn(client, checks, origin):
    """Five calls in ten seconds and no more, so everything that is asked here is asked in one of five."""
    made = client.cdn.create_endpoint({"origin": origin, "ttl": 3600})["endpoint"]
    checks.fields("a CDN endpoint", made, origin=origin, ttl=3600)
    checks.equal("its name", made["endpoint"], origin.replace(".digitalocean", ".cdn.digitalocean"))
    number = made["id"]
    listed = client.cdn.list_endpoints()["endpoints"]
    read = client.cdn.get_endpoint(number)["endpoint"]
    changed = client.cdn.update_endpoints(number, {"ttl": 600})["endpoint"]
    client.cdn.purge_cache(number, {"files": ["*"]})
    body = checks.refused("the sixth call in ten seconds", 429, client.cdn.list_endpoints)
    checks.listed("it", listed, "id", number)
    checks.equal("it was read back", read["origin"], made["origin"])
    checks.equal("its time to live was changed", changed["ttl"], 600)
    checks.that("the refusal is the vendor's", body["id"] == "too_many_requests", body)
    checks.until_accepted("some seconds later it is deleted", client.cdn.delete_endpoint, number)
    checks.gone("a CDN endpoint", client.cdn.get_endpoint, number)
