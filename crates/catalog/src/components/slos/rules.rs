//! The rules of one objective.

use super::{Indicator, Objective};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// The windows over which is recorded, and their lengths in seconds.
const WINDOWS: [(&str, u64); 7] =
    [("5m", 300), ("30m", 1800), ("1h", 3600), ("2h", 7200), ("6h", 21_600), ("1d", 86_400), ("3d", 259_200)];

/// An alert: the long window, the short one that ends it soon after the trouble, the part of the budget that the long one
/// may burn, in thousandths, how bad it is, and for how long it has to last.
const ALERTS: [(&str, &str, u32, &str, &str); 4] = [
    ("1h", "5m", 20, "critical", "2m"),
    ("6h", "30m", 50, "critical", "15m"),
    ("1d", "2h", 100, "warning", "1h"),
    ("3d", "6h", 100, "warning", "3h"),
];

fn seconds(window: &str) -> u64 {
    WINDOWS.iter().find(|(name, _)| *name == window).map_or(3600, |(_, s)| *s)
}

/// The groups of rules: what is recorded, and what is alerted on.
pub fn groups(objective: &Objective) -> Value {
    json!([
        { "name": format!("slo-{}-recorded", objective.name), "interval": "30s", "rules": recorded(objective) },
        { "name": format!("slo-{}-alerts", objective.name), "rules": alerts(objective) },
    ])
}

fn labels(objective: &Objective) -> Value {
    json!({ "slo": objective.name })
}

fn recorded(objective: &Objective) -> Vec<Value> {
    let labels = labels(objective);
    let one = |record: String, expr: String| json!({ "record": record, "expr": expr, "labels": labels });
    let mut rules = Vec::new();
    if let Indicator::State(bad) = &objective.indicator {
        rules.push(one("slo:errors:now".into(), bad.clone()));
    }
    for (window, _) in WINDOWS {
        let expr = match &objective.indicator {
            // Nothing asked is nothing failed.
            Indicator::Ratio { bad, all } => {
                let (bad, all) = (bad.replace("WINDOW", window), all.replace("WINDOW", window));
                format!("({bad} or vector(0)) / ({all} > 0) or vector(0)")
            }
            Indicator::State(_) => format!("avg_over_time(slo:errors:now{{slo=\"{}\"}}[{window}])", objective.name),
        };
        rules.push(one(format!("slo:errors:ratio_{window}"), expr));
    }
    let over = format!("{}h", objective.over.in_hours());
    let budget = format!("(1 - {})", objective.target);
    rules.push(one("slo:objective:ratio".into(), format!("vector({})", objective.target)));
    rules.push(one(
        "slo:budget:left".into(),
        format!("1 - avg_over_time(slo:errors:ratio_5m{{slo=\"{}\"}}[{over}]) / {budget}", objective.name),
    ));
    rules
}

/// How many times faster than allowed a window burns that burns so many thousandths of the budget.
fn factor(objective: &Objective, window: &str, thousandths: u32) -> Decimal {
    let over = Decimal::from(objective.over.seconds());
    (Decimal::from(thousandths) / Decimal::from(1000) * over / Decimal::from(seconds(window))).round_dp(3).normalize()
}

fn alerts(objective: &Objective) -> Vec<Value> {
    let budget = Decimal::ONE - objective.target;
    let mut all = Vec::new();
    for (long, short, thousandths, severity, lasting) in ALERTS {
        let threshold = factor(objective, long, thousandths) * budget;
        // A window that is no shorter than the whole says nothing, and more than everything cannot fail.
        if seconds(long) >= objective.over.seconds() || threshold >= Decimal::ONE || threshold <= Decimal::ZERO {
            continue;
        }
        let over = |window: &str| format!("slo:errors:ratio_{window}{{slo=\"{}\"}} > {threshold}", objective.name);
        all.push(json!({
            "alert": "BudgetBurns",
            "expr": format!("{} and {}", over(long), over(short)),
            "for": lasting,
            "labels": { "slo": objective.name, "severity": severity, "window": long },
            "annotations": {
                "summary": format!("{}: the budget burns too fast", objective.name),
                "description": format!(
                    "{}. Over {long} {{{{ $value | humanizePercentage }}}} failed; {} may over {}.",
                    objective.title,
                    format_args!("{}%", (budget * Decimal::from(100)).normalize()),
                    objective.over
                ),
            },
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use pontoon_core::quantity::Duration;

    fn objective(target: Decimal, days: u64) -> Objective {
        Objective {
            name: "api".into(),
            title: "requests succeed".into(),
            target,
            over: Duration::of_seconds(days * 86_400),
            indicator: Indicator::State("0".into()),
        }
    }

    #[test]
    fn the_factors_of_the_workbook() {
        let month = objective(Decimal::new(999, 3), 30);
        let factors = ALERTS.map(|(long, _, thousandths, ..)| factor(&month, long, thousandths).to_string());
        assert_eq!(factors, ["14.4", "6", "3", "1"]);
        assert_eq!(alerts(&month).len(), 4);
    }

    #[test]
    fn what_can_never_fire_is_left_out() {
        // 14.4 times a budget of a tenth is more than everything.
        assert_eq!(alerts(&objective(Decimal::new(9, 1), 30)).len(), 3);
        assert_eq!(alerts(&objective(Decimal::new(999, 3), 1)).len(), 2);
        assert!(alerts(&objective(Decimal::ONE, 30)).is_empty());
    }
}
