//! A real API server judges the cluster's contents: published definitions, then trees, layer by layer.
//!
//! `witness/tools.sh` builds it. Nothing else of a cluster runs, so what is judged is what every cluster judges first:
//! whether a kind is established, whether an object is valid to its last field, and what admission warns of. A layer's
//! definitions are loaded when the layer is applied, so an order that is wrong is refused.

use pontoon_test::{
    apiserver::{ApiServer, Applied},
    definitions::Definitions,
    gitops::{Layer, Tree, bootstrap, objects, ordered, preinstalled},
    trees,
};

/// Where a Flux Kustomization's own source and account come from.
const FLUX: &str = "flux-system";

#[test]
fn every_published_definition_is_established() {
    let Some(definitions) = Definitions::read_or_skip("real_apiserver") else { return };
    let Some(server) = ApiServer::start_or_skip("real_apiserver") else { return };
    let applied = server.apply(&definitions.all());
    assert!(applied.refused.is_empty(), "{:#?}", applied.refused);
    assert!(applied.taken > 150, "{}", applied.taken);
    server.established();
}

/// A server with what is in a cluster before the tree: what DOKS brings, and Flux.
fn prepared(definitions: &Definitions) -> Option<ApiServer> {
    let server = ApiServer::start_or_skip("real_apiserver")?;
    let first = definitions.of(preinstalled().iter().chain(bootstrap()).copied());
    let applied = server.apply(&first);
    assert!(applied.refused.is_empty(), "{:#?}", applied.refused);
    server.established();
    server.kubectl(["create", "namespace", FLUX]).good("namespace of Flux");
    Some(server)
}

/// Applies layers one after the other as Flux would, an app's in the name of its own account; with each, the definitions that are there once it is Ready.
fn apply(server: &ApiServer, definitions: &Definitions, layers: &[Layer]) -> Applied {
    let mut all = Applied::default();
    for layer in layers {
        for stage in objects(layer) {
            let mut applied = server.apply_as(layer.account.as_deref(), &stage);
            for line in applied.refused.iter_mut().chain(&mut applied.warned) {
                *line = format!("{}: {line}", layer.name);
            }
            all.add(applied);
        }
        let brought = definitions.of(layer.brings.iter().copied());
        if !brought.is_empty() {
            let applied = server.apply(&brought);
            assert!(applied.refused.is_empty(), "{:#?}", applied.refused);
            server.established();
        }
    }
    all
}

/// Numbers that differ from call to call and not from run to run.
fn drawn(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below.max(1)
    }
}

fn judge(example: &str) {
    let Some(definitions) = Definitions::read_or_skip("real_apiserver") else { return };
    let Some(tree) = Tree::open_or_skip("real_apiserver", trees::written(example).path()) else { return };
    assert!(!tree.environments().is_empty(), "{example} has no environment");
    for environment in tree.environments() {
        let layers = tree.layers(&environment).unwrap_or_else(|e| panic!("{example} {environment}: {e}"));
        let layers = ordered(&layers, drawn(7)).unwrap_or_else(|e| panic!("{example} {environment}: {e}"));
        let Some(server) = prepared(&definitions) else { return };
        let applied = apply(&server, &definitions, &layers);
        let names: Vec<&str> = layers.iter().map(|l| l.name.as_str()).collect();
        assert!(applied.refused.is_empty(), "{example} {environment}, in the order {names:?}:\n{}", applied.refused.join("\n"));
        assert!(applied.warned.is_empty(), "{example} {environment}:\n{}", applied.warned.join("\n"));
        let expected: usize = layers.iter().map(|l| l.objects.len()).sum();
        assert_eq!(applied.taken, expected, "{example} {environment}");
        let line = format!("{example} {environment}: {expected} objects in {} layers, none refused\n", layers.len());
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("standard error is there");
    }
}

#[test]
fn minimal() {
    judge("minimal");
}

#[test]
fn single_cluster() {
    judge("single-cluster");
}

#[test]
fn gitops() {
    judge("gitops");
}

/// The proof that the order is judged at all: the same layers the other way round.
#[test]
fn the_order_reversed_is_refused() {
    let Some(definitions) = Definitions::read_or_skip("real_apiserver") else { return };
    let Some(tree) = Tree::open_or_skip("real_apiserver", trees::written("minimal").path()) else { return };
    let environment = tree.environments().remove(0);
    let mut layers = ordered(&tree.layers(&environment).expect("it can be built"), drawn(7)).expect("an order");
    layers.reverse();
    let Some(server) = prepared(&definitions) else { return };
    let applied = apply(&server, &definitions, &layers);
    let refused = |what: &str| applied.refused.iter().any(|r| r.contains(what));
    assert!(refused("no matches for kind \"ClusterIssuer\""), "{:#?}", applied.refused);
    assert!(refused("namespaces \"cert-manager\" not found"), "{:#?}", applied.refused);
}
