//! What the repository has to hold: the tree of all environments with its Secrets, the releases, and what of a person's
//! stands beside it.

use super::{Through, trouble};
use crate::{
    contents::{argo_repository, build, folder, follower, lock},
    exit::{Outcome, Trouble},
};
use pontoon_deliver::{
    apply::remedy,
    keys::Keys,
    repository::{Reach, Seen},
    values::Values,
};
use pontoon_render::{
    Follower,
    tree::{self, Environment, tree},
};
use pontoon_secrets::sops::{self, Plain};
use pontoon_spec::sections::secrets::GitSecrets;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The tree, without what only the keeper knows.
pub struct Tree {
    rendered: tree::Tree,
    /// Whether Secrets stand in it, which is only ever encrypted: as the document says, or because no store brings them.
    /// Argo CD decrypts nothing: what no store brings, the engine writes into the cluster.
    pub encrypted: bool,
}

/// Files by their paths.
pub struct Wanted {
    /// Ours.
    pub files: BTreeMap<String, String>,
    /// A person's own: written, and never removed.
    pub beside: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Compiles every environment: the tree holds all of them.
    pub fn compile(of: &Through<'_>) -> Outcome<Tree> {
        let lock = lock(of.settings)?;
        let mut all: Vec<Environment> = Vec::new();
        for environment in of.loaded.environments() {
            let spec = match of.proposed.filter(|r| r.environment.as_str() == environment) {
                Some(release) => of.loaded.spec_of(of.settings, release)?,
                None => of.loaded.spec(of.settings, of.place, &environment)?,
            };
            all.push((environment, build(of.settings, &spec, &lock)?.units));
        }
        let secrets = |(_, units): &Environment| units.iter().any(|u| !u.secrets.is_empty());
        let encrypted = *of.spec.secrets.git == GitSecrets::SopsAge || all.iter().any(secrets);
        let follower = follower(argo_repository(of.spec), encrypted);
        let encrypted = follower == (Follower::Flux { encrypted: true });
        Ok(Tree { rendered: tree(of.spec.platform.as_str(), &all, &follower), encrypted })
    }

    /// What the repository has to hold. Without keys, Secrets stay as they are; `whole` is false where values may be
    /// missing yet.
    pub async fn wanted(
        &self,
        of: &Through<'_>,
        reach: &Reach<'_>,
        seen: &Seen,
        keys: Option<(&Keys, bool, &Values<'_>)>,
    ) -> Outcome<Wanted> {
        let environment = of.spec.environment.as_str();
        let secrets = &self.rendered.secrets;
        let old = reach.read(&seen.tree, |path| secrets.contains_key(path)).await.map_err(trouble)?;
        let mut files = self.rendered.files.clone();
        let now = of.composition.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for (path, (owner, secret)) in secrets {
            let before = old.get(path).map(String::as_str);
            let object = match keys {
                Some((keys, whole, values)) if owner == environment => match values.object(secret).await {
                    Ok(object) => Some((keys, object)),
                    Err(_) if !whole => None,
                    Err(m) => {
                        let what = format!("Secret {}/{}: {m}", secret.namespace, secret.name);
                        return Err(Trouble::new(what, remedy(&m)).waits());
                    }
                },
                _ => None,
            };
            let Some((keys, object)) = object else {
                // Only whoever delivers that environment knows its values.
                if let Some(text) = before {
                    files.insert(path.clone(), text.to_owned());
                }
                continue;
            };
            let mut draw = of.composition.source()?.named(path);
            let text = sops::refresh(before, &Plain::new(object), &[keys.age.recipient()], &keys.age, &now, &mut draw)
                .map_err(|e| Trouble::new(format!("{path}: {e}"), "remove the file from the repository; it is written anew"))?;
            files.insert(path.clone(), text);
        }
        for name in of.loaded.environments() {
            let text = match of.proposed.filter(|r| r.environment.as_str() == name) {
                Some(release) => Some(release.to_yaml()),
                None => crate::release::text(of.settings, of.place, &name),
            };
            files.extend(text.map(|text| (format!("releases/{name}.yaml"), text)));
        }
        Ok(Wanted { files, beside: beside(of)? })
    }
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
