//! The pictures, each with its words.

use super::left_out;
use crate::{
    facts::Facts,
    page::{Block, Page, plain},
    views,
};

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let mut page = Page::new("architecture", format!("Architecture of {}", facts.subject()));
    page.text(
        "Each picture is drawn from what `pontoon up` builds, light or dark as its reader's screen is. Its words stand below it.",
    );
    for diagram in views::all(facts) {
        let title = diagram.title.rsplit(": ").next().unwrap_or_default();
        let mut letters = title.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        page.heading(plain(&format!("{first}{}", letters.as_str())));
        page.text(plain(&diagram.summary));
        page.blocks.push(Block::Picture(Box::new(diagram)));
    }
    left_out(facts, &mut page);
    page
}
