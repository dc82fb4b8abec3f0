//! `explain`: who won, what comes of it, what there is instead, and the pages of codes.

use pontoon_test::{binary::Bench, platforms::EXAMPLES};
use serde_json::Value;
use std::collections::BTreeSet;

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: acme
blueprint: single-cluster
domain: acme.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.50.0.0/20, databases: { main: { size: db-s-1vcpu-1gb } } }
  production: { region: nyc3, network: 10.51.0.0/20 }
databases:
  main:
    provider: digitalocean
    version: "17"
    size: db-s-1vcpu-2gb
"#;

fn bench(document: &str) -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), document)
}

/// What has an address: what a cluster buys by itself has none.
fn addresses(resources: &Value) -> BTreeSet<String> {
    let list = resources.as_array().unwrap_or_else(|| panic!("a list: {resources}"));
    let addressed = list.iter().filter(|r| r["component"].is_null());
    addressed.map(|r| r["address"].as_str().expect("an address").to_owned()).collect()
}

#[test]
fn every_value_says_where_it_comes_from() {
    let bench = bench(DOCUMENT);
    let ran = bench.type_in("explain databases.main -e staging").ends_with(0);
    for line in [
        "  version: \"17\"           # platform.yaml:12",
        "  size: db-s-1vcpu-1gb    # environment staging (platform.yaml:7), over \"db-s-1vcpu-2gb\" of platform.yaml:13",
        "  instances: 1            # blueprint single-cluster:17",
    ] {
        assert!(ran.out.contains(line), "`{line}` in\n{}", ran.out);
    }
    let surge = bench.type_in("explain cluster.surge -e production").ends_with(0);
    assert!(surge.out.contains("surge: true  # default"), "{}", surge.out);
}

#[test]
fn all_of_an_example_turns_into_what_its_plan_makes() {
    for example in EXAMPLES {
        let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
        let all = bench.type_in("cost --json").ends_with(0).json();
        for environment in all["environments"].as_array().unwrap() {
            let name = environment["environment"].as_str().unwrap();
            let explained = bench.run(["explain", "-e", name, "--json"]).ends_with(0).json();
            let resources = addresses(&explained["resources"]);
            // Everything that costs something, and what only a plan shows.
            assert!(resources.is_superset(&addresses(&environment["lines"])), "{example} {name}");
            let plan = bench.run(["plan", name, "--local", "--json"]).ends_with(0).json();
            assert_eq!(resources, addresses(&plan["plans"][0]["changes"]), "{example} {name}");
            assert!(explained["resources"].as_array().unwrap().iter().all(|r| !r["title"].as_str().unwrap().is_empty()));
        }
    }
}

#[test]
fn a_path_shows_what_comes_of_it_and_one_value_what_it_is_a_part_of() {
    let bench = bench(DOCUMENT);
    let of = |path: &str| addresses(&bench.run(["explain", path, "-e", "production", "--json"]).ends_with(0).json()["resources"]);
    let database = of("databases.main");
    assert!(database.contains("production/digitalocean.database.main"), "{database:?}");
    assert!(database.iter().all(|a| a.starts_with("production/digitalocean.database")), "{database:?}");
    assert_eq!(of("databases.main.size"), database);
    assert_eq!(of("cluster.pools.default"), BTreeSet::from(["production/digitalocean.node_pool.default".into()]));
    assert_eq!(of("objectives"), BTreeSet::new());
}

#[test]
fn a_path_that_leads_nowhere_says_what_there_is() {
    let bench = bench(DOCUMENT);
    for (path, what, because, next) in [
        (
            "databases.mian",
            "there is no mian in databases of production",
            "there are: main",
            "pontoon explain databases.main -e production",
        ),
        ("custer", "there is no custer in production", "cluster", "pontoon explain cluster -e production"),
        (
            "cluster.pools.default.sise",
            "there is no sise in cluster.pools.default of production",
            "size",
            "default.size -e production",
        ),
        ("platform.name", "there is no name in platform of production", "one value", "pontoon explain platform -e production"),
    ] {
        let ran = bench.run(["explain", path, "-e", "production"]).ends_with(1);
        for text in [what, because, next] {
            assert!(ran.err.contains(text), "`{text}` in\n{}", ran.err);
        }
        assert_eq!(ran.out, "");
    }
}

#[test]
fn several_environments_have_to_be_told_apart() {
    let bench = bench(DOCUMENT);
    let ran = bench.type_in("explain databases").ends_with(1);
    assert!(
        ran.err.contains("staging, production") && ran.err.contains("pontoon explain databases -e production"),
        "{}",
        ran.err
    );
    assert!(bench.type_in("explain databases -e nowhere").ends_with(1).err.contains("one of these: staging, production"));
    // A path of the document that names the environment is enough.
    let region = bench.type_in("explain environments.staging.databases.main.size --json").ends_with(0).json();
    assert_eq!(region["environment"], "staging");
    assert_eq!(region["explained"]["value"], "db-s-1vcpu-1gb");
}

#[test]
fn a_key_that_is_not_set_is_explained_all_the_same() {
    let bench = bench(DOCUMENT);
    let ran = bench.type_in("explain registry -e production").ends_with(0);
    assert!(ran.out.contains("registry is not set in production"), "{}", ran.out);
    let json = bench.type_in("explain databases.main.pooler -e production --json").ends_with(0).json();
    assert_eq!(json["explained"]["value"], Value::Null);
    assert!(!json["explained"]["text"].as_str().unwrap().is_empty());
}

#[test]
fn a_document_with_errors_is_explained_as_far_as_there_are_values() {
    let bench = bench(&DOCUMENT.replace("version: \"17\"", "version: \"17\"\n    colour: blue"));
    bench.type_in("check").ends_with(1);
    let ran = bench.type_in("explain databases.main.size -e production").ends_with(0);
    assert!(ran.out.contains("size: db-s-1vcpu-2gb") && ran.err.contains("pontoon check"), "{}", ran.all());

    bench.write("platform.yaml", "- no mapping");
    let ran = bench.type_in("explain").ends_with(1);
    assert!(ran.err.contains("nothing to explain") && ran.err.contains("next: pontoon check"), "{}", ran.all());
}

#[test]
fn every_code_has_its_page() {
    let bench = bench(DOCUMENT);
    let pages = pontoon_spec::codes::pages().into_iter().chain(pontoon_compiler::lints::PAGES.iter());
    for page in pages {
        let ran = bench.run(["explain", &page.code.to_string().to_lowercase()]).ends_with(0);
        for text in [page.title, page.explanation, page.fix] {
            assert!(ran.out.contains(text), "{}: `{text}` in\n{}", page.code, ran.out);
        }
        let json = bench.run(["explain", page.code.as_str(), "--json"]).ends_with(0).json();
        assert_eq!(json["example"], page.example);
    }
    for page in pontoon_plan::codes::PAGES {
        let ran = bench.run(["explain", page.code]).ends_with(0);
        assert!(ran.out.contains(page.title) && ran.out.contains(page.fix), "{}", ran.out);
    }
    let ran = bench.type_in("explain PT9999").ends_with(1);
    assert!(ran.err.contains("there is no code PT9999") && ran.err.contains("next: pontoon explain PT"), "{}", ran.all());
}
