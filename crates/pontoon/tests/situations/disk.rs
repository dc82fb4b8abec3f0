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
fn what_a_journal_could_not_take_is_taken_in_later() {
    let cloud = Bench::new(env!("CARGO_BIN_EXE_pontoon"));
    let serving = cloud.serve(&["--speed", "60"]);
    let bench = tiny();
    let (api, spaces) = (serving.at("digitalocean"), serving.at("spaces"));
    let lead = format!(
        "trap '' XFSZ; export DIGITALOCEAN_API_URL={api} SPACES_ENDPOINT_URL={spaces} DIGITALOCEAN_TOKEN=pontoon-local-token"
    );
    let mut run = bench.start_script(&format!("{lead}; exec \"$PONTOON\" up --yes --layer cloud"));
    run.wait_for("waiting");
    if !run.limit_files(4096) {
        eprintln!("skipped: there is no prlimit here");
        return;
    }
    assert_eq!(run.end(), Some(1), "{}", run.said());
    // As where the store is a bucket: the file is somewhere else, and is handed in.
    let operations = std::fs::read_dir(bench.path().join(".pontoon/operations")).expect("one was begun");
    let homes: Vec<_> = operations.flatten().map(|o| o.path().join("rescued.json")).filter(|p| p.exists()).collect();
    let [home] = homes.as_slice() else { panic!("one is saved beside its journal: {homes:?}: {}", run.said()) };
    std::fs::rename(home, bench.path().join("told.json")).expect("it can be moved");
    refused(bench.type_in("state rescue platform.yaml"), &["holds no frames of a journal"]);
    refused(bench.type_in("state rescue nowhere.json"), &["nowhere.json", "cannot be read"]);
    let taken = bench.type_in("state rescue told.json").ends_with(0);
    assert!(taken.out.contains("taken in; go on with: pontoon up") && home.exists(), "{}", taken.all());
    bench.script(&format!("{lead}; exec \"$PONTOON\" up --yes --layer cloud")).ends_with(0);
    assert!(home.with_extension("json.taken").exists() && !home.exists(), "the next run has read it");
    let objects = cloud.objects();
    for collection in ["databases", "kubernetes_clusters", "node_pools"] {
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
