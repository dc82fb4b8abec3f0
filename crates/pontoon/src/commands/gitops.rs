//! The delivery through Git: repository, keys, one commit, Flux or Argo CD, and following it.

mod wanted;

use super::{deliver::refused, ground::Ground};
use crate::{
    args::Where,
    compose::Composition,
    contents::{Built, argo_repository, git_url},
    document::Loaded,
    exit::{Outcome, Trouble},
    print::note,
    settings::Settings,
};
use pontoon_core::{content::Object, event::Event, secret::Secret};
use pontoon_deliver::{
    Delivered, Setting, actions,
    apply::remedy,
    argo::{self, Brought},
    follow,
    gates::{self, Gate, Verdict},
    install, keys,
    published::Published,
    repository::{FileChange, Landed, Reach, Seen, Trouble as Refused},
    values::Values,
};
use pontoon_providers::github::{GitHub, GitHubError, RepositoryName};
use pontoon_render::{argo::Git, flux};
use pontoon_spec::{
    Release, Spec,
    sections::{
        delivery::Repository,
        secrets::{SecretHome, SecretStore},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use wanted::Tree;

/// How a delivery through Git ended.
pub struct Done {
    /// The units.
    pub delivered: Delivered,
    /// The pull request that a person has to merge first.
    pub waits: Option<String>,
    /// The commit that the cluster was brought to.
    pub head: String,
}

/// The repository against the document.
pub struct Compared {
    /// Which repository.
    pub repository: String,
    /// Whether it would be made.
    pub is_new: bool,
    /// The files that would change.
    pub changes: Vec<FileChange>,
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
    platform: &str,
    repository: &Repository,
    github: &'a GitHub,
    observer: &'a dyn Fn(Event),
) -> Outcome<Reach<'a>> {
    let name: RepositoryName =
        repository.github.parse().map_err(|why: String| Trouble::new(why, "correct delivery.repository"))?;
    let (platform, branch) = (platform.to_owned(), repository.branch.to_string());
    Ok(Reach { github, name, platform, branch, clock: composition.clock.as_ref(), observer })
}

/// What a person reads where the repository is not as it should be.
pub fn trouble(e: Refused) -> Trouble {
    Trouble::new(e.what, e.remedy).because(e.why)
}

impl<'a> Through<'a> {
    fn repository(&self) -> Outcome<&'a Repository> {
        let declared = self.spec.delivery.repository.as_ref().map(|r| &r.value);
        declared.ok_or_else(|| Trouble::new("there is no repository to follow", "add delivery.repository"))
    }

    fn reach(&self, github: &'a GitHub, observer: &'a dyn Fn(Event)) -> Outcome<Reach<'a>> {
        reach(self.composition, self.spec.platform.as_str(), self.repository()?, github, observer)
    }

    /// Carries it out.
    pub async fn carry_out(
        &self,
        github: &'a GitHub,
        setting: &'a Setting<'a>,
        ground: &Ground,
        built: &Built,
        values: &Values<'_>,
        published: &Published,
    ) -> Outcome<Done> {
        let reach = self.reach(github, setting.observer)?;
        let tree = Tree::compile(self)?;
        let keys = self.keys(values).await?;
        reach.ensure().await.map_err(trouble)?;
        // What the store has to hold before anything reads it.
        for secret in built.contents.components.iter().flat_map(|c| &c.secrets) {
            values
                .fill(secret)
                .await
                .map_err(|m| Trouble::new(format!("Secret {}/{}: {}", secret.namespace, secret.name, m), remedy(&m)).waits())?;
        }
        let (argo, title) = (argo_repository(self.spec), keys::title(&values.prefix));
        reach.deploy_key(&title, &keys.deploy.public()).await.map_err(trouble)?;
        if argo.is_none() {
            // Before the commit: what it is encrypted to has to be there.
            write(ground, keys.objects(tree.encrypted)).await?;
        }
        let landed = self.fill(&reach, &tree, &keys, values, true).await?;
        let gates = self.gates();
        let (head, waits) = match landed {
            Landed::On { head, .. } => (head, None),
            Landed::Waits { url, head, proposed } => {
                let unchanged = |g: &Gate| Verdict { open: true, why: format!("changes no release that {} has", g.to) };
                reach.speak(&gates, &proposed, unchanged).await.map_err(trouble)?;
                (head, Some(url))
            }
        };
        reach.speak_of_others(&gates).await.map_err(trouble)?;
        let delivered = match argo {
            Some(git) => self.argo(setting, ground, built, values, published, &keys, &git, &head).await?,
            None => self.flux(setting, ground, built, published, &tree, &reach, &head).await?,
        };
        if delivered.healthy() && waits.is_none() {
            // Nothing stands on what was there before any more.
            reach.retire_keys(&title, Some(&keys.deploy.public())).await.map_err(trouble)?;
            if keys.before.is_some() {
                let keys = keys::Keys { before: None, ..keys };
                if tree.encrypted {
                    write(ground, keys.objects(true)).await?;
                }
                let forgotten = keys::retire(values.keeper, &values.prefix).await;
                forgotten.map_err(|why| Trouble::new(why, "run it again: pontoon up"))?;
            }
            if self.protect {
                self.guard(&reach).await?;
            }
        }
        Ok(Done { delivered, waits, head })
    }

    /// Flux, and following it.
    #[allow(clippy::too_many_arguments, reason = "what one delivery has at hand")]
    async fn flux(
        &self,
        setting: &Setting<'_>,
        ground: &Ground,
        built: &Built,
        published: &Published,
        tree: &Tree,
        reach: &Reach<'_>,
        head: &str,
    ) -> Outcome<Delivered> {
        if let Some(why) = install::install(setting, published, true).await.map_err(|e| refused(&e))? {
            return Ok(install::stuck(setting, install::UNIT, why));
        }
        let url = git_url(&reach.name.to_string());
        write(ground, flux::root(&url, &reach.branch, self.spec.environment.as_str(), tree.encrypted)).await?;
        follow::follow(setting, &built.units, head).await.map_err(|e| refused(&e))
    }

    /// Argo CD, the Secrets that it cannot read from Git, and following it.
    #[allow(clippy::too_many_arguments, reason = "what one delivery has at hand")]
    async fn argo(
        &self,
        setting: &Setting<'_>,
        ground: &Ground,
        built: &Built,
        values: &Values<'_>,
        published: &Published,
        keys: &keys::Keys,
        git: &Git,
        head: &str,
    ) -> Outcome<Delivered> {
        let mut secrets = Vec::new();
        for (unit, secret) in built.units.iter().flat_map(|u| u.secrets.iter().map(move |s| (u, s))) {
            let object = values.object(secret).await;
            let named = |m| Trouble::new(format!("Secret {}/{}: {m}", secret.namespace, secret.name), remedy(&m)).waits();
            secrets.push(Brought { unit: unit.name.clone(), object: object.map_err(named)? });
        }
        write(ground, keys.argo_objects(&git.url)).await?;
        if let Some(why) = install::install_argo(setting, published).await.map_err(|e| refused(&e))? {
            return Ok(install::stuck(setting, install::ARGO_UNIT, why));
        }
        argo::follow(setting, &built.units, git, head, &secrets).await.map_err(|e| refused(&e))
    }

    /// The repository alone, as far as it can be filled before there is a cluster.
    pub async fn bootstrap(&self, github: &'a GitHub, values: &Values<'_>, observer: &'a dyn Fn(Event)) -> Outcome<Landed> {
        let reach = self.reach(github, observer)?;
        let tree = Tree::compile(self)?;
        let keys = self.keys(values).await?;
        reach.ensure().await.map_err(trouble)?;
        let landed = self.fill(&reach, &tree, &keys, values, false).await?;
        reach.deploy_key(&keys::title(&values.prefix), &keys.deploy.public()).await.map_err(trouble)?;
        if self.protect {
            self.guard(&reach).await?;
        }
        Ok(landed)
    }

    /// A pull request that brings the repository to what it would hold with the proposed release.
    pub async fn propose(
        &self,
        github: &'a GitHub,
        observer: &'a dyn Fn(Event),
        topic: &str,
        message: &str,
        says: impl Fn(&Gate) -> Verdict,
    ) -> Outcome<Landed> {
        let reach = self.reach(github, observer)?;
        let tree = Tree::compile(self)?;
        let seen = reach.look().await.map_err(trouble)?;
        let wanted = tree.wanted(self, &reach, &seen, None).await?;
        let landed = reach.land(seen, &wanted.files, &wanted.beside, topic, message, true).await.map_err(trouble)?;
        if let Landed::Waits { proposed, .. } = &landed {
            reach.speak(&self.gates(), proposed, says).await.map_err(trouble)?;
        }
        Ok(landed)
    }

    /// The gates of the promotion order.
    fn gates(&self) -> Vec<Gate> {
        Gate::all(self.loaded.document().promotion().iter().map(|e| e.as_str()))
    }

    /// What the next `up` would write into the repository; nothing is written. Files of Secrets that stand there stay as
    /// they are: only `up` knows their values.
    pub async fn compare(&self, github: &'a GitHub) -> Outcome<Compared> {
        let silent: &'static dyn Fn(Event) = &|_| {};
        let reach = self.reach(github, silent)?;
        let refused = |e: GitHubError| Trouble::new(format!("GitHub: {e}"), "what is wrong: pontoon doctor");
        let is_new = github.repository(&reach.name).await.map_err(refused)?.is_none();
        let seen = match is_new {
            true => Seen::default(),
            false => reach.look().await.map_err(trouble)?,
        };
        let wanted = Tree::compile(self)?.wanted(self, &reach, &seen, None).await?;
        let changes = reach.compare(&seen, &wanted.files, &wanted.beside).await.map_err(trouble)?;
        Ok(Compared { repository: reach.name.to_string(), is_new, changes })
    }

    /// The keys of the environment; made where there are none.
    async fn keys(&self, values: &Values<'_>) -> Outcome<keys::Keys> {
        let kept = keys::ensure(values.keeper, &self.composition.source()?, &values.prefix).await;
        kept.map_err(|why| Trouble::new(why, "put the key back where it is kept: pontoon secret set"))
    }

    /// Tree and environments. `whole` is false where values of Secrets may be missing yet.
    async fn fill(&self, reach: &Reach<'_>, tree: &Tree, keys: &keys::Keys, values: &Values<'_>, whole: bool) -> Outcome<Landed> {
        let seen = reach.look().await.map_err(trouble)?;
        let wanted = tree.wanted(self, reach, &seen, Some((keys, whole, values))).await?;
        let environment = self.spec.environment.as_str();
        let message = format!("{}: {environment} as platform.yaml says", self.spec.platform);
        let landed = reach.land(seen, &wanted.files, &wanted.beside, environment, &message, false).await.map_err(trouble)?;
        let names = self.loaded.environments().into_iter().collect::<BTreeSet<_>>();
        reach.environments(&names).await.map_err(trouble)?.iter().for_each(|said| note(said));
        self.actions(reach, values).await?;
        Ok(landed)
    }

    /// What a person gave for the workflows of the environment, sealed.
    async fn actions(&self, reach: &Reach<'_>, values: &Values<'_>) -> Outcome<()> {
        let failed = |why: String| Trouble::new(why, "run it again: pontoon up");
        let vault = matches!(self.spec.secrets.home(), SecretHome::Store(SecretStore::Vault(_)));
        let given = values.for_actions(vault).await.map_err(|m| failed(m.to_string()))?;
        let path = values.path(actions::OWNER, actions::SEALED);
        let kept = values.keeper.get(&path).await.map_err(failed)?;
        let sealed: BTreeMap<String, String> = kept.and_then(|k| serde_json::from_str(k.expose()).ok()).unwrap_or_default();
        if given.is_empty() && sealed.is_empty() {
            return Ok(());
        }
        let mut draw = self.composition.source()?.named(&path);
        let (now, said) = reach.seal(self.spec.environment.as_str(), &given, &sealed, &mut draw).await.map_err(trouble)?;
        if now != sealed {
            let text = serde_json::to_string(&now).unwrap_or_default();
            values.keeper.put(&path, &Secret::new(text)).await.map_err(failed)?;
        }
        said.iter().for_each(|said| note(said));
        Ok(())
    }

    /// Protects the branch, last of all.
    async fn guard(&self, reach: &Reach<'_>) -> Outcome<()> {
        let mut checks: BTreeSet<String> = self.repository()?.checks.iter().map(|c| c.to_string()).collect();
        checks.extend(gates::contexts(&self.gates()));
        if let Some(said) = reach.protect(&checks).await.map_err(trouble)? {
            note(&said);
        }
        Ok(())
    }
}

/// Writes objects that only the engine writes.
async fn write(ground: &Ground, objects: impl IntoIterator<Item = Object>) -> Outcome<()> {
    for object in objects {
        let written = ground.cluster.apply(&object).await;
        written.map_err(|r| Trouble::new(format!("the cluster: {}", r.message), "run it again: pontoon up"))?;
    }
    Ok(())
}
