//! What is measured of an objective: how much of it fails.

use super::super::{Site, access::DATABASES};
use pontoon_spec::sections::{
    databases::Database,
    delivery::Gitops,
    ingress::Controller,
    observability::{Logs, Traces},
};
use rust_decimal::Decimal;

/// What fails, as expressions of Prometheus; `WINDOW` stands for the window.
pub enum Indicator {
    /// Events: those that fail, and all of them.
    Ratio {
        /// Those that fail.
        bad: String,
        /// All.
        all: String,
    },
    /// A condition that holds or not at each moment: how much of it does not, from 0 to 1.
    State(String),
}

/// Buckets of request durations, in seconds, as the controllers have them. Source: the controllers' documentation of metrics.
const TRAEFIK_BUCKETS: [&str; 4] = ["0.1", "0.3", "1.2", "5"];
const NGINX_BUCKETS: [&str; 6] = ["0.25", "0.5", "1", "2.5", "5", "10"];

/// The nearest bucket that is not shorter, the longest otherwise.
fn bucket<'a>(buckets: &'a [&'a str], seconds: u64) -> &'a str {
    let fits = |b: &&&str| b.parse::<Decimal>().is_ok_and(|b| b >= Decimal::from(seconds));
    buckets.iter().find(fits).or(buckets.last()).copied().unwrap_or("5")
}

/// Requests to an app, seen by the way in: what fails is the server's fault, or too late.
pub fn of_app(site: &Site<'_>, app: &str, latency: Option<u64>) -> Indicator {
    let (base, failed, selector, buckets): (&str, &str, String, &[&str]) = match *site.spec.ingress.controller {
        // `<namespace>-<service>-<port>@kubernetes`.
        Controller::Traefik => {
            ("traefik_service_request", "code=~\"5..\"", format!("service=~\"{app}-.+@kubernetes.*\""), &TRAEFIK_BUCKETS)
        }
        Controller::Nginx => {
            ("nginx_ingress_controller_request", "status=~\"5..\"", format!("namespace=\"{app}\""), &NGINX_BUCKETS)
        }
        // The others' proxies cannot be asked per app: what can be seen is whether somebody is there to answer.
        Controller::Gateway | Controller::Kong | Controller::None => {
            let ready = format!("kube_deployment_status_replicas_available{{namespace=\"{app}\"}}");
            return Indicator::State(format!("1 - clamp_max(max({ready}), 1)"));
        }
    };
    let total = |more: &str| {
        let joint = if more.is_empty() { "" } else { "," };
        let counter = if base.starts_with("traefik") { "requests_total" } else { "requests" };
        let name = base.trim_end_matches("request");
        format!("sum(rate({name}{counter}{{{selector}{joint}{more}}}[WINDOW]))")
    };
    match latency {
        None => Indicator::Ratio { bad: total(failed), all: total("") },
        Some(seconds) => {
            let le = bucket(buckets, seconds);
            let slow = format!("sum(rate({base}_duration_seconds_bucket{{{selector},le=\"{le}\"}}[WINDOW]))");
            let all = format!("sum(rate({base}_duration_seconds_count{{{selector}}}[WINDOW]))");
            Indicator::Ratio { bad: format!("({all} - {slow})"), all }
        }
    }
}

/// The platform's own: name, promise, target, indicator.
pub fn of_platform(site: &Site<'_>) -> Vec<(&'static str, &'static str, Decimal, Indicator)> {
    let (good, better) = (Decimal::new(99, 2), Decimal::new(999, 3));
    let ratio = |bad: &str, all: &str| Indicator::Ratio { bad: bad.into(), all: all.into() };
    let mut all = Vec::new();
    match *site.spec.ingress.controller {
        Controller::Traefik => all.push((
            "ingress-availability",
            "requests that come in are answered",
            better,
            ratio(
                "sum(rate(traefik_entrypoint_requests_total{entrypoint=\"websecure\",code=~\"5..\"}[WINDOW]))",
                "sum(rate(traefik_entrypoint_requests_total{entrypoint=\"websecure\"}[WINDOW]))",
            ),
        )),
        Controller::Nginx => all.push((
            "ingress-availability",
            "requests that come in are answered",
            better,
            ratio(
                "sum(rate(nginx_ingress_controller_requests{status=~\"5..\"}[WINDOW]))",
                "sum(rate(nginx_ingress_controller_requests[WINDOW]))",
            ),
        )),
        Controller::Gateway | Controller::Kong | Controller::None => {}
    }
    match *site.spec.delivery.gitops {
        Gitops::Flux => all.push((
            "gitops-freshness",
            "what is committed is applied",
            good,
            ratio(
                "sum(rate(controller_runtime_reconcile_total{controller=~\"kustomization|helmrelease|gitrepository\",result=\"error\"}[WINDOW]))",
                "sum(rate(controller_runtime_reconcile_total{controller=~\"kustomization|helmrelease|gitrepository\"}[WINDOW]))",
            ),
        )),
        Gitops::Argocd => all.push((
            "gitops-freshness",
            "what is committed is applied",
            good,
            Indicator::State("1 - avg(argocd_app_info{sync_status=\"Synced\"} or 0 * argocd_app_info)".into()),
        )),
        Gitops::None => {}
    }
    if site.has_tls() && site.has_ingress() {
        let soon = "certmanager_certificate_expiration_timestamp_seconds - time() < bool 14 * 86400";
        all.push((
            "certificate-age",
            "certificates are renewed two weeks ahead",
            better,
            Indicator::State(format!("avg({soon})")),
        ));
    }
    let backed_up = |d: &Database| matches!(d, Database::CloudnativePg(pg) if pg.backups.is_some());
    if site.spec.databases.values().any(|d| backed_up(&d.value)) {
        let last = format!("barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{namespace=\"{DATABASES}\"}}");
        // Only the primary knows; a standby says 0. Each database is a job of its own.
        let old = format!("avg(time() - max by (job) ({last}) > bool 36 * 3600)");
        all.push(("backup-age", "every database has a backup of the last day and a half", good, Indicator::State(old)));
    }
    if has_telemetry(site) {
        all.push((
            "telemetry-delivered",
            "logs and traces arrive",
            good,
            ratio(&format!("({})", telemetry(&["send_failed"])), &format!("({})", telemetry(&["sent", "send_failed"]))),
        ));
    } else {
        all.push(("telemetry-delivered", "what has metrics can be asked", good, Indicator::State("1 - avg(up)".into())));
    }
    all
}

/// What collectors sent or failed to send. One sum for each name: without their names the series would be the same.
fn telemetry(what: &[&str]) -> String {
    let one = |what: &str, kind: &str| {
        format!("(sum(rate({{__name__=~\"otelcol_exporter_{what}_{kind}(_total)?\"}}[WINDOW])) or vector(0))")
    };
    let all = what.iter().flat_map(|w| ["spans", "log_records"].map(|kind| one(w, kind)));
    all.collect::<Vec<_>>().join(" + ")
}

fn has_telemetry(site: &Site<'_>) -> bool {
    let observability = &site.spec.observability;
    matches!(observability.logs.value, Logs::Opensearch(_)) || matches!(observability.traces.value, Traces::Tempo(_))
}
