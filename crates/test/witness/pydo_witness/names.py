"""Projects and what is in them, tags, domains and records, pages of lists."""

from .checks import pages


def run(client, checks):
    projects(client, checks)
    tags(client, checks)
    domains(client, checks)


def projects(client, checks):
    default = client.projects.get_default()["project"]
    checks.equal("there is a default project", default["is_default"], True)
    wanted = {"name": "harbour", "purpose": "Web Application", "description": "boats", "environment": "Production"}
    made = client.projects.create(wanted)["project"]
    checks.fields("a project", made, is_default=False, **wanted)
    checks.listed("it", client.projects.list()["projects"], "id", made["id"])
    checks.equal("its purpose is patched", client.projects.patch(made["id"], {"purpose": "API"})["project"]["name"], "harbour")
    whole = {**wanted, "name": "port", "is_default": False}
    checks.equal("it is replaced", client.projects.update(made["id"], whole)["project"]["purpose"], "Web Application")

    volume = client.volumes.create({"name": "cargo", "region": "fra1", "size_gigabytes": 1})["volume"]
    urn = f"do:volume:{volume['id']}"
    checks.that("a volume begins in the default project", urn in members(client, default["id"]))
    moved = client.projects.assign_resources(made["id"], {"resources": [urn]})["resources"]
    checks.equal("it is assigned to the project", [item["urn"] for item in moved], [urn])
    checks.that("and leaves the default one", urn not in members(client, default["id"]))
    checks.refused("the deletion of a project with a volume", 412, client.projects.delete, made["id"])
    client.volumes.delete(volume["id"])
    client.projects.delete(made["id"])
    checks.gone("a project", client.projects.get, made["id"])


def members(client, project):
    return [item["urn"] for item in client.projects.list_resources(project, per_page=200)["resources"]]


def tags(client, checks):
    made = client.tags.create({"name": "pontoon:witness"})["tag"]
    checks.fields("a tag", made, name="pontoon:witness")
    checks.equal("nothing has it", made["resources"]["count"], 0)
    volume = client.volumes.create({"name": "tagged", "region": "fra1", "size_gigabytes": 1})["volume"]
    one = {"resources": [{"resource_id": volume["id"], "resource_type": "volume"}]}
    client.tags.assign_resources("pontoon:witness", one)
    checks.equal("a volume has it", client.volumes.get(volume["id"])["volume"]["tags"], ["pontoon:witness"])
    checks.equal("it counts volumes", client.tags.get("pontoon:witness")["tag"]["resources"]["volumes"]["count"], 1)
    client.tags.unassign_resources("pontoon:witness", one)
    checks.equal("the volume has it no more", client.volumes.get(volume["id"])["volume"]["tags"], [])
    client.volumes.delete(volume["id"])
    checks.listed("it", client.tags.list(per_page=200)["tags"], "name", "pontoon:witness")
    checks.refused("a tag with a blank", 422, client.tags.create, {"name": "two words"}, off_contract=True)
    client.tags.delete("pontoon:witness")
    checks.gone("a tag", client.tags.get, "pontoon:witness")


RECORDS = [
    {"type": "A", "name": "www", "data": "192.0.2.7", "ttl": 300},
    {"type": "AAAA", "name": "www", "data": "2001:db8::7"},
    {"type": "CNAME", "name": "docs", "data": "www.witness.example."},
    {"type": "MX", "name": "@", "data": "mail.witness.example.", "priority": 10},
    {"type": "TXT", "name": "_dmarc", "data": "v=DMARC1; p=none"},
    {"type": "SRV", "name": "_sip._tcp", "data": "sip.witness.example.", "priority": 1, "port": 5060, "weight": 5},
    {"type": "CAA", "name": "@", "data": "letsencrypt.org.", "flags": 0, "tag": "issue"},
    {"type": "NS", "name": "sub", "data": "ns1.example.net."},
]


def domains(client, checks):
    made = client.domains.create({"name": "witness.example"})["domain"]
    checks.fields("a domain", made, name="witness.example", ttl=1800)
    checks.refused("the same domain again", (409, 422), client.domains.create, {"name": "witness.example"})
    checks.listed("it", client.domains.list()["domains"], "name", "witness.example")
    first = client.domains.list_records("witness.example", per_page=200)["domain_records"]
    checks.equal("it begins with three name servers", sorted(r["data"] for r in first if r["type"] == "NS"),
                 ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"])
    checks.equal("and a start of authority", len([r for r in first if r["type"] == "SOA"]), 1)

    made = {}
    for wanted in RECORDS:
        record = client.domains.create_record("witness.example", wanted)["domain_record"]
        shown = {**wanted, "data": wanted["data"].removesuffix(".")}
        checks.fields(f"a record {wanted['type']}", {**record, "data": record["data"].removesuffix(".")}, **shown)
        made[wanted["type"]] = record["id"]
    listed, walked, total = pages(lambda **page: client.domains.list_records("witness.example", **page), "domain_records", per_page=5)
    checks.equal("pages of five hold every record once", (len({r["id"] for r in listed}), walked), (total, -(-total // 5)))
    checks.equal("and all that were made", total, len(first) + len(RECORDS))
    only = client.domains.list_records("witness.example", type="A", name="www.witness.example")["domain_records"]
    checks.equal("a list by type and name", [r["id"] for r in only], [made["A"]])

    patched = client.domains.patch_record("witness.example", made["A"], {"type": "A", "data": "192.0.2.8"})["domain_record"]
    checks.fields("a patched record", patched, data="192.0.2.8", name="www", ttl=300)
    replaced = client.domains.update_record("witness.example", made["TXT"], {"type": "TXT", "name": "_dmarc", "data": "v=DMARC1; p=reject"})
    checks.equal("an updated record", replaced["domain_record"]["data"], "v=DMARC1; p=reject")
    checks.refused("a record A that is no address", 422, client.domains.create_record, "witness.example",
                   {"type": "A", "name": "bad", "data": "not-an-address"})
    client.domains.delete_record("witness.example", made["A"])
    checks.gone("a record", client.domains.get_record, "witness.example", made["A"])
    client.domains.delete("witness.example")
    checks.gone("a domain", client.domains.get, "witness.example")
