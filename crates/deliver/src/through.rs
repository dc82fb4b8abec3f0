//! The delivery through a repository, from its making to the protection of its branch: repository, keys, one commit, Flux
//! or Argo CD, and following them until every unit is healthy.
//!
//! In this order, and for these reasons: the repository; what a store has to hold before anything reads it; the deploy key;
//! the age key in the cluster, before anything is committed that is encrypted to it; the commit; what brings it into the
//! cluster; and once everything is healthy the end of what was replaced, and the protection of the branch.

use crate::{
    Delivered, Setting, actions,
    argo::{self, Brought},
    follow,
    gates::{self, Gate, Verdict},
    install,
    keys::{self, Keys},
    order::{Halt, Order, Sealing},
    published::Published,
    repository::{Landed, Reach},
    values::Values,
};
use pontoon_core::{call::Class, content::Object, secret::Secret};
use pontoon_render::{Follower, argo::Git, flux};
use pontoon_secrets::Draw;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What to do after most of what fails.
const AGAIN: &str = "run it again: pontoon up";

/// How often a write is tried again.
const TRIES: u32 = 5;

/// How a delivery through a repository ended.
pub struct Done {
    /// The units.
    pub delivered: Delivered,
    /// The pull request that a person has to merge first.
    pub waits: Option<String>,
    /// The commit that the cluster was brought to.
    pub head: String,
}

/// One delivery.
pub struct Through<'a> {
    /// What has to be there.
    pub order: &'a Order,
    /// The repository.
    pub reach: &'a Reach<'a>,
    /// Values of Secrets.
    pub values: &'a Values<'a>,
    /// Draws keys and nonces.
    pub draw: &'a Draw,
    /// Told what the owner's plan does not allow, and the like.
    pub say: &'a dyn Fn(&str),
}

impl Through<'_> {
    /// Carries it out.
    ///
    /// # Errors
    /// Where the repository or the cluster refuses, or a value is missing. It is the same to carry it out again.
    pub async fn carry_out(&self, setting: &Setting<'_>, published: &Published) -> Result<Done, Halt> {
        let Through { order, reach, values, .. } = *self;
        let keys = self.keys().await?;
        reach.ensure().await?;
        for secret in &order.secrets {
            values.fill(secret).await.map_err(|m| Halt::lacks(secret, &m))?;
        }
        let title = keys::title(&values.prefix);
        reach.deploy_key(&title, &keys.deploy.public()).await?;
        if let Follower::Flux { encrypted } = order.follower {
            write(setting, keys.objects(encrypted)).await?;
        }
        let landed = self.fill(&keys, true).await?;
        let gates = order.gates();
        let (head, waits) = match landed {
            Landed::On { head, .. } => (head, None),
            Landed::Waits { url, head, proposed } => {
                let unchanged = |g: &Gate| Verdict { open: true, why: format!("changes no release that {} has", g.to) };
                reach.speak(&gates, &proposed, unchanged).await?;
                (head, Some(url))
            }
        };
        reach.speak_of_others(&gates).await?;
        let delivered = match &order.follower {
            Follower::Argo(git) => self.argo(setting, published, &keys, git, &head).await?,
            Follower::Flux { encrypted } => self.flux(setting, published, *encrypted, &head).await?,
        };
        if delivered.healthy() && waits.is_none() {
            // Nothing stands on what was there before any more.
            reach.retire_keys(&title, Some(&keys.deploy.public())).await?;
            if keys.before.is_some() {
                let keys = Keys { before: None, ..keys };
                if order.encrypted() {
                    write(setting, keys.objects(true)).await?;
                }
                keys::retire(values.keeper, &values.prefix).await.map_err(|why| Halt::new(why, AGAIN))?;
            }
            if order.protect {
                self.guard().await?;
            }
        }
        Ok(Done { delivered, waits, head })
    }

    /// The repository alone, as far as it can be filled before there is a cluster.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn bootstrap(&self) -> Result<Landed, Halt> {
        let keys = self.keys().await?;
        self.reach.ensure().await?;
        let landed = self.fill(&keys, false).await?;
        self.reach.deploy_key(&keys::title(&self.values.prefix), &keys.deploy.public()).await?;
        if self.order.protect {
            self.guard().await?;
        }
        Ok(landed)
    }

    /// Flux, and following it.
    async fn flux(&self, setting: &Setting<'_>, published: &Published, encrypted: bool, head: &str) -> Result<Delivered, Halt> {
        if let Some(why) = install::install(setting, published, true).await? {
            return Ok(install::stuck(setting, install::UNIT, why));
        }
        let root = flux::root(&self.order.url, &self.reach.branch, &self.order.environment, encrypted);
        write(setting, root).await?;
        Ok(follow::follow(setting, self.order.units(), head).await?)
    }

    /// Argo CD, the Secrets that it cannot read from Git, and following it.
    async fn argo(
        &self,
        setting: &Setting<'_>,
        published: &Published,
        keys: &Keys,
        git: &Git,
        head: &str,
    ) -> Result<Delivered, Halt> {
        let (units, mut secrets) = (self.order.units(), Vec::new());
        for (unit, secret) in units.iter().flat_map(|u| u.secrets.iter().map(move |s| (u, s))) {
            let object = self.values.object(secret).await.map_err(|m| Halt::lacks(secret, &m))?;
            secrets.push(Brought { unit: unit.name.clone(), object });
        }
        write(setting, keys.argo_objects(&git.url)).await?;
        if let Some(why) = install::install_argo(setting, published).await? {
            return Ok(install::stuck(setting, install::ARGO_UNIT, why));
        }
        Ok(argo::follow(setting, units, git, head, &secrets).await?)
    }

    /// The keys of the environment; made where there are none.
    async fn keys(&self) -> Result<Keys, Halt> {
        let kept = keys::ensure(self.values.keeper, self.draw, &self.values.prefix).await;
        kept.map_err(|why| Halt::new(why, "put the key back where it is kept: pontoon secret set"))
    }

    /// Tree and environments. `whole` is false where values of Secrets may be missing yet.
    async fn fill(&self, keys: &Keys, whole: bool) -> Result<Landed, Halt> {
        let Through { order, reach, values, draw, say } = *self;
        let seen = reach.look().await?;
        let wanted = order.wanted(reach, &seen, Some(Sealing { keys, values, whole, draw })).await?;
        let message = format!("{}: {} as platform.yaml says", order.platform, order.environment);
        let landed = reach.land(seen, &wanted.files, &wanted.beside, &order.environment, &message, false).await?;
        let names: BTreeSet<String> = order.environments.iter().map(|(name, _)| name.clone()).collect();
        reach.environments(&names).await?.iter().for_each(|said| say(said));
        self.actions().await?;
        Ok(landed)
    }

    /// What a person gave for the workflows of the environment, sealed.
    async fn actions(&self) -> Result<(), Halt> {
        let Through { order, reach, values, draw, say } = *self;
        let failed = |why: String| Halt::new(why, AGAIN);
        let given = values.for_actions(order.vault).await.map_err(|m| failed(m.to_string()))?;
        let path = values.path(actions::OWNER, actions::SEALED);
        let kept = values.keeper.get(&path).await.map_err(failed)?;
        let sealed: BTreeMap<String, String> = kept.and_then(|k| serde_json::from_str(k.expose()).ok()).unwrap_or_default();
        if given.is_empty() && sealed.is_empty() {
            return Ok(());
        }
        let (now, said) = reach.seal(&order.environment, &given, &sealed, &mut draw.named(&path)).await?;
        if now != sealed {
            let text = serde_json::to_string(&now).unwrap_or_default();
            values.keeper.put(&path, &Secret::new(text)).await.map_err(failed)?;
        }
        said.iter().for_each(|said| say(said));
        Ok(())
    }

    /// Protects the branch, last of all.
    async fn guard(&self) -> Result<(), Halt> {
        let mut checks = self.order.checks.clone();
        checks.extend(gates::contexts(&self.order.gates()));
        if let Some(said) = self.reach.protect(&checks).await? {
            (self.say)(&said);
        }
        Ok(())
    }
}

/// Writes objects that only the engine writes; what passes by itself is tried again.
async fn write(setting: &Setting<'_>, objects: impl IntoIterator<Item = Object>) -> Result<(), Halt> {
    for object in objects {
        let mut tries = 0;
        while let Err(r) = setting.cluster.apply(&object).await {
            tries += 1;
            let passes = matches!(r.class, Class::RateLimited | Class::Transient | Class::Indeterminate | Class::Conflict);
            if tries > TRIES || !passes || setting.stop.asked() {
                return Err(Halt::new(format!("the cluster: {}", r.message), AGAIN));
            }
            setting.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
        }
    }
    Ok(())
}
