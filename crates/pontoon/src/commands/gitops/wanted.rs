//! From the document and the files beside it to what a repository has to hold.

use super::Through;
use crate::{
    contents::{argo_repository, build_here, folder, follower, git_url, lock},
    exit::{Outcome, Trouble},
};
use pontoon_deliver::order::Order;
use pontoon_render::tree::Environment;
use pontoon_spec::sections::secrets::{GitSecrets, SecretHome, SecretStore};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Compiles every environment: the tree holds all of them.
pub fn order(of: &Through<'_>) -> Outcome<Order> {
    let lock = lock(of.settings)?;
    let repository = of.repository()?;
    let (mut environments, mut secrets): (Vec<Environment>, _) = (Vec::new(), Vec::new());
    let mut releases = BTreeMap::new();
    for name in of.loaded.environments() {
        let proposed = of.proposed.filter(|r| r.environment.as_str() == name);
        let spec = match proposed {
            Some(release) => of.loaded.spec_of(of.settings, release)?,
            None => of.loaded.spec(of.settings, of.place, &name)?,
        };
        let text = match proposed {
            Some(release) => Some(release.to_yaml()),
            None => crate::release::text(of.settings, of.place, &name),
        };
        releases.extend(text.map(|text| (format!("releases/{name}.yaml"), text)));
        let built = build_here(of.settings, of.place, &spec, &lock)?;
        if name == of.spec.environment.as_str() {
            secrets.extend(built.contents.components.iter().flat_map(|c| c.secrets.clone()));
        }
        environments.push((name, built.units));
    }
    // Encrypted as the document says, or because no store brings them.
    let holds = |(_, units): &Environment| units.iter().any(|u| !u.secrets.is_empty());
    let encrypted = *of.spec.secrets.git == GitSecrets::SopsAge || environments.iter().any(holds);
    Ok(Order {
        platform: of.spec.platform.to_string(),
        environment: of.spec.environment.to_string(),
        environments,
        secrets,
        follower: follower(argo_repository(of.spec), encrypted),
        releases,
        beside: beside(of)?,
        promotion: of.loaded.document().promotion().iter().map(|e| e.as_str().to_owned()).collect(),
        checks: repository.checks.iter().map(|c| c.to_string()).collect(),
        url: git_url(&repository.github.to_string()),
        vault: matches!(of.spec.secrets.home(), SecretHome::Store(SecretStore::Vault(_))),
        protect: of.protect,
    })
}

/// What the document names beside itself: charts and folders of apps.
fn beside(of: &Through<'_>) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let root = folder(of.settings);
    let mut files = BTreeMap::new();
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for app in of.spec.apps.values() {
        paths.extend(app.chart.as_ref().and_then(|c| c.value.path.as_ref()).map(|p| p.to_string()));
        paths.extend(app.kustomize.as_ref().map(|k| k.value.path.to_string()));
    }
    for path in paths {
        collect(&root, Path::new(&path), &mut files)
            .map_err(|e| Trouble::new(format!("{path}: cannot be read: {e}"), format!("see who may: ls -l {path}")))?;
    }
    Ok(files)
}

/// Every file below a folder, by its path from the root.
fn collect(root: &Path, at: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    let whole = root.join(at);
    if whole.is_file() {
        files.insert(at.to_string_lossy().into_owned(), std::fs::read(whole)?);
        return Ok(());
    }
    let mut entries: Vec<_> = std::fs::read_dir(whole)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        collect(root, &at.join(entry.file_name()), files)?;
    }
    Ok(())
}
