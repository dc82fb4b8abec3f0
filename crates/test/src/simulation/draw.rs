//! From a number to a story. Equal numbers draw equal stories.

use super::{
    disk,
    later::CLUSTER,
    story::{Act, Base, Fate, Shape, Story, Trouble},
};
use crate::{changes::changes, platforms::EXAMPLES};
use pontoon_catalog::resource_types;
use pontoon_core::{
    plan::Action,
    platform::{Platform, Resource},
};
use pontoon_emulator::random::Random;

/// A story of that number.
pub fn story(seed: u64) -> Story {
    Drawer { random: Random(seed ^ 0x706f_6e74_6f6f_6e21) }.story(seed)
}

struct Drawer {
    random: Random,
}

impl Drawer {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).unwrap_or(0)
    }
    fn chance(&mut self, p: f64) -> bool {
        self.random.unit() < p
    }
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn story(&mut self, seed: u64) -> Story {
        let base = self.base();
        let all = base.platform();
        let has_cluster = all.resources.keys().any(|a| a.kind() == CLUSTER);
        let older = has_cluster && self.chance(0.5);
        let troubles = (0..self.below(4)).map(|_| self.trouble()).collect();
        let acts = (0..1 + self.below(5)).map(|_| self.act(&base, &all)).collect();
        let last = self.shape(&base, &all);
        Story { seed, base, older, troubles, acts, last }
    }

    fn base(&mut self) -> Base {
        if self.chance(0.2) {
            return Base::Example((*self.pick(EXAMPLES)).into(), 0);
        }
        let kinds: Vec<&str> = resource_types().iter().map(|k| k.kind).collect();
        let mut drawn: Vec<String> = (0..1 + self.below(4)).map(|_| (*self.pick(&kinds)).to_owned()).collect();
        // A policy excludes scoped keys: no document asks for both.
        if drawn.iter().any(|k| k == "spaces.bucket_policy") {
            drawn.retain(|k| k != "digitalocean.spaces_key");
        }
        Base::Kinds(drawn)
    }

    fn shape(&mut self, base: &Base, all: &Platform) -> Shape {
        let mut shape = Shape::default();
        let addresses: Vec<String> = all.resources.keys().map(ToString::to_string).collect();
        if !addresses.is_empty() {
            shape.without = (0..self.below(3)).map(|_| self.pick(&addresses).clone()).collect();
        }
        if matches!(base, Base::Kinds(_)) {
            let fits: Vec<(String, serde_json::Value)> = changes()
                .into_iter()
                .filter(|(kind, fields, action)| {
                    let likely = *action == Action::Update || self.chance(0.2);
                    // What a document says nothing of stays as it is: such a change could not be taken back.
                    let said = |r: &Resource| fields.as_object().is_some_and(|f| f.keys().all(|k| r.attributes.contains_key(k)));
                    likely && all.resources.values().any(|r| r.address.kind() == *kind && said(r))
                })
                .map(|(kind, fields, _)| (kind.to_owned(), fields))
                .collect();
            if !fits.is_empty() {
                shape.changed = (0..self.below(3)).map(|_| self.pick(&fits).clone()).collect();
            }
        }
        shape
    }

    fn trouble(&mut self) -> Trouble {
        let p = 0.01 + 0.12 * self.random.unit();
        match self.below(10) {
            0 => Trouble::LostRequests(p),
            1 | 2 => Trouble::LostReplies(p),
            3 | 4 => Trouble::Late(2.0 * p, 5 + self.random.below(25)),
            5 => Trouble::Status(p, *self.pick(&[429, 500, 502, 503])),
            6 => Trouble::Slow(p, 4.0 + 6.0 * self.random.unit()),
            7 => Trouble::FailedCreation(1 + self.random.below(2)),
            8 => Trouble::Lags(self.random.below(20), self.random.below(45)),
            _ => match self.chance(0.5) {
                true => Trouble::Limit(20 + self.below(60)),
                false => Trouble::Latency(1 + self.random.below(8)),
            },
        }
    }

    fn fate(&mut self) -> Fate {
        let call = self.below(50);
        match self.below(10) {
            0..3 => Fate::Lives,
            3..5 => Fate::DiesBefore(call),
            5..7 => Fate::DiesAfter(call),
            7 => Fate::PowerFails(call, self.random.unit()),
            8 => Fate::Disk(disk::Trouble::Full(self.random.below(60) as u32)),
            _ => Fate::Disk(disk::Trouble::Torn(self.random.below(60) as u32)),
        }
    }

    fn act(&mut self, base: &Base, all: &Platform) -> Act {
        match self.below(25) {
            0..9 => Act::Up { shape: self.shape(base, all), fate: self.fate(), named: self.chance(0.5) },
            9 | 10 => Act::Destroy { fate: self.fate() },
            11 => Act::Both(self.shape(base, all), self.shape(base, all)),
            12 | 13 => Act::Removes(self.below(all.resources.len().max(1))),
            14 => Act::Changes(self.below(8)),
            15 => Act::Upgrades,
            16 => Act::Namesake(self.shape(base, all)),
            17 => Act::Stranger(self.shape(base, all)),
            18 => Act::Jump(i64::try_from(self.below(14_400)).unwrap_or(0) - 7_200),
            19 => Act::Pause(self.random.below(1200)),
            20 | 21 => Act::Upgrade { fate: self.fate() },
            22 => Act::Drift,
            23 => Act::Forgets { nth: self.below(all.resources.len().max(1)), fate: self.fate() },
            _ => Act::Days(1 + self.random.below(45)),
        }
    }
}
