//! A run dies at a call, before it leaves and after the vendor acted; the next run ends where an
//! undisturbed one does: nothing twice, nothing lost, nothing left after destroy.

use pontoon_core::{operation::Ending, platform::Platform};
use pontoon_emulator::World;
use pontoon_test::{
    context::Context,
    crash::{When, dies},
    platforms,
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

async fn every_point(platform: &Platform, stride: usize) {
    let (expected, calls) = undisturbed(platform).await;
    for n in (0..calls).step_by(stride) {
        after_death(platform, When::Before(n), &expected).await;
        after_death(platform, When::After(n), &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn minimal_survives_every_death() {
    every_point(&platforms::example("minimal", 0), 1).await;
}

#[tokio::test(start_paused = true)]
async fn single_cluster_survives_deaths() {
    every_point(&platforms::example("single-cluster", 0), 5).await;
}

#[tokio::test(start_paused = true)]
async fn enterprise_survives_deaths() {
    every_point(&platforms::example("enterprise", 0), 7).await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_survives_deaths() {
    let platform = platforms::example("hybrid", 0);
    let context = Context::new(World::default());
    context.up(&platform).await.unwrap();
    context.cloud.keep_trace(true);
    context.destroy(&platform).await.unwrap();
    let (calls, expected) = (context.cloud.take_trace().len(), context.census());
    for n in (0..calls).step_by(5) {
        for when in [When::Before(n), When::After(n)] {
            let context = Context::new(World::default());
            context.up(&platform).await.unwrap();
            if let Some(done) = dies(&context, when, context.destroy(&platform)).await {
                done.unwrap();
            }
            context.destroy(&platform).await.unwrap_or_else(|e| panic!("{when:?}: {e}"));
            assert_eq!(context.census(), expected, "{when:?}");
        }
    }
}
