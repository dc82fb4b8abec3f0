//! Looking again and again, whoever applies the units: when one counts as stuck, what is told, and when it is over.

use crate::{
    Delivered, Setting, Standing,
    diagnose::{self, cause_of},
};
use pontoon_core::event::UnitState;
use pontoon_render::Unit;
use std::{collections::BTreeMap, time::Duration};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);
/// How long nothing may move before a unit counts as stuck, beyond its own time, in seconds.
const GRACE: i64 = 120;

/// What is remembered from one look to the next.
#[derive(Default)]
pub(crate) struct Rounds<'u> {
    /// Since when a unit has been on its way, in seconds of the clock.
    since: BTreeMap<&'u str, i64>,
    /// What was last told of it.
    told: BTreeMap<&'u str, String>,
}

impl<'u> Rounds<'u> {
    /// Takes a look at all `units`, made at the moment `now` (seconds of the clock): whose time is over is stuck, and what
    /// is new is told.
    pub(crate) async fn take(&mut self, setting: &Setting<'_>, units: &'u [Unit], now: i64, standings: &mut [Standing]) {
        for (unit, standing) in units.iter().zip(standings.iter_mut()) {
            if standing.state != UnitState::Progressing {
                self.since.remove(unit.name.as_str());
                continue;
            }
            let begun = *self.since.entry(unit.name.as_str()).or_insert(now);
            if now - begun > i64::from(unit.minutes) * 60 + GRACE {
                standing.state = UnitState::Stuck;
                let deep = cause_of(setting.cluster, unit).await.ok().flatten();
                standing.detail = diagnose::told(std::mem::take(&mut standing.detail), deep);
            }
        }
        for (unit, standing) in units.iter().zip(standings.iter()) {
            let line = format!("{} {}", standing.state, standing.detail);
            if self.told.get(unit.name.as_str()) != Some(&line) {
                setting.tell(&standing.unit, &standing.title, standing.state, &standing.detail);
                self.told.insert(&unit.name, line);
            }
        }
    }
}

/// The end of the delivery, where these standings are it: all are healthy, none moves any more, or a person asked to stop.
/// Otherwise waits until the next look.
pub(crate) async fn over(setting: &Setting<'_>, standings: Vec<Standing>) -> Option<Delivered> {
    let any = |state| standings.iter().any(|s| s.state == state);
    let nothing_moves = !any(UnitState::Progressing) && any(UnitState::Stuck);
    if is_healthy(&standings) || nothing_moves || setting.stop.asked() {
        return Some(Delivered { units: standings, stopped: setting.stop.asked() });
    }
    setting.clock.sleep(PAUSE).await;
    None
}

/// Whether all are healthy.
pub(crate) fn is_healthy(standings: &[Standing]) -> bool {
    standings.iter().all(|s| s.state == UnitState::Healthy)
}
