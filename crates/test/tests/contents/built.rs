//! The trees of the examples, built once for all tests of this program.

use pontoon_test::{
    gitops::{Layer, Tree},
    trees,
};
use std::{collections::BTreeMap, sync::LazyLock};

/// What is judged.
const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops"];

/// An example's tree, and the layers of each of its environments.
pub struct Built {
    /// The tree.
    pub tree: Tree,
    /// The layers by environment.
    pub layers: BTreeMap<String, Vec<Layer>>,
}

/// Every example by name; nothing where a judge is missing.
pub fn built() -> impl Iterator<Item = (&'static str, &'static Built)> {
    static BUILT: LazyLock<Option<BTreeMap<&'static str, Built>>> = LazyLock::new(|| EXAMPLES.iter().map(|e| one(e)).collect());
    BUILT.iter().flatten().map(|(name, built)| (*name, built))
}

fn one(example: &'static str) -> Option<(&'static str, Built)> {
    let tree = Tree::open_or_skip("contents", trees::written(example).path())?;
    let environments = tree.environments();
    assert!(!environments.is_empty(), "{example} has no environment");
    let layers = |e: String| {
        let layers = tree.layers(&e).unwrap_or_else(|w| panic!("{example} {e}: {w}"));
        (e, layers)
    };
    let layers = environments.into_iter().map(layers).collect();
    Some((example, Built { tree, layers }))
}
