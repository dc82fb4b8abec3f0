//! Files that are not as they were written: one clear error each, with a remedy that works.

mod support;

use pontoon_core::operation::{Ending, Frame};
use pontoon_store::{Rescue, Store, StoreError, disk::Disk};
use std::{
    path::{Path, PathBuf},
    rc::Rc,
};
use support::{
    memory::{Fault, MemoryDisk},
    *,
};

const VPC: &str = "production/digitalocean.vpc.main";
const POOL: &str = "production/digitalocean.node_pool.workload";
const RECORD: &str = "/p/store/records/production.json";

fn open(disk: &MemoryDisk) -> Store {
    Store::on(Rc::new(disk.clone()), Path::new("/p/store"), "shop").unwrap()
}
fn journal(id: &str) -> PathBuf {
    Path::new("/p/store/operations").join(id).join("journal")
}
fn ids(store: &Store) -> Vec<String> {
    store.load(&scope("production")).unwrap().unwrap().resources.into_values().map(|r| r.id).collect()
}

fn run(store: &Store, id: &str, serial: u64, batches: &[Vec<Frame>]) {
    let plan = plan(vec![base("production", "L1", serial)], &[VPC, POOL]);
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.begin(id, &plan).unwrap();
    for batch in [&[vec![opened(id, &plan)]], batches].concat() {
        batch.iter().for_each(|f| journal.add(f).unwrap());
        journal.flush().unwrap();
    }
    writer.commit(id).unwrap();
}

/// A store after three operations, the last of which is cut off.
fn lived() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk);
    let end = closed(Ending::Done);
    run(&store, "1", 0, &[vec![began(0)], vec![made(0, VPC, "v1"), ready(0)], vec![end.clone()]]);
    run(&store, "2", 1, &[vec![began(1)], vec![made(1, POOL, "p2"), ready(1)], vec![end]]);
    run(&store, "3", 2, &[vec![began(0)], vec![made(0, VPC, "v3"), began(1)]]);
    assert_eq!(ids(&store), ["p2", "v3"]);
    disk
}

#[test]
fn any_changed_byte_of_a_record_is_seen_and_the_previous_record_loses_nothing() {
    let disk = lived();
    let (good, whole) = (disk.bytes(Path::new(RECORD)).unwrap(), open(&disk).load(&scope("production")).unwrap());
    for n in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[n] ^= 1;
        disk.put(Path::new(RECORD), &bad);
        let error = open(&disk).load(&scope("production")).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { .. } | StoreError::Newer { .. }), "byte {n}: {error}");
        assert!(error.to_string().starts_with(RECORD), "{error}");
        assert!(open(&disk).lock(who(), now()).unwrap().resume("3").is_err(), "byte {n}: must not act");
    }
    disk.put(Path::new(RECORD), &good[..good.len() / 2]);
    let error = open(&disk).load(&scope("production")).unwrap_err();
    assert_eq!(error.to_string(), format!("{RECORD}: the file is cut off"));
    assert!(error.remedy().ends_with(&format!("\ncp {RECORD}.previous {RECORD}")), "{}", error.remedy());
    // The remedy works: what the previous one lacks comes from the log.
    let previous = disk.bytes(Path::new(&format!("{RECORD}.previous"))).unwrap();
    assert_ne!(previous, good);
    disk.put(Path::new(RECORD), &previous);
    assert_eq!(open(&disk).load(&scope("production")).unwrap(), whole);
    open(&disk).lock(who(), now()).unwrap().commit("3").unwrap();
    assert_eq!(open(&disk).load(&scope("production")).unwrap(), whole);
}

#[test]
fn every_earlier_record_can_be_put_back() {
    let disk = MemoryDisk::default();
    let store = open(&disk);
    let mut earlier = Vec::new();
    let end = closed(Ending::Done);
    for serial in 0..4_u64 {
        let id = format!("{serial}");
        run(&store, &id, serial, &[vec![began(0)], vec![made(0, VPC, &id), ready(0)], vec![end.clone()]]);
        earlier.push(disk.bytes(Path::new(RECORD)).unwrap());
    }
    let whole = store.load(&scope("production")).unwrap();
    for record in earlier {
        disk.put(Path::new(RECORD), &record);
        assert_eq!(open(&disk).load(&scope("production")).unwrap(), whole);
    }
}

#[test]
fn a_lost_record_is_made_again_from_the_log() {
    let disk = lived();
    let whole = open(&disk).load(&scope("production")).unwrap().unwrap();
    for file in [RECORD.to_owned(), format!("{RECORD}.previous")] {
        disk.put(Path::new(&file), b"garbage");
    }
    let error = open(&disk).load(&scope("production")).unwrap_err();
    assert!(error.remedy().ends_with(&format!("\nmv {RECORD} {RECORD}.damaged")), "{}", error.remedy());
    disk.rename(Path::new(RECORD), Path::new(&format!("{RECORD}.damaged"))).unwrap();
    let again = open(&disk).load(&scope("production")).unwrap().unwrap();
    assert_eq!((again.lineage, again.serial, again.resources), (whole.lineage, whole.serial, whole.resources));
}

#[test]
fn damage_in_a_journal_is_named_and_never_skipped() {
    let disk = lived();
    let path = journal("3");
    let good = disk.bytes(&path).unwrap();
    let whole = open(&disk).operation("3").unwrap().frames;
    let last_batch =
        good.len() - 2 * 8 - serde_json::to_vec(&whole[2]).unwrap().len() - serde_json::to_vec(&whole[3]).unwrap().len();
    for n in 0..good.len() {
        let mut bad = good.clone();
        bad[n] ^= 0x10;
        disk.put(&path, &bad);
        let store = open(&disk);
        let result = store.unfinished();
        if n >= last_batch {
            // Nobody can tell it from a torn tail; but the record knows that there was more.
            let error = store.load(&scope("production")).unwrap_err();
            assert!(matches!(error, StoreError::Inconsistent { .. }), "byte {n}: {error}");
            continue;
        }
        let error = result.unwrap_err();
        let StoreError::DamagedJournal { path: named, operation, .. } = &error else { panic!("byte {n}: {error}") };
        assert_eq!((named, operation.as_str()), (&path, "3"));
        assert!(error.remedy().contains("pontoon op show 3") && error.remedy().ends_with("/.damaged-3"), "{}", error.remedy());
        assert!(store.load(&scope("production")).is_err() && store.lock(who(), now()).unwrap().resume("3").is_err());
        // What stands before the damage can be shown.
        if let Ok(shown) = store.operation("3") {
            assert!(whole.starts_with(&shown.frames) && shown.frames.len() < whole.len() && shown.damage.is_some());
            assert!(store.operations().unwrap()[0].damage.is_some());
        }
    }
}

#[test]
fn a_damaged_operation_can_be_set_aside() {
    let disk = lived();
    let path = journal("3");
    let mut bytes = disk.bytes(&path).unwrap();
    bytes[0] ^= 1;
    disk.put(&path, &bytes);
    let error = open(&disk).unfinished().unwrap_err();
    assert!(error.remedy().ends_with("\nmv /p/store/operations/3 /p/store/operations/.damaged-3"), "{}", error.remedy());
    disk.rename(Path::new("/p/store/operations/3"), Path::new("/p/store/operations/.damaged-3")).unwrap();
    let store = open(&disk);
    assert!(store.unfinished().unwrap().is_empty());
    assert_eq!(ids(&store), ["p2", "v3"], "what was folded in stays");
    run(&store, "4", 3, &[vec![began(0)], vec![made(0, VPC, "v4"), ready(0)], vec![closed(Ending::Done)]]);
    assert_eq!(ids(&store), ["p2", "v4"]);
}

#[test]
fn a_read_only_disk_can_be_read() {
    let disk = lived();
    disk.fail(0, Fault::ReadOnly);
    let store = open(&disk);
    assert_eq!(ids(&store), ["p2", "v3"]);
    assert_eq!((store.unfinished().unwrap().len(), store.operations().unwrap().len()), (1, 3));
    let error = store.lock(who(), now()).err().unwrap();
    assert_eq!(error.to_string(), "/p/store/lock: cannot lock it");
    assert!(error.remedy().ends_with("ls -ld /p/store"), "{}", error.remedy());
}

#[test]
fn every_prefix_of_a_journal_is_an_operation_or_nothing() {
    let disk = MemoryDisk::default();
    let plan = plan(vec![base("production", "L1", 0)], &[VPC, POOL]);
    let frames = [opened("1", &plan), began(0), began(1), made(0, VPC, "v"), ready(0), made(1, POOL, "p"), closed(Ending::Done)];
    {
        let store = open(&disk);
        let mut writer = store.lock(who(), now()).unwrap();
        let mut journal = writer.begin("1", &plan).unwrap();
        for batch in frames.chunks(2) {
            batch.iter().for_each(|f| journal.add(f).unwrap());
            journal.flush().unwrap();
        }
    }
    let bytes = disk.bytes(&journal("1")).unwrap();
    for n in 0..=bytes.len() {
        let disk = disk.after_kill();
        disk.put(&journal("1"), &bytes[..n]);
        let store = open(&disk);
        let found = store.unfinished().unwrap().pop().map_or(Vec::new(), |o| o.frames);
        assert!(frames.starts_with(&found), "{n} bytes");
        // Going on cuts the torn tail, and the journal is whole again.
        if let Ok(mut journal) = store.lock(who(), now()).unwrap().resume("1") {
            journal.add(&closed(Ending::Recovered)).unwrap();
            journal.flush().unwrap();
            let frames = store.operation("1").unwrap().frames;
            assert_eq!((&frames[..found.len()], frames.len()), (&found[..], found.len() + 1), "{n} bytes");
        }
    }
}

#[test]
fn a_journal_that_no_run_can_have_written_is_refused() {
    let disk = MemoryDisk::default();
    let store = open(&disk);
    let plan = plan(vec![base("production", "L1", 0)], &[VPC]);
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.begin("1", &plan).unwrap();
    for frame in [opened("1", &plan), made(0, VPC, "v"), closed(Ending::Done)] {
        journal.add(&frame).unwrap();
        journal.flush().unwrap();
    }
    drop(journal);
    assert!(matches!(writer.commit("1"), Err(StoreError::Impossible { .. })));
    assert_eq!(store.operation("1").unwrap().frames.len(), 1);
}

#[test]
fn a_later_format_is_said_to_be_one() {
    let disk = lived();
    let text = String::from_utf8(disk.bytes(Path::new(RECORD)).unwrap()).unwrap();
    disk.put(Path::new(RECORD), text.replacen("\"format\":1", "\"format\":2", 1).as_bytes());
    let error = open(&disk).load(&scope("production")).unwrap_err();
    assert_eq!(error.to_string(), format!("{RECORD}: has format 2; this version of Pontoon reads up to 1"));
    assert!(error.remedy().ends_with("pontoon --version"));
}

#[test]
fn a_missing_plan_is_no_reason_to_forget_its_journal() {
    let disk = lived();
    disk.remove(Path::new("/p/store/operations/3/plan.json"));
    let error = open(&disk).unfinished().unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(open(&disk).lock(who(), now()).unwrap().resume("3").is_err());
}

#[test]
fn a_record_of_another_scope_or_lineage_is_refused() {
    let disk = lived();
    let bytes = disk.bytes(Path::new(RECORD)).unwrap();
    disk.write(Path::new("/p/store/records/staging.json"), &bytes).unwrap();
    assert!(matches!(open(&disk).load(&scope("staging")), Err(StoreError::Corrupt { .. })));
    let other = MemoryDisk::default();
    let plan = plan(vec![base("production", "other", 0)], &[VPC]);
    drop(open(&other).lock(who(), now()).unwrap().begin("1", &plan).unwrap());
    disk.put(Path::new(RECORD), &other.bytes(Path::new(RECORD)).unwrap());
    assert!(matches!(open(&disk).load(&scope("production")), Err(StoreError::Inconsistent { .. })));
}

/// Lets a run's disk become full at some operation; returns what is rescued.
fn starve(disk: &MemoryDisk, at: usize, torn: usize) -> (Vec<Frame>, Option<Rescue>) {
    let store = open(disk);
    let plan = plan(vec![base("production", "L1", 0)], &[VPC, POOL]);
    let mut writer = store.lock(who(), now()).unwrap();
    let mut journal = writer.begin("1", &plan).unwrap();
    disk.fail(at, Fault::Full(torn));
    let frames = vec![opened("1", &plan), began(0), began(1), made(0, VPC, "v"), ready(0), made(1, POOL, "p"), ready(1)];
    let mut more = Vec::new();
    for batch in frames.chunks(2) {
        for frame in batch {
            if journal.add(frame).is_err() {
                more.push(frame.clone());
            }
        }
        let _ = journal.flush();
    }
    let rescue = journal.rescue(&more);
    (frames, (!rescue.frames.is_empty()).then_some(rescue))
}

#[test]
fn frames_that_a_full_disk_did_not_take_come_back_from_a_rescue() {
    let mut rescued = 0;
    for at in 0..8 {
        for torn in [0, 30, 150, 1000] {
            let disk = MemoryDisk::default();
            let (frames, rescue) = starve(&disk, at, torn);
            disk.heal();
            let rescue = rescue.unwrap_or_else(|| panic!("nothing to rescue at {at}"));
            rescued += 1;
            disk.write(&rescue.home, rescue.text().unwrap().as_bytes()).unwrap();
            let store = open(&disk);
            assert_eq!(store.unfinished().unwrap()[0].frames, frames, "at {at}, {torn} bytes");
            assert_eq!(ids(&store), ["p", "v"]);
            let mut writer = store.lock(who(), now()).unwrap();
            let mut journal = writer.resume("1").unwrap();
            assert!(!disk.exists(&rescue.home).unwrap());
            journal.add(&closed(Ending::Recovered)).unwrap();
            journal.flush().unwrap();
            drop(journal);
            writer.commit("1").unwrap();
            assert_eq!(ids(&open(&disk.after_power_loss(|_| 0))), ["p", "v"]);
        }
    }
    assert_eq!(rescued, 32);
}

#[test]
fn a_rescue_that_comes_too_late_is_refused() {
    let disk = MemoryDisk::default();
    let (_, rescue) = starve(&disk, 2, 0);
    disk.heal();
    let (store, rescue) = (open(&disk), rescue.unwrap());
    let mut journal = store.lock(who(), now()).unwrap().resume("1").unwrap();
    let absent = Frame::Step { step: 0, event: pontoon_core::operation::StepEvent::Absent };
    journal.add(&absent).unwrap();
    journal.flush().unwrap();
    drop(journal);
    disk.write(&rescue.home, rescue.text().unwrap().as_bytes()).unwrap();
    let error = store.unfinished().unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { path, .. } if *path == rescue.home), "{error}");
    assert!(error.remedy().ends_with("rescued.json.aside"), "{}", error.remedy());
}

#[test]
fn a_rescue_that_was_saved_elsewhere_is_taken_in_where_it_fits_and_nowhere_else() {
    let disk = MemoryDisk::default();
    let (frames, rescue) = starve(&disk, 2, 30);
    disk.heal();
    let (text, saved) = (rescue.unwrap().text().unwrap(), Path::new("/elsewhere/pontoon-1.rescued.json"));
    let read = |text: &str| Rescue::from_text(saved, text.as_bytes());
    for wrong in ["", "{}", &text.replacen("frames", "frame", 1), &text[..text.len() / 2]] {
        let error = read(wrong).unwrap_err();
        assert!(error.remedy().ends_with("pontoon state rescue FILE"), "{error}: {}", error.remedy());
    }
    let rescue = read(&text).unwrap();
    let store = open(&disk);
    assert_ne!(store.unfinished().unwrap()[0].frames, frames, "the disk did not take all of them");
    // Whoever names it twice, because the first time did not end, has it taken in once.
    for _ in 0..2 {
        store.lock(who(), now()).unwrap().rescue(&rescue).unwrap();
        assert_eq!(store.unfinished().unwrap()[0].frames, frames);
    }
    assert_eq!(ids(&open(&disk.after_power_loss(|_| 0))), ["p", "v"], "it is on the disk");
    let nobodys = Rescue { operation: "2".into(), ..rescue.clone() };
    let error = store.lock(who(), now()).unwrap().rescue(&nobodys).unwrap_err();
    assert!(matches!(error, StoreError::NoOperation { .. }), "{error}");

    // Another run found out by itself what became of these steps.
    let (_, other) = starve(&MemoryDisk::default(), 2, 30);
    let disk = MemoryDisk::default();
    starve(&disk, 2, 30);
    disk.heal();
    let store = open(&disk);
    let mut journal = store.lock(who(), now()).unwrap().resume("1").unwrap();
    journal.add(&Frame::Step { step: 0, event: pontoon_core::operation::StepEvent::Absent }).unwrap();
    journal.flush().unwrap();
    drop(journal);
    let error = store.lock(who(), now()).unwrap().rescue(&other.unwrap()).unwrap_err();
    assert!(matches!(error, StoreError::Unfit { .. }), "{error}");
}
