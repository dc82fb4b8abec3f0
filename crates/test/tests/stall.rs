//! A thing that carries nothing to be known by, whose creation went unanswered: the run stalls and says
//! what to type, the next run refuses to guess, and a person's answer settles it.

use pontoon_core::{
    operation::{Ending, Entries, StepStatus},
    plan::Outcome,
    record::Recorded,
    value::Value,
};
use pontoon_emulator::World;
use pontoon_operate::Failed;
use pontoon_store::{Answer, Who};
use pontoon_test::{context::Context, platforms};
use std::collections::BTreeMap;

const LOST: &str = "[[faults]]\nmethod = \"POST\"\npath = \"/v2/reserved_ips\"\nnth = [1]\nkind = \"lose_reply\"\n";

fn who() -> Who {
    Who { user: "test".into(), host: "local".into(), pid: std::process::id(), command: "op resolve".into() }
}

/// A run that stalls; returns its operation and the stalled step.
async fn stalled(context: &Context, platform: &pontoon_core::platform::Platform) -> (String, u32) {
    let report = context.up(platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Stalled);
    assert!(report.failures.iter().any(|f| f.message.contains("reserved-ip list")), "{:#?}", report.failures);
    let again = context.up(platform).await;
    assert!(matches!(again, Err(Failed::Stalled { .. })), "nobody may guess");
    let stored = context.store(&platform.name).operation(&report.operation).unwrap();
    let step = stored.plan.steps.iter().find(|s| stored.operation.status(s.id) == StepStatus::Stalled).unwrap();
    (report.operation, step.id)
}

#[tokio::test(start_paused = true)]
async fn a_person_says_what_was_made() {
    let context = Context::new(World::parse(LOST).unwrap());
    let platform = platforms::kind("digitalocean.reserved_ip");
    let (operation, step) = stalled(&context, &platform).await;
    let address = context.cloud.objects()["reserved_ips"][0]["ip"].as_str().unwrap().to_owned();

    let store = context.store(&platform.name);
    let planned = store.operation(&operation).unwrap().plan.step(step).unwrap().clone();
    let (at, Outcome::Makes(making)) = &planned.outcomes[0] else { panic!("the step makes something") };
    let recorded = Recorded {
        id: address.clone(),
        incarnation: String::new(),
        attributes: making.attributes.clone(),
        outputs: BTreeMap::from([("id".into(), Value::from(address.as_str()))]),
        parent: None,
        needs: making.needs.clone(),
        since: String::new(),
        deposed: Vec::new(),
        restored: Default::default(),
    };
    let answer = Answer::Adopted(Entries::from([(at.clone(), Some(recorded))]));
    store.lock(who(), context.clock.now()).unwrap().resolve(&operation, step, answer, context.clock.now()).unwrap();

    if let Some(report) = context.up(&platform).await.unwrap() {
        assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    }
    assert_eq!(context.census()["reserved_ips"], 1, "not a second one");
    assert!(context.plan(&platform).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_person_says_that_nothing_was_made() {
    let lost = LOST.replace("lose_reply", "lose_request");
    let context = Context::new(World::parse(&lost).unwrap());
    let platform = platforms::kind("digitalocean.reserved_ip");
    let (operation, step) = stalled(&context, &platform).await;
    assert!(!context.census().contains_key("reserved_ips"));
    let store = context.store(&platform.name);
    store.lock(who(), context.clock.now()).unwrap().resolve(&operation, step, Answer::Absent, context.clock.now()).unwrap();
    let report = context.up(&platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    assert_eq!(context.census()["reserved_ips"], 1);
}
