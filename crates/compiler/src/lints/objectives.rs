//! Objectives: whether what is declared can be met by what is declared.

use super::{
    page::{error, example},
    say::{at, each, list},
};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostics},
    quantity::{Cron, Duration},
};
use pontoon_spec::{
    Spec,
    sections::{
        backups::Velero,
        databases::{CloudnativePg, Database},
        observability::Metrics,
    },
};

pub(super) const DATABASE_RPO: CodePage = error(
    "PT3115",
    "databases that lose more than the objective allows",
    "A database is recovered from its archive, to which its changes are copied at least every five minutes (`archive_timeout`): those since the last copy are lost. One in the cluster without `backups` has no archive at all.",
    example!("objectives: { rpo: { databases: 1m } }"),
    "Write an objective of at least 5m, give every database in the cluster `backups`, or lower its parameter: parameters: { archive_timeout: 60s }",
);

pub(super) const CLUSTER_RPO: CodePage = error(
    "PT3116",
    "backups that are rarer than the objective allows",
    "What changes in the cluster between two backups is lost with it. The longest time between two runs has to be within the objective; several schedules count together.",
    example!(
        "buckets: { backups: {} }",
        "backups: { velero: { bucket: backups, schedules: { daily: { cron: \"0 2 * * *\", keep: 30d } } } }",
        "objectives: { rpo: { cluster: 12h } }",
    ),
    "Back up more often, such as cron: \"0 */12 * * *\", or write the objective that holds.",
);

pub(super) const SLO_WINDOW: CodePage = error(
    "PT3118",
    "an objective of service that cannot be measured",
    "The rules of an objective of service look back over its whole window. Metrics that are kept for less, or not at all, cannot answer; the long-term store is not asked by the rules.",
    example!(
        "observability: { metrics: { retention: 15d }, slos: { answers: { app: web, objective: 99.9%, over: 30d } } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2 } }",
    ),
    "Keep metrics for longer than the window, such as metrics: { retention: 35d }, or write a shorter `over`.",
);

/// How often a database's changes reach its archive at least, in seconds. Source: PostgreSQL as
/// CloudNativePG sets it up; the vendor's recovery to any point is taken to do no better.
const ARCHIVE: u64 = 300;

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        databases(spec, out);
        cluster(spec, out);
        slos(spec, out);
    });
}

fn databases(spec: &Spec, out: &mut Diagnostics) {
    let Some(rpo) = spec.objectives.rpo.as_ref().and_then(|r| r.value.databases.as_ref()) else { return };
    for (name, database) in spec.databases.iter() {
        let every = match &database.value {
            Database::Digitalocean(_) => Some(ARCHIVE),
            Database::CloudnativePg(pg) if pg.backups.is_some() => Some(archive_timeout(pg)),
            Database::CloudnativePg(_) => None,
        };
        match every {
            None => {
                let message = format!("databases.{name} may lose {} by the objective, and all of it without backups", **rpo);
                let problem = at(DATABASE_RPO, rpo, message).label(database.at.clone(), "has no backups");
                out.push(problem.hint("add backups: { bucket: backups, keep: 30d } to the database, and the bucket"));
            }
            Some(every) if every > rpo.seconds() => {
                let every = Duration::of_seconds(every);
                let message = format!(
                    "databases.{name} may lose {every}, the time between two copies of its changes, and the objective is {}",
                    **rpo
                );
                let problem = at(DATABASE_RPO, rpo, message).label(database.at.clone(), format!("copies at least every {every}"));
                out.push(problem.hint(format!("write databases: {every}")));
            }
            Some(_) => {}
        }
    }
}

/// How often a database in the cluster copies its changes, in seconds: its parameter, where that is
/// written as PostgreSQL reads it.
fn archive_timeout(pg: &CloudnativePg) -> u64 {
    let Some(text) = pg.parameters.get("archive_timeout").map(|p| p.trim()) else { return ARCHIVE };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let factor = match unit.trim() {
        "" | "s" => 1,
        "min" => 60,
        "h" => 3600,
        _ => return ARCHIVE,
    };
    number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| *n > 0).unwrap_or(ARCHIVE)
}

fn cluster(spec: &Spec, out: &mut Diagnostics) {
    let Some(rpo) = spec.objectives.rpo.as_ref().and_then(|r| r.value.cluster.as_ref()) else { return };
    let Some(velero) = &spec.backups.velero else {
        let message = format!("the cluster may lose {} by the objective, and nothing backs it up", **rpo);
        let hint = "add backups: { velero: { bucket: backups, schedules: { daily: { cron: \"0 2 * * *\", keep: 30d } } } }";
        out.push(at(CLUSTER_RPO, rpo, message).hint(hint));
        return;
    };
    let Some(gap) = gap(velero).filter(|gap| gap > &rpo.value) else { return };
    let names: Vec<&str> = velero.schedules.keys().map(|n| n.as_str()).collect();
    let apart = if names.len() > 1 { "at least " } else { "" };
    let message = format!("the cluster may lose {}, and two backups ({}) are {apart}{gap} apart", **rpo, list(&names));
    let problem = at(CLUSTER_RPO, rpo, message);
    let problem = velero.schedules.values().fold(problem, |p, s| p.label(s.cron.at.clone(), "backs up"));
    out.push(problem.hint(format!("back up more often, such as cron: \"0 */6 * * *\", or write cluster: {gap}")));
}

/// The longest time between two backups of any schedule, or less where schedules cannot be joined
/// exactly: never more, so that a refusal is certain.
fn gap(velero: &Velero) -> Option<Duration> {
    let crons: Vec<&Cron> = velero.schedules.values().map(|s| &s.value.cron.value).collect();
    match crons.as_slice() {
        [] => None,
        [one] => one.longest_gap(),
        all => together(all)?.longest_gap(),
    }
}

/// A schedule that runs whenever any of some does, and perhaps at other times as well: each field
/// holds what any of theirs does.
fn together(crons: &[&Cron]) -> Option<Cron> {
    let texts: Vec<String> = crons.iter().map(ToString::to_string).collect();
    let fields: Vec<Vec<&str>> = texts.iter().map(|t| t.split_whitespace().collect()).collect();
    let join = |i: usize| {
        let mut parts: Vec<&str> = fields.iter().filter_map(|f| f.get(i).copied()).collect();
        // A field of days that begins with a star would be joined with the other by "and".
        parts.sort_by_key(|p| p.starts_with('*'));
        parts.dedup();
        parts.join(",")
    };
    (0..5).map(join).collect::<Vec<_>>().join(" ").parse().ok()
}

fn slos(spec: &Spec, out: &mut Diagnostics) {
    for (name, slo) in spec.observability.slos.iter() {
        let over = &slo.over;
        let metrics = &spec.observability.metrics;
        let problem = match &metrics.value {
            Metrics::None(_) => at(SLO_WINDOW, slo, format!("`{name}` is measured by metrics, and there are none"))
                .label(metrics.at.clone(), "no metrics")
                .hint("write metrics: { provider: prometheus, retention: 35d }"),
            Metrics::Prometheus(prometheus) if **over > *prometheus.retention => {
                let message = format!("`{name}` looks back over {}, and metrics are kept for {}", **over, *prometheus.retention);
                let longer = over.in_days() + 5;
                at(SLO_WINDOW, over, message)
                    .label(prometheus.retention.at.clone(), "kept for less")
                    .hint(format!("write retention: {longer}d, or over: {}", *prometheus.retention))
            }
            Metrics::Prometheus(_) => continue,
        };
        out.push(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_together() {
        let gap = |texts: &[&str]| {
            let crons: Vec<Cron> = texts.iter().map(|t| t.parse().unwrap()).collect();
            let all: Vec<&Cron> = crons.iter().collect();
            together(&all).and_then(|c| c.longest_gap()).map(|g| g.to_string())
        };
        assert_eq!(gap(&["0 0 * * *", "0 12 * * *"]).as_deref(), Some("12h"));
        assert_eq!(gap(&["0 2 * * *", "0 1 * * 0"]).as_deref(), Some("23h"), "never more than it is");
        assert_eq!(gap(&["0 0 */5 * 1", "0 0 3 * 2"]).as_deref(), Some("5d"), "either day is enough");
    }
}
