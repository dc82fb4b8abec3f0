//! The delivery through Git: repository, keys, one commit, Flux, and following it.

use super::deliver::{Ground, refused};
use crate::{
    args::Where,
    compose::Composition,
    contents::{Built, build, folder, lock},
    document::Loaded,
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_core::event::UnitState;
use pontoon_deliver::{
    Delivered, Setting, Standing,
    apply::remedy,
    follow, install, keys,
    published::Published,
    repository::{Landed, Reach, Trouble as Refused},
    values::Values,
};
use pontoon_providers::github::RepositoryName;
use pontoon_render::{flux, tree, tree::Environment, units::Unit};
use pontoon_secrets::sops::{self, Plain};
use pontoon_spec::{
    Release, Spec,
    sections::{delivery::Repository, secrets::GitSecrets},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// How a delivery through Git ended.
pub struct Done {
    /// The units.
    pub delivered: Delivered,
    /// The pull request that a person has to merge first.
    pub waits: Option<String>,
}

/// What stays the same during one delivery.
pub struct Through<'a> {
    /// The command's settings.
    pub settings: &'a Settings,
    /// Its surroundings.
    pub composition: &'a Composition,
    /// The document.
    pub loaded: &'a Loaded,
    /// Where.
    pub place: &'a Where,
    /// The environment.
    pub spec: &'a Spec,
    /// A release that takes the place of an environment's own: what is proposed.
    pub proposed: Option<&'a Release>,
    /// Whether the branch is protected once everything is healthy: nobody of this run comes after.
    pub protect: bool,
}

/// The repository that a spec names.
pub fn reach<'a>(
    composition: &'a Composition,
    settings: &Settings,
    repository: &Repository,
    github: &'a pontoon_providers::github::GitHub,
    observer: &'a dyn Fn(pontoon_core::event::Event),
) -> Outcome<Reach<'a>> {
    let _ = settings;
    let name: RepositoryName =
        repository.github.parse().map_err(|why: String| Trouble::new(why, "correct delivery.repository"))?;
    Ok(Reach { github, name, branch: repository.branch.to_string(), clock: composition.clock.as_ref(), observer })
}

/// What a person reads where the repository is not as it should be.
pub fn trouble(e: Refused) -> Trouble {
    Trouble::new(e.what, e.remedy).because(e.why)
}

impl Through<'_> {
    /// Carries it out.
    pub async fn carry_out(
        &self,
        setting: &Setting<'_>,
        ground: &Ground,
        built: &Built,
        values: &Values<'_>,
        published: &Published,
    ) -> Outcome<Done> {
        let Some(repository) = &self.spec.delivery.repository else {
            return Err(Trouble::new("there is no repository to follow", "add delivery.repository"));
        };
        let github = self.composition.github_client(self.settings)?;
        let reach = reach(self.composition, self.settings, &repository.value, &github, setting.observer)?;
        let encrypted = self.encrypted()?;
        let keys = keys::ensure(values.keeper, &self.composition.source()?, &values.prefix)
            .await
            .map_err(|why| Trouble::new(why, "put the key back where it is kept: pontoon secret set"))?;
        reach.ensure(self.spec.platform.as_str()).await.map_err(trouble)?;
        // What the store has to hold before anything reads it.
        for secret in built.contents.components.iter().flat_map(|c| &c.secrets) {
            values
                .fill(secret)
                .await
                .map_err(|m| Trouble::new(format!("Secret {}/{}: {}", secret.namespace, secret.name, m), remedy(&m)).waits())?;
        }
        let landed = self.land(&reach, &keys, values, encrypted, true).await?;
        reach.deploy_key(&keys::title(&values.prefix), &keys.deploy.public()).await.map_err(trouble)?;
        let names = self.loaded.environments().into_iter().collect::<BTreeSet<_>>();
        for said in reach.environments(&names).await.map_err(trouble)? {
            crate::print::note(&said);
        }
        for object in keys.objects(encrypted) {
            ground
                .cluster
                .apply(&object)
                .await
                .map_err(|r| Trouble::new(format!("the cluster: {}", r.message), "run it again: pontoon up"))?;
        }
        if let Some(why) = install::install(setting, published, true).await.map_err(|e| refused(&e))? {
            let units = vec![Standing { unit: install::UNIT.into(), title: "Flux".into(), state: UnitState::Stuck, detail: why }];
            return Ok(Done { delivered: Delivered { units, stopped: setting.stop.asked() }, waits: None });
        }
        let url = format!("ssh://git@github.com/{}.git", reach.name);
        for object in flux::root(&url, &reach.branch, self.spec.environment.as_str(), encrypted) {
            ground
                .cluster
                .apply(&object)
                .await
                .map_err(|r| Trouble::new(format!("the cluster: {}", r.message), "run it again: pontoon up"))?;
        }
        let (head, waits) = match landed {
            Landed::On { head, .. } => (head, None),
            Landed::Waits { url, head } => (head, Some(url)),
        };
        let delivered = follow::follow(setting, &built.units, &head).await.map_err(|e| refused(&e))?;
        if self.protect && delivered.healthy() && waits.is_none() {
            self.guard(&reach, repository).await?;
        }
        Ok(Done { delivered, waits })
    }

    /// Protects the branch, last of all.
    async fn guard(&self, reach: &Reach<'_>, repository: &Repository) -> Outcome<()> {
        let checks: BTreeSet<String> = repository.checks.iter().map(|c| c.to_string()).collect();
        if let Some(said) = reach.protect(&checks).await.map_err(trouble)? {
            crate::print::note(&said);
        }
        Ok(())
    }

    /// The repository alone, as far as it can be filled before there is a cluster.
    pub async fn bootstrap(&self, values: &Values<'_>, observer: &dyn Fn(pontoon_core::event::Event)) -> Outcome<Landed> {
        let Some(repository) = &self.spec.delivery.repository else {
            return Err(Trouble::new("the document names no repository", "add delivery.repository"));
        };
        let github = self.composition.github_client(self.settings)?;
        let reach = reach(self.composition, self.settings, &repository.value, &github, observer)?;
        let encrypted = self.encrypted()?;
        let keys = keys::ensure(values.keeper, &self.composition.source()?, &values.prefix)
            .await
            .map_err(|why| Trouble::new(why, "put the key back where it is kept: pontoon secret set"))?;
        reach.ensure(self.spec.platform.as_str()).await.map_err(trouble)?;
        let landed = self.land(&reach, &keys, values, encrypted, false).await?;
        reach.deploy_key(&keys::title(&values.prefix), &keys.deploy.public()).await.map_err(trouble)?;
        let names = self.loaded.environments().into_iter().collect::<BTreeSet<_>>();
        for said in reach.environments(&names).await.map_err(trouble)? {
            crate::print::note(&said);
        }
        if self.protect {
            self.guard(&reach, &repository.value).await?;
        }
        Ok(landed)
    }

    /// A pull request that brings the repository to what it would hold with the proposed release.
    pub async fn propose(
        &self,
        values: &Values<'_>,
        observer: &dyn Fn(pontoon_core::event::Event),
        topic: &str,
        message: &str,
    ) -> Outcome<Landed> {
        let Some(repository) = &self.spec.delivery.repository else {
            return Err(Trouble::new("the document names no repository", "add delivery.repository"));
        };
        let github = self.composition.github_client(self.settings)?;
        let reach = reach(self.composition, self.settings, &repository.value, &github, observer)?;
        let encrypted = self.encrypted()?;
        let (wanted, beside) = self.wanted(&reach, None, values, encrypted).await?;
        reach.land(&wanted, &beside, topic, message, true).await.map_err(trouble)
    }

    /// Whether Secrets stand in the repository, which is only ever encrypted: as the document says, or because no store
    /// brings them.
    fn encrypted(&self) -> Outcome<bool> {
        let secrets = |(_, units): &Environment| units.iter().any(|u| !u.secrets.is_empty());
        Ok(*self.spec.secrets.git == GitSecrets::SopsAge || self.environments()?.iter().any(secrets))
    }

    /// Every environment with its units: the tree holds all of them.
    fn environments(&self) -> Outcome<Vec<Environment>> {
        let lock = lock(self.settings)?;
        let mut all = Vec::new();
        for environment in self.loaded.environments() {
            let specs = match self.proposed.filter(|r| r.environment.as_str() == environment) {
                Some(release) => self.loaded.specs_of(self.settings, release)?,
                None => self.loaded.specs(self.settings, self.place, &environment)?,
            };
            let Some(spec) = specs.iter().find(|s| s.environment.as_str() == environment) else { continue };
            all.push((environment, build(self.settings, spec, &lock)?.units));
        }
        Ok(all)
    }

    /// The tree with its Secrets, on the followed branch. `whole` is false where values may be missing yet.
    async fn land(
        &self,
        reach: &Reach<'_>,
        keys: &keys::Keys,
        values: &Values<'_>,
        encrypted: bool,
        whole: bool,
    ) -> Outcome<Landed> {
        let (wanted, beside) = self.wanted(reach, Some((keys, whole)), values, encrypted).await?;
        let environment = self.spec.environment.as_str();
        let message = format!("{}: {environment} as platform.yaml says", self.spec.platform);
        reach.land(&wanted, &beside, environment, &message, false).await.map_err(trouble)
    }

    /// What the repository has to hold, and what of a person's stands beside it. Without keys, Secrets stay as they are.
    async fn wanted(
        &self,
        reach: &Reach<'_>,
        keys: Option<(&keys::Keys, bool)>,
        values: &Values<'_>,
        encrypted: bool,
    ) -> Outcome<(BTreeMap<String, String>, BTreeMap<String, Vec<u8>>)> {
        let environments: Vec<(String, Vec<Unit>)> = self.environments()?;
        let tree = tree(self.spec.platform.as_str(), &environments, encrypted);
        let environment = self.spec.environment.as_str();
        let seen = reach.look().await.map_err(trouble)?;
        let old = reach.read(&seen.tree, |path| tree.secrets.contains_key(path)).await.map_err(trouble)?;
        let mut wanted = tree.files;
        let now = self.composition.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        for (path, (of, secret)) in &tree.secrets {
            let before = old.get(path).map(String::as_str);
            let object = match keys {
                Some((keys, whole)) if of == environment => match values.object(secret).await {
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
                    wanted.insert(path.clone(), text.to_owned());
                }
                continue;
            };
            let mut draw = self.composition.source()?.named(path);
            let text = sops::refresh(before, &Plain::new(object), &[keys.age.recipient()], &keys.age, &now, &mut draw)
                .map_err(|e| Trouble::new(format!("{path}: {e}"), "remove the file from the repository; it is written anew"))?;
            wanted.insert(path.clone(), text);
        }
        for name in self.loaded.environments() {
            let text = match self.proposed.filter(|r| r.environment.as_str() == name) {
                Some(release) => Some(release.to_yaml()),
                None => crate::release::text(self.settings, self.place, &name),
            };
            if let Some(text) = text {
                wanted.insert(format!("releases/{name}.yaml"), text);
            }
        }
        Ok((wanted, self.beside()?))
    }

    /// The document, and what it names beside itself: charts and folders of apps, certificates.
    fn beside(&self) -> Outcome<BTreeMap<String, Vec<u8>>> {
        let root = folder(self.settings);
        let mut files = BTreeMap::new();
        let mut paths: BTreeSet<String> = BTreeSet::new();
        for app in self.spec.apps.values() {
            paths.extend(app.chart.as_ref().and_then(|c| c.value.path.as_ref()).map(|p| p.to_string()));
            paths.extend(app.kustomize.as_ref().map(|k| k.value.path.to_string()));
        }
        for path in paths {
            collect(&root, Path::new(&path), &mut files)
                .map_err(|e| Trouble::new(format!("{path}: cannot be read: {e}"), format!("see who may: ls -l {path}")))?;
        }
        Ok(files)
    }
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
