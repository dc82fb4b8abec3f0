#!/usr/bin/env python3
"""pydo against DigitalOcean's API: create, list, get, update, delete of everything that Pontoon's catalog has.

Takes from the environment
    DIGITALOCEAN_API_URL             where the API is
    DIGITALOCEAN_TOKEN               a token with full access
    DIGITALOCEAN_SCOPED_TOKEN        a token of the same account that may read VPCs and nothing else
    SPACES_ENDPOINT_URL              where Spaces is; without it CDN endpoints, which need a bucket, are left out
Prints a line for each check. Exit code 0 when all of them hold, 1 at the first that does not.

    python pydo_script.py [PART ...]       only these parts, such as `network` or `databases`
"""

import os
import sys
import traceback

from pydo_witness import account, databases, droplets, edge, images, kubernetes
from pydo_witness import names, network, registry, replicas, storage, uptime
from pydo_witness.checks import Checks, Failed, client_of

PARTS = {
    "account": account,
    "network": network,
    "names": names,
    "droplets": droplets,
    "images": images,
    "storage": storage,
    "edge": edge,
    "registry": registry,
    "uptime": uptime,
    "kubernetes": kubernetes,
    "databases": databases,
    "replicas": replicas,
}


def main(wanted):
    url = os.environ["DIGITALOCEAN_API_URL"]
    client = client_of(url, os.environ["DIGITALOCEAN_TOKEN"])
    checks = Checks(url, os.environ["DIGITALOCEAN_TOKEN"], os.environ.get("DIGITALOCEAN_SCOPED_TOKEN"))
    for name, part in PARTS.items():
        if wanted and name not in wanted:
            continue
        try:
            part.run(client, checks.of(name))
        except Failed as failed:
            print(f"FAILED {name}: {failed}", file=sys.stderr)
            return 1
        except Exception:
            print(f"FAILED {name}: after {checks.last!r}", file=sys.stderr)
            traceback.print_exc()
            return 1
    print(f"{checks.count} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
