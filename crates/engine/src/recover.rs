//! Recovery: settles an operation that was cut off.
//!
//! Reads the operation's own stored plan, never today's catalog. Each step that began and has no end
//! is looked for, as after a lost reply in a run; what was found or is known to be absent is written
//! into the same journal, and the operation is closed. What is still to be done is the next plan's
//! business: recovery finishes nothing, it only makes certain.

use crate::{
    entries::{Known, absorb},
    execute::Report,
    ports::{Journal, JournalError, Ports},
    settle::{Settled, settle},
};
use pontoon_core::{
    event::What,
    operation::{Ending, Frame, Operation, StepEvent, StepStatus},
    plan::Plan,
};

/// Why recovery could not end.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The vendor cannot be read.
    #[error("cannot find out whether step {step} happened: {message}")]
    Unclear {
        /// Which step.
        step: u32,
        /// What the vendor said.
        message: String,
    },
    /// The journal names a step that the plan does not have.
    #[error("the journal names step {step}, which its plan does not have")]
    Foreign {
        /// Which step.
        step: u32,
    },
}

/// Settles. `known` is what was recorded before the operation.
///
/// # Errors
/// Where a step cannot be settled now; nothing is lost, and the next run tries again.
pub async fn recover(
    ports: &Ports<'_>,
    plan: &Plan,
    mut operation: Operation,
    known: &Known,
    journal: &mut dyn Journal,
) -> Result<Report, RecoverError> {
    let unclear: Vec<u32> = operation.indeterminate().collect();
    let id = operation.opened.operation.clone();
    ports.tell(What::Recovering { operation: id.clone(), unclear: unclear.len() });
    let mut known = known.clone();
    absorb(&mut known, &operation.entries);
    for step_id in unclear {
        let step = plan.step(step_id).ok_or(RecoverError::Foreign { step: step_id })?;
        let deadline = operation.settled.get(&step_id).copied().unwrap_or(i64::MIN);
        let settled = settle(ports, step, deadline, &known)
            .await
            .map_err(|r| RecoverError::Unclear { step: step_id, message: r.message })?;
        let event = match settled {
            Settled::Happened(entries) | Settled::Perhaps(entries) => {
                absorb(&mut known, &entries);
                StepEvent::Adopted { entries }
            }
            Settled::Absent => StepEvent::Absent,
            Settled::AskAPerson(instructions) => {
                ports.tell(What::Stalled { step: step_id, address: step.address.clone(), instructions: instructions.clone() });
                StepEvent::Stalled { instructions }
            }
        };
        if !matches!(event, StepEvent::Stalled { .. }) {
            let happened = matches!(event, StepEvent::Adopted { .. });
            ports.tell(What::Settled { step: step_id, address: step.address.clone(), happened });
        }
        journal.append(&Frame::Step { step: step_id, event: event.clone() })?;
        // Every event here follows `began`, so the fold cannot refuse it.
        let _ = operation.apply(step_id, &event);
        journal.sync()?;
    }
    let stalled = operation.steps.values().any(|s| *s == StepStatus::Stalled);
    let ending = if stalled { Ending::Stalled } else { Ending::Recovered };
    if !stalled {
        journal.append(&Frame::Closed { ending, at: ports.clock.now().to_string() })?;
        journal.sync()?;
    }
    Ok(Report { operation: id, ending, entries: operation.entries, failures: Vec::new(), skipped: Vec::new() })
}
