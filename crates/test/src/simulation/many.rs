//! Many lives, on as many threads as one likes. Each is a world of its own, so which thread plays which changes nothing.

use super::{
    draw, paused, play,
    scenario::{Ends, Scenario},
    shrink::{Play, shrink},
    stage::{Broken, Ended},
    story::Story,
};
use std::{
    fmt,
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// After so many broken rules the rest is not looked at.
const ENOUGH: usize = 3;
/// How many stories may be played to make one smaller.
const TRIES: usize = 60;

/// How they ended.
#[derive(Default)]
pub struct Tally {
    /// How many ended well.
    pub well: u64,
    /// What was said where a person was asked, with the seed.
    pub waits: Vec<(u64, String)>,
    /// Which rules were broken.
    pub broken: Vec<Found>,
}

/// A broken rule with the smallest story that breaks it.
pub struct Found {
    /// The story's number, before it was made smaller.
    pub seed: u64,
    /// The story.
    pub story: Story,
    /// What it breaks.
    pub broken: Broken,
}

impl Found {
    /// To be kept.
    pub fn scenario(&self) -> Scenario {
        let about = format!("Seed {}. {}: {}", self.seed, self.broken.rule, self.broken.detail);
        Scenario { about, ends: Ends::Well, story: self.story.clone() }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { rule, detail, told } = &self.broken;
        let story = self.scenario().to_yaml().map_err(|_| fmt::Error)?;
        write!(f, "seed {}: {rule}\n{detail}\n{}\n{story}", self.seed, told.join("\n"))
    }
}

impl Tally {
    /// How many were played.
    pub fn played(&self) -> u64 {
        self.well + self.waits.len() as u64 + self.broken.len() as u64
    }
}

/// Plays the stories of these numbers. `goes_on` is asked before each with how it went so far.
pub fn play_many(seeds: Range<u64>, threads: usize, goes_on: &(dyn Fn(&Tally) -> bool + Sync)) -> Tally {
    let (next, tally) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    let locked = || tally.lock().unwrap_or_else(PoisonError::into_inner);
    let wants_more = || {
        let tally = locked();
        tally.broken.len() < ENOUGH && goes_on(&tally)
    };
    let work = || {
        while wants_more() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let story = draw::story(seed);
            match paused(play(&story, None)) {
                Ok(Ended::Well) => locked().well += 1,
                Ok(Ended::Waits(said)) => locked().waits.push((seed, said)),
                Err(broken) => {
                    let found = smallest(seed, story, broken);
                    locked().broken.push(found);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.waits.sort();
    tally.broken.sort_by_key(|f| f.seed);
    tally
}

fn smallest(seed: u64, story: Story, broken: Broken) -> Found {
    let play: &Play<'_> = &|story| Box::pin(async move { play(&story, None).await.err() });
    let (story, broken) = paused(shrink(story, broken, TRIES, play));
    Found { seed, story, broken }
}
