//! A look at an environment, as one table and as JSON.

use crate::{
    commands::status::{Condition, Look},
    print::json,
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_core::{
    event::UnitState,
    plan::{Action, Change},
    quantity::Cron,
};
use pontoon_deliver::survey::{backups::Backup, certificates::Certificate};
use pontoon_ui::{
    style::Ink,
    table::{Row, Section, table},
    time::age,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A backup is late when it is older than its schedule's longest gap and this, in seconds: one takes its time.
const GRACE: i64 = 7200;
/// A certificate with less than this left, in seconds, should have been renewed long ago.
const SHORT: i64 = 7 * 86_400;

/// One environment as a table; `first` where no other stands above it.
pub fn text(look: &Look, settings: &Settings, first: bool) -> String {
    let style = settings.out;
    let condition = look.condition();
    let ink = match condition {
        Condition::Ready => Ink::Good,
        Condition::Reconciling => Ink::Notice,
        Condition::Stalled => Ink::Bad,
    };
    let mut out = if first { String::new() } else { "\n".into() };
    out.push_str(&look.heading);
    out.push_str(&format!(
        "{}  {}  {} USD a month\n",
        style.paint(Ink::Strong, &look.environment),
        style.paint(ink, condition.word()),
        look.prepared.plan.cost_before
    ));
    look.unfinished.iter().for_each(|u| out.push_str(&format!("  {}\n", style.paint(Ink::Notice, u))));
    let sections = [cloud(look), cluster(look), endpoints(look), certificates(look), backups(look), waits(look)];
    out.push_str(&table(&sections, style, settings.width));
    if let Some(next) = &look.next {
        out.push_str(&format!("{} {next}\n", style.paint(Ink::Strong, "next:")));
    }
    out
}

fn row(state: &str, ink: Ink, name: &str, figure: String, text: String) -> Row {
    Row { state: state.into(), ink, name: name.into(), figure, text }
}

/// What the vendor sells: what is as recorded, by kind; what is not, one by one.
fn cloud(look: &Look) -> Section {
    let changes = &look.prepared.plan.changes;
    let mut groups: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
    for (address, _) in &look.resources {
        if changes.iter().all(|c| c.address != *address) {
            let title = pontoon_catalog::find(address.kind()).map_or(address.kind(), |k| k.title);
            groups.entry((0, title)).or_default().push(address.name());
        }
    }
    for c in changes.iter().filter(|c| c.action == Action::Create) {
        groups.entry((1, &c.title)).or_default().push(c.address.name());
    }
    let grouped = groups.into_iter().map(|((missing, title), names)| {
        let (state, ink) = if missing == 0 { ("ready", Ink::Good) } else { ("missing", Ink::Bad) };
        row(state, ink, title, names.len().to_string(), names.join(", "))
    });
    let mut rows: Vec<Row> = grouped.collect();
    for c in changes.iter().filter(|c| c.action != Action::Create) {
        let (state, ink) = match c.action {
            Action::Read => ("not ready", Ink::Notice),
            Action::Update => ("differs", Ink::Notice),
            Action::Replace => ("replace", Ink::Bad),
            Action::Delete => ("remove", Ink::Bad),
            Action::Adopt => ("adopt", Ink::Notice),
            _ => ("forget", Ink::Notice),
        };
        rows.push(row(state, ink, &c.title, String::new(), format!("{}: {}", c.address.name(), because(c))));
    }
    Section { title: "cloud".into(), figures: "count".into(), rows }
}

/// Why something of the cloud is to be changed, with what differs.
pub fn because(c: &Change) -> String {
    if c.action == Action::Read {
        return "is not ready yet".into();
    }
    let side = |v: &Option<pontoon_core::value::Value>| v.as_ref().map_or("(not set)".to_owned(), super::plan::brief);
    let fields: Vec<String> = c.fields.iter().map(|f| format!("{} {} → {}", f.field, side(&f.before), side(&f.after))).collect();
    match fields.is_empty() {
        true => c.because.clone(),
        false => format!("{} ({})", c.because, fields.join(", ")),
    }
}

/// Units: what is healthy by layer, what is not one by one.
fn cluster(look: &Look) -> Section {
    let mut layers: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    // What is said of several units alike is said once.
    let mut alike: BTreeMap<(UnitState, &str), Vec<&str>> = BTreeMap::new();
    let mut rest = Vec::new();
    for (_, s) in look.inside.units.iter().filter(|(_, s)| s.state != UnitState::Healthy) {
        alike.entry((s.state, &s.detail)).or_default().push(&s.unit);
    }
    for (layer, s) in &look.inside.units {
        let ink = match s.state {
            UnitState::Healthy => {
                layers.entry(*layer).or_default().push(&s.unit);
                continue;
            }
            UnitState::Stuck => Ink::Bad,
            UnitState::Waiting | UnitState::Progressing => Ink::Notice,
        };
        match alike.remove(&(s.state, s.detail.as_str())) {
            Some(units) if units.len() > 2 => {
                let text = format!("{}: {}", s.detail, units.join(", "));
                rest.push(row(&s.state.to_string(), ink, "several", units.len().to_string(), text));
            }
            Some(units) => rest.extend(units.iter().map(|u| row(&s.state.to_string(), ink, u, String::new(), s.detail.clone()))),
            None => {}
        }
    }
    let whole = |(layer, units): (u32, Vec<&str>)| {
        row("healthy", Ink::Good, &format!("layer {layer}"), units.len().to_string(), units.join(", "))
    };
    let rows = layers.into_iter().map(whole).chain(rest).collect();
    Section { title: "cluster".into(), figures: "units".into(), rows }
}

fn endpoints(look: &Look) -> Section {
    let rows = look.inside.endpoints.iter().map(|e| {
        let whole = e.broken.is_empty();
        let (state, ink) = if whole { ("answers", Ink::Good) } else { ("broken", Ink::Bad) };
        let at = e.addresses.join(", ");
        let tls = e.certificate.as_ref().map_or(", without TLS".to_owned(), |c| format!(", certificate {c}"));
        let text = if whole { format!("{} at {at}{tls}", e.route) } else { e.broken.join("; ") };
        row(state, ink, &e.host, e.pods.to_string(), text)
    });
    Section { title: "endpoints".into(), figures: "pods".into(), rows: rows.collect() }
}

fn left(c: &Certificate, now: Timestamp) -> Option<i64> {
    Some(c.until.parse::<Timestamp>().ok()?.as_second() - now.as_second())
}

fn certificates(look: &Look) -> Section {
    let rows = look.inside.certificates.iter().map(|c| {
        let seconds = left(c, look.at);
        let (state, ink) = match (&c.broken, seconds) {
            (_, Some(..=0)) => ("expired", Ink::Bad),
            (Some(_), _) => ("pending", Ink::Bad),
            (None, Some(..SHORT)) => ("ends soon", Ink::Notice),
            (None, _) => ("valid", Ink::Good),
        };
        let hosts = match c.hosts.as_slice() {
            [] => String::new(),
            [only] => format!(" for {only}"),
            [first, rest @ ..] => format!(" for {first} and {} more", rest.len()),
        };
        let day = c.until.split('T').next().unwrap_or_default();
        let until = if day.is_empty() { String::new() } else { format!(", until {day}") };
        let text = c.broken.clone().unwrap_or_else(|| format!("by {}{until}{hosts}", c.issuer));
        row(state, ink, &c.name, seconds.map(age).unwrap_or_default(), text)
    });
    Section { title: "certificates".into(), figures: "left".into(), rows: rows.collect() }
}

fn since(b: &Backup, now: Timestamp) -> Option<i64> {
    Some(now.as_second() - b.last.as_ref()?.parse::<Timestamp>().ok()?.as_second())
}

/// Why a backup is not as it should be.
pub fn late(b: &Backup, now: Timestamp) -> Option<String> {
    if b.broken.is_some() {
        return b.broken.clone();
    }
    let gap = match five(&b.schedule).parse::<Cron>() {
        Ok(cron) => i64::try_from(cron.longest_gap()?.seconds()).ok()?,
        Err(_) => 86_400,
    };
    (since(b, now)? > gap + GRACE).then(|| format!("the last one is {} old", age(since(b, now).unwrap_or_default())))
}

/// A schedule in the five fields that everybody knows: operators count seconds too.
fn five(schedule: &str) -> String {
    match schedule.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["0", rest @ ..] if rest.len() == 5 => rest.join(" "),
        _ => schedule.to_owned(),
    }
}

fn backups(look: &Look) -> Section {
    let rows = look.inside.backups.iter().map(|b| {
        let late = late(b, look.at);
        let (state, ink) = match (&b.broken, &late, &b.last) {
            (Some(_), ..) => ("failed", Ink::Bad),
            (None, Some(_), _) => ("late", Ink::Bad),
            (None, None, None) => ("none yet", Ink::Notice),
            (None, None, Some(_)) => ("kept", Ink::Good),
        };
        let at = b.last.as_ref().map_or(String::new(), |l| format!("; the last at {l}"));
        let text = late.map_or_else(|| format!("{}{at}", five(&b.schedule)), |why| format!("{why} ({})", five(&b.schedule)));
        row(state, ink, &b.of, since(b, look.at).map(age).unwrap_or_default(), text)
    });
    Section { title: "backups".into(), figures: "age".into(), rows: rows.collect() }
}

fn waits(look: &Look) -> Section {
    let one = |w: &crate::commands::status::Wait| {
        row(w.what, if w.holds { Ink::Bad } else { Ink::Notice }, &w.name, String::new(), w.how.clone())
    };
    Section { title: "waits for a person".into(), figures: String::new(), rows: look.waits.iter().map(one).collect() }
}

/// The same in JSON. Nothing in it changes by getting older.
pub fn document(look: &Look) -> Value {
    let inside = &look.inside;
    json!({
        "condition": look.condition().word(),
        "reasons": look.reasons(),
        "resources": look.resources.iter().map(|(address, r)| json!({"address": address, "id": r.id, "since": r.since, "outputs": r.outputs})).collect::<Vec<_>>(),
        "changes": look.prepared.plan.changes.iter().map(|c| json!({"address": c.address, "title": c.title, "action": c.action, "because": because(c)})).collect::<Vec<_>>(),
        "units": inside.units.iter().map(|(layer, u)| json!({"unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail, "layer": layer})).collect::<Vec<_>>(),
        "endpoints": inside.endpoints.iter().map(|e| json!({"host": e.host, "route": e.route.to_string(), "addresses": e.addresses, "certificate": e.certificate, "pods": e.pods, "healthy": e.broken.is_empty(), "because": e.broken})).collect::<Vec<_>>(),
        "certificates": inside.certificates.iter().map(|c| json!({"name": c.name, "hosts": c.hosts, "issuer": c.issuer, "until": c.until, "healthy": c.broken.is_none(), "because": c.broken})).collect::<Vec<_>>(),
        "backups": inside.backups.iter().map(|b| json!({"of": b.of, "schedule": b.schedule, "last": b.last, "healthy": late(b, look.at).is_none(), "because": late(b, look.at)})).collect::<Vec<_>>(),
        "waits": look.waits.iter().map(|w| json!({"what": w.what, "name": w.name, "how": w.how, "holds": w.holds})).collect::<Vec<_>>(),
        "cost": json::cost(look.prepared.plan.cost_before),
        "team": look.prepared.account.team,
    })
}
