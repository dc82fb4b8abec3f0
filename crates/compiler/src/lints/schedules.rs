//! Schedules: whether they ever run, and whether what they make is kept until the next.

use super::{
    buckets::database_backups,
    page::{error, example, warning},
    say::{at, each},
};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostics},
    quantity::Cron,
};
use pontoon_spec::{Located, Spec, sections::registry::Registry};

pub(super) const NEVER: CodePage = error(
    "PT2123",
    "a schedule that never runs",
    "Its fields never meet: no year has such a day.",
    example!(
        "buckets: { backups: {} }",
        "backups: { velero: { bucket: backups, schedules: { yearly: { cron: \"0 2 30 2 *\", keep: 365d } } } }",
    ),
    "Write a schedule that runs, such as \"0 2 * * *\" for two o'clock each night.",
);

pub(super) const KEPT_TOO_SHORT: CodePage = warning(
    "PT3117",
    "a backup that is gone before the next",
    "What is kept for less than the time to the next run leaves a time without any backup of this schedule.",
    example!(
        "buckets: { backups: {} }",
        "backups: { velero: { bucket: backups, schedules: { weekly: { cron: \"0 1 * * 0\", keep: 3d } } } }",
    ),
    "Keep it for at least two runs.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (_, backups) in database_backups(spec) {
            never(&backups.value.schedule, out);
        }
        if let Some(Registry::Digitalocean(registry)) = spec.registry.as_ref().map(|r| &r.value)
            && let Some(cron) = &registry.garbage_collection
        {
            never(cron, out);
        }
        let Some(velero) = &spec.backups.velero else { return };
        for (name, schedule) in velero.schedules.iter() {
            never(&schedule.value.cron, out);
            let Some(gap) = schedule.cron.longest_gap().filter(|gap| *gap > *schedule.keep) else { continue };
            let message = format!("`{name}` is kept for {}, and the next one comes after up to {gap}", *schedule.keep);
            let problem =
                at(KEPT_TOO_SHORT, &schedule.keep, message).label(schedule.cron.at.clone(), format!("up to {gap} apart"));
            let two = pontoon_core::quantity::Duration::of_seconds(gap.seconds().saturating_mul(2));
            out.push(problem.hint(format!("write keep: {two}")));
        }
    });
}

fn never(cron: &Located<Cron>, out: &mut Diagnostics) {
    if cron.longest_gap().is_none() {
        let message = format!("the schedule `{}` never runs", **cron);
        out.push(at(NEVER, cron, message).hint("write one that runs, such as \"0 2 * * *\""));
    }
}
