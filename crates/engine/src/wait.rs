//! Waiting until something is ready, or gone.

use crate::ports::Ports;
use pontoon_core::{
    address::Address,
    call::{Call, Class},
    event::What,
    plan::{Policy, StepId, Until, Wait},
    value::Value,
};
use std::{collections::BTreeMap, time::Duration};

/// What is said of what has no state.
const THERE: &str = "there";

/// How waiting ended badly.
#[derive(Debug, Clone)]
pub struct InVain {
    /// Why.
    pub class: Class,
    /// What a person reads.
    pub message: String,
}

/// Reads until the end of waiting; `read` has no pending part any more.
///
/// # Errors
/// Where the thing says that it will never come, where reading it is refused, or after the timeout.
pub async fn wait(
    ports: &Ports<'_>,
    step: StepId,
    address: &Address,
    wait: &Wait,
    read: &Call,
    policy: Policy,
) -> Result<Option<Value>, InVain> {
    let started = ports.clock.now();
    let mut pause = 1;
    let (mut told, mut of_parts) = (String::new(), String::new());
    loop {
        let elapsed = ports.clock.now().as_second() - started.as_second();
        match ports.provider.send(read, Duration::from_secs(policy.deadline.into())).await {
            Ok(reply) => {
                let object = reply.body.at(&wait.item).cloned().unwrap_or_default();
                match &wait.until {
                    Until::Ready(condition) if condition.holds(&object) => return Ok(Some(object)),
                    Until::Ready(_) if wait.failed.as_ref().is_some_and(|f| f.holds(&object)) => {
                        let message = format!("the vendor gave up on it: {}", state(&object));
                        return Err(InVain { class: Class::Invalid, message });
                    }
                    Until::Ready(_) | Until::Gone => {}
                }
                of_parts = parts(&object);
                let state = state(&object);
                if state != told {
                    ports.tell(What::Waiting { step, address: address.clone(), state: state.clone() });
                    told = state;
                }
            }
            Err(r) if r.class == Class::NotFound => match wait.until {
                Until::Gone => return Ok(None),
                // What was just made may not be there for readers yet.
                Until::Ready(_) if elapsed <= i64::from(policy.settle) => {}
                Until::Ready(_) => return Err(InVain { class: r.class, message: "it is gone".into() }),
            },
            Err(r) if matches!(r.class, Class::Denied | Class::Invalid) => {
                return Err(InVain { class: r.class, message: r.message });
            }
            Err(_) => {}
        }
        if elapsed >= i64::from(wait.timeout) {
            let message = format!("still {told} after {} min{of_parts}", elapsed / 60);
            return Err(InVain { class: Class::Transient, message });
        }
        ports.clock.sleep(Duration::from_secs(pause)).await;
        pause = (pause * 2).min(wait.every.into());
    }
}

/// What the vendor says of an object's state, in its own word.
fn state(object: &Value) -> String {
    let word = ["status.state", "status", "state"].iter().find_map(|p| object.at(p).and_then(Value::as_text));
    word.unwrap_or(THERE).to_owned()
}

/// What the vendor says of its parts: `; nodes: 2 running, 1 provisioning`.
fn parts(object: &Value) -> String {
    let mut all = String::new();
    for (name, value) in object.as_map().into_iter().flatten() {
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        let parts = value.as_list().into_iter().flatten().filter(|p| p.as_map().is_some());
        parts.map(state).filter(|s| s != THERE).for_each(|s| *states.entry(s).or_default() += 1);
        if !states.is_empty() {
            let said: Vec<String> = states.into_iter().map(|(state, n)| format!("{n} {state}")).collect();
            all.push_str(&format!("; {name}: {}", said.join(", ")));
        }
    }
    all
}
