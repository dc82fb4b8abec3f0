//! Whole lives, drawn from numbers: whatever happens on the way, the rules hold.
//!
//! `PONTOON_SEED=7 PONTOON_SEEDS=1000` for a longer look, `pontoon-test simulate` for a whole night; a story that breaks a
//! rule is made smaller and printed, and belongs into `scenarios/` once it is understood.

#![expect(clippy::print_stdout, reason = "how lives ended, and by what a broken engine was found out")]

use pontoon_test::simulation::{
    delivery, draw,
    judge::CALM,
    many::play_many,
    mutants::Mutant,
    paused, play,
    scenario::Scenario,
    stage::Ended,
    story::{Act, Base, Fate, Shape, Story},
};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

#[test]
fn lives() {
    let (first, count) = (number("PONTOON_SEED", 1), number("PONTOON_SEEDS", 40));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tally = play_many(first..first + count, threads, &|_| true);
    let waits: Vec<String> = tally.waits.iter().map(|(seed, said)| format!("  seed {seed}: {said}")).collect();
    println!("{} lives ended well, {} wait for a person\n{}", tally.well, waits.len(), waits.join("\n"));
    let broken: Vec<String> = tally.broken.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    assert!(waits.len() as u64 * 5 <= tally.well, "too many wait for a person:\n{}", waits.join("\n"));
}

#[test]
fn deliveries_end_healthy() {
    let (first, count) = (number("PONTOON_SEED", 1), number("PONTOON_DELIVERIES", 2));
    for seed in first..first + count {
        let story = delivery::story(seed);
        match paused(delivery::play(&story)) {
            Ok(runs) => println!("delivery {seed}: healthy, {} acts and {runs} runs", story.acts.len()),
            Err(broken) => panic!("delivery {seed}: {}\n{}\n{}", broken.rule, broken.detail, broken.told.join("\n")),
        }
    }
}

#[test]
fn scenarios_end_as_they_say() {
    for (name, scenario) in Scenario::all().expect("every scenario can be read") {
        match paused(play(&scenario.story, None)) {
            Ok(ended) => assert!(scenario.ends.fits(&ended), "{name}: ended otherwise: {ended:?}"),
            Err(broken) => panic!("{name}: {}\n{}\n{}", broken.rule, broken.detail, broken.told.join("\n")),
        }
    }
}

#[test]
fn a_rule_that_deletes_by_age_is_found_out() {
    let named = |name: &str| Shape { changed: vec![(name.into(), by_age())], ..Shape::default() };
    let acts = |shape: Shape| vec![Act::Up { shape, fate: Fate::Lives, named: false }, Act::Days(12)];
    let story = |shape: Shape| Story {
        seed: 1,
        base: Base::Kinds(vec!["spaces.bucket_lifecycle".into()]),
        older: false,
        troubles: Vec::new(),
        acts: acts(shape),
        last: Shape::default(),
    };
    let broken = paused(play(&story(named("spaces.bucket_lifecycle")), None)).expect_err("backups of the week are gone");
    assert_eq!(broken.rule, "no restorable backup's data expires", "{}", broken.detail);
    assert_eq!(paused(play(&story(Shape::default()), None)).expect("the rule that is drawn keeps them"), Ended::Well);
}

/// Everything goes after a week, whatever it is.
fn by_age() -> serde_json::Value {
    serde_json::json!({ "rules": [
        { "ID": "all", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 7 } }
    ] })
}

/// How many stories it may take until a broken engine is found out.
const SOON: usize = 100;

fn found_out(mutant: Mutant) {
    // Only two people at once miss a lock, and only a failure of the power what was not synced.
    let power = |a: &Act| matches!(a, Act::Up { fate: Fate::PowerFails(..), .. } | Act::Destroy { fate: Fate::PowerFails(..) });
    let tells = |story: &Story| match mutant {
        Mutant::NoLock => story.acts.iter().any(|a| matches!(a, Act::Both(..))),
        Mutant::ReleaseBeforeRecord => story.acts.iter().any(power),
        _ => true,
    };
    for story in (1..).map(draw::story).filter(tells).take(SOON) {
        let Err(broken) = paused(play(&story, Some(mutant))) else { continue };
        // The same story with the engine as it is breaks nothing: it is the mutant that was seen.
        if broken.rule != CALM && paused(play(&story, None)).is_ok() {
            return println!("{mutant:?}: seed {}: {}", story.seed, broken.rule);
        }
    }
    panic!("{mutant:?} breaks no rule in {SOON} stories");
}

#[test]
fn an_engine_without_settle_wait_is_found_out() {
    found_out(Mutant::NoSettleWait);
}

#[test]
fn an_engine_that_records_before_the_effect_is_found_out() {
    found_out(Mutant::RecordBeforeEffect);
}

#[test]
fn an_engine_without_lock_is_found_out() {
    found_out(Mutant::NoLock);
}

#[test]
fn an_engine_that_retries_what_is_unclear_is_found_out() {
    found_out(Mutant::RetryOnIndeterminate);
}

#[test]
fn an_engine_that_releases_before_it_records_is_found_out() {
    found_out(Mutant::ReleaseBeforeRecord);
}
