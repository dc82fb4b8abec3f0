//! What is promised, and what stands behind it.

use crate::{
    facts::Facts,
    page::{Page, code, plain},
};
use pontoon_spec::sections::databases::Database;

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let mut page = Page::new("objectives", format!("Objectives of {}", facts.subject()));
    recovery(facts, &mut page);
    backups(facts, &mut page);
    service(facts, &mut page);
    page
}

fn recovery(facts: &Facts<'_>, page: &mut Page) {
    let objectives = &facts.spec.objectives;
    let rpo = objectives.rpo.as_ref();
    let rows: Vec<Vec<String>> = [
        ("recovery time (RTO)", objectives.rto.as_ref().map(|d| d.value.to_string())),
        ("recovery point (RPO) of the cluster", rpo.and_then(|r| r.cluster.as_ref()).map(|d| d.value.to_string())),
        ("recovery point (RPO) of databases", rpo.and_then(|r| r.databases.as_ref()).map(|d| d.value.to_string())),
        ("cost a month", objectives.monthly_budget.as_ref().map(|m| m.value.to_string())),
    ]
    .into_iter()
    .filter_map(|(what, value)| Some(vec![what.to_owned(), value?]))
    .collect();
    page.heading("Recovery and cost");
    if rows.is_empty() {
        page.text("The document declares none: `objectives: { rto: 4h, rpo: 1h }`.");
    }
    page.table(&["objective", "at most"], rows);
}

/// What data can be brought back from.
fn backups(facts: &Facts<'_>, page: &mut Page) {
    let mut rows = Vec::new();
    for (name, database) in facts.spec.databases.iter() {
        let path = code(&format!("databases.{name}"));
        match &database.value {
            Database::Digitalocean(_) => {
                rows.push(vec![path, "the vendor's: every change of 7 days".into(), "`pontoon restore`".into()]);
            }
            Database::CloudnativePg(pg) if facts.component(&format!("database-{name}")).is_some() => {
                let (kept, how) = match &pg.backups {
                    Some(b) => (
                        format!(
                            "in bucket {}: base backups at {} and every change, {} kept",
                            code(b.bucket.as_str()),
                            code(&b.schedule.value.to_string()),
                            b.keep.value
                        ),
                        "`pontoon restore`",
                    ),
                    None => ("none".into(), "not at all"),
                };
                rows.push(vec![path, kept, how.into()]);
            }
            Database::CloudnativePg(_) => {}
        }
    }
    for resource in facts.resources("digitalocean.database").filter(|r| r.origin.path.starts_with("caches.")) {
        rows.push(vec![
            code(&resource.origin.path),
            "none: the vendor has none of Valkey".into(),
            "empty, and filled again".into(),
        ]);
    }
    for component in facts.inner_stores().filter(|c| !c.name.starts_with("database-")) {
        rows.push(vec![
            code(&component.origin.path),
            "none beside its volumes".into(),
            "empty, where the volumes are lost".into(),
        ]);
    }
    for versioning in facts.resources("spaces.bucket_versioning") {
        let name = format!("bucket {}", versioning.address.name());
        rows.push(vec![code(&name), "earlier versions of each object".into(), "object by object, with any S3 client".into()]);
    }
    if !rows.is_empty() {
        page.heading("What stands behind it");
        page.table(&["what", "backups", "brought back"], rows);
    }
}

fn service(facts: &Facts<'_>, page: &mut Page) {
    if facts.component("slos").is_none() {
        return;
    }
    page.heading("Service");
    page.text("Rules alert on how fast the rest of the budget of errors is burnt. The platform's own objectives are in the component `slos` without being written.");
    let rows = facts.spec.observability.slos.iter().map(|(name, slo)| {
        let latency = slo.latency.as_ref().map(|l| format!(", within {}", l.value)).unwrap_or_default();
        vec![
            code(name.as_str()),
            plain(slo.app.as_str()),
            format!("{}{latency}", slo.objective.value),
            slo.over.value.to_string(),
        ]
    });
    page.table(&["objective", "app", "of requests", "over"], rows.collect());
    let routed = facts.component("alerts").is_some();
    let rows = facts.spec.observability.alerts.routes.iter().filter(|_| routed).map(|(name, route)| {
        let severity: Vec<String> = route.severity.iter().map(|s| s.value.to_string()).collect();
        vec![code(name.as_str()), route.to.value.to_string(), severity.join(", ")]
    });
    page.table(&["route of alerts", "to", "severity"], rows.collect());
}
