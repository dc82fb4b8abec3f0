//! The tree of the examples: whole, and the same every time.
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_render::{Follower, Tree, Unit, argo, argo_units, tree, units};
use pontoon_spec::{Document, Files, sections::delivery::Gitops};
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

type Environments = Vec<(String, Vec<Unit>)>;

fn environments(name: &str, whole: bool) -> Environments {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    let document = Document::parse("platform.yaml", &bytes, &Folder(folder)).document.unwrap();
    let lock = Lock::new();
    let (all, _) = document.resolve_all();
    all.into_iter()
        .filter_map(|(_, r)| Some(r?.spec))
        .map(|spec| {
            let site = Site::new(&spec, &lock);
            let (contents, deferred) = pontoon_compiler::contents::contents(&site).unwrap();
            assert!(deferred.is_empty() || !whole, "{name}: {deferred:?}");
            let of = if *spec.delivery.gitops == Gitops::Argocd { argo_units } else { units };
            (spec.environment.to_string(), of(&contents, site.has_store()))
        })
        .collect()
}

fn example(name: &str) -> Tree {
    tree(name, &environments(name, true), &Follower::Flux { encrypted: true })
}

#[test]
fn nothing_is_left_out_and_it_is_the_same_every_time() {
    for name in ["minimal", "single-cluster", "gitops"] {
        let tree = example(name);
        assert!(tree.files.len() > 3, "{name}");
        assert_eq!(tree, example(name));
    }
}

/// Every unit has its Application in a later wave than all that it comes after; nothing of Flux and no Secret is left.
#[test]
fn waves_are_the_layers_and_nothing_in_git_is_secret() {
    let environments = environments("hybrid", false);
    let git = argo::Git { url: "ssh://git@github.com/atlas-io/platform.git".into(), branch: "main".into() };
    let tree = tree("atlas", &environments, &Follower::Argo(git));
    assert!(tree.secrets.is_empty());
    let told = |text: &&String| text.contains("fluxcd") || text.contains("kind: Secret\n");
    assert_eq!(tree.files.values().filter(told).count(), 0);
    let (environment, units) = &environments[0];
    assert!(units.iter().any(|u| !u.secrets.is_empty()), "there are Secrets that somebody has to bring");
    let wave = |name: &str| -> Option<i64> {
        let text = tree.files.get(&format!("clusters/{environment}/applications/{name}.yaml"))?;
        let line = text.lines().find(|l| l.contains(argo::WAVE) && !l.contains("\"-1\""))?;
        line.split_once(": ")?.1.trim_matches('"').parse().ok()
    };
    let mut compared = 0;
    for unit in units.iter().filter(|u| argo::is_applied(u)) {
        let own = wave(&unit.name).unwrap_or_else(|| panic!("{} has no Application", unit.name));
        for before in unit.after.iter().filter_map(|n| wave(n)) {
            assert!(before < own, "{}: {before} is not before {own}", unit.name);
            compared += 1;
        }
    }
    assert!(compared > 5, "{compared} edges");
}
