//! What the repository has to hold: the tree of all environments with its Secrets, the releases, and what of a person's
//! stands beside it.

use super::{Through, trouble};
use crate::{
    contents::{argo_repository, build_here, folder, follower, lock},
    exit::{Outcome, Trouble},
};
use pontoon_core::content::SecretSpec;
use pontoon_deliver::{
    apply::remedy,
    keys::Keys,
    repository::{Reach, Seen},
    values::Values,
};
use pontoon_render::{
    Follower,
    stamps::{self, Stamps},
    tree::{self, Environment, tree},
};
use pontoon_secrets::{
    Identity,
    sops::{self, Plain},
};
use pontoon_spec::sections::secrets::GitSecrets;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The tree, without what only the keeper knows.
pub struct Tree {
    environments: Vec<Environment>,
    /// The Secrets of the delivered environment.
    secrets: Vec<SecretSpec>,
    follower: Follower,
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
        let (mut all, mut secrets): (Vec<Environment>, _) = (Vec::new(), Vec::new());
        for environment in of.loaded.environments() {
            let spec = match of.proposed.filter(|r| r.environment.as_str() == environment) {
                Some(release) => of.loaded.spec_of(of.settings, release)?,
                None => of.loaded.spec(of.settings, of.place, &environment)?,
            };
            let built = build_here(of.settings, of.place, &spec, &lock)?;
            if environment == of.spec.environment.as_str() {
                secrets.extend(built.contents.components.iter().flat_map(|c| c.secrets.clone()));
            }
            all.push((environment, built.units));
        }
        let holds = |(_, units): &Environment| units.iter().any(|u| !u.secrets.is_empty());
        let encrypted = *of.spec.secrets.git == GitSecrets::SopsAge || all.iter().any(holds);
        let follower = follower(argo_repository(of.spec), encrypted);
        let encrypted = follower == (Follower::Flux { encrypted: true });
        Ok(Tree { environments: all, secrets, follower, encrypted })
    }

    /// The tree with the stamps of Secrets, and their files: the delivered environment's are made, the others' stay.
    async fn stamped(
        &self,
        of: &Through<'_>,
        reach: &Reach<'_>,
        seen: &Seen,
        values: Option<&Values<'_>>,
    ) -> Outcome<(tree::Tree, BTreeMap<String, String>)> {
        let mut environments = self.environments.clone();
        let held = reach.read(&seen.tree, |path| path.starts_with(stamps::FOLDER)).await.map_err(trouble)?;
        let mut files = BTreeMap::new();
        for (name, units) in &mut environments {
            let path = Stamps::path(name);
            let mut stamps = Stamps::read(held.get(&path).map(String::as_str));
            if let Some(values) = values.filter(|_| name == of.spec.environment.as_str()) {
                let made = values.stamps(&self.secrets).await;
                stamps.0.extend(made.map_err(|m| Trouble::new(m.to_string(), remedy(&m)))?.0);
                let there = |key: &String| self.secrets.iter().any(|s| *key == format!("{}/{}", s.namespace, s.name));
                stamps.0.retain(|key, _| there(key));
            }
            stamps.put_on(units);
            if !stamps.0.is_empty() {
                files.insert(path, stamps.write());
            }
        }
        Ok((tree(of.spec.platform.as_str(), &environments, &self.follower), files))
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
        let (rendered, mut files) = self.stamped(of, reach, seen, keys.map(|(_, _, values)| values)).await?;
        let secrets = &rendered.secrets;
        files.extend(rendered.files);
        let old = reach.read(&seen.tree, |path| secrets.contains_key(path)).await.map_err(trouble)?;
        let complete = keys.is_some_and(|(_, whole, _)| whole);
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
            let mut to = vec![keys.age.recipient()];
            if !complete {
                // No cluster was given the new key yet.
                to.extend(keys.before.as_ref().map(Identity::recipient));
            }
            let text = sops::refresh(before, &Plain::new(object), &to, &keys.age, &now, &mut draw)
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
        let mut beside = beside(of)?;
        if let Some((Keys { age, before: Some(old), .. }, true, _)) = keys {
            let theirs = |path: &str| path.ends_with(".yaml") && !files.contains_key(path);
            for (path, text) in reach.read(&seen.tree, theirs).await.map_err(trouble)? {
                if !sops::recipients(&text).is_ok_and(|r| r.contains(&old.recipient())) {
                    continue;
                }
                let mut draw = of.composition.source()?.named(&path);
                let text = sops::rekey(&text, old, &age.recipient(), &now, &mut draw).map_err(|e| {
                    let next = format!("encrypt it to the new key: sops --add-age {} rotate -i {path}", age.recipient());
                    Trouble::new(format!("{path} is encrypted to the key before: {e}"), next)
                })?;
                beside.extend(text.map(|text| (path, text.into_bytes())));
            }
        }
        Ok(Wanted { files, beside })
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
