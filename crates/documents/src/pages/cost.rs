//! What it costs: the same lines as `pontoon cost`.

use crate::{
    facts::Facts,
    page::{Page, code},
};
use pontoon_catalog::prices;
use pontoon_core::money::Cost;
use pontoon_plan::costs;

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let platform = facts.environment.platform;
    let name = facts.name();
    let mut page = Page::new("cost", format!("Cost of {}", facts.subject()));
    page.text(format!(
        "US dollars a month, prices as of {}; what is not known is said and never zero. The same as:",
        prices::AS_OF
    ));
    page.shell(vec![format!("pontoon cost {name}")]);
    let lines = costs(platform);
    let mut rows: Vec<Vec<String>> =
        lines.iter().map(|l| vec![code(&l.address.to_string()), l.title.clone(), l.cost.to_string()]).collect();
    let bought = |p: &pontoon_core::platform::Purchase| {
        vec![code(&format!("{name}/{}", p.component)), p.title.clone(), p.cost.to_string()]
    };
    rows.extend(platform.purchases.iter().map(bought));
    let sum: Cost = lines.iter().map(|l| l.cost).chain(platform.purchases.iter().map(|p| p.cost)).sum();
    rows.push(vec!["**sum**".into(), String::new(), format!("**{sum}**")]);
    page.table(&["what", "is", "USD a month"], rows);
    if lines.iter().any(|l| l.address.scope().is_shared()) {
        page.text("What stands under `shared/` exists once for all environments, and is in the sum of each page.");
    }
    if let Some(budget) = &facts.spec.objectives.monthly_budget {
        page.text(format!("The document allows at most {} a month.", budget.value));
    }
    page
}
