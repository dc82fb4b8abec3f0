//! Platforms for tests: one of each kind, and what the examples compile to.

use pontoon_catalog::samples::{samples, samples_for};
use pontoon_compiler::{Options, compile};
use pontoon_core::{
    address::Scope,
    platform::{Platform, Resource},
};
use pontoon_spec::{Document, NoFiles, Spec};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// The name of every test platform.
pub const NAME: &str = "sample";

/// A platform of these resources.
pub fn of(resources: Vec<Resource>) -> Platform {
    let mut platform = Platform { name: NAME.into(), ..Platform::default() };
    resources.into_iter().for_each(|r| platform.add(r));
    let mut scopes: Vec<Scope> = platform.resources.keys().map(|a| a.scope().clone()).collect();
    scopes.dedup();
    scopes.sort_by_key(|s| !s.is_shared());
    scopes.dedup();
    platform.scopes = scopes;
    platform
}

/// One of each kind that the catalog knows.
pub fn every_kind() -> Platform {
    of(samples())
}

/// One kind, and what it needs.
pub fn kind(kind: &str) -> Platform {
    of(samples_for(kind))
}

/// The six examples.
pub const EXAMPLES: &[&str] = &["minimal", "single-cluster", "isolated-pools", "enterprise", "hybrid", "gitops"];

/// Where an example's document stands.
pub fn example_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("platform.yaml")
}

/// The environments of an example, in promotion order.
pub fn example_specs(name: &str) -> Vec<Spec> {
    specs(&std::fs::read(example_path(name)).expect("the example can be read"))
}

/// The environments of a document that is free of errors.
pub fn specs(document: &[u8]) -> Vec<Spec> {
    let parsed = Document::parse("platform.yaml", document, &NoFiles);
    let document = parsed.document.expect("the document is a tree");
    let (resolved, diagnostics) = document.resolve_all();
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.errors().collect::<Vec<_>>());
    resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect()
}

/// What an example compiles to, for its environment of that number. Compiled once: lives ask for it thousands of times.
pub fn example(name: &str, environment: usize) -> Platform {
    static COMPILED: Mutex<BTreeMap<(String, usize), Platform>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let specs = example_specs(name);
        let environment = specs[environment].environment.to_string();
        compile(&specs, &environment, Options { shared: true })
    };
    compiled.entry((name.to_owned(), environment)).or_insert_with(compile).clone()
}

/// What a document compiles to, for its first environment.
pub fn document(text: &str) -> Platform {
    let specs = specs(text.as_bytes());
    let environment = specs[0].environment.to_string();
    compile(&specs, &environment, Options { shared: true })
}
