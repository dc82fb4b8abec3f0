//! The computed order, with every delay drawn: a thousand times into the embedded cluster, and nothing is refused.
//! All thousand: `cargo test --release -p pontoon-test --test order`.
//!
//! Each unit of each example is applied when what it comes after is healthy, as delivery does it. What a chart brings
//! comes late: its definitions some time after the unit was applied, established some time after that, and its webhook
//! is answered later still. The API server judges: a kind that is not established, a namespace that is not there, a
//! webhook that does not answer. No pod runs; what only waits, without being refused, is other tests' business.

#[path = "order/reduced.rs"]
mod reduced;
#[path = "order/server.rs"]
mod server;

use pontoon_test::trees;
use reduced::{Reduced, reduced};
use serde_json::{Value, json};
use server::Server;
use std::{collections::BTreeSet, time::Duration};

/// Runs in the computed order: a quarter of a second each where nothing is optimised, so there are fewer of them there.
const SEEDS: u64 = if cfg!(debug_assertions) { 50 } else { 1000 };
/// Runs without any order, in each environment, for which a few are enough.
const WITHOUT: u64 = 2;
/// Between two looks, as in delivery.
const PAUSE: Duration = Duration::from_secs(5);
/// The most seconds after which a chart's definitions appear, and after which its webhook is answered.
const LATE: u64 = 60;

const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops"];

/// Numbers that differ from call to call and not from run to run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// An environment of an example, ready to be tried.
struct Case {
    title: String,
    units: Vec<Reduced>,
    server: Server,
}

async fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for example in EXAMPLES {
        for (environment, units) in trees::environments(example) {
            let (units, there) = reduced(&units);
            assert!(units.iter().any(|u| !u.definitions.is_empty()), "{example}: no unit brings a kind");
            cases.push(Case { title: format!("{example} {environment}"), units, server: Server::begin(&there).await });
        }
    }
    cases
}

/// A unit on its way.
struct Way<'u> {
    unit: &'u Reduced,
    /// How many of its objects are written.
    written: usize,
    /// The turn at which its definitions come, and the one at which its webhook is answered; drawn when it is written.
    late: Option<(u64, u64)>,
    come: bool,
    answered: bool,
    healthy: bool,
}

/// What a run came to.
#[derive(Default)]
struct Outcome {
    /// Every refusal, and whether the same object was taken later.
    refused: Vec<String>,
    /// Units that were not healthy when it ended.
    left: Vec<String>,
}

/// One run. `ordered` is false where each unit is applied at once, in an order that is drawn.
async fn run(case: &Case, seed: u64, ordered: bool) -> Outcome {
    let (server, mut draw) = (case.server.fork(seed), Draw(seed));
    let way = |unit| Way { unit, written: 0, late: None, come: false, answered: false, healthy: false };
    let mut ways: Vec<Way<'_>> = case.units.iter().map(way).collect();
    for n in (1..ways.len()).rev() {
        // Those that may start at the same time start in any order.
        ways.swap(n, usize::try_from(draw.below(n as u64 + 1)).unwrap_or(0));
    }
    let mut outcome = Outcome::default();
    for turn in 0..200 {
        let healthy: BTreeSet<String> = ways.iter().filter(|w| w.healthy).map(|w| w.unit.name.clone()).collect();
        let waits = ways.iter().any(|w| w.come && !w.healthy && !w.unit.definitions.is_empty());
        let established = if waits { server.established().await } else { Vec::new() };
        for way in ways.iter_mut().filter(|w| !w.healthy) {
            if !ordered || way.unit.after.iter().all(|n| healthy.contains(n)) {
                step(&server, way, turn, &mut draw, &established, &mut outcome).await;
            }
        }
        if ways.iter().all(|w| w.healthy) {
            return outcome;
        }
        server.pass(PAUSE).await;
    }
    outcome.left = ways.iter().filter(|w| !w.healthy).map(|w| w.unit.name.clone()).collect();
    outcome
}

async fn step(server: &Server, way: &mut Way<'_>, turn: u64, draw: &mut Draw, established: &[String], outcome: &mut Outcome) {
    let turns = LATE / PAUSE.as_secs();
    while let Some(object) = way.unit.objects.get(way.written) {
        if let Err(why) = server.apply(object).await {
            outcome.refused.push(format!("{}: {why}", way.unit.name));
            return;
        }
        way.written += 1;
    }
    let (come, answered) = *way.late.get_or_insert_with(|| {
        let come = turn + draw.below(turns);
        (come, come + draw.below(turns))
    });
    let late = |at: u64| turn >= at;
    if late(come) && !way.come {
        for object in way.unit.definitions.iter().chain(&hook(way.unit)) {
            if let Err(why) = server.apply(object).await {
                outcome.refused.push(format!("{}: {why}", way.unit.name));
                return;
            }
        }
        way.come = true;
    }
    if way.come && late(answered) && !way.answered {
        if let Some(object) = endpoints(way.unit) {
            server.apply(&object).await.unwrap_or_else(|e| panic!("{}: {e}", way.unit.name));
        }
        way.answered = true;
    }
    let served = |d: &Value| established.iter().any(|n| d["metadata"]["name"] == n.as_str());
    way.healthy = way.answered && way.unit.definitions.iter().all(served);
}

/// The webhook that judges the objects of a unit's definitions.
fn hook(unit: &Reduced) -> Vec<Value> {
    let Some((namespace, service)) = &unit.hook else { return Vec::new() };
    let rules = unit.definitions.iter().map(|d| {
        json!({ "apiGroups": [d["spec"]["group"]], "apiVersions": ["*"], "resources": [d["spec"]["names"]["plural"]], "operations": ["*"] })
    });
    let hooks = json!([{
        "name": format!("{service}.{namespace}.svc"), "failurePolicy": "Fail", "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": { "service": { "namespace": namespace, "name": service } },
        "rules": rules.collect::<Vec<Value>>(),
    }]);
    vec![
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": service, "namespace": namespace },
            "spec": { "ports": [{ "port": 443 }] },
        }),
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": { "name": service }, "webhooks": hooks,
        }),
    ]
}

/// What says that somebody answers.
fn endpoints(unit: &Reduced) -> Option<Value> {
    let (namespace, service) = unit.hook.as_ref()?;
    Some(json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": { "name": format!("{service}-late"), "namespace": namespace, "labels": { "kubernetes.io/service-name": service } },
        "endpoints": [{ "addresses": ["10.244.0.9"], "conditions": { "ready": true } }], "ports": [{ "port": 443 }],
    }))
}

#[tokio::test(start_paused = true)]
async fn whatever_is_drawn_nothing_is_refused_in_the_computed_order() {
    let cases = cases().await;
    for (seed, case) in (0..SEEDS).zip(cases.iter().cycle()) {
        let outcome = run(case, seed, true).await;
        assert!(outcome.refused.is_empty(), "{}, seed {seed}: {:#?}", case.title, outcome.refused);
        assert!(outcome.left.is_empty(), "{}, seed {seed}: not healthy: {:?}", case.title, outcome.left);
    }
}

/// The last refusals.
fn last(outcome: &Outcome) -> &[String] {
    &outcome.refused[outcome.refused.len().saturating_sub(5)..]
}

/// The proof that the order is judged at all.
#[tokio::test(start_paused = true)]
async fn without_the_order_much_is_refused_and_trying_again_heals_it() {
    let mut all = Vec::new();
    for case in &cases().await {
        for seed in 0..WITHOUT {
            let outcome = run(case, seed, false).await;
            assert!(!outcome.refused.is_empty(), "{}, seed {seed}: nothing depends on the order", case.title);
            assert!(
                outcome.left.is_empty(),
                "{}, seed {seed}: not healthy: {:?}: {:#?}",
                case.title,
                outcome.left,
                last(&outcome)
            );
            all.extend(outcome.refused);
        }
    }
    for why in ["no endpoints available for service", "not found", "the server could not find the requested resource"] {
        assert!(all.iter().any(|r| r.contains(why)), "never: {why}");
    }
}
