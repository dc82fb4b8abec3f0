//! The tree of the examples: whole, and the same every time.
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_render::{Follower, Tree, tree, units};
use pontoon_spec::{Document, Files};
use std::path::PathBuf;

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

fn example(name: &str) -> Tree {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    let document = Document::parse("platform.yaml", &bytes, &Folder(folder)).document.unwrap();
    let lock = Lock::new();
    let (all, _) = document.resolve_all();
    let environments: Vec<_> = all
        .into_iter()
        .filter_map(|(_, r)| Some(r?.spec))
        .map(|spec| {
            let site = Site::new(&spec, &lock);
            let (contents, deferred) = pontoon_compiler::contents::contents(&site).unwrap();
            assert!(deferred.is_empty(), "{name}: {deferred:?}");
            (spec.environment.to_string(), units(&contents, site.has_store()))
        })
        .collect();
    tree(name, &environments, &Follower::Flux { encrypted: true })
}

#[test]
fn nothing_is_left_out_and_it_is_the_same_every_time() {
    for name in ["minimal", "single-cluster", "gitops"] {
        let tree = example(name);
        assert!(tree.files.len() > 3, "{name}");
        assert_eq!(tree, example(name));
    }
}
