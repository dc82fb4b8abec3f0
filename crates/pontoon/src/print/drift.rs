//! Drift, as a person and as a workflow reads it.

use super::{
    contents::{listed, object},
    plan::brief,
};
use crate::commands::drift::Look;
use pontoon_core::value::Value;
use pontoon_plan::{Drifted, FieldDrift, HandMade, Moved, What};
use pontoon_ui::style::{Ink, Style};
use serde_json::json;

/// One environment. `up` is what mends it.
pub fn text(look: &Look, up: &str, verbose: bool, style: Style) -> String {
    let team = format!("team {} ({}), {}", look.team.name, look.team.id, look.place);
    let mut out = format!("{}\n", style.paint(Ink::Faint, &team));
    let name = style.paint(Ink::Strong, &look.environment);
    match look.is_clean() {
        true => out.push_str(&format!("{name}: no drift, everything is as it was last applied\n")),
        false => out.push_str(&format!("{name}: {}\n", counts(look))),
    }
    look.cloud.drifted.iter().for_each(|d| drifted(&mut out, d, style));
    look.by_hand.iter().for_each(|h| by_hand(&mut out, h, style));
    if !look.objects.is_empty() {
        out.push_str("in the cluster, against platform.yaml:\n");
        listed(&mut out, &look.objects, verbose, style);
    }
    if !look.files.is_empty() {
        out.push_str("in the repository, against what was last written:\n");
    }
    for (path, gone) in &look.files {
        let (sign, what, ink) = if *gone { ("-", "was deleted", Ink::Bad) } else { ("~", "was edited", Ink::Notice) };
        out.push_str(&format!("  {} {path}  {}\n", style.paint(ink, sign), style.paint(Ink::Faint, what)));
    }
    if !look.cloud.moved.is_empty() {
        out.push_str(&format!("{}\n", style.paint(Ink::Faint, "moved by itself, no drift:")));
        look.cloud.moved.iter().for_each(|m| moved(&mut out, m));
    }
    for what in &look.unseen {
        out.push_str(&format!("{} {what}\n", style.paint(Ink::Faint, "not compared:")));
    }
    if !look.cloud.is_empty() || !look.objects.is_empty() {
        out.push_str(&format!(
            "{} what up would do about it: {}\n",
            style.paint(Ink::Strong, "next:"),
            up.replacen("up", "plan", 1)
        ));
    }
    out
}

fn counts(look: &Look) -> String {
    let parts = [
        (look.cloud.drifted.len(), "drifted"),
        (look.by_hand.len(), "made by hand"),
        (look.objects.len(), "objects in the cluster"),
        (look.files.len(), "files in the repository"),
    ];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    said.join(", ")
}

fn drifted(out: &mut String, d: &Drifted, style: Style) {
    let mut say = |sign: &str, ink: Ink, what: &str| {
        out.push_str(&format!("  {} {}  {}\n", style.paint(ink, sign), d.address, style.paint(Ink::Faint, d.title)));
        if !what.is_empty() {
            out.push_str(&format!("      {what}\n"));
        }
    };
    match &d.what {
        What::Changed { fields } => {
            say("~", Ink::Notice, "");
            fields.iter().for_each(|f| field(out, f, style));
        }
        What::Deleted { with: Some(parent), .. } => say("-", Ink::Bad, &format!("is gone with {parent}")),
        What::Deleted { with: None, loss: "" } => say("-", Ink::Bad, "was deleted"),
        What::Deleted { with: None, loss } => say("-", Ink::Bad, &format!("was deleted, with {loss}")),
        What::Remade { was, fields } => {
            say("±", Ink::Bad, &format!("is another one: {was} was recorded, {} is there", d.id));
            fields.iter().for_each(|f| field(out, f, style));
        }
        What::LeftOver => say("?", Ink::Notice, &format!("{} carries its mark and should be gone; up removes it", d.id)),
    }
}

fn field(out: &mut String, f: &FieldDrift, style: Style) {
    let actual = f.actual.as_ref().map_or("(not set)".to_owned(), brief);
    let stays = f.stays.map(|why| format!("  nothing leads back: {why}")).unwrap_or_default();
    let stays = style.paint(Ink::Bad, &stays);
    out.push_str(&format!("      {}: {actual}, {} was recorded{stays}\n", f.field, brief(&f.recorded)));
}

fn by_hand(out: &mut String, h: &HandMade, style: Style) {
    let place = style.paint(Ink::Faint, &format!("made by hand inside of {}", h.inside));
    out.push_str(&format!("  {} {} {} ({})  {place}\n", style.paint(Ink::Notice, "+"), h.title, h.label, h.id));
}

fn moved(out: &mut String, m: &Moved) {
    let before = m.recorded.as_ref().map(|r: &Value| format!(", {} was recorded", brief(r))).unwrap_or_default();
    out.push_str(&format!("  {} {}: {}{before}  by {}\n", m.address, m.field, brief(&m.actual), m.by));
}

/// The same in JSON.
pub fn document(look: &Look) -> serde_json::Value {
    let files = look.files.iter().map(|(path, gone)| json!({ "path": path, "gone": gone }));
    json!({
        "drift": !look.is_clean(),
        "team": look.team,
        "cloud": look.cloud.drifted,
        "byHand": look.by_hand,
        "moved": look.cloud.moved,
        "objects": look.objects.iter().map(object).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "unseen": look.unseen,
    })
}
