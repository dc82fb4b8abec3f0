//! `pontoon op`

use crate::{
    args::{Op as Args, Where},
    compose::{self, now, trouble_of_store},
    deliveries::{self, Delivery},
    document::read,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
    shared,
};
use pontoon_core::{
    operation::{Entries, StepStatus},
    plan::{Id, Outcome as Effect},
    record::Recorded,
    value::Value,
};
use pontoon_store::{Answer, Store, StoredOperation};
use pontoon_ui::style::Ink;
use serde_json::json;
use std::collections::BTreeMap;

/// Looks at operations, and settles one.
pub fn op(settings: &Settings, args: &Args) -> Outcome {
    match args {
        Args::Log { local } => log(settings, &store(settings, *local)?, *local),
        Args::Show { id, local } => show(settings, &store(settings, *local)?, id, *local),
        Args::Resolve { id, step, made, absent: _, local } => {
            resolve(settings, &store(settings, *local)?, id, *step, made.as_deref())
        }
    }
}

fn store(settings: &Settings, local: bool) -> Outcome<Store> {
    // Only the platform's name is needed: a document with mistakes hides no operation.
    let document = read(settings, true)?.document;
    let name = document.as_ref().and_then(|d| d.platform()).ok_or_else(|| {
        Trouble::new(format!("{} names no platform", settings.file.display()), "see what is wrong with it: pontoon check")
    })?;
    compose::store(settings, &Where { local, ..Where::default() }, name)
}

fn log(settings: &Settings, store: &Store, local: bool) -> Outcome {
    let deliveries = deliveries::all(settings, local);
    let operations = store.operations().map_err(|e| trouble_of_store(&e))?;
    if settings.json {
        print::line(&json!({"operations": operations, "deliveries": deliveries}).to_string());
        return Ok(Exit::Done);
    }
    if operations.is_empty() && deliveries.is_empty() {
        print::note("no operation was ever run here");
    }
    // Both by their time, newest first; a delivery stands above the operation that it followed.
    let mut deliveries = deliveries.iter().peekable();
    for o in operations {
        while let Some(d) = deliveries.next_if(|d| d.at >= o.at) {
            print::line(&delivered(d, settings));
        }
        let scopes: Vec<&str> = o.scopes.iter().map(|s| s.as_str()).collect();
        let ending = match (&o.damage, &o.closed) {
            (Some(damage), _) => settings.out.paint(Ink::Bad, &format!("damaged: {damage}")),
            (None, Some((ending, _))) => ending.to_string(),
            (None, None) if o.steps.stalled > 0 => settings.out.paint(Ink::Bad, "waits for a person"),
            (None, None) => settings.out.paint(Ink::Notice, "not ended"),
        };
        let steps = format!("{}/{} steps", o.steps.done, o.steps.total);
        print::line(&format!("{}  {:8}{:24}{:14}{}  {}", o.id, o.command.to_string(), scopes.join(" "), steps, ending, o.who));
    }
    deliveries.for_each(|d| print::line(&delivered(d, settings)));
    Ok(Exit::Done)
}

/// A delivery in one line, below the columns of operations.
fn delivered(d: &Delivery, settings: &Settings) -> String {
    let stuck = d.open.iter().filter(|o| o.state == "stuck").count();
    let ending = match (&d.waits, stuck, d.open.len()) {
        (Some(url), ..) => settings.out.paint(Ink::Notice, &format!("waits for {url}")),
        (None, 0, 0) => "healthy".to_owned(),
        (None, 0, _) => settings.out.paint(Ink::Notice, "not healthy yet"),
        (None, n, _) => settings.out.paint(Ink::Bad, &format!("{n} stuck")),
    };
    let units = format!("{}/{} units", d.units - d.open.len().min(d.units), d.units);
    let commit = d.commit.as_deref().map(|c| format!("  commit {}", c.get(..10).unwrap_or(c))).unwrap_or_default();
    format!("{:28}{:8}{:24}{:14}{}  {}{commit}", d.at, "deliver", d.environment, units, ending, d.who)
}

fn show(settings: &Settings, store: &Store, id: &str, local: bool) -> Outcome {
    let stored = store.operation(id).map_err(|e| trouble_of_store(&e))?;
    let followed: Vec<Delivery> =
        deliveries::all(settings, local).into_iter().filter(|d| d.operation.as_deref() == Some(&stored.id)).collect();
    if settings.json {
        let mut document = document(&stored);
        document["deliveries"] = json!(followed);
        print::line(&document.to_string());
        return Ok(Exit::Done);
    }
    let o = &stored.operation;
    let team = o.opened.team.as_ref().map(|t| format!(", team {}", t.name)).unwrap_or_default();
    print::line(&format!("{} {} by {} at {}{team}", stored.id, o.opened.command, o.opened.who, o.opened.at));
    for step in &stored.plan.steps {
        let status = o.status(step.id);
        let ink = match status {
            StepStatus::Done => Ink::Good,
            StepStatus::Failed | StepStatus::Stalled => Ink::Bad,
            StepStatus::Indeterminate | StepStatus::Effected => Ink::Notice,
            StepStatus::Pending => Ink::Faint,
        };
        let word = settings.out.paint(ink, &format!("{:14}", word(status)));
        print::line(&format!(
            "  {:>3}  {word}{}  {}",
            step.id,
            step.title,
            settings.out.paint(Ink::Faint, &step.address.to_string())
        ));
        for message in o.messages.get(&step.id).into_iter().flatten() {
            print::line(&format!("       {message}"));
        }
        if status == StepStatus::Stalled {
            print::line(&format!("       it happened:     pontoon op resolve {} {} --made VENDOR-ID", stored.id, step.id));
            print::line(&format!("       it did not:      pontoon op resolve {} {} --absent", stored.id, step.id));
        }
    }
    match &o.closed {
        Some((ending, at)) => print::line(&format!("{ending} at {at}")),
        None => print::line("not ended; the next run settles what is unclear: pontoon up"),
    }
    for d in &followed {
        print::line(&delivered(d, settings));
        for o in &d.open {
            print::line(&format!("  {} {}: {}", o.state, o.unit, o.detail));
        }
    }
    if let Some(damage) = &stored.damage {
        let t = trouble_of_store(damage);
        print::error::print(&t, settings.err, false);
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

fn word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "not begun",
        StepStatus::Indeterminate => "unclear",
        StepStatus::Effected => "not ready yet",
        StepStatus::Done => "done",
        StepStatus::Failed => "failed",
        StepStatus::Stalled => "asks a person",
    }
}

fn document(stored: &StoredOperation) -> serde_json::Value {
    let o = &stored.operation;
    let steps: Vec<serde_json::Value> = stored
        .plan
        .steps
        .iter()
        .map(|s| {
            json!({
                "step": s.id, "title": s.title, "address": s.address, "action": s.action,
                "status": o.status(s.id), "messages": o.messages.get(&s.id).cloned().unwrap_or_default(),
            })
        })
        .collect();
    json!({
        "operation": stored.id, "command": o.opened.command, "scopes": o.opened.scopes, "at": o.opened.at,
        "who": o.opened.who, "team": o.opened.team, "closed": o.closed, "steps": steps,
        "damage": stored.damage.as_ref().map(ToString::to_string),
    })
}

/// Takes a person's answer. What was made is recorded under the id that they found.
fn resolve(settings: &Settings, store: &Store, id: &str, step: u32, made: Option<&str>) -> Outcome {
    let stored = store.operation(id).map_err(|e| trouble_of_store(&e))?;
    let answer = match made {
        None => Answer::Absent,
        Some(vendor_id) => Answer::Adopted(entries(&stored, step, vendor_id)?),
    };
    let who = shared::who(settings, &format!("pontoon op resolve {id}"));
    let now = now();
    let mut writer = store.lock(who, now).map_err(|e| trouble_of_store(&e))?;
    let settled = writer.resolve(&stored.id, step, answer, now).map_err(|e| trouble_of_store(&e))?;
    print::note(&match settled.is_settled() {
        true => "settled; go on with: pontoon up".to_owned(),
        false => format!("taken; see what is left: pontoon op show {}", stored.id),
    });
    Ok(Exit::Done)
}

fn entries(stored: &StoredOperation, step: u32, vendor_id: &str) -> Outcome<Entries> {
    let planned = stored.plan.step(step).ok_or_else(|| {
        Trouble::new(format!("there is no step {step}"), format!("see its steps: pontoon op show {}", stored.id))
    })?;
    let mut entries = Entries::new();
    for (address, effect) in &planned.outcomes {
        let Effect::Makes(making) = effect else { continue };
        let id = match &making.id {
            Id::At(_) => vendor_id.to_owned(),
            Id::Is(value) => value.as_text().unwrap_or(vendor_id).to_owned(),
        };
        let outputs = BTreeMap::from([("id".to_owned(), Value::from(id.as_str()))]);
        let recorded = Recorded {
            id,
            incarnation: making.incarnation.clone(),
            attributes: making.attributes.clone(),
            outputs,
            parent: making.parent.clone(),
            needs: making.needs.clone(),
            since: String::new(),
            deposed: Vec::new(),
            restored: Default::default(),
        };
        entries.insert(address.clone(), Some(recorded));
    }
    Ok(entries)
}
