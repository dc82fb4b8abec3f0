//! Pages of PT1010 to PT1023: keys and values.

use super::*;

pub(super) const PAGES: &[CodePage] = &[
    error(
        UNKNOWN_KEY,
        "an unknown key",
        "A key that nobody reads would have no effect, and a misspelt one would leave the default in force. So unknown keys are refused, with the nearest known one.",
        document!("cluster: { versoin: stable }"),
        "Correct the key as the hint says; `pontoon explain` and the JSON Schema (`pontoon schema`) list all of them.",
    ),
    error(
        MISSING,
        "something is missing",
        "A key that has no default must be written, in the document, in the environment or by the blueprint.",
        document!("databases: { main: { provider: cloudnative-pg } }"),
        "Add the key as the hint shows.",
    ),
    error(
        WRONG_KIND,
        "a value of the wrong kind",
        "A list, a mapping, a text, a number and a truth value are different things, and each key takes one of them.",
        document!("objectives: { rto: [ 4h ] }"),
        "Write the value as the hint shows.",
    ),
    error(
        UNKNOWN_WORD,
        "not one of the known words",
        "Some keys take one word of a closed set.",
        document!("ingress: { controller: ngnix }"),
        "Write one of the words that the message lists.",
    ),
    error(
        MISREAD,
        "a value that cannot be read",
        "Quantities have units (20Gi, 30d, 250m, 600 USD, 99.9%), networks are in CIDR notation, schedules have five fields. A bare number where a unit is needed could mean several things, so it is refused with the likely ones.",
        document!("objectives: { rto: 4 }"),
        "Write the value as the hint shows.",
    ),
    error(
        UNQUOTED,
        "text without quotes that is a number",
        "To YAML, 1.30 without quotes is the number 1.3, and a version of 1.30 would become 1.3. The same goes for `true`, and for versions such as 17.",
        document!("cluster: { version: 1.30 }"),
        "Write quotes: \"1.30\".",
    ),
    error(
        NAME,
        "not a name",
        "Names become host names, labels and parts of names at vendors: lower-case letters, digits and dashes, at most 63 of them.",
        document!("databases: { Main_DB: { provider: digitalocean } }"),
        "Write the name as the hint shows.",
    ),
    error(
        NULL,
        "null where nothing can be taken away",
        "In an environment, `null` takes away a named entry (a database, an app, a pool …), or a key that has no default. Anywhere else it has no meaning.",
        document!("cluster: { version: null }"),
        "Write a value, or remove the line. A feature is turned off by `provider: none`.",
    ),
    error(
        SCOPE,
        "a key in the wrong scope",
        "What exists once for the whole platform (contact, registry, email, DNS zone, secrets' store, delivery, infrastructure) stands at the top of the document only. What each environment has for itself (region, network, account) stands under `environments` only.",
        document!("region: nyc3"),
        "Move the key as the hint says.",
    ),
    error(
        BLUEPRINT,
        "a blueprint that cannot be used",
        "`blueprint` takes a built-in name, or the path of a document without names.",
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: simple\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments: { production: { region: nyc3, network: 10.20.0.0/20 } }\ncluster: { pools: { default: { size: s-2vcpu-4gb, nodes: 2 } } }\n",
        "Write single-cluster, isolated-pools, enterprise, hybrid or gitops, or a path such as ./blueprint.yaml.",
    ),
    error(
        ACCEPT,
        "a code that cannot be accepted",
        "`accept` silences warnings, visibly, in the section where it stands. An error cannot be accepted, and a code that does not exist says nothing.",
        document!("cluster: { accept: [ PT1010 ] }"),
        "Remove the code, and do what the error asks for.",
    ),
    error(
        ONE_OF,
        "none or several of keys of which there is one",
        "An app is an image, a chart, a kustomization or an entry of the catalog: exactly one of them. An image has a name in the platform's own registry, or a repository elsewhere.",
        document!("apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, catalog: nextcloud } }"),
        "Keep one of the keys.",
    ),
    error(
        BOUNDS,
        "a number outside of its bounds",
        "A minimum above its maximum, a tunnel without two ends, or an environment that is promoted to twice cannot be.",
        document!(
            "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: { min: 3, max: 2 } } }"
        ),
        "Write the numbers as the hint shows.",
    ),
    error(
        CONTRADICTION,
        "keys that exclude each other",
        "Two keys that are each right alone, and mean nothing together.",
        document!("infrastructure: { engine: native, state: { organization: example-org } }"),
        "Remove one of them as the hint says.",
    ),
    error(
        RELEASE,
        "a release that cannot be read",
        "`releases/<env>.yaml` is written by Pontoon and says what an environment runs. Its digest shows whether somebody else changed it: an edit there would be lost with the next release. (This example is a release, not a document.)",
        "apiVersion: pontoon.dev/v1alpha1\nkind: Release\nplatform: shop\nenvironment: production\nrevision: \"1\"\ndigest: \"000000000000\"\ncarried: {}\nown: {}\n",
        "Restore the file from Git, and change platform.yaml instead.",
    ),
];
