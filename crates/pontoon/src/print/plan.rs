//! A plan, as a person reads it before agreeing.

use pontoon_core::{
    money::Cost,
    plan::{Action, Change, Gravity, Impact, Plan},
    value::Value,
};
use pontoon_ui::{
    style::{Ink, Style},
    time,
};
use std::collections::BTreeMap;

/// Values longer than this are cut, in characters.
const LONGEST: usize = 100;

/// The sign and colour of an action.
fn sign(action: Action) -> (&'static str, Ink) {
    match action {
        Action::Create => ("+", Ink::Good),
        Action::Update => ("~", Ink::Notice),
        Action::Replace => ("±", Ink::Bad),
        Action::Delete => ("-", Ink::Bad),
        Action::Adopt => (">", Ink::Good),
        Action::Forget => ("x", Ink::Notice),
        Action::Read => ("…", Ink::Faint),
        Action::NoOp => (" ", Ink::Faint),
    }
}

/// The whole plan.
pub fn text(plan: &Plan, title: &str, style: Style) -> String {
    let mut out = String::new();
    if plan.changes.is_empty() {
        out.push_str(&format!("{}: nothing to do, everything is as the document says\n", style.paint(Ink::Strong, title)));
    } else {
        out.push_str(&format!("{}: {}\n\n", style.paint(Ink::Strong, title), summary(plan)));
        let width = plan.changes.iter().map(|c| c.address.to_string().len()).max().unwrap_or(0);
        plan.changes.iter().for_each(|c| change(&mut out, c, width, style));
        out.push('\n');
    }
    for finding in &plan.findings {
        let (word, ink) = match finding.gravity {
            Gravity::Error => ("error", Ink::Bad),
            Gravity::Warning => ("warning", Ink::Notice),
        };
        let place = finding.address.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
        out.push_str(&format!("{} {place}{}\n", style.paint(ink, &format!("{word}[{}]:", finding.code)), finding.message));
        out.push_str(&format!("  {} {}\n", style.paint(Ink::Strong, "next:"), finding.hint));
    }
    out.push_str(&money(plan, style));
    if !plan.steps.is_empty() {
        let calls = plan.calls();
        out.push_str(&format!(
            "{calls} {}, usually {}\n",
            if calls == 1 { "call that changes something" } else { "calls that change something" },
            time::seconds(i64::try_from(duration(plan)).unwrap_or(i64::MAX))
        ));
    }
    out.push_str(&deferred(plan, style));
    out
}

/// `4 to create, 1 to replace`.
pub fn summary(plan: &Plan) -> String {
    let mut counts: BTreeMap<Action, usize> = BTreeMap::new();
    plan.changes.iter().for_each(|c| *counts.entry(c.action).or_default() += 1);
    let parts: Vec<String> = counts.iter().map(|(action, n)| format!("{n} to {action}")).collect();
    if parts.is_empty() { "nothing to do".into() } else { parts.join(", ") }
}

fn change(out: &mut String, c: &Change, width: usize, style: Style) {
    let (sign, ink) = sign(c.action);
    let cost = difference(c.cost_before, c.cost_after);
    let address = format!("{:width$}", c.address.to_string());
    let mut tail = c.title.clone();
    if !cost.is_empty() {
        tail.push_str(&format!("  {cost}"));
    }
    out.push_str(&format!("  {} {address}  {}\n", style.paint(ink, sign), style.paint(Ink::Faint, &tail)));
    if c.action != Action::Create {
        out.push_str(&format!("      {}\n", style.paint(Ink::Faint, &format!("because {}", c.because))));
    }
    for f in &c.fields {
        let side = |v: &Option<Value>| v.as_ref().map_or("(not set)".into(), brief);
        out.push_str(&format!("      {}: {} → {}", f.field, side(&f.before), side(&f.after)));
        out.push_str(&format!("  {}\n", style.paint(Ink::Faint, &f.because)));
    }
    if c.impact > Impact::Nothing && c.action != Action::Create {
        let ink = if c.impact >= Impact::Interruption { Ink::Bad } else { Ink::Notice };
        let what = if c.consequence.is_empty() { String::new() } else { format!(": {}", c.consequence) };
        out.push_str(&format!("      {}{what}\n", style.paint(ink, &format!("! {}", c.impact))));
    }
}

/// A value in one line; long ones are counted or cut, and `--json` has them whole.
pub fn brief(value: &Value) -> String {
    let text = value.to_string();
    match value {
        _ if text.chars().count() <= LONGEST => text,
        Value::List(items) => format!("({} items)", items.len()),
        Value::Map(entries) => format!("({} entries)", entries.len()),
        _ => text.chars().take(LONGEST).chain(['…']).collect(),
    }
}

/// `+48.00 a month`; empty where nothing changes.
fn difference(before: Cost, after: Cost) -> String {
    if before == after {
        return String::new();
    }
    if before.is_free() {
        return format!("+{after} USD a month");
    }
    if after.is_free() {
        return format!("-{before} USD a month");
    }
    format!("{before} → {after} USD a month")
}

fn money(plan: &Plan, style: Style) -> String {
    let (before, after) = (plan.cost_before, plan.cost_after);
    let strong = |t: String| style.paint(Ink::Strong, &t);
    if before == after {
        return format!("{} USD a month, as before\n", strong(after.to_string()));
    }
    format!("{} USD a month, was {before}\n", strong(after.to_string()))
}

fn deferred(plan: &Plan, style: Style) -> String {
    if plan.deferred.is_empty() {
        return String::new();
    }
    let mut by_what: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    plan.deferred.iter().for_each(|d| by_what.entry(&d.what).or_default().push(&d.path));
    let mut out = format!("{}\n", style.paint(Ink::Notice, "asked for, and not built by this version:"));
    for (what, paths) in by_what {
        let mut paths = paths;
        paths.dedup();
        out.push_str(&format!("  {} {what}\n", style.paint(Ink::Faint, &format!("{}:", paths.join(", ")))));
    }
    out
}

/// Seconds that the longest way through the plan usually takes.
pub fn duration(plan: &Plan) -> u64 {
    let mut way: BTreeMap<u32, u64> = BTreeMap::new();
    let mut graph = pontoon_core::graph::Graph::new();
    for s in &plan.steps {
        graph.node(s.id);
        s.needs.iter().for_each(|n| graph.edge(s.id, *n));
    }
    for id in graph.order().unwrap_or_default() {
        let before = graph.needs(&id).filter_map(|n| way.get(n)).copied().max().unwrap_or(0);
        way.insert(id, before + plan.step(id).map_or(0, |s| u64::from(s.typical)));
    }
    way.values().copied().max().unwrap_or(0)
}
