//! Records and journals that are damaged, and two runs at the same time.

use super::{recovers, refused, tiny};
use pontoon_test::binary::{Bench, Ran};
use std::path::PathBuf;

const STORE: &str = ".pontoon/local/store";

/// Changes some bytes in the middle of a file.
fn spoil(path: &PathBuf, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at..at + 8].copy_from_slice(b"########");
    std::fs::write(path, bytes).unwrap();
}

/// The command lines that a remedy tells, one a line, carried out as they stand.
fn obeyed(bench: &Bench, ran: &Ran, verb: &str) {
    let line = ran.err.lines().map(str::trim).find(|l| l.starts_with(verb)).unwrap_or_else(|| panic!("{}", ran.all()));
    bench.script(line).ends_with(0);
}

/// The journals of the store, oldest first.
fn journals(bench: &Bench) -> Vec<PathBuf> {
    let operations = bench.path().join(STORE).join("operations");
    let mut found: Vec<PathBuf> = std::fs::read_dir(operations).unwrap().map(|e| e.unwrap().path().join("journal")).collect();
    found.sort();
    found
}

/// An `up` that was killed while things are being made, in a world that goes on.
fn cut_off() -> Bench {
    let bench = tiny();
    assert_eq!(killed_when_waiting(&bench), None, "it was killed");
    bench
}

/// Starts an `up` in slow time and kills it once it waits for the cluster.
fn killed_when_waiting(bench: &Bench) -> Option<i32> {
    let mut run = bench.start("up --local --layer cloud --speed 60");
    run.wait_for("waiting");
    run.kill()
}

#[test]
fn a_damaged_record() {
    let bench = tiny();
    recovers(&bench);
    let record = bench.path().join(STORE).join("records/production.json");
    for damage in ["changed", "empty", "no text"] {
        match damage {
            "changed" => spoil(&record, 300),
            "empty" => std::fs::write(&record, "").unwrap(),
            _ => std::fs::write(&record, [0xff; 40]).unwrap(),
        }
        for line in ["plan --local", "up --local --layer cloud", "status --local", "destroy --local --include-stateful"] {
            refused(bench.type_in(line), &["records/production.json", "cp "]);
        }
        obeyed(&bench, &refused(bench.type_in("plan --local"), &[]), "cp ");
        bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    }
    recovers(&bench);
}

#[test]
fn a_record_that_is_gone() {
    let bench = tiny();
    recovers(&bench);
    std::fs::remove_dir_all(bench.path().join(STORE).join("records")).unwrap();
    // The operation log knows it all.
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    recovers(&bench);
    bench.type_in("destroy --local --include-stateful").ends_with(0);
}

#[test]
fn a_damaged_journal() {
    let bench = cut_off();
    let journal = journals(&bench).pop().unwrap();
    spoil(&journal, 700);
    for line in ["plan --local", "up --local --layer cloud", "status --local", "destroy --local --include-stateful"] {
        refused(bench.type_in(line), &["journal", "damaged", "mv "]);
    }
    bench.type_in("op log --local").ends_with(0);
    // What the remedies say works: what it made is found by its mark, and nothing is made twice; a
    // zone has no mark, so a person has to say that it is ours.
    obeyed(&bench, &refused(bench.type_in("up --local --layer cloud"), &[]), "mv ");
    let ran = bench.type_in("up --local --layer cloud").ends_with(1);
    assert!(ran.err.contains("PT6004") && ran.err.contains("--adopt shared/digitalocean.domain.main"), "{}", ran.all());
    bench.type_in("up --local --layer cloud --adopt shared/digitalocean.domain.main").ends_with(0);
    recovers(&bench);
    let objects = bench.objects();
    for (collection, expected) in [("databases", 1), ("kubernetes_clusters", 1), ("node_pools", 1), ("vpcs", 1)] {
        assert_eq!(objects[collection].as_array().map_or(0, Vec::len), expected, "{collection}: {objects:#}");
    }
    bench.type_in("destroy --local --include-stateful").ends_with(0);
}

#[test]
fn a_damaged_plan_of_an_operation() {
    let bench = cut_off();
    let plan = journals(&bench).pop().unwrap().with_file_name("plan.json");
    let kept = std::fs::read(&plan).unwrap();
    spoil(&plan, 1000);
    refused(bench.type_in("up --local --layer cloud"), &["plan.json", "backup"]);
    std::fs::write(&plan, kept).unwrap();
    recovers(&bench);
}

#[test]
fn a_torn_journal_is_no_damage() {
    let bench = cut_off();
    let journal = journals(&bench).pop().unwrap();
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 3]).unwrap();
    recovers(&bench);
}

#[test]
fn a_damaged_world() {
    let bench = tiny();
    recovers(&bench);
    let world = bench.path().join(".pontoon/local/world");
    let log = std::fs::read_dir(&world).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "log"));
    spoil(&log.unwrap(), 50);
    for line in ["plan --local", "up --local --layer cloud", "local objects"] {
        refused(bench.type_in(line), &["local cloud cannot be opened", "pontoon local reset"]);
    }
    bench.type_in("local reset").ends_with(0);
    recovers(&bench);
}

#[test]
fn a_store_of_another_platform() {
    let bench = tiny();
    recovers(&bench);
    bench.write("platform.yaml", super::TINY.replace("platform: tiny", "platform: other"));
    for line in ["plan --local", "up --local --layer cloud", "destroy --local --include-stateful"] {
        refused(bench.type_in(line), &["tiny", "other", "platform: tiny"]);
    }
    bench.write("platform.yaml", super::TINY);
    recovers(&bench);
}

#[test]
fn a_second_up_at_the_same_time() {
    let bench = tiny();
    let _serving = bench.serve(&["--speed", "60"]);
    let mut first = bench.start("up --local --layer cloud");
    first.wait_for("waiting");
    let pid = first.pid().to_string();
    for line in ["up --local --layer cloud", "destroy --local --include-stateful"] {
        refused(bench.type_in(line), &["pontoon up production", &pid, "tester@bench", "wait until it ends", "kill -INT"]);
    }
    // Looking is allowed; forgetting the world under it is not.
    bench.type_in("plan --local --detailed-exitcode").ends_with(2);
    refused(bench.type_in("local reset"), &["another pontoon", "wait until it ends"]);
    assert_eq!(first.end(), Some(0));
    recovers(&bench);
}

#[test]
fn a_second_process_in_a_world_that_nobody_serves() {
    let bench = tiny();
    let mut first = bench.start("up --local --layer cloud --speed 600");
    first.wait_for("waiting");
    for line in ["up --local --layer cloud", "plan --local", "local objects"] {
        refused(bench.type_in(line), &["in use by another process", "pontoon local start"]);
    }
    refused(bench.type_in("local reset"), &["another pontoon", "wait until it ends"]);
    assert_eq!(first.end(), Some(0));
    recovers(&bench);
}

#[test]
fn an_interrupted_run_stops_and_goes_on() {
    let bench = tiny();
    let _serving = bench.serve(&["--speed", "600"]);
    let mut run = bench.start("up --local --layer cloud");
    run.wait_for("waiting");
    run.signal("INT");
    assert_eq!(run.end(), Some(130), "it lets what runs come to its end, and says that it was interrupted");
    recovers(&bench);
}

#[test]
fn looking_after_a_crash() {
    let bench = tiny();
    let serving = bench.serve(&["--speed", "60"]);
    assert_eq!(killed_when_waiting(&bench), None, "it was killed");
    // Whatever the killed run made and could not write down is no stranger's.
    let ran = bench.type_in("plan --local --detailed-exitcode").ends_with(2);
    assert!(ran.err.contains("has not ended") && !ran.all().contains("PT6004"), "{}", ran.all());
    let status = bench.type_in("status --local --json").ends_with(1).json();
    assert_eq!(status["environments"]["production"]["condition"], "Reconciling", "{status:#}");
    recovers(&bench);
    let status = bench.type_in("status --local --json").ends_with(0).json();
    assert_eq!(status["environments"]["production"]["condition"], "Ready", "{status:#}");
    drop(serving);
}

#[test]
fn looking_while_a_run_configures_buckets() {
    // Both need a full-access Spaces key of their own; neither may take the other's away.
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "hybrid");
    let quick = ["cluster", "node", "database"].map(|k| format!("{k} = {{ min = \"1s\", max = \"2s\" }}")).join("\n");
    bench.write("world.toml", format!("latency = {{ min = \"200ms\", max = \"400ms\" }}\n[durations]\n{quick}\n"));
    let _serving = bench.serve(&["--world", "world.toml", "--speed", "5"]);
    let mut run = bench.start("up --local --layer cloud");
    run.wait_for("create");
    // What is still being made is not ready.
    for (line, exit) in [("plan --local", 0), ("status --local", 1), ("plan --local", 0)] {
        let ran = bench.type_in(line).ends_with(exit);
        assert!(!ran.all().contains("PT6004"), "what is in the making is no stranger's: {}", ran.all());
    }
    assert_eq!(run.end(), Some(0), "{}", run.said());
    let keys = bench.objects()["spaces_keys"].clone();
    assert!(!keys.to_string().contains("fullaccess"), "{keys:#}");
    bench.type_in("plan --local --layer cloud --detailed-exitcode").ends_with(0);
}
