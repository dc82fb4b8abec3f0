//! Pages of PT2001 to PT2011, and PT4001.

use super::*;

pub(super) const PAGES: &[CodePage] = &[
    error(
        NOWHERE,
        "a reference that leads nowhere",
        "Every path of `uses:`, and every bare name whose place says what it names, leads to something in the document.",
        document!("apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, uses: [ databases.mian ] } }"),
        "Correct the reference; the message lists what exists.",
    ),
    error(
        OTHER_KIND,
        "a reference to the wrong kind of thing",
        "Something of this name exists, but it is not what the place takes.",
        document!("backups: { velero: { bucket: main, schedules: { daily: { cron: \"0 2 * * *\", keep: 30d } } } }"),
        "Name one of the things that the message lists, or add one of the right kind.",
    ),
    error(
        LACKING,
        "a reference to something that this environment lacks",
        "An environment may take named things away (`null`), or have things of its own. A reference that holds in one environment need not hold in another.",
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments:\n  staging: { region: nyc3, databases: { main: null } }\n  production: { region: nyc3, network: 10.21.0.0/20 }\napps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, uses: [ databases.main ] } }\n",
        "Give that environment its own, or take the reference away there.",
    ),
    error(
        TEMPLATE,
        "a ${…} that cannot be read",
        "`${path.key}` in an app's `env` and `values` stands for a key of the Secret of something that the app uses. The keys are fixed for each kind.",
        document!(
            "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, uses: [ databases.main ], env: { URL: \"${databases.main.url}\" } } }"
        ),
        "Write a path and one of its keys, such as ${databases.main.uri}; $${ stands for ${ itself.",
    ),
    error(
        NOT_USED,
        "a ${…} to something that the app does not use",
        "`uses:` is the only way to get access: user, network policy, trusted source and Secret follow from it. A value without the access would not work.",
        document!(
            "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, env: { URL: \"${databases.main.uri}\" } } }"
        ),
        "Add the path to the app's `uses`.",
    ),
    error(
        NO_FILE,
        "nothing is at a path",
        "Paths of charts, kustomizations, builds and certificates are relative to the document's folder, and must exist.",
        document!("apps: { web: { chart: { path: charts/web } } }"),
        "Correct the path, or create the file or folder.",
    ),
    error(
        TWO_HOSTS,
        "a host that two apps have",
        "Requests for one host and path can reach one app only; two would fight for it.",
        document!(
            "apps:",
            "  web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\" }",
            "  shop: { image: { repository: ghcr.io/example-org/shop, tag: \"1.0\" }, host: \"@\" }"
        ),
        "Give one of them another host, or give both `routes` with different paths.",
    ),
    error(
        NO_IDENTITY,
        "sign-on without identities",
        "`login` asks the platform's `identity` who somebody is, and `allow` names groups of it.",
        document!("apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, login: oidc } }"),
        "Add `identity`, or remove `login`.",
    ),
    error(
        NO_REGISTRY,
        "an image of a registry that is not there",
        "`image: { name }` is in the platform's own registry. Without `registry` there is none.",
        document!("apps: { web: { image: { name: web, tag: \"1.0\" } } }"),
        "Add `registry: { tier: basic }`, or write the whole name of an image elsewhere: `image: { repository, tag }`.",
    ),
    error(
        OUTSIDE_ZONE,
        "a domain outside of the zone",
        "The platform has one DNS zone, its `domain`. Records of an environment's domain can be made in it only where that domain is the zone's or below it.",
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments: { production: { region: nyc3, domain: example.org } }\n",
        "Write a domain below the zone, or `dns: { provider: none }` and make the records by hand.",
    ),
    error(
        TWO_DOMAINS,
        "a domain that two environments have",
        "Hosts are relative to their environment's domain: two environments on one would have the same hosts.",
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments:\n  staging: { region: nyc3, domain: shop.example.com }\n  production: { region: nyc3, network: 10.21.0.0/20 }\n",
        "Write another domain for one of them, or remove it: the default is `<environment>.<domain>`.",
    ),
    error(
        CREDENTIAL,
        "what looks like a credential",
        "No secret is ever written in the document: it would be in Git for good. Secrets are named there, and get their values in the store.",
        document!(
            "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, env: { DATABASE_URL: \"postgres://web:hunter2@db.example.com:5432/web\" } } }"
        ),
        "Take it out and change it where it was issued. Name it under the app's `secrets`, and give it its value with: pontoon secret set NAME",
    ),
];
