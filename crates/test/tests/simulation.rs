//! Whole lives, drawn from numbers: whatever happens on the way, the rules hold.
//!
//! `PONTOON_SEED=7 PONTOON_SEEDS=100000` for a long look; a story that breaks a rule is made smaller and printed, and
//! belongs into `scenarios/` once it is understood.

#![expect(clippy::print_stdout, reason = "how lives ended, and by what a broken engine was found out")]

use pontoon_test::simulation::{
    draw,
    judge::CALM,
    mutants::Mutant,
    play,
    shrink::{Play, shrink},
    stage::{Broken, Ended},
    story::{Act, Story},
};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn paused<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime").block_on(future)
}

/// A broken rule is told with the smallest story that breaks it; after so many, the rest is not looked at.
const ENOUGH: usize = 3;

#[test]
fn lives() {
    let (first, count) = (number("PONTOON_SEED", 1), number("PONTOON_SEEDS", 40));
    let (mut well, mut waits, mut broken) = (0, Vec::new(), Vec::new());
    for seed in first..first + count {
        let story = draw::story(seed);
        match paused(play(&story, None)) {
            Ok(Ended::Well) => well += 1,
            Ok(Ended::Waits(said)) => waits.push(format!("seed {seed}: {said}")),
            Err(first) => broken.push(smallest(seed, story, first)),
        }
        if broken.len() == ENOUGH {
            break;
        }
    }
    println!("{well} lives ended well, {} wait for a person", waits.len());
    waits.iter().for_each(|w| println!("  {w}"));
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    assert!(waits.len() * 5 <= well, "too many wait for a person:\n{}", waits.join("\n"));
}

fn smallest(seed: u64, story: Story, broken: Broken) -> String {
    let play: &Play<'_> = &|story| Box::pin(async move { play(&story, None).await.err() });
    let (story, broken) = paused(shrink(story, broken, 60, play));
    let text = serde_json::to_string_pretty(&story).expect("stories are plain data");
    format!("seed {seed}: {}\n{}\n{}\n{text}", broken.rule, broken.detail, broken.told.join("\n"))
}

/// How many stories it may take until a broken engine is found out.
const SOON: usize = 100;

fn found_out(mutant: Mutant) {
    // Only two people at once miss a lock.
    let tells = |story: &Story| mutant != Mutant::NoLock || story.acts.iter().any(|a| matches!(a, Act::Both(..)));
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
