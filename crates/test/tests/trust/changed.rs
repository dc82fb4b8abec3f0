//! Vendors that say more, less or something else than they said when this was written.

use super::replies::{Rule, UNHEARD, wrap};
use pontoon_catalog::samples::samples;
use pontoon_core::{operation::Ending, plan::Action, platform::Platform};
use pontoon_emulator::World;
use pontoon_test::{
    context::Context,
    normal::{Normal, normal},
    platforms,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// One of each kind that can stand beside all others: a bucket with a policy excludes keys that are for it alone.
fn every_kind() -> Platform {
    platforms::of(samples().into_iter().filter(|r| r.address.kind() != "spaces.bucket_policy").collect())
}

type Heard = BTreeMap<String, BTreeSet<String>>;

/// What an undisturbed world holds once the platform is up, and what its vendors say on the way.
async fn undisturbed(platform: &Platform) -> (Normal, Heard) {
    let context = Context::unwatched(World::default());
    let heard = Arc::new(Mutex::new(Heard::new()));
    context.wrap(wrap(Rule::Listen(heard.clone())));
    up(&context, platform).await;
    let all = heard.lock().expect("nobody panicked").clone();
    (normal(&context.cloud.objects()), all)
}

async fn up(context: &Context, platform: &Platform) {
    let report = context.up(platform).await.expect("the run comes to its end").expect("there is something to do");
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
}

/// What the vendors say of a world in which nothing is under way.
async fn at_rest(context: &Context, platform: &Platform) -> Heard {
    let heard = Arc::new(Mutex::new(Heard::new()));
    context.wrap(wrap(Rule::Listen(heard.clone())));
    assert!(context.plan(platform).await.expect("it can be planned").is_empty());
    context.unwrap();
    heard.lock().expect("nobody panicked").clone()
}

fn is_state(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("status" | "state" | "phase"))
}

#[tokio::test(start_paused = true)]
async fn fields_that_nobody_has_heard_of_change_nothing() {
    let platform = every_kind();
    let (healthy, _) = undisturbed(&platform).await;
    let context = Context::unwatched(World::default());
    context.wrap(wrap(Rule::Unknown));
    up(&context, &platform).await;
    assert_eq!(normal(&context.cloud.objects()), healthy);
    let again = context.plan(&platform).await.expect("it can be planned");
    assert!(again.is_empty(), "{:#?}", again.changes);
    context.destroy(&platform).await.expect("the run comes to its end");
    let calm = Context::unwatched(World::default());
    up(&calm, &platform).await;
    calm.destroy(&platform).await.expect("the run comes to its end");
    assert_eq!(context.census(), calm.census());
}

#[tokio::test(start_paused = true)]
async fn states_on_the_way_may_have_other_names() {
    let platform = every_kind();
    let (healthy, heard) = undisturbed(&platform).await;
    let calm = Context::unwatched(World::default());
    up(&calm, &platform).await;
    let last: BTreeSet<String> =
        at_rest(&calm, &platform).await.into_iter().filter(|(p, _)| is_state(p)).flat_map(|(_, said)| said).collect();
    let on_the_way: BTreeSet<(String, String)> = heard
        .into_iter()
        .filter(|(path, _)| is_state(path))
        .flat_map(|(path, said)| said.into_iter().map(move |s| (path.clone(), s)))
        .filter(|(_, said)| !last.contains(said))
        .collect();
    assert!(on_the_way.len() >= 4, "{on_the_way:?}");
    let context = Context::unwatched(World::default());
    context.wrap(wrap(Rule::OnTheWay(on_the_way)));
    up(&context, &platform).await;
    assert_eq!(normal(&context.cloud.objects()), healthy);
}

#[tokio::test(start_paused = true)]
async fn a_last_state_of_another_name_is_said_and_costs_nothing() {
    let platform = every_kind();
    let (healthy, heard) = undisturbed(&platform).await;
    let mut tried = 0;
    for path in heard.keys().filter(|p| is_state(p)) {
        let context = Context::unwatched(World::default());
        context.wrap(wrap(Rule::Says(path.clone(), UNHEARD.into())));
        let report = context.up(&platform).await.expect("the run comes to its end").expect("there is something to do");
        if report.ending != Ending::Done {
            let said = format!("{:?}", report.failures);
            assert!(said.contains(UNHEARD), "{path}: {said}");
            tried += 1;
        }
        context.unwrap();
        // Once it is understood again, nothing was lost and nothing is there twice.
        let _ = context.up(&platform).await.expect("the run comes to its end");
        assert_eq!(normal(&context.cloud.objects()), healthy, "{path}");
    }
    assert!(tried >= 3, "no state is waited for");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_destroyed_because_a_field_is_gone_or_says_something_new() {
    let platform = every_kind();
    let context = Context::unwatched(World::default());
    up(&context, &platform).await;
    let before = without_look_keys(&context);
    let heard = at_rest(&context, &platform).await;
    assert!(heard.len() > 150, "{} fields are said", heard.len());
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (path, said)) in heard.iter().enumerate() {
        // Of every type that a field may turn into.
        let other = match said.first().map(|s| serde_json::from_str::<Value>(s)) {
            Some(Ok(Value::Number(_) | Value::Bool(_))) => json!(UNHEARD),
            _ if i % 2 == 0 => json!({ "value": [UNHEARD] }),
            _ => json!(UNHEARD),
        };
        let rules = [Rule::Without(path.clone()), Rule::Says(path.clone(), if i % 8 == 0 { Value::Null } else { other })];
        for rule in rules.into_iter().take(1 + usize::from(i % 4 == 0)) {
            context.wrap(wrap(rule));
            let planned = context.plan(&platform).await;
            context.unwrap();
            let end = match planned {
                Ok(plan) if plan.is_empty() => "nothing to do",
                Ok(plan) => {
                    let destroyed = plan.changes.iter().filter(|c| matches!(c.action, Action::Delete | Action::Replace));
                    let wrong: Vec<String> = destroyed.map(|c| format!("{} {}: {}", c.action, c.address, c.because)).collect();
                    assert!(wrong.is_empty(), "{path} of {said:?}: {wrong:#?}");
                    "something to do"
                }
                Err(_) => "an error",
            };
            *ends.entry(end).or_default() += 1;
        }
    }
    assert_eq!(without_look_keys(&context), before);
    assert!(ends["nothing to do"] > heard.len() / 2 && ends["something to do"] > 10, "{ends:?}");
}

/// What exists, but keys of runs that looked: one whose name is not shown any more cannot be found again at the end.
fn without_look_keys(context: &Context) -> Normal {
    let mut all = normal(&context.cloud.objects());
    all.values_mut().for_each(|things| things.retain(|t| !t.contains("-look-")));
    all
}
