//! A real API server judges the cluster's contents: published definitions, then trees, layer by layer.
//!
//! `witness/tools.sh` builds it. Nothing else of a cluster runs, so what is judged is what every cluster judges first:
//! whether a kind is established, and whether an object is valid to its last field.

use pontoon_test::{apiserver::ApiServer, definitions::Definitions};

#[test]
fn every_published_definition_is_established() {
    let Some(definitions) = Definitions::read_or_skip("real_apiserver") else { return };
    let Some(server) = ApiServer::start_or_skip("real_apiserver") else { return };
    let applied = server.apply(&definitions.all());
    assert!(applied.refused.is_empty(), "{:#?}", applied.refused);
    assert!(applied.taken > 150, "{}", applied.taken);
    server.established();
}
