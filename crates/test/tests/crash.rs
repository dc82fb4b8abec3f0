//! A run dies at a call, before it leaves and after the vendor acted; the next run ends where an
//! undisturbed one does: nothing twice, nothing lost, nothing left after destroy. Every point of every example's cloud
//! layer, in copies of one run; and every call of the smallest one, where what is on its way arrives after the death.

#![expect(clippy::print_stdout, reason = "how many points there were")]

use pontoon_core::{operation::Ending, platform::Platform};
use pontoon_emulator::World;
use pontoon_test::{
    context::Context,
    crash::{When, dies},
    platforms,
    simulation::points::Beginning,
};
use std::collections::BTreeMap;

/// Builds undisturbed: what exists then, and how many calls it took.
async fn undisturbed(platform: &Platform) -> (BTreeMap<String, usize>, usize) {
    let context = Context::new(World::default());
    context.cloud.keep_trace(true);
    let report = context.up(platform).await.unwrap().expect("there is something to do");
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    (context.census(), context.cloud.take_trace().len())
}

/// One death and one more run.
async fn after_death(platform: &Platform, when: When, expected: &BTreeMap<String, usize>) {
    let context = Context::new(World::default());
    if let Some(done) = dies(&context, when, context.up(platform)).await {
        // The point lies behind the last call of this run: there was nothing to die of.
        done.unwrap();
    }
    if let Some(report) = context.up(platform).await.unwrap_or_else(|e| panic!("{when:?}: {e}")) {
        assert_eq!(report.ending, Ending::Done, "{when:?}: {:#?}", report.failures);
    }
    assert_eq!(context.census(), *expected, "{when:?}");
    let left = context.plan(platform).await.unwrap();
    assert!(left.is_empty(), "{when:?}: {:#?}", left.changes);
}

async fn every_call(platform: &Platform) {
    let (expected, calls) = undisturbed(platform).await;
    for n in 0..calls {
        after_death(platform, When::Before(n), &expected).await;
        after_death(platform, When::After(n), &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn minimal_survives_a_death_at_every_call() {
    every_call(&platforms::example("minimal", 0)).await;
}

/// Points of a bootstrap and of a destroy: every one with `PONTOON_POINTS=all`, otherwise the first of each `stride` ones.
fn points_of(name: &str, stride: usize) {
    let platform = platforms::example(name, 0);
    let stride = if std::env::var("PONTOON_POINTS").is_ok_and(|v| v == "all") { 1 } else { stride };
    for (what, beginning) in [("bootstrap", Beginning::bootstrap(&platform)), ("destroy", Beginning::destroy(&platform))] {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let points = beginning.every_point(stride, threads);
        println!("{name}: {} of {} points of its {what} survived", points.survived, points.all);
        assert!(points.broken.is_empty(), "{name}: {what}:\n{}", points.broken.join("\n\n"));
        assert!(points.all >= 50 && points.survived >= points.all.div_ceil(stride), "{name}: {what}: {points:?}");
    }
}

#[test]
fn minimal_survives_every_point() {
    points_of("minimal", 1);
}

#[test]
fn a_disk_that_only_says_that_it_synced_is_found_out() {
    let points = Beginning::bootstrap(&platforms::example("minimal", 0)).without_sync().every_point(1, 2);
    assert!(points.broken.iter().any(|b| b.contains("the power gone")), "{points:?}");
}

#[test]
fn a_key_that_was_shown_to_nobody_is_made_anew_and_never_doubled() {
    let platform = platforms::kind("digitalocean.spaces_key");
    for beginning in [Beginning::bootstrap(&platform), Beginning::destroy(&platform)] {
        let points = beginning.every_point(1, 2);
        assert!(points.broken.is_empty() && points.survived >= points.all, "{points:#?}");
    }
}

#[test]
fn single_cluster_survives_its_points() {
    points_of("single-cluster", 10);
}

#[test]
fn isolated_pools_survives_its_points() {
    points_of("isolated-pools", 10);
}

#[test]
fn enterprise_survives_its_points() {
    points_of("enterprise", 10);
}

#[test]
fn hybrid_survives_its_points() {
    points_of("hybrid", 10);
}

#[test]
fn gitops_survives_its_points() {
    points_of("gitops", 10);
}
