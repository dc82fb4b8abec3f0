//! Trials: beside the platform, never on it, and gone when their time is over.

use super::healthy;
use pontoon_test::{
    binary::{Bench, TINY},
    hand::Hand,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the account holds, by kind and id. A tag that nothing carries any more costs nothing and says nothing, but a trial's own does.
fn held(bench: &Bench) -> BTreeSet<String> {
    let all = bench.objects();
    let mut held = BTreeSet::new();
    for (kind, list) in all.as_object().into_iter().flatten() {
        for object in list.as_array().into_iter().flatten() {
            let id =
                ["id", "uuid", "name"].iter().find_map(|k| object.get(*k)).map_or_else(|| object.to_string(), Value::to_string);
            if kind != "tags" || id.contains("ephemeral") {
                held.insert(format!("{kind} {id}"));
            }
        }
    }
    held
}

const UP: &str = "up --local --layer cloud --ephemeral --prefix pr-7 --ttl 2h";

fn tried() -> (Bench, BTreeSet<String>) {
    let bench = healthy();
    let before = held(&bench);
    let ran = bench.type_in(UP).ends_with(0);
    assert!(ran.err.contains("trial pr-7 ends at ") && ran.err.contains("destroy --ephemeral --prefix pr-7"), "{}", ran.all());
    (bench, before)
}

#[test]
fn a_trial_stands_beside_the_platform_and_the_first_run_after_its_end_removes_exactly_it() {
    let (bench, before) = tried();
    let with = held(&bench);
    assert!(before.is_subset(&with) && with.len() > before.len() + 4, "{with:?}");
    let own: Vec<Value> = ["kubernetes_clusters", "databases"].iter().map(|k| bench.objects()[*k].clone()).collect();
    for kind in own {
        let tagged = |o: &&Value| o["tags"].to_string().contains("pontoon-ephemeral:pr-7:pr-7-tiny:");
        let list: Vec<&Value> = kind.as_array().into_iter().flatten().collect();
        let of_trial: Vec<&&Value> = list.iter().filter(|o| tagged(o)).collect();
        assert_eq!((list.len(), of_trial.len()), (2, 1), "{list:?}");
        assert!(of_trial[0]["name"].to_string().starts_with("\"pr-7-tiny-production"), "{}", of_trial[0]);
    }
    // Gone on with, it keeps its end; the platform's own record knows nothing of it.
    let again = bench.type_in(&UP.replace("2h", "3d")).ends_with(0);
    assert!(again.err.contains("trial pr-7 was begun before, and ends at "), "{}", again.all());
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(!calm.err.contains("trial"), "its time is not over: {}", calm.all());
    assert_eq!(held(&bench), with);

    bench.meddle(async |hand: &Hand| hand.minutes(121).await);
    let swept = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    for part in ["trial pr-7 was over at ", "- production/digitalocean.database.main", "- shared/digitalocean.tag.ephemeral"] {
        assert!(swept.err.contains(part), "{part}: {}", swept.all());
    }
    assert_eq!(held(&bench), before);
    // Another of the same name finds room, whatever was kept of the first.
    bench.type_in("up --local --layer cloud --ephemeral --prefix pr-7 --only production/digitalocean.vpc.main").ends_with(0);
    bench.type_in("destroy --local --ephemeral --prefix pr-7").ends_with(0);
    assert!(!bench.path().join(".pontoon/local/ephemeral/pr-7").exists());
    let calm = bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    assert!(!calm.err.contains("trial"), "{}", calm.all());
}

#[test]
fn a_trial_whose_record_is_lost_is_known_by_its_tag_and_ends_early() {
    let (bench, before) = tried();
    std::fs::remove_dir_all(bench.path().join(".pontoon/local/ephemeral")).expect("it was recorded there");
    let refused = bench.type_in(UP).ends_with(1);
    assert!(refused.err.contains("its record is not here"), "{}", refused.all());
    let ended = bench.type_in("destroy --local --ephemeral --prefix pr-7 --json").ends_with(0).json();
    let left = ended["left"].as_array().cloned().unwrap_or_default();
    let stays: Vec<&str> = left.iter().filter_map(|l| l["kind"].as_str()).collect();
    // A zone carries no tag, so nobody can tell that it was the trial's: it is named, and stays.
    assert_eq!(stays, ["digitalocean.domain"], "{ended:#}");
    let more: Vec<String> = held(&bench).difference(&before).cloned().collect();
    assert!(!more.is_empty() && more.iter().all(|m| m.contains("pr-7.tiny.example.com")), "{more:?}");
    let none = bench.type_in("destroy --local --ephemeral --prefix pr-7").ends_with(1);
    assert!(none.err.contains("there is no trial pr-7 of tiny"), "{}", none.all());
    assert!(before.is_subset(&held(&bench)));
}

#[test]
fn a_trial_has_a_name_that_nothing_else_has_and_a_time_that_makes_sense() {
    let bench = healthy();
    let document = TINY.replace("environments:\n", "environments:\n  staging: { region: nyc3, network: 10.60.0.0/20 }\n");
    bench.write("platform.yaml", document);
    let ran = bench.type_in("up production --local --ephemeral --prefix staging").ends_with(1);
    assert!(ran.err.contains("staging.tiny.example.com is a host of staging"), "{}", ran.all());
    bench.write("platform.yaml", TINY);
    for (line, says) in [
        ("--prefix tiny", "names of tiny itself begin with it"),
        ("--prefix tiny-2", "names of tiny itself begin with it"),
        ("--prefix PR_7", "is not a name"),
        ("--prefix a-prefix-that-leaves-no-room-at-all", "write one of at most 25 characters"),
        ("--prefix pr-7 --ttl 0h", "no time at all"),
        ("--prefix pr-7 --ttl 5m", "15 minutes to 30 days"),
        ("--prefix pr-7 --ttl 1y", "--ttl"),
        ("--prefix pr-7 --ttl 60d", "15 minutes to 30 days"),
        ("", "--prefix"),
        ("--prefix pr-7 --all", "--all"),
    ] {
        let ran = bench.type_in(&format!("up --local --layer cloud --ephemeral {line}")).ends_with(1);
        assert!(ran.err.contains(says), "{line}: {}", ran.all());
    }
}
