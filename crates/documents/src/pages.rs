//! The pages of an environment.

mod architecture;
mod cost;
mod decisions;
mod inventory;
mod objectives;
mod runbooks;

use crate::{
    facts::Facts,
    page::{Page, code},
};

/// All of them.
pub fn all(facts: &Facts<'_>) -> Vec<Page> {
    vec![
        architecture::page(facts),
        inventory::page(facts),
        cost::page(facts),
        objectives::page(facts),
        runbooks::page(facts),
        decisions::page(facts),
    ]
}

/// The pages of an environment with what each says.
const PAGES: &[(&str, &str)] = &[
    ("architecture", "pictures: context, containers, placement, data, requests, deployment, network"),
    ("inventory", "what exists: names, sizes, versions"),
    ("cost", "what it costs a month, line by line"),
    ("objectives", "what is promised, and what stands behind it"),
    ("runbooks", "what to type: the first day, upgrades, rotation, recovery"),
    ("decisions", "what the document decided, and what was left to blueprint and defaults"),
];

/// The page that leads to all others.
pub fn index(platform: &str, environments: &[String]) -> Page {
    let mut page = Page::new("README", format!("Documents of {platform}"));
    page.text(
        "Written by `pontoon render` from `platform.yaml`. What a person edits here stays as it is; the next render names it.",
    );
    for environment in environments {
        page.heading(environment.clone());
        let row = |(name, what): &(&str, &str)| vec![format!("[{name}]({environment}/{name}.md)"), (*what).to_owned()];
        page.table(&["page", "says"], PAGES.iter().map(row).collect());
    }
    page
}

/// What the document asks for and is not built, where there is something.
fn left_out(facts: &Facts<'_>, page: &mut Page) {
    if facts.environment.deferred.is_empty() {
        return;
    }
    page.heading("Not built");
    page.text(
        "The document asks for these, and this version of Pontoon does not build them. They are in no picture, list or sum.",
    );
    let mut rows: Vec<Vec<String>> =
        facts.environment.deferred.iter().map(|d| vec![code(&d.path), crate::page::plain(&d.what)]).collect();
    rows.sort();
    rows.dedup();
    page.table(&["asked for by", "what"], rows);
}
