//! What is done with a platform that is there: upgraded, looked at, forgotten and taken over again.

use super::{
    judge,
    stage::{Broken, RUNS, Stage},
    story::{Fate, OLDER, Story, VERSIONS},
};
use pontoon_catalog::find;
use pontoon_core::{address::Address, operation::Ending, plan::Command, platform::Platform, record::Recorded, value::Value};
use pontoon_emulator::{Cloud, World};
use pontoon_plan::{Adoption, Options};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What has versions.
pub const CLUSTER: &str = "digitalocean.cluster";
/// After this long nothing that an earlier run or the vendor began is under way any more, in any world.
pub const QUIETENED: Duration = Duration::from_secs(2 * 3600);
/// There are fewer steps than versions.
const STEPS: usize = VERSIONS.len();

/// The numbers of `1.36.1-do.0`.
fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).filter_map(|part| part.parse().ok()).collect()
}

/// What the vendor offers next: one step from there: the newest patch of the minor, or the newest of the next minor.
pub fn step(from: &str) -> Option<&'static str> {
    let minor = |v: &str| numbers(v).into_iter().take(2).collect::<Vec<_>>();
    let newer: Vec<&'static str> = VERSIONS.iter().copied().filter(|v| numbers(v) > numbers(from)).collect();
    let patch = newer.iter().find(|v| minor(v) == minor(from));
    patch.or_else(|| newer.iter().find(|v| Some(minor(v)) == newer.iter().map(|v| minor(v)).min())).copied()
}

/// Keys that a run makes for itself come and go with any look at a bucket, and may be left for the next run.
fn world(cloud: &Cloud) -> crate::normal::Normal {
    let mut seen = judge::seen(cloud);
    if let Some(keys) = seen.get_mut("spaces_keys") {
        keys.retain(|k| !k.contains("fullaccess"));
    }
    seen.retain(|_, things| !things.is_empty());
    seen
}

impl Stage {
    /// A platform as its document says it by now: with the version that it asks for.
    pub fn at_version(&self, story: &Story, mut platform: Platform) -> Platform {
        let asked = self.asked.borrow().clone();
        let version = asked.as_deref().or(story.older.then_some(OLDER));
        if let Some(version) = version {
            let clusters = platform.resources.values_mut().filter(|r| r.address.kind() == CLUSTER);
            clusters.for_each(|c| drop(c.attributes.insert("version".into(), version.into())));
        }
        platform
    }

    /// One step towards the newest version, of the recorded cluster that is furthest behind; false where there is none.
    pub async fn upgrades(&self, story: &Story, platform: &Platform, fate: Fate) -> bool {
        let objects = self.context.cloud.objects();
        let running = |id: &str| {
            let clusters = objects["kubernetes_clusters"].as_array().into_iter().flatten();
            clusters
                .filter(|c| c["id"] == id)
                .find_map(|c| c["version"].as_str().or(c["version_slug"].as_str()).map(str::to_owned))
        };
        let recorded = self.recorded(platform);
        let clusters = recorded.iter().filter(|(a, _)| a.kind() == CLUSTER);
        let next = clusters.filter_map(|(a, r)| Some((a.clone(), step(&running(&r.id)?)?))).min_by_key(|(_, to)| numbers(to));
        let Some((address, to)) = next else { return false };
        self.tell(format!("  {address} to {to}"));
        self.asked.replace(Some(to.to_owned()));
        let platform = self.at_version(story, platform.clone());
        let options = || Options { only: BTreeSet::from([address.clone()]), hold: true, ..Options::default() };
        self.fated(&platform, Command::Up, options, fate).await;
        true
    }

    /// All steps that are left, once everything is there that a platform asks for.
    pub async fn upgrades_to_the_end(&self, story: &Story, last: &Platform) {
        // What cannot be reached is told by the judge.
        let _ = self.converge(&self.at_version(story, last.clone()), Command::Up).await;
        for _ in 0..STEPS + RUNS {
            if !self.upgrades(story, last, Fate::Lives).await {
                return;
            }
        }
    }

    /// Looking for drift changes nothing, neither there nor here.
    ///
    /// # Errors
    /// What it changed.
    pub async fn drifts(&self, whole: &Platform) -> Result<(), Broken> {
        let (twin, disk) = self.twin().await;
        let found = self.context.drifting(whole).await;
        self.tell(format!("  drift: {:?}", found.map(|d| d.drift.drifted.len()).map_err(|e| e.to_string())));
        if self.disk.bytes() != disk {
            return Err(self.broken("looking for drift changes nothing", "something was written into the state"));
        }
        self.unchanged(&twin, "looking for drift changes nothing").await
    }

    /// Forgetting and adopting changes nothing there.
    ///
    /// # Errors
    /// What they changed.
    pub async fn forgets(&self, story: &Story, nth: usize, fate: Fate) -> Result<(), Broken> {
        let whole = self.at_version(story, story.base.platform());
        let recorded = self.recorded(&whole);
        let Some((address, _)) = recorded.iter().nth(nth % recorded.len().max(1)) else { return Ok(()) };
        let gone = with_children(&recorded, address);
        // What showed a secret once cannot be taken over: nobody would know it.
        let shows = |a: &&Address| find(a.kind()).is_none_or(|k| !k.secrets.is_empty());
        if gone.iter().any(|a| shows(&a)) {
            return Ok(());
        }
        let (twin, _) = self.twin().await;
        let forgot = self.context.forget(&self.context.me, &whole, &BTreeSet::from([address.clone()])).await;
        let ended = forgot.map(|r| r.ending);
        self.tell(format!("  forget {address}: {:?}", ended.as_ref().map_err(ToString::to_string)));
        if matches!(ended, Ok(Ending::Done)) {
            let left: Vec<Address> = self.recorded(&whole).into_keys().filter(|a| gone.contains(a)).collect();
            if !left.is_empty() {
                return Err(self.broken("what is forgotten is not in the record", format!("{left:?}")));
            }
            let take: BTreeMap<Address, String> =
                gone.iter().filter_map(|a| Some((a.clone(), recorded.get(a)?.id.clone()))).collect();
            let options =
                || Options { adoption: Some(Adoption { take: take.clone(), ..Adoption::default() }), ..Options::default() };
            self.fated(&whole, Command::Adopt, options, fate).await;
        }
        self.unchanged(&twin, "forgetting and adopting change nothing there").await
    }

    /// The same world once more, in which nobody does anything, once nothing is under way; and what is written here.
    async fn twin(&self) -> (Cloud, Vec<(std::path::PathBuf, Vec<u8>)>) {
        self.context.clock.sleep(QUIETENED).await;
        let world = World { kubernetes: super::neighbour::world(0).kubernetes, ..World::default() };
        (self.context.cloud.fork(world), self.disk.bytes())
    }

    async fn unchanged(&self, twin: &Cloud, rule: &'static str) -> Result<(), Broken> {
        // What was sent and lost arrives now.
        self.context.clock.sleep(Duration::from_secs(120)).await;
        let lines = crate::normal::difference(&world(twin), &world(&self.context.cloud));
        match lines.is_empty() {
            true => Ok(()),
            false => Err(self.broken(rule, format!("without it: -, with it: +\n{lines}"))),
        }
    }
}

fn with_children(all: &BTreeMap<Address, Recorded>, address: &Address) -> BTreeSet<Address> {
    let mut gone = BTreeSet::from([address.clone()]);
    loop {
        let inside = |r: &Recorded| r.parent.as_ref().is_some_and(|p| gone.contains(p));
        let more: Vec<Address> = all.iter().filter(|(a, r)| !gone.contains(*a) && inside(r)).map(|(a, _)| a.clone()).collect();
        if more.is_empty() {
            return gone;
        }
        gone.extend(more);
    }
}

/// The id of a parent, where a thing lives in one.
pub fn parent_id(all: &BTreeMap<Address, Recorded>, thing: &Recorded) -> Value {
    thing.parent.as_ref().and_then(|p| all.get(p)).map_or(Value::Null, |p| p.id.clone().into())
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn patches_come_before_the_next_minor() {
        assert_eq!(step("1.34.7-do.0"), Some("1.35.4-do.0"));
        assert_eq!(step("1.35.2-do.0"), Some("1.35.4-do.0"));
        assert_eq!(step("1.35.4-do.0"), Some("1.36.1-do.0"));
        assert_eq!(step("1.36.1-do.0"), None);
    }
}
