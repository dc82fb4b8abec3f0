//! The way to the next Kubernetes, as a person and as a program reads it.

use crate::commands::upgrade::{Lint, Look};
use pontoon_ui::style::{Ink, Style};
use serde_json::{Value, json};

/// What runs, what is offered, what was checked.
pub fn text(look: &Look, style: Style) -> String {
    let mut out = format!("{} runs {}\n", style.paint(Ink::Strong, &look.environment), look.version);
    match look.offered.is_empty() {
        true => out.push_str("the vendor offers nothing newer\n"),
        false => out.push_str(&format!("the vendor offers {}\n", look.offered.join(", "))),
    }
    if let Some(beyond) = &look.beyond {
        let minor: Vec<&str> = beyond.split('.').take(2).collect();
        out.push_str(&format!(
            "{} {beyond} is another minor: write cluster.version: \"{}\" into platform.yaml, then upgrade again\n",
            style.paint(Ink::Strong, "next:"),
            minor.join(".")
        ));
    }
    let Some(step) = &look.step else { return out };
    out.push_str(&format!("next is {}\n", style.paint(Ink::Strong, step)));
    if look.checked.lints.is_empty() {
        out.push_str(&format!("  {} the vendor's checks find nothing\n", style.paint(Ink::Good, "good")));
    }
    for l in &look.checked.lints {
        let ink = if l.severity == "error" { Ink::Bad } else { Ink::Notice };
        out.push_str(&format!("  {} {}: {} ({})\n", style.paint(ink, &l.severity), l.check, l.message, l.object));
    }
    if let Some((there, limit, surge)) = look.checked.droplets {
        let (word, ink) = if there + surge > limit { ("error", Ink::Bad) } else { ("good", Ink::Good) };
        let text = format!("{there} droplets, up to {surge} more meanwhile, of {limit} that the account may have");
        out.push_str(&format!("  {} {text}\n", style.paint(ink, word)));
    }
    for budget in &look.checked.budgets {
        let text = format!("the disruption budget {budget} lets no pod go at the moment: its nodes wait for it");
        out.push_str(&format!("  {} {text}\n", style.paint(Ink::Notice, "warning")));
    }
    for what in &look.checked.unseen {
        out.push_str(&format!("  {} {what}\n", style.paint(Ink::Faint, "not checked:")));
    }
    out
}

/// The same in JSON.
pub fn document(look: &Look) -> Value {
    let lint = |l: &Lint| json!({ "check": l.check, "severity": l.severity, "message": l.message, "object": l.object });
    let droplets = look.checked.droplets.map(|(there, limit, surge)| json!({ "there": there, "limit": limit, "surge": surge }));
    json!({
        "environment": look.environment,
        "version": look.version,
        "offered": look.offered,
        "step": look.step,
        "beyond": look.beyond,
        "checks": look.checked.lints.iter().map(lint).collect::<Vec<_>>(),
        "budgets": look.checked.budgets,
        "droplets": droplets,
        "unseen": look.checked.unseen,
        "operations": [],
    })
}
