//! A disk that takes no more, under the store and under everything.
//!
//! Files are kept from growing by the limit that every Unix has (`ulimit -f`): the writes fail, as on
//! a full disk, wherever a file is to become larger.

use super::{recovers, refused, tiny};
use pontoon_test::binary::{Bench, Ran};

/// Runs with files that cannot become larger than so many blocks of 512 bytes. Outputs go into pipes.
fn within(bench: &Bench, blocks: usize, line: &str) -> Ran {
    bench.script(&format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$PONTOON\" {line}"))
}

#[test]
fn a_full_disk_under_the_store() {
    let bench = tiny();
    let _serving = bench.serve(&["--speed", "instant"]);
    // Nothing at all can be written; the record can, the plan cannot.
    for blocks in [0, 4] {
        refused(within(&bench, blocks, "up --local"), &["store", "cannot write", "nothing that was recorded is lost"]);
        assert!(bench.objects().get("kubernetes_clusters").is_none(), "nothing is made that cannot be recorded");
    }
    recovers(&bench);
    refused(within(&bench, 4, "destroy --local --include-stateful"), &["cannot write", "nothing that was recorded is lost"]);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    // Who only looks needs no room.
    within(&bench, 0, "plan --local --detailed-exitcode").ends_with(0);
    within(&bench, 0, "status --local").ends_with(0);
    bench.type_in("destroy --local --include-stateful").ends_with(0);
}

#[test]
fn a_disk_that_becomes_full_on_the_way() {
    let bench = tiny();
    let _serving = bench.serve(&["--speed", "60"]);
    let mut run = bench.start_script("trap '' XFSZ; exec \"$PONTOON\" up --local");
    run.wait_for("waiting");
    // The journal, which is some KiB by now, grows no further; what is rescued is smaller.
    if !run.limit_files(4096) {
        eprintln!("skipped: there is no prlimit here");
        return;
    }
    assert_eq!(run.end(), Some(1));
    let said = run.said();
    for part in ["error: the journal cannot be written", "saved", "next:", "pontoon up"] {
        assert!(said.contains(part), "`{part}` is not said: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    recovers(&bench);
    let objects = bench.objects();
    for collection in ["databases", "kubernetes_clusters", "node_pools", "vpcs"] {
        assert_eq!(objects[collection].as_array().map_or(0, Vec::len), 1, "{collection}: {objects:#}");
    }
}

#[test]
fn a_full_disk_under_everything() {
    let bench = tiny();
    for blocks in [0, 1] {
        refused(within(&bench, blocks, "up --local"), &[".pontoon/local", "df -h"]);
    }
    recovers(&bench);
}

#[test]
fn a_plan_that_cannot_be_saved() {
    let bench = tiny();
    refused(bench.type_in("plan --local -o /dev/full"), &["/dev/full", "cannot be written", "-o FILE"]);
    refused(bench.type_in("plan --local -o no/such/folder.json"), &["cannot be written", "-o FILE"]);
    refused(bench.script("\"$PONTOON\" plan --local > /dev/full"), &["the answer cannot be written"]);
    // A reader that has seen enough is no reason to fail.
    bench.script("\"$PONTOON\" plan --local | true").ends_with(0);
    recovers(&bench);
}

#[test]
fn a_folder_that_cannot_be_written() {
    let bench = tiny();
    bench.write(".pontoon", "a file where the folder should be");
    refused(bench.type_in("up --local"), &[".pontoon"]);
    std::fs::remove_file(bench.path().join(".pontoon")).unwrap();
    recovers(&bench);
}
