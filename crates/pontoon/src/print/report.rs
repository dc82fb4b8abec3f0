//! What a run ends with: where everything is, what it costs, what waits for a person, what is left.

use crate::{
    args::Where,
    commands::{
        inside::Inside,
        leaks::{Left, text},
        reachable::delegated,
    },
    compose::{Composition, store, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{line, note, out},
    settings::Settings,
};
use pontoon_core::{address::Address, call::Class, money::Cost, platform::Platform, record::Recorded, value::Value};
use pontoon_engine::Report;
use pontoon_operate::Prepared;
use pontoon_ui::style::Ink;

/// Outputs that say where something is, best first.
const PLACES: &[&str] = &["endpoint", "private_host", "host", "ip", "urn", "name", "id"];

/// Where everything is, what it costs, what waits for a person.
pub fn print(
    settings: &Settings,
    composition: &Composition,
    platform: &Platform,
    prepared: &Prepared,
    inside: &Inside,
    environment: &str,
    ended: Exit,
) -> Outcome<()> {
    if settings.json {
        return Ok(());
    }
    let how = match ended {
        Exit::Done => "is there, healthy",
        Exit::Waits => "is there, and waits for a person",
        _ => "is there, and not healthy yet",
    };
    line(&settings.out.paint(Ink::Strong, &format!("{environment} {how}, on {}", composition.place)));
    let mut domains = Vec::new();
    let mut rows: Vec<(Address, String)> = Vec::new();
    for scope in &platform.scopes {
        let record = composition.store.load(scope).map_err(|e| trouble_of_store(&e))?;
        for (address, recorded) in record.map(|r| r.resources).unwrap_or_default() {
            if address.kind() == "digitalocean.domain" && !delegated(inside, &recorded.id) {
                domains.push(recorded.id.clone());
            }
            if let Some(place) = place(&recorded) {
                rows.push((address, place));
            }
        }
    }
    let width = rows.iter().map(|(a, _)| a.to_string().len()).max().unwrap_or(0);
    for (address, place) in rows {
        line(&format!("  {:width$}  {}", address.to_string(), settings.out.paint(Ink::Faint, &place)));
    }
    line(&format!("{} USD a month", settings.out.paint(Ink::Strong, &prepared.plan.cost_after.to_string())));
    for domain in domains {
        let text = "delegate it to ns1.digitalocean.com, ns2.digitalocean.com and ns3.digitalocean.com at its registrar";
        line(&format!("{} {domain}: {text}", settings.out.paint(Ink::Notice, "waits for a person:")));
    }
    Ok(())
}

fn place(recorded: &Recorded) -> Option<String> {
    PLACES.iter().find_map(|p| recorded.outputs.get(*p).and_then(Value::as_text)).map(str::to_owned)
}

/// What went wrong, and what to type.
pub fn failures(settings: &Settings, report: &Report, command: &str) {
    for f in &report.failures {
        note(&format!("{} {}: {}", settings.err.paint(Ink::Bad, "failed:"), f.address, f.title));
        for text in f.message.lines() {
            note(&format!("  {text}"));
        }
    }
    if !report.skipped.is_empty() {
        note(&format!("{} steps were not started because of that", report.skipped.len()));
    }
    let next = match report.ending {
        pontoon_core::operation::Ending::Stalled => format!("pontoon op show {}", report.operation),
        _ if report.failures.iter().any(|f| f.class == Class::Denied) => {
            format!(
                "give the token the scopes that are named above, then: pontoon {command}; all that are needed: pontoon doctor --scopes"
            )
        }
        _ => format!("pontoon {command} goes on where this ended"),
    };
    note(&format!("  {} {next}", settings.err.paint(Ink::Strong, "next:")));
}

/// What is left after a destroy, priced.
pub fn left(settings: &Settings, place: &Where, loaded: &Loaded, leaks: &Left) -> Outcome<()> {
    let store = store(settings, place, loaded.platform())?;
    let mut lines = Vec::new();
    let mut total = Cost::FREE;
    for scope in store.scopes().map_err(|e| trouble_of_store(&e))? {
        let record = store.load(&scope).map_err(|e| trouble_of_store(&e))?;
        for (address, recorded) in record.map(|r| r.resources).unwrap_or_default() {
            let cost = pontoon_catalog::find(address.kind()).map_or(Cost::UNKNOWN, |k| (k.price)(&recorded.attributes));
            total = total + cost;
            lines.push(format!("  {address}  {cost} USD a month"));
        }
    }
    if !lines.is_empty() {
        line(&format!("left, {total} USD a month:"));
        lines.iter().for_each(|l| line(l));
    }
    match lines.is_empty() && leaks.leaks.is_empty() && leaks.unseen.is_empty() {
        true => line("nothing of it is left, and nothing of it is billed"),
        false => out(&text(leaks)),
    }
    Ok(())
}
