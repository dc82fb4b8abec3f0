//! What a store promises when the disk works.

mod support;

use pontoon_core::{
    address::Scope,
    operation::{Ending, StepStatus},
};
use pontoon_store::{Answer, Store, StoreError, disk::Disk};
use std::{path::Path, rc::Rc};
use support::{memory::MemoryDisk, *};

const VPC: &str = "production/digitalocean.vpc.main";
const POOL: &str = "production/digitalocean.node_pool.workload";
const REGISTRY: &str = "shared/digitalocean.registry.main";
const A: &str = "20261121T070000.000Z-a";
const B: &str = "20261121T080000.000Z-b";

fn store(disk: &MemoryDisk) -> Store {
    Store::on(Rc::new(disk.clone()), Path::new("/p/store"), "shop").unwrap()
}

/// Runs an operation of these frames, from `opened` to the end or to where it breaks off.
fn run(store: &Store, id: &str, plan: &pontoon_core::plan::Plan, frames: &[pontoon_core::operation::Frame]) {
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.begin(id, plan).unwrap();
    journal.add(&opened(id, plan)).unwrap();
    for frame in frames {
        journal.add(frame).unwrap();
        journal.flush().unwrap();
    }
    writer.commit(id).unwrap();
}

type Ids = Vec<(String, String)>;

/// Lineage and serial of a scope, and the recorded ids.
fn ids(store: &Store, name: &str) -> Option<(String, u64, Ids)> {
    let record = store.load(&scope(name)).unwrap()?;
    let ids = record.resources.iter().map(|(a, r)| (a.to_string(), r.id.clone())).collect();
    Some((record.lineage, record.serial, ids))
}
fn pairs(of: &[(&str, &str)]) -> Ids {
    of.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

#[test]
fn nothing_is_an_empty_store_and_reading_makes_nothing() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    assert_eq!(store.load(&Scope::shared()).unwrap(), None);
    assert!(store.unfinished().unwrap().is_empty() && store.operations().unwrap().is_empty());
    assert!(store.scopes().unwrap().is_empty());
    assert_eq!(disk.count(), 0);
    assert!(!disk.exists(Path::new("/p")).unwrap());
}

#[test]
fn an_operation_writes_every_scope_that_it_touches() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let plan = plan(vec![base("shared", "L0", 0), base("production", "L1", 0)], &[REGISTRY, VPC, POOL]);
    let frames = [
        began(0),
        made(0, REGISTRY, "r"),
        ready(0),
        began(1),
        began(2),
        made(2, POOL, "p"),
        made(1, VPC, "v"),
        ready(1),
        ready(2),
        closed(Ending::Done),
    ];
    run(&store, A, &plan, &frames);
    assert_eq!(ids(&store, "shared"), Some(("L0".into(), 1, pairs(&[(REGISTRY, "r")]))));
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 2, pairs(&[(POOL, "p"), (VPC, "v")]))));
    assert_eq!(store.load(&scope("production")).unwrap().unwrap().team.unwrap().id, "t1");
    assert_eq!(store.scopes().unwrap(), [scope("production"), scope("shared")]);
    assert!(store.unfinished().unwrap().is_empty());
    let log = store.operations().unwrap();
    assert_eq!((log.len(), log[0].steps.done, log[0].frames), (1, 3, 11));
    assert_eq!(log[0], store.operation(A).unwrap().summary());
    assert_eq!(store.operation("-a").unwrap().plan, plan);
}

#[test]
fn the_last_removal_keeps_lineage_and_serial() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let make = plan(vec![base("production", "L1", 0)], &[VPC]);
    run(&store, A, &make, &[began(0), made(0, VPC, "v"), ready(0), closed(Ending::Done)]);
    let gone = plan(vec![base("production", "L1", 1)], &[VPC]);
    run(&store, B, &gone, &[began(0), removed(0, VPC), ready(0), closed(Ending::Done)]);
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 2, vec![])));
    let error = store.operation("20261121").unwrap_err();
    assert!(matches!(&error, StoreError::Ambiguous { matching, .. } if *matching == [A, B]), "{error}");
    assert_eq!(store.operations().unwrap().iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), [B, A]);
}

#[test]
fn a_stale_plan_does_not_begin() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let make = plan(vec![base("production", "L1", 0)], &[VPC]);
    run(&store, A, &make, &[began(0), made(0, VPC, "v"), ready(0), closed(Ending::Done)]);
    for stale in [base("production", "L1", 0), base("production", "L1", 2), base("production", "L2", 1)] {
        let error = store.lock(who(), now()).unwrap().begin(B, &plan(vec![stale], &[VPC])).err().unwrap();
        assert!(matches!(error, StoreError::Stale { .. }), "{error}");
        assert!(error.remedy().ends_with("pontoon plan"));
    }
    assert_eq!(store.operations().unwrap().len(), 1);
    // Also where the record should exist and does not.
    let error = store.lock(who(), now()).unwrap().begin(B, &plan(vec![base("staging", "L", 3)], &[VPC])).err().unwrap();
    assert!(matches!(error, StoreError::Stale { .. }), "{error}");
}

#[test]
fn lineage_and_team_are_there_before_the_first_effect() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let plan = plan(vec![base("production", "L1", 0)], &[VPC]);
    drop(store.lock(who(), now()).unwrap().begin(A, &plan).unwrap());
    let record = store.load(&scope("production")).unwrap().unwrap();
    assert_eq!((record.lineage.as_str(), record.serial), ("L1", 0));
    assert_eq!(record.team, plan.team);
    // Nothing was acknowledged of the operation itself, and its id is free again.
    assert!(store.unfinished().unwrap().is_empty());
    store.lock(who(), now()).unwrap().begin(A, &plan).unwrap();
}

#[test]
fn what_an_unfinished_operation_made_is_recorded_and_makes_older_plans_stale() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let plan1 = plan(vec![base("production", "L1", 0)], &[VPC, POOL]);
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.begin(A, &plan1).unwrap();
    for frame in [opened(A, &plan1), began(0), made(0, VPC, "v"), began(1)] {
        journal.add(&frame).unwrap();
    }
    journal.flush().unwrap();
    drop((journal, writer));
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 1, pairs(&[(VPC, "v")]))));
    let unfinished = store.unfinished().unwrap();
    assert_eq!(unfinished.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), [A]);
    assert_eq!(unfinished[0].operation.status(1), StepStatus::Indeterminate);
    // Recovery goes on with the same journal.
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.resume(A).unwrap();
    journal.add(&made(1, POOL, "p")).unwrap();
    journal.add(&closed(Ending::Recovered)).unwrap();
    journal.flush().unwrap();
    drop(journal);
    writer.commit(A).unwrap();
    writer.commit(A).unwrap();
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 2, pairs(&[(POOL, "p"), (VPC, "v")]))));
    assert!(store.unfinished().unwrap().is_empty());
    assert!(matches!(writer.resume(A), Err(StoreError::Ended { .. })));
}

#[test]
fn a_later_operation_is_not_undone_by_the_end_of_an_earlier_one() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let plan1 = plan(vec![base("production", "L1", 0)], &[VPC, POOL]);
    run(&store, A, &plan1, &[began(0), made(0, VPC, "v"), began(1), stalled(1)]);
    let plan2 = plan(vec![base("production", "L1", 1)], &[VPC]);
    run(&store, B, &plan2, &[began(0), removed(0, VPC), ready(0), closed(Ending::Done)]);
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 2, vec![])));
    let mut writer = store.lock(who(), now()).unwrap();
    let wrong = writer.resolve(A, 1, Answer::Adopted(entries(VPC, "x")), now()).unwrap_err();
    assert!(matches!(wrong, StoreError::NotOfStep { .. }), "{wrong}");
    let wrong = writer.resolve(A, 0, Answer::Absent, now()).unwrap_err();
    assert!(matches!(wrong, StoreError::NotStalled { .. }), "{wrong}");
    assert!(matches!(writer.resolve(A, 7, Answer::Absent, now()), Err(StoreError::NoStep { .. })));
    let resolved = writer.resolve(A, 1, Answer::Adopted(entries(POOL, "p")), now()).unwrap();
    assert_eq!(resolved.operation.closed.as_ref().unwrap().0, Ending::Recovered);
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 3, pairs(&[(POOL, "p")]))));
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn an_operation_stays_open_until_every_stalled_step_is_answered() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let plan = plan(vec![base("production", "L1", 0)], &[VPC, POOL]);
    run(&store, A, &plan, &[began(0), stalled(0), began(1), stalled(1)]);
    let mut writer = store.lock(who(), now()).unwrap();
    assert!(writer.resolve(A, 0, Answer::Absent, now()).unwrap().operation.closed.is_none());
    assert_eq!(writer.unfinished().unwrap().len(), 1);
    assert!(writer.resolve(A, 1, Answer::Absent, now()).unwrap().operation.closed.is_some());
    assert!(writer.unfinished().unwrap().is_empty());
    assert_eq!(ids(&store, "production"), Some(("L1".into(), 0, vec![])));
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let writer = store.lock(who(), now()).unwrap();
    let later = now() + jiff::SignedDuration::from_mins(3);
    let error = store.lock(who(), later).err().unwrap();
    assert_eq!(
        error.to_string(),
        "/p/store/lock: `pontoon up` by anna@laptop, process 4711, since 2026-11-21T07:00:00Z (3 min) writes to this store"
    );
    assert!(error.remedy().ends_with("kill -INT 4711"), "{}", error.remedy());
    drop(writer);
    store.lock(who(), now()).unwrap();
}

#[test]
fn a_journal_keeps_the_lock() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let mut writer = store.lock(who(), now()).unwrap();
    let journal = writer.begin(A, &plan(vec![base("production", "L1", 0)], &[VPC])).unwrap();
    drop(writer);
    assert!(store.lock(who(), now()).is_err());
    drop(journal);
    assert!(store.lock(who(), now()).is_ok());
}

#[test]
fn names_and_platforms_are_checked() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let good = plan(vec![base("production", "L1", 0)], &[VPC]);
    let mut writer = store.lock(who(), now()).unwrap();
    assert!(matches!(writer.begin("../x", &good), Err(StoreError::BadName { .. })));
    assert!(matches!(store.load(&scope("../x")), Err(StoreError::BadName { .. })));
    assert!(matches!(store.operation("nope"), Err(StoreError::NoOperation { .. })));
    assert!(matches!(store.operation("../x"), Err(StoreError::NoOperation { .. })));
    assert!(matches!(writer.commit("nope"), Err(StoreError::NoOperation { .. })));
    writer.begin(A, &good).unwrap();
    let other = Store::on(Rc::new(disk.clone()), Path::new("/p/store"), "other").unwrap();
    let error = other.load(&scope("production")).unwrap_err();
    assert!(matches!(&error, StoreError::ForeignPlatform { found, .. } if found == "shop"), "{error}");
    drop(writer);
    assert!(matches!(other.lock(who(), now()).unwrap().begin(B, &good), Err(StoreError::ForeignPlatform { .. })));
}
