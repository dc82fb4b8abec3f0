//! The rules of the language, a table for each.

mod common;

use common::{document, lines, problems, resolved, value};
use serde_json::json;

/// Each document has exactly the problems whose beginnings are given, in order.
fn table(rows: &[(&str, &[&str])]) {
    for (more, expected) in rows {
        let found = lines(more);
        let fits = found.len() == expected.len() && found.iter().zip(*expected).all(|(f, e)| f.contains(e));
        assert!(fits, "{more}\n  expected {expected:#?}\n  found {found:#?}");
    }
}

#[test]
fn unknown_keys_have_neighbours() {
    table(&[
        ("cluser: {}", &["PT1010 the document has no key `cluser` | did you mean `cluster`?"]),
        ("enviroments: {}", &["PT1010 the document has no key `enviroments` | did you mean `environments`?"]),
        ("cluster: { high_availability: true }", &["did you mean `highAvailability`?"]),
        ("cluster: { zzz: true }", &["PT1010 `cluster` has no key `zzz` | known here: version, highAvailability"]),
        ("databases: { main: { provider: digitalocean, storage: 20Gi } }", &["PT1010 `databases.main` has no key `storage`"]),
        (
            "databases: { main: { provider: digitalocaen } }",
            &["PT1013 `provider` cannot be `digitalocaen` | did you mean `digitalocean`?"],
        ),
        ("ingress: { <<: {} }", &["PT1010 `ingress` has no key `<<`"]),
        ("zone: shop.example.com", &["PT1010 the document has no key `zone`"]),
    ]);
}

#[test]
fn all_problems_come_in_one_run_in_the_order_of_the_file() {
    table(&[(
        "cluster:\n  versoin: stable\n  highAvailability: yes\n  pools: { a: { size: 4, nodes: many } }\ningress: { controller: ngnix }\nobjectives: { rto: 4, monthlyBudget: 600 }",
        &[
            "did you mean `version`?",
            "PT1014 `highAvailability`: `yes` is neither true nor false | write true",
            "PT1014 `size`",
            "PT1014 `nodes`: `many` is not a whole number",
            "did you mean `nginx`?",
            "PT1014 `rto`: `4` has no unit | write 4s, 4m, 4h or 4d",
            "PT1014 `monthlyBudget`: `600` does not say US dollars | write 600 USD",
        ],
    )]);
}

#[test]
fn raw_scalars_show_their_quotes() {
    table(&[
        (
            "cluster: { version: 1.30 }",
            &["PT1015 `version`: `1.30` without quotes is the number 1.3 to YAML, not text | write \"1.30\""],
        ),
        ("databases: { main: { provider: digitalocean, version: 17 } }", &["| write \"17\""]),
        ("apps: { web: { image: { repository: a.io/web, tag: 1.10 } } }", &["`1.10` without quotes is the number 1.1"]),
        ("apps: { web: { image: { repository: a.io/web, tag: 1e3 } } }", &["is the number 1000"]),
        (
            "apps: { web: { image: { repository: a.io/web, tag: \"1.0\" }, port: \"80\" } }",
            &["PT1012 `port` is text, where a whole number is meant | write 80 without quotes"],
        ),
        ("cluster: { highAvailability: \"true\" }", &["write true without quotes"]),
        ("cluster: { version: \"1.30\" }", &[]),
        ("cluster: { version: 1.36.1 }", &[]),
        ("apps: { web: { image: { repository: a.io/web, tag: \"1\" }, env: { PORT: 8080, RATIO: 1.30, ON: true } } }", &[]),
    ]);
    assert_eq!(
        value(
            "apps: { web: { image: { repository: a.io/web, tag: \"1\" }, env: { RATIO: 1.30 } } }",
            "production",
            "apps.web.env.RATIO"
        ),
        json!(1.3)
    );
    let spec =
        resolved("apps: { web: { image: { repository: a.io/web, tag: \"1\" }, env: { RATIO: 1.30 } } }", "production").spec;
    assert_eq!(spec.apps["web"].env["RATIO"].to_string(), "1.30", "as it is written");
}

#[test]
fn kinds_of_values() {
    table(&[
        ("cluster: stable", &["PT1012 `cluster` is text, where a mapping with keys is meant"]),
        ("cluster: [ a ]", &["PT1012 `cluster` is a list"]),
        ("cluster: { pools: [ a ] }", &["PT1012 `pools` is a list, where a mapping of names is meant"]),
        (
            "apps: { web: { catalog: nextcloud, uses: databases.main } }",
            &["PT1012 `uses` is text, where a list is meant | write [ databases.main ]"],
        ),
        ("objectives: { rto: { h: 4 } }", &["PT1012 `rto` is a mapping, where a length of time is meant"]),
        ("cluster: { version: null }", &["PT1017 `version` is null"]),
        ("databases: { main: null }", &["PT1017 `main` is null"]),
        ("databases: { Main: { provider: digitalocean } }", &["PT1016 `Main` is not a name"]),
        (
            "cluster: { pools: { a: { size: s-2vcpu-4gb, nodes: { min: 3, max: 2 } } } }",
            &["PT1022 `nodes`: at least 3 and at most 2 cannot both be"],
        ),
        ("network: 10.0.0.0/20", &["PT1018 `network` belongs to each environment | move it to environments.<name>.network"]),
    ]);
}

#[test]
fn what_is_missing_is_said_once() {
    table(&[
        ("databases: { main: { provider: cloudnative-pg } }", &["PT1011 `main` lacks `storage`"]),
        (
            "databases: { other: {} }",
            &["PT1011 `other` does not say its provider | add `provider:` with one of digitalocean, cloudnative-pg"],
        ),
        ("environments: { a: { region: nyc3 }, b: {} }", &["PT1011 the environment `b` lacks `region`"]),
        ("environments: {}", &["PT1011 the document has no environment"]),
        ("apps: { web: {} }", &["PT1021 `web` has none of `image`, `chart`, `kustomize`, `catalog`"]),
        ("apps: { web: { chart: { name: oci://a/b } } }", &["PT1011 `chart` lacks `version`: charts are pinned"]),
        ("delivery: { gitops: flux }", &["PT1011 `gitops: flux` follows a repository"]),
        ("environments: { shared: { region: nyc3 } }", &["PT1016 `shared` is the name of what all environments share"]),
    ]);
}

#[test]
fn scopes_are_kept() {
    table(&[
        (
            "environments: { a: { region: nyc3, registry: { tier: basic } } }",
            &["PT1018 `registry` exists once for the whole platform"],
        ),
        ("environments: { a: { region: nyc3, secrets: { store: { provider: cluster } } } }", &["PT1018 `store` exists once"]),
        ("environments: { a: { region: nyc3, secrets: { rotation: { every: 30d } } } }", &[]),
        ("environments: { a: { region: nyc3, platform: other } }", &["PT1018 `platform` exists once"]),
        ("environments: { a: { region: nyc3, environments: {} } }", &["PT1010 `environments.a` has no key `environments`"]),
        ("region: nyc3", &["PT1018 `region` belongs to each environment"]),
    ]);
}

#[test]
fn overrides_follow_the_shape_of_what_they_stand_over() {
    let databases = "databases: { main: { provider: cloudnative-pg, storage: 20Gi }, other: { provider: digitalocean } }";
    table(&[
        // An override without a provider is checked against every provider, then against the real one.
        (&format!("{databases}\nenvironments: {{ a: {{ region: nyc3, databases: {{ main: {{ storage: 30Gi }} }} }} }}"), &[]),
        (
            &format!("{databases}\nenvironments: {{ a: {{ region: nyc3, databases: {{ main: {{ storag: 30Gi }} }} }} }}"),
            &["did you mean `storage`?"],
        ),
        (
            &format!("{databases}\nenvironments: {{ a: {{ region: nyc3, databases: {{ other: {{ storage: 30Gi }} }} }} }}"),
            &["PT1010 `databases.other` has no key `storage`"],
        ),
        (
            &format!("{databases}\nenvironments: {{ a: {{ region: nyc3, databases: {{ main: {{ storage: 30 }} }} }} }}"),
            &["PT1014 `storage`: `30` has no unit"],
        ),
        (&format!("{databases}\nenvironments: {{ a: {{ region: nyc3, databases: {{ main: null, other: null }} }} }}"), &[]),
        (
            &format!("{databases}\nenvironments: {{ a: {{ region: nyc3, cluster: {{ version: null }} }} }}"),
            &["PT1017 `version` is null"],
        ),
    ]);
}

#[test]
fn precedence_is_environment_then_document_then_blueprint_then_default() {
    let more = "cluster: { autoUpgrade: none }\nenvironments: { a: { region: nyc3, cluster: { highAvailability: true } }, b: { region: nyc3, network: 10.9.0.0/20 } }";
    assert_eq!(value(more, "a", "cluster.highAvailability"), json!(true), "environment");
    assert_eq!(value(more, "a", "cluster.autoUpgrade"), json!("none"), "document over blueprint");
    assert_eq!(value(more, "a", "cluster.version"), json!("stable"), "blueprint");
    assert_eq!(value(more, "a", "cluster.surge"), json!(true), "default");
    assert_eq!(value(more, "b", "network.vpc"), json!("10.9.0.0/20"));
    assert_eq!(value(more, "a", "network.vpc"), json!("10.20.0.0/20"));
    let tree = resolved(more, "a").tree;
    let origin = |path: &str| tree.find(path).unwrap().origin.to_string();
    assert_eq!(origin("cluster.highAvailability"), "environment a");
    assert_eq!(origin("cluster.autoUpgrade"), "document");
    assert_eq!(origin("cluster.version"), "blueprint single-cluster");
    assert_eq!(origin("cluster.surge"), "default");
}

#[test]
fn a_blueprint_gives_entries_only_where_there_is_no_such_section() {
    assert_eq!(value("", "production", "databases.main.provider"), json!("digitalocean"));
    assert_eq!(value("databases: {}", "production", "databases"), json!({}));
    let own = "databases: { orders: { provider: digitalocean } }";
    assert_eq!(value(own, "production", "databases.main"), json!(null));
    assert_eq!(value(own, "production", "databases.orders.size"), json!("db-s-1vcpu-1gb"));
    let same = "databases: { main: { size: db-s-2vcpu-4gb } }";
    assert_eq!(
        value(same, "production", "databases.main.provider"),
        json!("digitalocean"),
        "the blueprint's entry gives defaults"
    );
    let other = "databases: { main: { provider: cloudnative-pg, storage: 20Gi } }";
    assert_eq!(value(other, "production", "databases.main.size"), json!(null), "another provider begins anew");
    // An environment adds to what the blueprint gives.
    let environment = "environments: { a: { region: nyc3, databases: { extra: { provider: digitalocean } } } }";
    assert_eq!(value(environment, "a", "databases.main.provider"), json!("digitalocean"));
}

#[test]
fn domains_follow_the_order_of_promotion() {
    let environments =
        "environments: { prod: { region: nyc3 }, stage: { region: nyc3 }, lab: { region: nyc3, domain: lab.shop.example.com } }";
    let delivery = "delivery: { gitops: flux, repository: { github: a/b }, promotion: [ stage, prod ] }";
    let more = format!("{environments}\n{delivery}");
    let names: Vec<String> = document(&more).environments().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["lab", "stage", "prod"], "those that nothing is promoted to come first");
    assert_eq!(value(&more, "prod", "domain"), json!("shop.example.com"));
    assert_eq!(value(&more, "stage", "domain"), json!("stage.shop.example.com"));
    assert_eq!(value(&more, "lab", "domain"), json!("lab.shop.example.com"));
    assert_eq!(value(&more, "lab", "zone"), json!("shop.example.com"));
    table(&[
        (
            &format!("{environments}\ndelivery: {{ gitops: flux, repository: {{ github: a/b }}, promotion: [ stage, live ] }}"),
            &["PT2001 `live` leads nowhere: there is no environment `live` | There is: lab, prod, stage"],
        ),
        (
            &format!(
                "{environments}\ndelivery: {{ gitops: flux, repository: {{ github: a/b }}, promotion: [ stage, prod, stage ] }}"
            ),
            &["PT1022 `promotion` names stage twice"],
        ),
    ]);
}

#[test]
fn references_lead_somewhere() {
    let app = |rest: &str| format!("apps: {{ web: {{ image: {{ repository: a.io/web, tag: \"1\" }}, {rest} }} }}");
    let queue = "queues: { events: { instances: 1, storage: 1Gi, vhosts: { orders: {} } } }\n";
    table(&[
        (
            &app("uses: [ databases.mian ]"),
            &[
                "PT2001 `databases.mian` leads nowhere: there is no database `mian` | did you mean `databases.main`? There is: databases.main",
            ],
        ),
        (&app("uses: [ caches.main ]"), &["PT2002 `caches.main`: `main` is a database, and here a cache is meant"]),
        (&app("uses: [ buckets.x ]"), &["there is no bucket at all: add one under `buckets`"]),
        (&app("uses: [ main ]"), &["PT1014 `uses`: `main` does not say what it is | write databases.main, caches.main"]),
        (&app("uses: [ database.main ]"), &["did you mean `databases.main`?"]),
        (&app("uses: [ email ]"), &["PT2001 `email` leads nowhere"]),
        (&app("uses: [ databases.main, databases.nope, apps.nope ]"), &["`databases.nope`", "`apps.nope`"]),
        (
            &format!("{queue}{}", app("uses: [ queues.events.vhosts.order ]")),
            &["`queues.events` has no virtual host `order` | did you mean `queues.events.vhosts.orders`?"],
        ),
        (
            &format!("{queue}{}", app("uses: [ queues.events ]")),
            &["does not say which virtual host | write queues.events.vhosts.<name>"],
        ),
        (&format!("{queue}{}", app("uses: [ queues.events.vhosts.orders ]")), &[]),
        (&app("runsOn: [ cloud, office ]"), &["there is no place `office` | There is: cloud"]),
        (&app("login: oidc, allow: [ staff ]"), &["there is no group `staff`"]),
        (&app("login: oidc"), &["PT2008 `web` asks people to sign in, and the platform has no `identity`"]),
        ("apps: { web: { image: { name: web, tag: \"1\" } } }", &["PT2009"]),
        ("apps: { web: { image: { name: web, tag: \"1\" } } }\nregistry: {}", &[]),
        ("apps: { web: { image: { name: web, tag: \"1\" } } }\nregistry: { provider: none }", &["PT2009"]),
        (
            "observability: { alerts: { routes: { team: { to: slack, severity: [ critical ] } } } }",
            &["PT1011 `team` lacks `secret`: slack needs a key"],
        ),
        ("buckets: { a: { keepVersions: 30d } }", &["PT1023"]),
        (
            "databases: { main: { provider: cloudnative-pg, storage: { size: 1Gi, class: fsat } } }\nstorage: { classes: { fast: {} } }",
            &["there is no storage class `fsat` | did you mean `fast`?"],
        ),
        ("databases: { main: { provider: cloudnative-pg, storage: { size: 1Gi, class: do-block-storage } } }", &[]),
        (
            "databases: { main: { provider: cloudnative-pg, storage: 1Gi, backups: { bucket: buckets.x } } }",
            &["the place says already that this is a bucket | write x without `buckets.`"],
        ),
        ("buckets: { files: { cors: [ { origins: [ apps.web ], methods: [ GET ] } ] } }", &["there is no app"]),
    ]);
}

#[test]
fn environments_that_lack_something_are_named() {
    let more = "environments:\n  a: { region: nyc3, databases: { main: null } }\n  b: { region: nyc3, network: 10.9.0.0/20 }\napps: { web: { image: { repository: a.io/web, tag: \"1\" }, uses: [ databases.main ] } }";
    let found = problems(more);
    assert_eq!(found.len(), 1);
    let problem = found.iter().next().unwrap();
    assert_eq!(problem.code.as_str(), "PT2003");
    assert!(problem.message.contains("the environment `a` has no database `main`"), "{}", problem.message);
    let other = "environments:\n  a: { region: nyc3, observability: { logs: { provider: none } } }\nobservability: { logs: { provider: loki, bucket: logs } }\nbuckets: { logs: {} }";
    table(&[(other, &[])]);
}

#[test]
fn templates_need_access_and_known_keys() {
    let app = |uses: &str, env: &str| {
        format!(
            "apps: {{ web: {{ image: {{ repository: a.io/web, tag: \"1\" }}, uses: [ {uses} ], env: {{ URL: \"{env}\" }} }} }}"
        )
    };
    table(&[
        (&app("databases.main", "${databases.main.uri}?sslmode=require"), &[]),
        (
            &app("databases.main", "${databases.main.url}"),
            &[
                "PT2004 `${databases.main.url}` cannot be read: `databases.main` gives host, port, database, username, password, uri, ca; did you mean `uri`?",
            ],
        ),
        (&app("", "${databases.main.uri}"), &["PT2005"]),
        (&app("databases.main", "${databases.main.uri"), &["it is never closed"]),
        (&app("databases.main", "$${HOME}"), &[]),
        (
            "apps: { web: { image: { repository: a.io/web, tag: \"1\" }, values: { a: [ { b: \"${caches.cart.uri}\" } ] } } }",
            &["PT2005 `${caches.cart.uri}`: `apps.web` does not use `caches.cart`"],
        ),
    ]);
}

#[test]
fn warnings_are_accepted_where_they_are() {
    use pontoon_core::diagnostic::{Code, Diagnostic, Diagnostics};
    let document = document("ingress: { controller: nginx, accept: [ PT5101 ] }");
    let spec = document.resolve("production").0.unwrap().spec;
    let warn = |code: &'static str| Diagnostics::from_iter([spec.ingress.controller.warning(Code::new(code), "retired")]);
    let accepted = |mut d: Diagnostics| {
        document.accept(&mut d);
        d.iter().all(|d| d.accepted)
    };
    assert!(accepted(warn("PT5101")));
    assert!(!accepted(warn("PT5102")), "another code");
    assert!(!accepted(Diagnostics::from_iter([spec.dns.warning(Code::new("PT5101"), "elsewhere")])));
    assert!(!accepted(Diagnostics::from_iter([Diagnostic::error(Code::new("PT5101"), "an error").path("ingress")])));
    table(&[
        ("ingress: { accept: PT5101 }", &["PT1012 `accept` is text, where a list of codes is meant | write [ PT5101 ]"]),
        ("ingress: { accept: [ nginx ] }", &["PT1014 `nginx` is not a code"]),
    ]);
}

#[test]
fn credentials_are_found_anywhere_and_never_repeated() {
    for more in [
        "apps: { web: { image: { repository: a.io/web, tag: \"1\" }, env: { TOKEN: dop_v1_00112233445566778899aabbccddeeff } } }",
        "contcat: dop_v1_00112233445566778899aabbccddeeff",
    ] {
        let found = lines(more);
        assert!(found.iter().any(|l| l.starts_with("PT4001 this looks like a token of DigitalOcean")), "{found:?}");
        assert!(found.iter().all(|l| !l.contains("00112233")), "{found:?}");
    }
    table(&[("environments: { a: { region: nyc3, account: { token: PRODUCTION_TOKEN } } }", &[])]);
}

#[test]
fn anchors_work_and_merge_keys_do_not() {
    table(&[("cluster:\n  pools:\n    a: &pool { size: s-2vcpu-4gb, nodes: 2 }\n    b: *pool", &[])]);
    assert_eq!(
        value("cluster: { pools: { a: &p { size: s-2vcpu-4gb, nodes: 2 }, b: *p } }", "production", "cluster.pools.b.nodes.max"),
        json!(2)
    );
}

#[test]
fn the_document_itself() {
    use pontoon_spec::{Document, NoFiles};
    let of = |text: &str| -> Vec<String> {
        let parsed = Document::parse("platform.yaml", text.as_bytes(), &NoFiles);
        let problems = parsed.document.map_or(parsed.diagnostics, |d| d.resolve_all().1);
        problems.iter().map(|d| format!("{} {}", d.code, d.message)).collect()
    };
    for (text, expected) in [
        ("", "PT1002 the file says nothing"),
        ("# only a comment\n", "PT1002 the file says nothing"),
        ("just text", "PT1012 the document is text"),
        ("[ a ]", "PT1012 the document is a list"),
        ("~", "PT1017 the document is null"),
        ("a: [", "PT1001"),
        ("a: b: c", "PT1001"),
        ("a:\n\t- b", "PT1001"),
        ("%YAML 1.1\n---\na: b", "PT1001"),
        ("a: *b", "PT1001"),
    ] {
        let found = of(text);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text:?}: {found:?}");
    }
    let missing = of("platform: ab\n");
    let starts = ["PT1014 `platform`: `ab` has 2 characters", "PT1011 the document has no environment"];
    assert!(starts.iter().all(|s| missing.iter().any(|m| m.starts_with(s))), "{missing:?}");
}
