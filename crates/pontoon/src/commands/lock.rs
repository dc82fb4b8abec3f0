//! `pontoon lock`

use crate::{
    args::{Lock as Args, Where},
    contents::keep_lock,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_catalog::components::charts::PINS;
use serde_json::json;

/// Writes down which version of each chart the platform runs; moves on only what is asked for.
pub fn lock(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    if let Some(Some(chart)) = &args.update
        && !PINS.iter().any(|p| p.name == chart)
    {
        let near = PINS.iter().min_by_key(|p| strsim::osa_distance(p.name, chart)).map_or("", |p| p.name);
        return Err(Trouble::new(
            format!("no component brings a chart {chart}"),
            format!("did you mean {near}? pontoon lock --update {near}"),
        ));
    }
    let fresh = |name: &str| match &args.update {
        None => false,
        Some(None) => true,
        Some(Some(chart)) => chart == name,
    };
    let moved = keep_lock(settings, &Where::default(), &loaded, fresh)?;
    if settings.json {
        let all: Vec<_> = moved.iter().map(|m| json!({ "chart": m.chart, "before": m.before, "after": m.after })).collect();
        print::line(&json!({ "changed": all }).to_string());
    } else if moved.is_empty() {
        print::line("pontoon.lock says already what this platform runs");
    } else {
        for m in moved {
            let before = m.before.map(|b| format!("{b} → ")).unwrap_or_default();
            print::line(&format!("{}  {before}{}", m.chart, m.after));
        }
    }
    Ok(Exit::Done)
}
