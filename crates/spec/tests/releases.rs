//! Releases: written, read back, resolved to the same, and promoted without what is an
//! environment's own.

mod common;

use common::{EXAMPLES, document, example};
use pontoon_spec::{Document, Release};

fn read_back(release: &Release) -> Release {
    let text = release.to_yaml();
    let read = Release::parse("releases/x.yaml", text.as_bytes()).unwrap();
    assert_eq!(read.to_yaml(), text, "stable bytes");
    read
}

#[test]
fn a_release_resolves_to_what_it_was_made_of() {
    for (name, environments) in EXAMPLES {
        let document = example(name);
        for environment in *environments {
            let release = read_back(&document.release(environment, "1").unwrap());
            let (frozen, problems) = document.resolve_release(&release);
            assert!(problems.is_empty(), "{name}: {problems:#?}");
            let direct = document.resolve(environment).0.unwrap();
            let frozen = frozen.unwrap();
            assert!(frozen.tree.same(&direct.tree), "{name} {environment}");
            assert_eq!(frozen.spec, direct.spec);
        }
    }
}

#[test]
fn promotion_carries_what_is_not_an_environments_own() {
    let gitops = example("gitops");
    let sandbox = gitops.release("sandbox", "1").unwrap();
    let promoted = sandbox.promote(&gitops, "production", "2").unwrap();
    let spec = gitops.resolve_release(&read_back(&promoted)).0.unwrap().spec;
    let production = gitops.resolve("production").0.unwrap().spec;
    assert_eq!(spec, production, "sandbox's own sizes, issuer and ranges stay behind");
    let own = sandbox.own_paths();
    for path in ["region", "network.vpc", "certificates.issuer", "databases.main.instances", "cluster.pools.system.nodes.min"] {
        assert!(own.iter().any(|p| p == path), "{path}: {own:?}");
    }
}

const STAGES: &str = "environments: { stage: { region: nyc3, cluster: { pools: { default: { nodes: 2 } } } }, prod: { region: fra1, network: 10.9.0.0/20 } }
delivery: { gitops: flux, repository: { github: a/b }, promotion: [ stage, prod ] }
";

#[test]
fn an_edit_reaches_later_environments_by_promotion_only() {
    let before = document(&format!("{STAGES}cluster: {{ version: \"1.35\" }}"));
    let after = document(&format!(
        "{STAGES}cluster: {{ version: \"1.36\" }}\ndatabases: {{ main: {{ instances: 2, size: db-s-1vcpu-2gb }} }}"
    ));
    let prod = before.release("prod", "1").unwrap();
    let version =
        |document: &Document, release: &Release| document.resolve_release(release).0.unwrap().spec.cluster.version.to_string();
    assert_eq!(version(&after, &prod), "1.35", "an edit of the document changes no release");
    let stage = after.release("stage", "2").unwrap();
    let next = stage.promote(&after, "prod", "2").unwrap();
    assert_eq!(version(&after, &next), "1.36");
    let changed: Vec<String> =
        next.differences(&prod).into_iter().map(|d| format!("{} {:?} {:?}", d.path, d.before, d.after)).collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert!(changed[0].starts_with("cluster.version") && changed[2].starts_with("databases.main.size"), "{changed:?}");
    let spec = after.resolve_release(&next).0.unwrap().spec;
    assert_eq!((spec.region.as_str(), spec.network.vpc.to_string().as_str()), ("fra1", "10.9.0.0/20"));
    assert_eq!(spec.cluster.pools["default"].nodes.most(), 3, "stage's size stays behind");
    assert_eq!(spec.domain.as_str(), "shop.example.com");
}

#[test]
fn what_a_blueprint_gives_each_environment_is_its_own() {
    let minimal = example("minimal");
    let release = minimal.release("production", "1").unwrap();
    assert!(release.carried.get("network").is_none());
    assert!(release.own_paths().contains(&"network.vpc".to_owned()), "recorded, though a newer blueprint may give another");
}

#[test]
fn what_exists_once_follows_the_document() {
    let before = document(&format!("{STAGES}registry: {{ tier: basic }}"));
    let after = document(&format!("{STAGES}registry: {{ tier: professional }}"));
    let release = read_back(&before.release("prod", "1").unwrap());
    assert!(!release.to_yaml().contains("registry"));
    let tree = after.resolve_release(&release).0.unwrap().tree;
    assert_eq!(tree.find("registry.tier").unwrap().scalar(), Some("professional"));
}

#[test]
fn a_release_that_somebody_changed_is_refused() {
    let text = example("minimal").release("production", "1").unwrap().to_yaml();
    for (from, to) in [
        ("nyc3", "fra1"),
        ("kind: Release", "kind: Other"),
        ("carried:", "carried: {}\nx:"),
        ("environment: production", "environment: Production"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let problems = Release::parse("releases/production.yaml", changed.as_bytes()).unwrap_err();
        assert_eq!(problems.iter().map(|d| d.code.to_string()).collect::<Vec<_>>(), ["PT1024"], "{to}");
    }
    assert!(Release::parse("r", b"\xff").is_err() && Release::parse("r", b"").is_err());
}
