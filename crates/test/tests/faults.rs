//! Worlds in which much goes wrong: a few runs later everything is as in a healthy one; at no moment
//! does anything exist twice; and destroy leaves nothing.

use pontoon_core::{operation::Ending, plan::Change, platform::Platform};
use pontoon_emulator::{World, random::Random};
use pontoon_engine::{Report, execute::Failure};
use pontoon_test::{
    context::Context,
    crash::{When, dies},
    normal::{Normal, difference, normal},
    platforms,
    witness::Twice,
};
use serde_json::Value;

/// How many runs it may take.
const RUNS: usize = 8;

/// What goes wrong, by name. Chances are for each request.
const WORLDS: &[(&str, &str)] = &[
    (
        "lost",
        r#"
[[faults]]
probability = 0.1
kind = "lose_request"
[[faults]]
probability = 0.1
kind = "lose_reply"
"#,
    ),
    (
        "late",
        r#"
[[faults]]
method = "POST"
probability = 0.3
kind = { late_effect = "25s" }
[[faults]]
method = "PUT"
probability = 0.3
kind = { late_effect = "25s" }
[[faults]]
method = "DELETE"
probability = 0.3
kind = { late_effect = "25s" }
"#,
    ),
    (
        "erring",
        r#"
[[faults]]
probability = 0.1
kind = { status = 500 }
[[faults]]
probability = 0.1
kind = { status = 503 }
[[faults]]
probability = 0.05
kind = { status = 429 }
"#,
    ),
    (
        "slow",
        r#"
latency = { min = "1s", max = "9s" }
[[faults]]
probability = 0.2
kind = { slow = 4.0 }
[[faults]]
probability = 0.02
# Longer than this and the client's deadline and the time to settle have passed before it arrives.
kind = { slow = 10.0 }
"#,
    ),
    (
        "failing",
        r#"
[[faults]]
method = "POST"
path = "/v2/kubernetes/clusters"
nth = [1]
kind = "fail_creation"
[[faults]]
method = "POST"
path = "/v2/kubernetes/clusters/*/node_pools"
nth = [1]
kind = "fail_creation"
"#,
    ),
    ("lagging", "read_lag = { min = \"1s\", max = \"20s\" }\nlist_lag = { min = \"5s\", max = \"45s\" }\n"),
    ("limited", "[rates]\nminute = 12\nhour = 900\ncdn = 2\naccount_keys = 2\n"),
    (
        "all of it",
        r#"
read_lag = { min = "0s", max = "10s" }
list_lag = { min = "0s", max = "40s" }
latency = { min = "100ms", max = "4s" }
[rates]
minute = 60
[[faults]]
probability = 0.03
kind = "lose_request"
[[faults]]
probability = 0.03
kind = "lose_reply"
[[faults]]
method = "POST"
probability = 0.05
kind = { late_effect = "20s" }
[[faults]]
probability = 0.04
kind = { status = 502 }
[[faults]]
probability = 0.05
kind = { slow = 10.0 }
"#,
    ),
];

/// What only the vendor keeps.
fn kept(objects: &Value) -> bool {
    objects.as_object().is_some_and(|collections| {
        collections.iter().all(|(collection, things)| match (collection.as_str(), things.as_array()) {
            ("vpcs", Some(t)) => t.iter().all(|v| v["default"] == true),
            ("projects", Some(t)) => t.iter().all(|p| p["is_default"] == true),
            (_, Some(t)) => t.is_empty(),
            _ => false,
        })
    })
}

async fn healthy(platform: &Platform) -> Normal {
    let context = Context::new(World::default());
    let report = context.up(platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    normal(&context.cloud.objects())
}

/// What a run did and why, and what went wrong with it.
fn tell(context: &Context, platform: &Platform, report: &Report) -> String {
    let stored = context.store(&platform.name).operation(&report.operation);
    let changes = stored.map(|o| o.plan.changes).unwrap_or_default();
    let change = |c: &Change| {
        let fields = c.fields.iter().map(|f| format!("{} {:?} → {:?}", f.field, f.before, f.after));
        format!("  {} {}: {} {}\n", c.action, c.address, c.because, fields.collect::<Vec<_>>().join(", "))
    };
    let failure = |f: &Failure| format!("  failed {}: {}\n", f.address, f.message);
    let lines = changes.iter().map(change).chain(report.failures.iter().map(failure));
    format!("{} {}\n{}", report.operation, report.ending, lines.collect::<String>())
}

/// Runs again and again until there is nothing left to do. Gives what the runs said, if that never is.
async fn converge(context: &Context, platform: &Platform) -> Result<usize, String> {
    let mut said = Vec::new();
    for run in 1..=RUNS {
        match context.up(platform).await {
            Ok(None) => return Ok(run),
            Ok(Some(report)) => said.push(tell(context, platform, &report)),
            Err(e) => said.push(format!("{e}: {:?}", std::error::Error::source(&e).map(ToString::to_string))),
        }
    }
    Err(said.join("\n"))
}

async fn take_down(context: &Context, platform: &Platform) -> Result<(), String> {
    let mut said = Vec::new();
    for _ in 0..RUNS {
        match context.destroy(platform).await {
            Ok(None) => return Ok(()),
            Ok(Some(report)) => said.push(tell(context, platform, &report)),
            Err(e) => said.push(e.to_string()),
        }
    }
    Err(said.join("\n"))
}

async fn survives(name: &str, platform: &Platform, expected: &Normal, text: &str, seed: u64) {
    let who = format!("{name}, seed {seed}");
    let world = World { seed, ..World::parse(text).expect("the world makes sense") };
    let context = Context::new(world);
    let twice = Twice::begin(&context);
    converge(&context, platform).await.unwrap_or_else(|said| panic!("{who}: not done after {RUNS} runs:\n{said}"));
    assert!(twice.found().is_empty(), "{who}: twice: {:#?}", twice.found());
    // Lists lag, and late effects land.
    context.clock.sleep(std::time::Duration::from_secs(120)).await;
    let lines = difference(expected, &normal(&context.cloud.objects()));
    assert!(lines.is_empty(), "{who}: a healthy world (-) and this one (+):\n{lines}");
    take_down(&context, platform).await.unwrap_or_else(|said| panic!("{who}: not gone after {RUNS} runs:\n{said}"));
    context.clock.sleep(std::time::Duration::from_secs(120)).await;
    twice.look(&context.cloud);
    assert!(twice.found().is_empty(), "{who}: twice: {:#?}", twice.found());
    let objects = context.cloud.objects();
    assert!(kept(&objects), "{who}: destroy left: {objects:#}");
}

async fn every_world(example: &str, seeds: std::ops::Range<u64>) {
    let platform = platforms::example(example, 0);
    let expected = healthy(&platform).await;
    for seed in seeds {
        for (name, world) in WORLDS {
            survives(&format!("{example} in the world \"{name}\""), &platform, &expected, world, seed).await;
        }
    }
}

/// More seeds for a longer look: `PONTOON_SEED=7 PONTOON_SEEDS=100`.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok()).unwrap_or(1);
    let first = number("PONTOON_SEED");
    first..first + number("PONTOON_SEEDS")
}

#[tokio::test(start_paused = true)]
async fn minimal() {
    every_world("minimal", seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn single_cluster() {
    every_world("single-cluster", seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn isolated_pools() {
    every_world("isolated-pools", seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn enterprise() {
    every_world("enterprise", seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn hybrid() {
    every_world("hybrid", seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn gitops() {
    every_world("gitops", seeds()).await;
}

/// Dies again and again at random calls of a run, in a world in which much goes wrong.
async fn dies_often(context: &Context, platform: &Platform, random: &mut Random, destroy: bool) {
    for _ in 0..6 {
        let n = usize::try_from(random.below(60)).expect("a small number");
        let when = if random.unit() < 0.5 { When::Before(n) } else { When::After(n) };
        // How it ended is nobody's business: dead, failed or done.
        let _ = match destroy {
            true => dies(context, when, context.destroy(platform)).await.map(drop),
            false => dies(context, when, context.up(platform)).await.map(drop),
        };
    }
}

#[tokio::test(start_paused = true)]
async fn deaths_in_trouble() {
    let (_, text) = WORLDS.last().expect("there are worlds");
    for example in ["single-cluster", "hybrid", "enterprise"] {
        let platform = platforms::example(example, 0);
        let expected = healthy(&platform).await;
        for seed in seeds() {
            let who = format!("{example}, seed {seed}");
            let context = Context::new(World { seed, ..World::parse(text).expect("the world makes sense") });
            let mut random = Random(seed);
            dies_often(&context, &platform, &mut random, false).await;
            converge(&context, &platform).await.unwrap_or_else(|said| panic!("{who}: not done:\n{said}"));
            context.clock.sleep(std::time::Duration::from_secs(120)).await;
            let there = normal(&without_sessions(&context.cloud.objects()));
            let lines = difference(&expected, &there);
            assert!(lines.is_empty(), "{who}: a healthy world (-) and this one (+):\n{lines}");
            dies_often(&context, &platform, &mut random, true).await;
            take_down(&context, &platform).await.unwrap_or_else(|said| panic!("{who}: not gone:\n{said}"));
            context.clock.sleep(std::time::Duration::from_secs(120)).await;
            let objects = context.cloud.objects();
            assert!(kept(&without_sessions(&objects)), "{who}: destroy left: {objects:#}");
        }
    }
}

/// A key that a killed run made for itself is swept by the command, after the last run; see the binary.
fn without_sessions(objects: &Value) -> Value {
    let mut objects = objects.clone();
    if let Some(keys) = objects.get_mut("spaces_keys").and_then(Value::as_array_mut) {
        keys.retain(|k| !k["name"].as_str().is_some_and(|n| n.contains("-session-") || n.contains("-look-")));
    }
    objects
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_too_small() {
    let limits = ["droplets = 1", "databases = 0", "droplets = 0", "registries = 0", "buckets = 1", "spaces_keys = 1"];
    for example in ["single-cluster", "hybrid"] {
        let platform = platforms::example(example, 0);
        let expected = healthy(&platform).await;
        for limit in limits {
            let team = format!("[[teams]]\nuuid = \"{}\"\n[teams.limits]\n{limit}\n", pontoon_emulator::world::DEFAULT_TEAM);
            let context = Context::new(World::parse(&team).expect("the world makes sense"));
            let twice = Twice::begin(&context);
            let complete = match converge(&context, &platform).await {
                Ok(_) => true,
                // It says which limit, in the vendor's words.
                Err(said) => {
                    let words = ["limit", "exceed", "does not allow another", "than are allowed"];
                    assert!(words.iter().any(|w| said.contains(w)), "{example}, {limit}: {said}");
                    false
                }
            };
            assert_eq!(difference(&expected, &normal(&context.cloud.objects())).is_empty(), complete, "{example}, {limit}");
            assert!(twice.found().is_empty(), "{example}, {limit}: twice: {:#?}", twice.found());
            take_down(&context, &platform).await.unwrap_or_else(|said| panic!("{example}, {limit}: not gone:\n{said}"));
            assert!(kept(&context.cloud.objects()), "{example}, {limit}: destroy left: {:#}", context.cloud.objects());
        }
    }
}
