//! One line an event.

use crate::{
    style::{Ink, Style},
    time::seconds,
};
use pontoon_core::{
    event::{Event, UnitState, What},
    operation::Ending,
};

/// The line of an event; `None` for events that only a live view shows.
pub fn line(event: &Event, style: Style) -> Option<String> {
    let good = |t: &str| style.paint(Ink::Good, t);
    let notice = |t: &str| style.paint(Ink::Notice, t);
    let bad = |t: &str| style.paint(Ink::Bad, t);
    Some(match &event.what {
        What::Recovering { operation, unclear } => match unclear {
            0 => format!("{} operation {operation} was cut off; every step of it is known", notice("settling")),
            n => format!("{} operation {operation} was cut off with {n} unclear steps", notice("settling")),
        },
        What::Settling { address, seconds: s, .. } => {
            format!("{} {address}: whether it happened is certain in {}", notice("waiting"), seconds(*s))
        }
        What::Settled { address, happened: true, .. } => format!("{} {address}: it had happened", notice("settled")),
        What::Settled { address, happened: false, .. } => format!("{} {address}: it had not happened", notice("settled")),
        What::Opened { operation, steps, typical } => {
            format!("operation {operation}: {steps} steps, usually {}", seconds(i64::try_from(*typical).unwrap_or(i64::MAX)))
        }
        What::Began { address, action, .. } => format!("{} {address}", style.paint(Ink::Faint, &format!("{action} …"))),
        What::Waiting { address, state, .. } => format!("{} {address}: {state}", style.paint(Ink::Faint, "waiting")),
        What::Retrying { seconds: s, message, .. } => {
            format!("{} in {}: {message}", notice("again"), seconds(i64::try_from(*s).unwrap_or(i64::MAX)))
        }
        What::Done { address, action, seconds: s, .. } => {
            format!("{} {address} ({action}, {})", good("done"), seconds(*s))
        }
        What::Failed { address, action, message, .. } => format!("{} {address} ({action}): {message}", bad("failed")),
        What::Stalled { address, .. } => format!("{} {address}: a person has to look", bad("stalled")),
        What::Unit { unit, state: UnitState::Healthy, .. } => format!("{} {unit}", good("healthy")),
        What::Unit { unit, state: UnitState::Stuck, detail, .. } => format!("{} {unit}: {detail}", bad("stuck")),
        What::Unit { unit, state, detail, .. } => format!("{} {unit}: {detail}", style.paint(Ink::Faint, &state.to_string())),
        What::Contents { .. } => return None,
        What::Delivered { what } => format!("{} {what}", good("done")),
        What::Stopping => notice("stopping: what runs is let to end, nothing new is started (again to leave at once)"),
        What::Closed { operation, ending, skipped, seconds: s } => {
            let ink = if *ending == Ending::Done { Ink::Good } else { Ink::Bad };
            let rest = if *skipped == 0 { String::new() } else { format!(", {skipped} steps not started") };
            format!("operation {operation}: {} after {}{rest}", style.paint(ink, &ending.to_string()), seconds(*s))
        }
    })
}
