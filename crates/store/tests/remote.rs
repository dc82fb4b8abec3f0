//! A shared store: one writer, whatever the place does, and nothing lost that was acknowledged.

mod support;

use pontoon_core::{
    operation::{Ending, Frame},
    plan::Base,
};
use pontoon_secrets::{Draw, Identity};
use pontoon_store::{
    Store, StoreError, Who, Writer,
    disk::Disk,
    remote::{Keys, Locking, RemoteDisk},
};
use std::{rc::Rc, time::Duration};
use support::{
    bucket::{Bucket, Conditions, Fault, Nature},
    memory, *,
};

const VPC: &str = "production/digitalocean.vpc.main";
const POOL: &str = "production/digitalocean.node_pool.workload";
const LEASE: Nature = Nature { conditions: Conditions::Ignored, lag: 5, trouble: 0 };

fn identity(n: u8) -> Identity {
    Identity::draw(&mut Draw::new([n; 32]))
}

fn opened_by(bucket: &Bucket, key: u8, nonce: &str) -> Result<(Store, RemoteDisk), StoreError> {
    let disk = RemoteDisk::open(Box::new(bucket.clone()), Keys::new(identity(key)), "shop", &who(), nonce)?;
    Ok((Store::on(Rc::new(disk.clone()), disk.root(), "shop")?, disk))
}

fn open(bucket: &Bucket, nonce: &str) -> Store {
    opened_by(bucket, 1, nonce).unwrap().0
}

fn base_now(store: &Store) -> Result<Base, StoreError> {
    let record = store.load(&scope("production"))?;
    Ok(record.map_or_else(|| base("production", "L1", 0), |r| base("production", &r.lineage, r.serial)))
}

/// Until everything is shown.
fn rest(bucket: &Bucket) {
    pontoon_engine::Objects::pause(bucket, Duration::from_secs(8));
}

/// Settles what others left open and runs an operation of three batches; `acknowledged` is told each.
fn work(writer: &mut Writer, id: &str, mut acknowledged: impl FnMut(&str, usize)) -> Result<(), StoreError> {
    for open in writer.unfinished()? {
        let mut journal = writer.resume(&open.id)?;
        journal.add(&closed(Ending::Recovered))?;
        journal.flush()?;
        acknowledged(&open.id, 1);
        drop(journal);
        writer.commit(&open.id)?;
    }
    let plan = plan(vec![base_now(writer)?], &[VPC, POOL]);
    let mut journal = writer.begin(id, &plan)?;
    let batches: [Vec<Frame>; 3] =
        [vec![opened(id, &plan), began(0)], vec![made(0, VPC, id), ready(0)], vec![closed(Ending::Done)]];
    for batch in batches {
        for frame in &batch {
            journal.add(frame)?;
        }
        journal.flush()?;
        acknowledged(id, batch.len());
    }
    drop(journal);
    writer.commit(id)
}

#[test]
fn what_one_wrote_another_reads_and_nobody_without_the_key() {
    let bucket = Bucket::new(Nature::default(), 1);
    let (store, disk) = opened_by(&bucket, 1, "one").unwrap();
    assert!(bucket.keys().is_empty(), "reading makes nothing");
    work(&mut store.lock(who(), now()).unwrap(), "1", |_, _| ()).unwrap();
    assert_eq!(disk.locking(), Some(Locking::Conditional));
    let other = open(&bucket, "two");
    assert_eq!(other.load(&scope("production")).unwrap(), store.load(&scope("production")).unwrap());
    assert_eq!((other.operations().unwrap()[0].frames, other.operation("1").unwrap().frames.len()), (5, 5));
    for key in bucket.keys().iter().filter(|k| *k != "about.json") {
        assert!(bucket.bytes(key).starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----"), "{key} is closed");
    }
    let error = opened_by(&bucket, 2, "three").err().unwrap();
    let (why, key) = (std::error::Error::source(&error).unwrap().to_string(), identity(1).recipient());
    assert!(why.contains(key.as_str()) && error.remedy().ends_with("PONTOON_STATE_KEY=AGE-SECRET-KEY-1…"), "{why}");
    let foreign = RemoteDisk::open(Box::new(bucket.clone()), Keys::new(identity(1)), "other", &who(), "x").err().unwrap();
    assert!(matches!(foreign, StoreError::ForeignPlatform { .. }), "{foreign}");
}

#[test]
fn the_lock_says_who_and_ends_when_it_is_not_renewed_and_whoever_lost_it_stops() {
    for nature in [Nature::default(), LEASE, Nature { conditions: Conditions::Twice, ..LEASE }] {
        let bucket = Bucket::new(nature, 1);
        let (one, two) = (open(&bucket, "one"), open(&bucket, "two"));
        let mut first = one.lock(who(), now()).unwrap();
        let refused = two.lock(Who { host: "desk".into(), ..who() }, now()).err().unwrap();
        let said = refused.to_string();
        assert!(said.starts_with("s3://shop-state/lock: `pontoon up` by anna@laptop, process 4711, since"), "{said}");
        assert!(refused.remedy().contains("on laptop: kill -INT 4711") && refused.remedy().ends_with("--break-lock"));
        // It holds the journal open when it falls asleep.
        let plan = plan(vec![base_now(&first).unwrap()], &[VPC, POOL]);
        let mut journal = first.begin("1", &plan).unwrap();
        journal.add(&opened("1", &plan)).unwrap();
        journal.flush().unwrap();
        pontoon_engine::Objects::pause(&bucket, Duration::from_secs(60));
        one.renew().unwrap();
        pontoon_engine::Objects::pause(&bucket, Duration::from_secs(90));
        assert!(matches!(two.lock(who(), now()), Err(StoreError::Locked { .. })), "{nature:?}: it was renewed");
        pontoon_engine::Objects::pause(&bucket, Duration::from_secs(300));
        work(&mut two.lock(who(), now()).unwrap(), "2", |_, _| ()).unwrap();
        // It wakes up, and its next intent is refused before anything is sent.
        journal.add(&began(0)).unwrap();
        let late = journal.flush().unwrap_err();
        assert!(matches!(late, StoreError::Disk { .. }) && late.remedy().contains("pontoon state show"), "{nature:?}: {late}");
        assert!(one.renew().is_err());
        drop((journal, first));
        rest(&bucket);
        let three = open(&bucket, "three");
        assert_eq!(three.operation("1").unwrap().frames.len(), 2);
        assert_eq!(three.load(&scope("production")).unwrap().unwrap().serial, 1);
        work(&mut three.lock(who(), now()).unwrap(), "3", |_, _| ()).unwrap();
    }
}

#[test]
fn a_lock_that_was_broken_stops_its_holder() {
    for nature in [Nature::default(), LEASE] {
        let bucket = Bucket::new(nature, 1);
        let (one, two) = (open(&bucket, "one"), open(&bucket, "two"));
        assert!(two.break_lock("desk", now()).unwrap().is_none());
        let mut first = one.lock(who(), now()).unwrap();
        let plan = plan(vec![base_now(&first).unwrap()], &[VPC, POOL]);
        let mut journal = first.begin("1", &plan).unwrap();
        journal.add(&opened("1", &plan)).unwrap();
        journal.flush().unwrap();
        rest(&bucket);
        assert!(two.holder("desk", now()).unwrap().unwrap().to_string().contains("anna@laptop"));
        assert!(two.break_lock("desk", now()).unwrap().unwrap().to_string().contains("anna@laptop"));
        rest(&bucket);
        work(&mut two.lock(who(), now()).unwrap(), "2", |_, _| ()).unwrap();
        journal.add(&began(0)).unwrap();
        journal.flush().unwrap_err();
        drop((journal, first));
        rest(&bucket);
        assert!(two.holder("desk", now()).unwrap().is_none());
        assert_eq!(open(&bucket, "three").operation("1").unwrap().frames.len(), 2);
    }
}

#[test]
fn an_operation_that_has_begun_and_said_nothing_is_sealed_as_well() {
    let bucket = Bucket::new(Nature::default(), 1);
    let (one, two) = (open(&bucket, "one"), open(&bucket, "two"));
    let mut first = one.lock(who(), now()).unwrap();
    let plan = plan(vec![base_now(&first).unwrap()], &[VPC, POOL]);
    let mut journal = first.begin("1", &plan).unwrap();
    two.break_lock("desk", now()).unwrap();
    work(&mut two.lock(who(), now()).unwrap(), "2", |_, _| ()).unwrap();
    // Nothing of it is to be settled, so only the seal is in its way.
    journal.add(&opened("1", &plan)).unwrap();
    journal.add(&began(0)).unwrap();
    let late = journal.flush().unwrap_err();
    assert!(std::error::Error::source(&late).unwrap().to_string().contains("by somebody else, who took over"), "{late}");
    assert_eq!(open(&bucket, "three").operations().unwrap().len(), 1);
}

/// What is there after everything has come to rest holds every acknowledged frame.
fn nothing_is_lost(bucket: &Bucket, acknowledged: &[(String, usize)], case: &str) {
    bucket.heal();
    let store = open(bucket, "judge");
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    acknowledged.iter().for_each(|(id, n)| *counts.entry(id.as_str()).or_default() += n);
    for (id, n) in counts {
        let there = store.operation(id).unwrap_or_else(|e| panic!("{case}: {e}"));
        assert!(there.frames.len() >= n && there.damage.is_none(), "{case}: {id} has {} of {n} frames", there.frames.len());
    }
    work(&mut store.lock(who(), now()).unwrap_or_else(|e| panic!("{case}: {e}")), "99", |_, _| ())
        .unwrap_or_else(|e| panic!("{case}: going on: {e}: {:?}", std::error::Error::source(&e)));
    rest(bucket);
    let record = open(bucket, "judge2").load(&scope("production")).unwrap().unwrap();
    assert_eq!(record.resources[&address(VPC)].id, "99", "{case}");
}

#[test]
fn each_request_of_a_run_lost_unanswered_doubled_late_or_the_last() {
    let count = |nature| {
        let bucket = Bucket::new(nature, 1);
        work(&mut open(&bucket, "one").lock(who(), now()).unwrap(), "1", |_, _| ()).unwrap();
        bucket.requests()
    };
    for nature in [Nature::default(), LEASE] {
        for fault in [Fault::Lost, Fault::Unanswered, Fault::Doubled, Fault::Late, Fault::Gone] {
            // Some of them, others for each fault; every second where all is gone after it.
            for at in (fault as u64..count(nature)).step_by(if fault == Fault::Gone { 2 } else { 7 }) {
                let case = format!("{fault:?} at {at} in {nature:?}");
                let bucket = Bucket::new(nature, at);
                bucket.fail(at, fault);
                let mut acknowledged = Vec::new();
                let run = opened_by(&bucket, 1, "one").and_then(|(store, _)| {
                    let mut writer = store.lock(who(), now())?;
                    work(&mut writer, "1", |id, n| acknowledged.push((id.to_owned(), n)))
                });
                if fault != Fault::Gone {
                    run.unwrap_or_else(|e| panic!("{case}: {e}: {:?}", std::error::Error::source(&e)));
                }
                nothing_is_lost(&bucket, &acknowledged, &case);
            }
        }
    }
}

/// One operator: tries for a while to get the lock, or takes it away, works, sometimes falls asleep in the middle.
fn operate(bucket: &Bucket, n: usize, sleeps: bool, breaks: bool) {
    for round in 0..6 {
        let nonce = format!("{n}-{round}");
        let id = format!("{round}{n}");
        let ended = opened_by(bucket, 1, &nonce).and_then(|(store, _)| {
            if breaks && round % 2 == 1 {
                store.break_lock("desk", now())?;
            }
            let mut writer = store.lock(who(), now())?;
            bucket.say("has it");
            let mut batches = 0;
            work(&mut writer, &id, |id, frames| {
                bucket.say(format!("wrote {id} {frames}"));
                batches += 1;
                if sleeps && batches == 2 {
                    pontoon_engine::Objects::pause(bucket, Duration::from_secs(400));
                }
            })
        });
        if ended.is_err() {
            pontoon_engine::Objects::pause(bucket, Duration::from_secs(60));
        }
    }
    bucket.leave();
}

#[test]
fn two_operators_at_once_never_both_write() {
    let seeds = std::env::var("PONTOON_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(12);
    let mut written = 0;
    for seed in 0..seeds {
        let conditions = [Conditions::Honoured, Conditions::Ignored, Conditions::Twice][(seed % 3) as usize];
        let lag = if conditions == Conditions::Honoured { 0 } else { 4 };
        let nature = Nature { conditions, lag, trouble: [0, 3][(seed / 3 % 2) as usize] };
        let bucket = Bucket::new(nature, seed * 7919 + 1);
        let operators = [bucket.operator(0), bucket.operator(1)];
        std::thread::scope(|scope| {
            for (n, operator) in operators.iter().enumerate() {
                // Where only time keeps them apart, a request that takes longer than that is a known hole.
                let breaks = conditions == Conditions::Honoured;
                scope.spawn(move || operate(operator, n, seed % 2 == n as u64, breaks));
            }
        });
        let log = bucket.world().log.clone();
        let case = format!("seed {seed}, {nature:?}: {log:?}");
        // Since when each has it, and who wrote last having it since when.
        let (mut since, mut last) = ([0; 2], None);
        let mut acknowledged = Vec::new();
        for (at, (who, what)) in log.iter().enumerate() {
            if what == "has it" {
                since[*who] = at;
            } else if let Some((id, n)) = what.strip_prefix("wrote ").and_then(|w| w.split_once(' ')) {
                let is_late = last.is_some_and(|(other, then)| *who != other && since[*who] < then);
                assert!(!is_late, "{who} writes after somebody took over from it: {case}");
                last = Some((*who, since[*who]));
                acknowledged.push((id.to_owned(), n.parse().unwrap()));
            }
        }
        written += acknowledged.len();
        nothing_is_lost(&bucket, &acknowledged, &case);
    }
    assert!(written > 4 * seeds as usize, "somebody gets through: {written} batches in {seeds} stories");
}

#[test]
fn an_object_that_is_torn_or_gone_is_named_with_its_remedy() {
    let bucket = Bucket::new(Nature::default(), 1);
    let mut writer = open(&bucket, "one").lock(who(), now()).unwrap();
    let plan = plan(vec![base_now(&writer).unwrap()], &[VPC, POOL]);
    let mut journal = writer.begin("1", &plan).unwrap();
    for frame in [opened("1", &plan), began(0), made(0, VPC, "v")] {
        journal.add(&frame).unwrap();
        journal.flush().unwrap();
    }
    drop((journal, writer));
    for key in ["operations/1/journal/000002", "records/production.json", "operations/1/plan.json"] {
        let whole = bucket.bytes(key);
        bucket.set(key, Some(&whole[..whole.len() / 2]));
        let error = opened_by(&bucket, 1, "two").err().unwrap();
        let why = std::error::Error::source(&error).unwrap().to_string();
        assert!(why.contains(&format!("s3://shop-state/{key} cannot be read")), "{why}");
        assert!(error.remedy().ends_with(&format!("--bucket shop-state --prefix {key}")), "{}", error.remedy());
        bucket.set(key, Some(&whole));
    }
    let batch = bucket.bytes("operations/1/journal/000002");
    bucket.set("operations/1/journal/000002", None);
    let (store, disk) = opened_by(&bucket, 1, "two").unwrap();
    let error = store.unfinished().unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("operations/1/journal/000002 is missing, and there are batches after it"), "{why}");
    bucket.set("operations/1/journal/000002", Some(&batch));
    disk.refresh().unwrap();
    assert_eq!(store.unfinished().unwrap()[0].frames.len(), 3);
    assert!(disk.write(&disk.root().join("records/x.json.new"), b"x").is_ok());
    let error = disk.rename(&disk.root().join("records/x.json.new"), &disk.root().join("records/x.json")).unwrap_err();
    assert!(error.to_string().contains("without its lock"), "{error}");
}

#[test]
fn a_place_that_stopped_honouring_conditions_is_not_written_to() {
    let bucket = Bucket::new(Nature::default(), 1);
    work(&mut open(&bucket, "one").lock(who(), now()).unwrap(), "1", |_, _| ()).unwrap();
    bucket.world().ignore_conditions();
    let error = open(&bucket, "two").lock(who(), now()).err().unwrap();
    assert!(error.remedy().contains("remove s3://shop-state/about.json"), "{error}: {}", error.remedy());
}

#[test]
fn everything_moves_to_another_store_and_back_and_never_over_another_history() {
    let disk = memory::MemoryDisk::default();
    let local = Store::on(Rc::new(disk), std::path::Path::new("/p/store"), "shop").unwrap();
    work(&mut local.lock(who(), now()).unwrap(), "1", |_, _| ()).unwrap();
    let bucket = Bucket::new(Nature::default(), 1);
    let over = |from: &Store, to: &Store| -> Result<(), StoreError> {
        let source = from.lock(who(), now())?;
        let target = to.lock_again(who(), now())?;
        source.copy_to(&target)?;
        target.leave("")?;
        from.is_in(to)?;
        source.leave(&to.dir().display().to_string())
    };
    let shared = open(&bucket, "one");
    over(&local, &shared).unwrap();
    assert_eq!(open(&bucket, "two").operation("1").unwrap().frames, local.operation("1").unwrap().frames);
    let moved = local.lock(who(), now()).err().unwrap();
    assert!(matches!(&moved, StoreError::Moved { to, .. } if to == "s3://shop-state"), "{moved}");
    // It goes on there, then comes back with what happened meanwhile.
    work(&mut shared.lock(who(), now()).unwrap(), "2", |_, _| ()).unwrap();
    over(&shared, &local).unwrap();
    assert_eq!(local.load(&scope("production")).unwrap(), shared.load(&scope("production")).unwrap());
    work(&mut local.lock(who(), now()).unwrap(), "3", |_, _| ()).unwrap();
    // What is behind does not go over what is ahead, nor over a stranger's.
    shared.lock_again(who(), now()).unwrap().leave("").unwrap();
    let behind = over(&shared, &local).unwrap_err();
    assert!(matches!(&behind, StoreError::Unfit { what, .. } if what.contains("serial 3")), "{behind}");
    let stranger = Store::on(Rc::new(memory::MemoryDisk::default()), std::path::Path::new("/p/store"), "shop").unwrap();
    let plan = plan(vec![base("production", "L9", 0)], &[VPC]);
    drop(stranger.lock(who(), now()).unwrap().begin("9", &plan).unwrap());
    let other = over(&local, &stranger).unwrap_err();
    assert!(matches!(&other, StoreError::Unfit { what, .. } if what.contains("lineage L9")), "{other}");
    over(&local, &shared).unwrap();
    assert_eq!(open(&bucket, "three").operations().unwrap().len(), 3);
}
