//! Errors: what happened, why, and what to type next.

use crate::{exit::Trouble, print::note};
use pontoon_ui::style::{Ink, Style};

/// Prints an error, for people or as JSON on standard error.
pub fn print(trouble: &Trouble, style: Style, json: bool) {
    if json {
        let document = serde_json::json!({"error": {"what": trouble.what, "why": trouble.why, "next": trouble.next}});
        super::document(&document);
        return;
    }
    note(&format!("{} {}", style.paint(Ink::Bad, "error:"), trouble.what));
    for why in &trouble.why {
        note(&format!("  {} {why}", style.paint(Ink::Faint, "because:")));
    }
    for (i, line) in trouble.next.lines().enumerate() {
        let lead = if i == 0 { style.paint(Ink::Strong, "next:") } else { "     ".into() };
        note(&format!("  {lead} {line}"));
    }
}
