//! Equal seeds give equal runs: the requests of two runs are the same byte for byte (virtual time,
//! method, path, query, headers, body), and so are the replies, also where much goes wrong. Another
//! seed gives another run.

use pontoon_core::platform::Platform;
use pontoon_emulator::{TraceEntry, World};
use pontoon_test::{context::Context, platforms};

/// Lost requests and replies, effects that come late, errors, slowness, lag: whatever a world can do
/// without refusing for good.
const TROUBLE: &str = r#"
read_lag = { min = "0s", max = "3s" }
list_lag = { min = "0s", max = "8s" }
[[faults]]
probability = 0.04
kind = "lose_request"
[[faults]]
probability = 0.04
kind = "lose_reply"
[[faults]]
probability = 0.02
kind = { late_effect = "9s" }
[[faults]]
probability = 0.04
kind = { status = 503 }
[[faults]]
probability = 0.05
kind = { slow = 20.0 }
"#;

fn world(text: &str, seed: u64) -> World {
    World { seed, ..World::parse(text).expect("the world makes sense") }
}

/// Everything of an exchange, as one text.
fn bytes(e: &TraceEntry) -> String {
    let headers = |h: &http::HeaderMap| format!("{h:?}");
    format!(
        "{} {} {} {}?{}\n{}\n{:?}\n-> {} {:?}\n{}\n{:?}\n",
        e.at.0,
        e.vendor.name(),
        e.method,
        e.path,
        e.query,
        headers(&e.request_headers),
        e.request_body,
        e.status,
        e.cut,
        headers(&e.reply_headers),
        e.reply_body,
    )
}

/// Up (again, where something was refused too often), a look, and down; all that passed.
async fn trace(platform: &Platform, world: World) -> Vec<String> {
    let context = Context::new(world);
    context.cloud.keep_trace(true);
    for _ in 0..3 {
        let _ = context.up(platform).await;
    }
    let _ = context.plan(platform).await;
    let _ = context.destroy(platform).await;
    context.cloud.take_trace().iter().map(bytes).collect()
}

fn assert_same(name: &str, first: &[String], second: &[String]) {
    for (n, (a, b)) in first.iter().zip(second).enumerate() {
        assert_eq!(a, b, "{name}: exchange {n} differs");
    }
    assert_eq!(first.len(), second.len(), "{name}: one run made more calls");
}

#[tokio::test(start_paused = true)]
async fn equal_seeds_equal_traces() {
    for name in ["single-cluster", "enterprise"] {
        let platform = platforms::example(name, 0);
        let first = trace(&platform, world("", 7)).await;
        assert_same(name, &first, &trace(&platform, world("", 7)).await);
        assert_ne!(first, trace(&platform, world("", 8)).await, "{name}: the seed makes no difference");
    }
}

#[tokio::test(start_paused = true)]
async fn equal_seeds_equal_traces_in_trouble() {
    for (name, seed) in [("minimal", 1), ("hybrid", 2), ("enterprise", 3)] {
        let platform = platforms::example(name, 0);
        let first = trace(&platform, world(TROUBLE, seed)).await;
        assert_same(name, &first, &trace(&platform, world(TROUBLE, seed)).await);
        let struck = first.iter().filter(|e| e.contains("Some(") || e.contains("-> 503")).count();
        assert!(struck > 3, "{name}: nothing went wrong");
        assert_ne!(first, trace(&platform, world(TROUBLE, seed + 100)).await, "{name}: the seed makes no difference");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_at_once() {
    // A policy and scoped keys exclude each other.
    let together = pontoon_catalog::samples::samples().into_iter().filter(|r| r.address.kind() != "spaces.bucket_policy");
    let platform = platforms::of(together.collect());
    let first = trace(&platform, world(TROUBLE, 5)).await;
    assert_same("every kind", &first, &trace(&platform, world(TROUBLE, 5)).await);
}
