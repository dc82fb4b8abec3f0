//! Every crash point of a store's life: killed, out of power, out of space.
//!
//! One driver runs a life of several operations and keeps in mind what was acknowledged. It is run
//! once for every operation of the disk, which fails; then another process opens what is left. It has
//! to find all that was acknowledged, of what was under way any part that makes sense, nothing else,
//! and be able to go on.

mod support;

use pontoon_core::{
    address::Scope,
    operation::{Ending, Frame, Operation},
    plan::{Base, Plan},
    record::Record,
};
use pontoon_store::{Answer, Store, StoreError, Writer};
use std::{collections::BTreeMap, path::Path, rc::Rc};
use support::{
    memory::{Fault, MemoryDisk},
    *,
};

const VPC: &str = "production/digitalocean.vpc.main";
const POOL: &str = "production/digitalocean.node_pool.workload";
const REGISTRY: &str = "shared/digitalocean.registry.main";
const SCOPES: [&str; 2] = ["shared", "production"];

fn open(disk: &MemoryDisk) -> Store {
    Store::on(Rc::new(disk.clone()), Path::new("/p/store"), "shop").unwrap()
}

/// What was acknowledged, and what was under way when it broke.
#[derive(Default, Clone)]
struct Mind {
    /// The lineage of each record that exists.
    lineages: BTreeMap<String, String>,
    /// The plan of each operation that has begun for certain.
    plans: BTreeMap<String, Plan>,
    /// Each frame, in the order in which they were made durable.
    frames: Vec<(String, Frame)>,
    /// Under way: a beginning.
    beginning: Option<Plan>,
    /// Under way: frames of one operation.
    adding: Vec<(String, Frame)>,
}

impl Mind {
    /// What is recorded of a scope after all acknowledged frames and the first `more` of those under way.
    fn record(&self, name: &str, more: usize) -> Option<Record> {
        let mut record = Record::empty("shop", scope(name), self.lineages.get(name)?.clone());
        record.team = plan(vec![], &[]).team;
        for (_, frame) in self.frames.iter().chain(self.adding.iter().take(more)) {
            let Frame::Step { event, .. } = frame else { continue };
            let Some(entries) = event.entries() else { continue };
            let mut wrote = 0;
            for (address, entry) in entries.iter().filter(|(a, _)| a.scope().as_str() == name) {
                wrote = 1;
                match entry {
                    Some(recorded) => record.resources.insert(address.clone(), recorded.clone()),
                    None => record.resources.remove(address),
                };
            }
            record.serial += wrote;
        }
        Some(record)
    }

    fn frames_of(&self, id: &str, more: usize) -> Vec<Frame> {
        let all = self.frames.iter().chain(self.adding.iter().take(more));
        all.filter(|(of, _)| of == id).map(|(_, f)| f.clone()).collect()
    }

    /// Checks that a store is what this mind says, with the first `more` frames under way.
    fn is_same(&self, store: &Store, more: usize) -> Result<(), String> {
        let text = |e: StoreError| format!("{e}: {:?}", std::error::Error::source(&e).map(ToString::to_string));
        for name in SCOPES {
            let (found, expected) = (store.load(&scope(name)).map_err(text)?, self.record(name, more));
            let is_beginning = self.beginning.is_some() && expected.is_none() && found.as_ref().is_some_and(|r| r.serial == 0);
            if found != expected && !is_beginning {
                return Err(format!("{name} is {found:#?}, not {expected:#?}"));
            }
        }
        let mut unfinished = Vec::new();
        let mut all = Vec::new();
        for (id, plan) in &self.plans {
            let frames = self.frames_of(id, more);
            if frames.is_empty() {
                continue;
            }
            let stored = store.operation(id).map_err(text)?;
            if (&stored.plan, &stored.frames) != (plan, &frames) || stored.damage.is_some() {
                return Err(format!("{id} is {stored:#?}"));
            }
            all.insert(0, id.clone());
            if Operation::fold(&frames).unwrap().closed.is_none() {
                unfinished.push(id.clone());
            }
        }
        let found: Vec<String> = store.unfinished().map_err(text)?.into_iter().map(|o| o.id).collect();
        if found != unfinished {
            return Err(format!("unfinished are {found:?}, not {unfinished:?}"));
        }
        let found: Vec<String> = store.operations().map_err(text)?.into_iter().map(|o| o.id).collect();
        if found != all {
            return Err(format!("the log is {found:?}, not {all:?}"));
        }
        Ok(())
    }

    /// How much was acknowledged.
    fn acknowledged(&self) -> (usize, usize) {
        (self.plans.len(), self.frames.len())
    }

    /// Which part of what was under way is there.
    fn find(&self, store: &Store) -> Result<usize, String> {
        let mut first = None;
        for more in 0..=self.adding.len() {
            match self.is_same(store, more) {
                Ok(()) => return Ok(more),
                Err(e) => first = first.or(Some(e)),
            }
        }
        Err(first.unwrap_or_default())
    }

    fn bases(&self, store: &Store) -> Result<Vec<Base>, StoreError> {
        let mut bases = Vec::new();
        for name in SCOPES {
            let (lineage, serial) = match store.load(&scope(name))? {
                Some(r) => (r.lineage, r.serial),
                None => (format!("lineage-{name}"), 0),
            };
            bases.push(Base { scope: Scope::environment(name), lineage, serial });
        }
        Ok(bases)
    }

    /// An operation of these batches.
    fn run(&mut self, writer: &mut Writer, id: &str, steps: &[&str], batches: Vec<Vec<Frame>>) -> Result<(), StoreError> {
        let plan = plan(self.bases(writer)?, steps);
        self.beginning = Some(plan.clone());
        let mut journal = writer.begin(id, &plan)?;
        self.beginning = None;
        self.lineages.extend(plan.bases.iter().map(|b| (b.scope.to_string(), b.lineage.clone())));
        self.plans.insert(id.into(), plan.clone());
        for batch in [vec![vec![opened(id, &plan)]], batches].concat() {
            self.adding = batch.iter().map(|f| (id.to_owned(), f.clone())).collect();
            for frame in &batch {
                journal.add(frame)?;
            }
            journal.flush()?;
            self.frames.append(&mut self.adding);
        }
        drop(journal);
        writer.commit(id)
    }

    /// Goes on with a cut-off operation.
    fn recover(&mut self, writer: &mut Writer, id: &str, batch: Vec<Frame>) -> Result<(), StoreError> {
        let mut journal = writer.resume(id)?;
        self.adding = batch.iter().map(|f| (id.to_owned(), f.clone())).collect();
        for frame in &batch {
            journal.add(frame)?;
        }
        journal.flush()?;
        self.frames.append(&mut self.adding);
        writer.commit(id)
    }

    /// A life: one operation in order, one that stalls, a third meanwhile, an answer, one that is cut
    /// off and recovered.
    fn live(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut writer = store.lock(who(), now())?;
        let end = closed(Ending::Done);
        let first = vec![
            vec![began(0), began(1)],
            vec![made(0, REGISTRY, "r"), ready(0), made(1, VPC, "v")],
            vec![ready(1)],
            vec![end.clone()],
        ];
        self.run(&mut writer, "1", &[REGISTRY, VPC], first)?;
        let second = vec![vec![began(0), began(1)], vec![made(0, VPC, "v2"), stalled(1)]];
        self.run(&mut writer, "2", &[VPC, POOL], second)?;
        self.run(&mut writer, "3", &[VPC], vec![vec![began(0)], vec![removed(0, VPC), ready(0), end.clone()]])?;
        drop(writer);
        let mut writer = store.lock(who(), now())?;
        let adopted = Frame::Step { step: 1, event: pontoon_core::operation::StepEvent::Adopted { entries: entries(POOL, "p") } };
        self.adding = vec![("2".into(), adopted), ("2".into(), closed(Ending::Recovered))];
        writer.resolve("2", 1, Answer::Adopted(entries(POOL, "p")), now())?;
        self.frames.append(&mut self.adding);
        self.run(&mut writer, "4", &[VPC, REGISTRY], vec![vec![began(0), began(1)], vec![made(0, VPC, "v4")]])?;
        self.recover(&mut writer, "4", vec![removed(1, REGISTRY), closed(Ending::Recovered)])
    }

    /// What the next process does: settles what is open, then runs an operation of its own.
    fn go_on(&mut self, store: &Store, id: &str) -> Result<(), StoreError> {
        let mut writer = store.lock(who(), now())?;
        for open in writer.unfinished()? {
            let mut ends: Vec<Frame> = Vec::new();
            for (step, status) in &open.operation.steps {
                use pontoon_core::operation::{StepEvent::Absent, StepStatus::*};
                if matches!(status, Indeterminate | Stalled) {
                    ends.push(Frame::Step { step: *step, event: Absent });
                }
            }
            ends.push(closed(Ending::Recovered));
            self.recover(&mut writer, &open.id, ends)?;
        }
        let next = vec![vec![began(0), began(1)], vec![made(0, VPC, id), made(1, REGISTRY, id)], vec![closed(Ending::Done)]];
        self.run(&mut writer, id, &[VPC, REGISTRY], next)
    }

    /// Takes what was found after a crash as given.
    fn settle(&mut self, store: &Store, more: usize) {
        self.frames.extend(self.adding.drain(..).take(more));
        if let Some(plan) = self.beginning.take() {
            let begun = plan.bases.iter().filter(|b| store.load(&b.scope).unwrap().is_some());
            self.lineages.extend(begun.map(|b| (b.scope.to_string(), b.lineage.clone())));
        }
    }
}

/// Small steps of a seeded generator; quality does not matter.
fn seeded(seed: usize) -> impl FnMut(usize) -> usize {
    let mut state = seed as u64 | 1;
    move |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % 400
    }
}

/// What the next process may find.
fn remains(disk: &MemoryDisk, seed: usize) -> Vec<(&'static str, MemoryDisk)> {
    let mut all = vec![
        ("killed", disk.after_kill()),
        ("power lost, only durable", disk.after_power_loss(|_| 0)),
        ("power lost, some", disk.after_power_loss(seeded(seed))),
        ("power lost, some other", disk.after_power_loss(seeded(seed * 31 + 7))),
    ];
    let mut n = 1;
    while n < all.len() {
        if all[..n].iter().any(|(_, d)| d.is_same(&all[n].1)) {
            all.remove(n);
        } else {
            n += 1;
        }
    }
    all
}

/// How many disk operations a life takes.
fn length() -> usize {
    let disk = MemoryDisk::default();
    let mut mind = Mind::default();
    mind.live(&open(&disk)).unwrap();
    mind.is_same(&open(&disk), 0).unwrap();
    assert!(mind.record("production", 0).unwrap().resources.len() == 2, "the life is as it is meant to be");
    disk.count()
}

#[test]
fn a_crash_at_any_disk_operation_loses_nothing_that_was_acknowledged() {
    for at in 0..length() {
        for torn in [0, 1, 9, 200, usize::MAX] {
            let disk = MemoryDisk::default();
            disk.fail(at, Fault::Killed(torn));
            let mut mind = Mind::default();
            assert!(mind.live(&open(&disk)).is_err(), "operation {at} did not fail");
            if torn > 0 && !disk.log().last().is_some_and(|l| l.starts_with("append") || l.starts_with("write")) {
                break;
            }
            for (what, left) in remains(&disk, at) {
                let case = || format!("crash at {at} ({:?}), {torn} bytes, {what}", disk.log().last());
                let (store, mut mind) = (open(&left), mind.clone());
                let more = mind.find(&store).unwrap_or_else(|e| panic!("{}: {e}", case()));
                mind.settle(&store, more);
                mind.go_on(&store, "5").unwrap_or_else(|e| panic!("{}: going on: {e}", case()));
                mind.is_same(&open(&left.after_power_loss(|_| 0)), 0).unwrap_or_else(|e| panic!("{}: afterwards: {e}", case()));
            }
        }
    }
}

#[test]
fn a_second_crash_while_going_on_loses_nothing_either() {
    for at in (0..length()).step_by(9) {
        let disk = MemoryDisk::default();
        disk.fail(at, Fault::Killed(5));
        let mut first = Mind::default();
        assert!(first.live(&open(&disk)).is_err());
        for (what, left) in remains(&disk, at) {
            for again in (at % 11..).step_by(11) {
                let disk = left.after_kill();
                let (store, mut mind) = (open(&disk), first.clone());
                let more = mind.find(&store).unwrap();
                mind.settle(&store, more);
                let seen = mind.acknowledged();
                disk.fail(again, Fault::Killed(5));
                let is_through = mind.go_on(&store, "5").is_ok();
                for (what2, left) in remains(&disk, again) {
                    let case = || format!("crash at {at}, {what}, then at {again} ({:?}), {what2}", disk.log().last());
                    let (store, mut mind) = (open(&left), mind.clone());
                    let more = mind.find(&store).or_else(|e| {
                        // What the second process saw was never acknowledged. As long as it has
                        // acknowledged nothing itself, a loss of power may take that away again.
                        if mind.acknowledged() != seen {
                            return Err(e);
                        }
                        mind = Mind { beginning: first.beginning.clone().or(mind.beginning.clone()), ..first.clone() };
                        mind.find(&store)
                    });
                    let more = more.unwrap_or_else(|e| panic!("{}: {e}", case()));
                    mind.settle(&store, more);
                    mind.go_on(&store, "6").unwrap_or_else(|e| panic!("{}: going on: {e}", case()));
                    mind.is_same(&store, 0).unwrap_or_else(|e| panic!("{}: afterwards: {e}", case()));
                }
                if is_through {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_full_disk_is_one_clear_error_and_loses_nothing() {
    for at in 0..length() {
        for torn in [0, 13] {
            let disk = MemoryDisk::default();
            disk.fail(at, Fault::Full(torn));
            let (store, mut mind) = (open(&disk), Mind::default());
            let error = mind.live(&store).unwrap_err();
            let case = || format!("full at {at} ({:?}): {error}", disk.log().last());
            assert!(matches!(error, StoreError::Disk { .. }), "{}", case());
            assert!(error.remedy().contains("df -h /p"), "{}: {}", case(), error.remedy());
            // Still full: everything can be read.
            let more = mind.find(&store).unwrap_or_else(|e| panic!("{}: {e}", case()));
            mind.settle(&store, more);
            disk.heal();
            mind.go_on(&store, "5").unwrap_or_else(|e| panic!("{}: going on: {e}", case()));
            mind.is_same(&store, 0).unwrap_or_else(|e| panic!("{}: afterwards: {e}", case()));
        }
    }
}
