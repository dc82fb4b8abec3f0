//! Objectives of service: the document's, and the platform's own, which exist without being written.
//!
//! Each becomes rules that record how much of it fails over several windows, and alerts that fire when its budget burns too
//! fast: somebody is woken for a burn that would use up the budget in days, and told of one that would in weeks. Source: Google,
//! "The Site Reliability Workbook", chapter 5, multiwindow, multi-burn-rate alerts.

mod indicator;
mod rules;

use super::{Site, access, prometheus::WEBHOOK, write::object};
use access::OBSERVABILITY;
use indicator::Indicator;
use pontoon_core::content::{Capability, Component};
use pontoon_core::quantity::Duration;
use pontoon_spec::sections::observability::Metrics;
use rust_decimal::Decimal;
use serde_json::json;

/// How long the platform's own objectives look back; no longer than metrics are kept.
const LONGEST: u64 = 30 * 86_400;

/// An objective.
pub struct Objective {
    /// Its name, unique in its environment.
    pub name: String,
    /// What it promises, for people.
    pub title: String,
    /// The part that succeeds, of one.
    pub target: Decimal,
    /// Over how long.
    pub over: Duration,
    /// What fails, measured.
    pub indicator: Indicator,
}

/// Every objective of an environment, the document's first.
pub fn objectives(site: &Site<'_>) -> Vec<Objective> {
    let mut all: Vec<Objective> = site
        .spec
        .observability
        .slos
        .iter()
        .map(|(name, slo)| Objective {
            name: name.to_string(),
            title: match &slo.latency {
                Some(latency) => format!("{} of requests to {} succeed within {}", *slo.objective, *slo.app, **latency),
                None => format!("{} of requests to {} succeed", *slo.objective, *slo.app),
            },
            target: slo.objective.fraction(),
            over: *slo.over,
            indicator: indicator::of_app(site, slo.app.as_str(), slo.latency.as_ref().map(|l| l.seconds())),
        })
        .collect();
    let kept = match &site.spec.observability.metrics.value {
        Metrics::Prometheus(p) => p.retention.seconds(),
        Metrics::None(_) => return Vec::new(),
    };
    let over = Duration::of_seconds(kept.min(LONGEST));
    all.extend(indicator::of_platform(site).into_iter().map(|(name, title, target, indicator)| Objective {
        name: format!("platform-{name}"),
        title: title.into(),
        target,
        over,
        indicator,
    }));
    all
}

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let all = objectives(site);
    if all.is_empty() {
        return Vec::new();
    }
    let mut component = Component::new("slos", "observability", "objectives of service", site.spec.observability.metrics.trace())
        .needs(Capability::Namespace(OBSERVABILITY.into()))
        .needs(Capability::Webhook(WEBHOOK.into()));
    for objective in &all {
        let spec = json!({ "groups": rules::groups(objective) });
        let name = format!("slo-{}", objective.name);
        component =
            component.object(object("monitoring.coreos.com/v1", "PrometheusRule", OBSERVABILITY, &name, json!({ "spec": spec })));
    }
    vec![component]
}
