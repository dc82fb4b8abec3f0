//! `pontoon cost`

use crate::{
    args::{Cost as Args, Where},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, json},
    settings::Settings,
};
use pontoon_catalog::prices;
use pontoon_core::money::Cost;
use pontoon_plan::costs;
use pontoon_ui::style::Ink;
use serde_json::json;

/// What every environment costs a month, line by line. No network.
pub fn cost(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    let environments = match (&args.which.environment, args.which.all) {
        (None, false) => loaded.environments(),
        _ => loaded.select(&args.which, "cost")?,
    };
    let mut documents = Vec::new();
    let mut total = Cost::FREE;
    let mut shared_counted = false;
    for environment in &environments {
        let platform = loaded.compile(settings, &Where::default(), environment)?;
        let lines: Vec<_> = costs(&platform).into_iter().filter(|l| !(l.address.scope().is_shared() && shared_counted)).collect();
        shared_counted = true;
        let sum = lines.iter().map(|l| l.cost).chain(platform.purchases.iter().map(|p| p.cost)).sum::<Cost>();
        total = total + sum;
        if settings.json {
            let of_cloud = lines.iter().map(|l| json!({"address": l.address, "title": l.title, "cost": json::cost(l.cost)}));
            let of_cluster = platform
                .purchases
                .iter()
                .map(|p| json!({"component": p.component, "title": p.title, "cost": json::cost(p.cost)}));
            let lines: Vec<_> = of_cloud.chain(of_cluster).collect();
            documents.push(json!({"environment": environment, "lines": lines, "cost": json::cost(sum)}));
            continue;
        }
        print::line(&settings.out.paint(Ink::Strong, environment));
        let of_cloud = lines.iter().map(|l| (l.address.to_string(), l.cost, l.title.clone()));
        let of_cluster = platform.purchases.iter().map(|p| (format!("{environment}/{}", p.component), p.cost, p.title.clone()));
        let rows: Vec<_> = of_cloud.chain(of_cluster).collect();
        let width = rows.iter().map(|(what, ..)| what.len()).max().unwrap_or(0);
        for (what, cost, title) in rows {
            print::line(&format!("  {what:width$}  {:>18}  {}", cost.to_string(), settings.out.paint(Ink::Faint, &title)));
        }
        print::line(&format!("  {:width$}  {:>18}", "", sum.to_string()));
    }
    if settings.json {
        let document = json!({"environments": documents, "cost": json::cost(total), "prices_as_of": prices::AS_OF});
        print::line(&document.to_string());
    } else {
        let total = settings.out.paint(Ink::Strong, &total.to_string());
        print::line(&format!("{total} USD a month; prices as of {}", prices::AS_OF));
    }
    Ok(Exit::Done)
}
