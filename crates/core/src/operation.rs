//! Operations: one run of a plan, as its journal tells it.
//!
//! A step's status is a fold over its events. The same fold serves a run and its recovery, so a
//! journal that a run could not have written is refused as a whole.

use crate::{
    address::{Address, Scope},
    call::Class,
    plan::{Command, StepId},
    record::{Recorded, Team},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// What a step's end does to the record: an entry that replaces what was there, or none to remove it.
pub type Entries = BTreeMap<Address, Option<Recorded>>;

/// Something that happened to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum StepEvent {
    /// The intent: the call is about to leave.
    Began {
        /// When, by the wall clock, in RFC 3339.
        at: String,
        /// When nothing that was sent can take effect any more, by the vendor's clock; seconds since 1970.
        settled: i64,
    },
    /// The call had its effect.
    Succeeded {
        /// What to record.
        entries: Entries,
    },
    /// What was waited for has come.
    Ready {
        /// What to record.
        entries: Entries,
    },
    /// The call was refused, or waiting was in vain.
    Failed {
        /// The class of the refusal.
        class: Class,
        /// What the vendor said.
        message: String,
    },
    /// After an unclear call: it did have its effect.
    Adopted {
        /// What to record.
        entries: Entries,
    },
    /// After an unclear call: it had none.
    Absent,
    /// After an unclear call: only a person can tell.
    Stalled {
        /// What to type.
        instructions: Vec<String>,
    },
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Begun, and no end is known: after a crash, and just the same after a lost reply.
    Indeterminate,
    /// Had its effect; what it made may not be ready yet.
    Effected,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
    /// Waits for a person.
    Stalled,
}

/// An event that cannot follow a status: the journal is damaged or was written by something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {status:?} cannot meet `{event}`")]
pub struct IllegalEvent {
    /// The status.
    pub status: StepStatus,
    /// The event's name.
    pub event: &'static str,
}

impl StepEvent {
    /// The event's name, as in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            StepEvent::Began { .. } => "began",
            StepEvent::Succeeded { .. } => "succeeded",
            StepEvent::Ready { .. } => "ready",
            StepEvent::Failed { .. } => "failed",
            StepEvent::Adopted { .. } => "adopted",
            StepEvent::Absent => "absent",
            StepEvent::Stalled { .. } => "stalled",
        }
    }
    /// What the event does to the record.
    pub fn entries(&self) -> Option<&Entries> {
        match self {
            StepEvent::Succeeded { entries } | StepEvent::Ready { entries } | StepEvent::Adopted { entries } => Some(entries),
            _ => None,
        }
    }
}

impl StepStatus {
    /// The status after an event.
    ///
    /// # Errors
    /// Where the event cannot follow.
    pub fn next(self, event: &StepEvent) -> Result<StepStatus, IllegalEvent> {
        use StepStatus::*;
        match (self, event) {
            (Pending | Indeterminate, StepEvent::Began { .. }) => Ok(Indeterminate),
            (Indeterminate, StepEvent::Succeeded { .. } | StepEvent::Adopted { .. }) => Ok(Effected),
            (Indeterminate, StepEvent::Absent) => Ok(Pending),
            (Indeterminate, StepEvent::Stalled { .. }) => Ok(Stalled),
            // A step without a call (it only waits, adopts or forgets) goes straight to its end.
            (Pending | Effected, StepEvent::Ready { .. }) => Ok(Done),
            (Pending | Indeterminate | Effected, StepEvent::Failed { .. }) => Ok(Failed),
            // A person's answer.
            (Stalled, StepEvent::Adopted { .. }) => Ok(Effected),
            (Stalled, StepEvent::Absent) => Ok(Pending),
            (status, event) => Err(IllegalEvent { status, event: event.name() }),
        }
    }
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every step is done.
    Done,
    /// Some step failed; what does not depend on it was carried out.
    Failed,
    /// A person asked to stop; running steps were let to end.
    Interrupted,
    /// Some step waits for a person.
    Stalled,
    /// It was cut off; a later run has settled every step.
    Recovered,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ending::Done => "done",
            Ending::Failed => "failed",
            Ending::Interrupted => "interrupted",
            Ending::Stalled => "waits for a person",
            Ending::Recovered => "cut off, then settled",
        })
    }
}

/// One line of an operation's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "kebab-case")]
pub enum Frame {
    /// The operation begins. The plan is stored before this.
    Opened(Opened),
    /// Something happened to a step.
    Step {
        /// Which one.
        step: StepId,
        /// What.
        #[serde(flatten)]
        event: StepEvent,
    },
    /// The operation ends; its entries are about to enter the snapshot.
    Closed {
        /// How.
        ending: Ending,
        /// When, in RFC 3339.
        at: String,
    },
}

/// Who runs what, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The operation's id: sortable by time.
    pub operation: String,
    /// What it was run for.
    pub command: Command,
    /// The scopes that it writes.
    pub scopes: Vec<Scope>,
    /// When, in RFC 3339.
    pub at: String,
    /// `user@host`.
    pub who: String,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Team>,
}

/// An operation, read back from its journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its beginning.
    pub opened: Opened,
    /// Where each step stands that was touched.
    pub steps: BTreeMap<StepId, StepStatus>,
    /// The last message of each step that failed or stalled.
    pub messages: BTreeMap<StepId, Vec<String>>,
    /// By when each begun step has settled; seconds since 1970.
    pub settled: BTreeMap<StepId, i64>,
    /// What its ends do to the record, all together.
    pub entries: Entries,
    /// How and when it ended, if it did.
    pub closed: Option<(Ending, String)>,
}

/// A journal that tells no operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// It does not begin with its beginning.
    #[error("the journal does not begin with `opened`")]
    Headless,
    /// A frame that cannot stand where it stands.
    #[error("frame {frame}: step {step}")]
    Illegal {
        /// Which frame, counted from 1.
        frame: usize,
        /// Which step.
        step: StepId,
        /// Why.
        #[source]
        source: IllegalEvent,
    },
    /// A frame after the end.
    #[error("frame {frame} stands after the end of the operation")]
    AfterEnd {
        /// Which frame, counted from 1.
        frame: usize,
    },
}

impl Operation {
    /// Folds a journal.
    ///
    /// # Errors
    /// Where the frames tell something that no run can have done.
    pub fn fold(frames: &[Frame]) -> Result<Operation, Damaged> {
        let Some(Frame::Opened(opened)) = frames.first() else { return Err(Damaged::Headless) };
        let mut op = Operation {
            opened: opened.clone(),
            steps: BTreeMap::new(),
            messages: BTreeMap::new(),
            settled: BTreeMap::new(),
            entries: Entries::new(),
            closed: None,
        };
        for (i, frame) in frames.iter().enumerate().skip(1) {
            if op.closed.is_some() {
                return Err(Damaged::AfterEnd { frame: i + 1 });
            }
            match frame {
                Frame::Opened(_) => return Err(Damaged::Headless),
                Frame::Step { step, event } => {
                    op.apply(*step, event).map_err(|source| Damaged::Illegal { frame: i + 1, step: *step, source })?;
                }
                Frame::Closed { ending, at } => op.closed = Some((*ending, at.clone())),
            }
        }
        Ok(op)
    }

    /// Takes one more event.
    ///
    /// # Errors
    /// Where it cannot follow.
    pub fn apply(&mut self, step: StepId, event: &StepEvent) -> Result<StepStatus, IllegalEvent> {
        let status = self.status(step).next(event)?;
        self.steps.insert(step, status);
        match event {
            StepEvent::Began { settled, .. } => {
                self.settled.insert(step, *settled);
            }
            StepEvent::Failed { message, .. } => {
                self.messages.insert(step, vec![message.clone()]);
            }
            StepEvent::Stalled { instructions } => {
                self.messages.insert(step, instructions.clone());
            }
            _ => {}
        }
        if let Some(entries) = event.entries() {
            self.entries.extend(entries.clone());
        }
        Ok(status)
    }

    /// Where a step stands.
    pub fn status(&self, step: StepId) -> StepStatus {
        self.steps.get(&step).copied().unwrap_or(StepStatus::Pending)
    }

    /// The steps of which nobody knows whether they happened.
    pub fn indeterminate(&self) -> impl Iterator<Item = StepId> {
        self.steps.iter().filter(|(_, s)| **s == StepStatus::Indeterminate).map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Frame {
        Frame::Opened(Opened {
            operation: "1".into(),
            command: Command::Up,
            scopes: vec![Scope::environment("p")],
            at: String::new(),
            who: String::new(),
            team: None,
        })
    }
    fn began() -> StepEvent {
        StepEvent::Began { at: String::new(), settled: 0 }
    }
    fn done() -> StepEvent {
        StepEvent::Succeeded { entries: Entries::new() }
    }
    fn step(event: StepEvent) -> Frame {
        Frame::Step { step: 0, event }
    }

    #[test]
    fn every_prefix_of_a_journal_is_an_operation() {
        let ready = StepEvent::Ready { entries: Entries::new() };
        let frames = [
            opened(),
            step(began()),
            step(StepEvent::Absent),
            step(began()),
            step(done()),
            step(ready),
            Frame::Closed { ending: Ending::Done, at: String::new() },
        ];
        let statuses = [
            StepStatus::Pending,
            StepStatus::Indeterminate,
            StepStatus::Pending,
            StepStatus::Indeterminate,
            StepStatus::Effected,
            StepStatus::Done,
            StepStatus::Done,
        ];
        for (n, status) in statuses.iter().enumerate() {
            let op = Operation::fold(&frames[..=n]).unwrap();
            assert_eq!(op.status(0), *status, "after {} frames", n + 1);
        }
    }

    #[test]
    fn an_effect_without_intent_is_damage() {
        let e = Operation::fold(&[opened(), step(done())]).unwrap_err();
        assert!(matches!(e, Damaged::Illegal { frame: 2, step: 0, .. }), "{e:?}");
        assert_eq!(Operation::fold(&[step(began())]), Err(Damaged::Headless));
    }
}
