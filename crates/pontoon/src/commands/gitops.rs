//! The delivery through Git: what the document and the files beside it make of it, and what a person reads.

mod wanted;

use crate::{
    args::Where,
    compose::Composition,
    document::Loaded,
    exit::{Outcome, Trouble},
    print::note,
    settings::Settings,
};
use pontoon_core::event::Event;
use pontoon_deliver::{
    Setting,
    gates::{Gate, Verdict},
    order::Halt,
    published::Published,
    repository::{Landed, Reach, Trouble as Refused},
    through,
    values::Values,
};
pub use pontoon_deliver::{order::Compared, through::Done};
use pontoon_providers::github::{GitHub, RepositoryName};
use pontoon_spec::{Release, Spec, sections::delivery::Repository};

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

/// What a person reads where a delivery cannot go on.
fn halted(e: Halt) -> Trouble {
    let trouble = Trouble::new(e.what, e.remedy).because(e.why);
    if e.waits { trouble.waits() } else { trouble }
}

impl Through<'_> {
    fn repository(&self) -> Outcome<&Repository> {
        let declared = self.spec.delivery.repository.as_ref().map(|r| &r.value);
        declared.ok_or_else(|| Trouble::new("there is no repository to follow", "add delivery.repository"))
    }

    fn reach<'r>(&'r self, github: &'r GitHub, observer: &'r dyn Fn(Event)) -> Outcome<Reach<'r>> {
        reach(self.composition, self.spec.platform.as_str(), self.repository()?, github, observer)
    }

    /// Carries it out.
    pub async fn carry_out(
        &self,
        github: &GitHub,
        setting: &Setting<'_>,
        values: &Values<'_>,
        published: &Published,
    ) -> Outcome<Done> {
        let reach = self.reach(github, setting.observer)?;
        let (order, draw) = (wanted::order(self)?, self.composition.source()?);
        let through = through::Through { order: &order, reach: &reach, values, draw: &draw, say: &|said| note(said) };
        through.carry_out(setting, published).await.map_err(halted)
    }

    /// The repository alone, as far as it can be filled before there is a cluster.
    pub async fn bootstrap(&self, github: &GitHub, values: &Values<'_>, observer: &dyn Fn(Event)) -> Outcome<Landed> {
        let reach = self.reach(github, observer)?;
        let (order, draw) = (wanted::order(self)?, self.composition.source()?);
        let through = through::Through { order: &order, reach: &reach, values, draw: &draw, say: &|said| note(said) };
        through.bootstrap().await.map_err(halted)
    }

    /// A pull request that brings the repository to what it would hold with the proposed release.
    pub async fn propose(
        &self,
        github: &GitHub,
        observer: &dyn Fn(Event),
        topic: &str,
        message: &str,
        says: impl Fn(&Gate) -> Verdict,
    ) -> Outcome<Landed> {
        let reach = self.reach(github, observer)?;
        wanted::order(self)?.propose(&reach, topic, message, says).await.map_err(halted)
    }

    /// What the next `up` would write into the repository; nothing is written.
    pub async fn compare(&self, github: &GitHub) -> Outcome<Compared> {
        let silent = |_: Event| {};
        let reach = self.reach(github, &silent)?;
        wanted::order(self)?.compare(&reach).await.map_err(halted)
    }
}
