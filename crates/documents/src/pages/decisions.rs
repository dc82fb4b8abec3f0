//! What the document decided, and what was left to the blueprint and to defaults.

use crate::{
    facts::Facts,
    page::{Page, code, plain},
};
use pontoon_spec::explain::Explained;
use std::collections::BTreeMap;

/// Rows of values, by the rank and the name of the layer that decided them.
type Decided = BTreeMap<(usize, String), Vec<Vec<String>>>;

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let mut page = Page::new("decisions", format!("Decisions of {}", facts.subject()));
    page.text("Every value that the document gives this environment, and who decided it. The nearest wins: environment, document, blueprint, default.");
    page.shell(vec![format!("pontoon explain -e {}", facts.name())]);
    let mut decided = Decided::new();
    if let Some(explained) = facts.environment.explained {
        values(explained, &mut decided);
    }
    for ((_, layer), rows) in decided {
        page.heading(match layer.as_str() {
            "document" => "Decided by the document".into(),
            "default" => "Left to defaults".into(),
            other => format!("Decided by {}", plain(other)),
        });
        page.table(&["value", "is", "decided at", "instead of", "means"], rows);
    }
    page
}

/// Every single value below, by the layer that it comes from.
fn values(explained: &Explained, decided: &mut Decided) {
    if let Some(value) = &explained.value {
        let layer = explained.source.layer.clone();
        let rank = match layer.as_str() {
            "default" => 3,
            "document" => 1,
            other if other.starts_with("environment") => 0,
            _ => 2,
        };
        let over = explained.over.first().map(|b| format!("{} ({})", code(&b.value.to_string()), plain(&b.source.to_string())));
        decided.entry((rank, layer)).or_default().push(vec![
            code(&explained.path),
            code(&value.to_string()),
            explained.source.place.as_deref().map(code).unwrap_or_default(),
            over.unwrap_or_default(),
            // Our own words, which are Markdown already.
            explained.text.lines().next().unwrap_or_default().to_owned(),
        ]);
    }
    explained.entries.iter().for_each(|e| values(e, decided));
}
