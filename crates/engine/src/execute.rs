//! Execute: carries a plan out.
//!
//! One coordinator owns the queue, the journal and what is known; running effects are futures in one
//! set and touch nothing. A step goes through
//!
//! ```text
//! ready to start ─began→ effect ─succeeded→ wait ─ready→ done ─→ releases what needs it
//!                  │        ├─ refused for a passing reason: absent, pause, began …
//!                  │        ├─ refused for good: failed; what needs it is skipped
//!                  │        └─ unclear: settle ─adopted→ wait …   or ─absent→ began …   or stalled
//! ```
//!
//! `began` is on disk before the effect leaves, and everything that was learnt is on disk before
//! anything that depends on it starts: one sync for each turn of the loop. Steps are started in the
//! order of their longest remaining way, then by address, so that the same plan in the same world is
//! the same run. A future is never dropped: stopping means starting no more.
//!
//! Known hole: where the journal itself cannot be written any more, nothing further is started, what
//! runs is let to end, and its frames are handed back for the caller to save wherever it can.

use crate::{
    entries::{Known, absorb, after_effect, after_wait, fingerprint_output, lookup},
    ports::{Boxed, Journal, JournalError, Ports, Refusal, Reply},
    settle::{Settled, settle},
    wait::{InVain, wait},
};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use pontoon_core::{
    address::Address,
    call::{Call, Class},
    event::What,
    graph::Graph,
    operation::{Ending, Entries, Frame, Opened, Operation, StepEvent, StepStatus},
    plan::{Outcome, Plan, Step, StepId},
    value::Value,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Effects under way at the same time; waiting does not count.
const WIDTH: usize = 16;
/// The longest pause between two tries, in seconds.
const LONGEST_PAUSE: u64 = 30;
/// How often a step is begun again after it was found to be absent.
const UNCLEAR_TRIES: u32 = 5;

/// A step that ended badly.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Which step.
    pub step: StepId,
    /// Its address.
    pub address: Address,
    /// What it was to do.
    pub title: String,
    /// The class of the refusal.
    pub class: Class,
    /// What the vendor said, or what a person has to type.
    pub message: String,
}

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// The operation's id.
    pub operation: String,
    /// How it ended.
    pub ending: Ending,
    /// What it did to the record.
    pub entries: Entries,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// What was not started because of others.
    pub skipped: Vec<StepId>,
}

/// A run whose journal failed: its report, and the frames that could not be written.
#[derive(Debug)]
pub struct Unwritten {
    /// How it ended.
    pub report: Report,
    /// What is in no journal.
    pub frames: Vec<Frame>,
    /// Why.
    pub error: JournalError,
}

/// What a future brought back.
enum Landed {
    Answered(Result<Reply, Refusal>),
    Slept,
    Waited(Result<Option<Value>, InVain>),
    Settled(Result<Settled, Refusal>),
}

/// Carries a plan out. `known` is what was recorded before.
///
/// # Errors
/// Where the journal could not be written; the plan was then carried out in part.
pub async fn execute(
    ports: &Ports<'_>,
    plan: &Plan,
    opened: Opened,
    known: Known,
    journal: &mut dyn Journal,
) -> Result<Report, Box<Unwritten>> {
    let mut run = Run::new(ports, plan, opened, known, journal);
    run.go().await;
    run.end()
}

struct Run<'p, 'j> {
    ports: &'p Ports<'p>,
    plan: &'p Plan,
    journal: &'j mut dyn Journal,
    operation: Operation,
    known: Known,
    started: i64,
    /// Steps that may start, best first.
    queue: BTreeSet<(Reverse<u64>, Address, StepId)>,
    remaining: BTreeMap<StepId, u64>,
    needs_left: BTreeMap<StepId, usize>,
    users: BTreeMap<StepId, Vec<StepId>>,
    flights: FuturesUnordered<Boxed<'p, (StepId, Landed)>>,
    /// Effects that leave once the journal is synced.
    launch: Vec<(StepId, Call)>,
    effects: usize,
    tries: BTreeMap<StepId, u32>,
    unclear_tries: BTreeMap<StepId, u32>,
    first: BTreeMap<StepId, i64>,
    failures: Vec<Failure>,
    unwritten: Vec<Frame>,
    broken: Option<JournalError>,
}

impl<'p, 'j> Run<'p, 'j> {
    fn new(ports: &'p Ports<'p>, plan: &'p Plan, opened: Opened, known: Known, journal: &'j mut dyn Journal) -> Self {
        let mut graph = Graph::new();
        let mut users: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
        for step in &plan.steps {
            graph.node(step.id);
            for need in &step.needs {
                graph.edge(step.id, *need);
                users.entry(*need).or_default().push(step.id);
            }
        }
        let typical = |id: &StepId| plan.step(*id).map_or(0, |s| u64::from(s.typical));
        // The planner's graph has no cycle; a damaged plan file could: then nothing can start, and the run says so.
        let remaining = graph.remaining(typical).unwrap_or_default();
        let needs_left: BTreeMap<StepId, usize> = plan.steps.iter().map(|s| (s.id, s.needs.len())).collect();
        let operation = Operation {
            opened,
            steps: BTreeMap::new(),
            messages: BTreeMap::new(),
            settled: BTreeMap::new(),
            entries: Entries::new(),
            closed: None,
        };
        let mut run = Run {
            started: ports.clock.now().as_second(),
            ports,
            plan,
            journal,
            operation,
            known,
            queue: BTreeSet::new(),
            remaining,
            needs_left,
            users,
            flights: FuturesUnordered::new(),
            launch: Vec::new(),
            effects: 0,
            tries: BTreeMap::new(),
            unclear_tries: BTreeMap::new(),
            first: BTreeMap::new(),
            failures: Vec::new(),
            unwritten: Vec::new(),
            broken: None,
        };
        run.plan.steps.iter().filter(|s| s.needs.is_empty()).for_each(|s| run.enqueue(s));
        run
    }

    fn enqueue(&mut self, step: &Step) {
        let way = self.remaining.get(&step.id).copied().unwrap_or(0);
        self.queue.insert((Reverse(way), step.address.clone(), step.id));
    }

    fn append(&mut self, frame: Frame) {
        if self.broken.is_none() {
            match self.journal.append(&frame) {
                Ok(()) => return,
                Err(e) => self.broken = Some(e),
            }
        }
        self.unwritten.push(frame);
    }

    /// Takes an event into journal, status and what is known.
    fn happen(&mut self, step: StepId, event: StepEvent) {
        // Every event here follows from the status that it meets; the fold is the proof of it in recovery.
        let legal = self.operation.apply(step, &event);
        debug_assert!(legal.is_ok(), "{legal:?}");
        if let Some(entries) = event.entries() {
            absorb(&mut self.known, entries);
        }
        self.append(Frame::Step { step, event });
    }

    async fn go(&mut self) {
        self.append(Frame::Opened(self.operation.opened.clone()));
        let typical = self.remaining.values().copied().max().unwrap_or(0);
        self.ports.tell(What::Opened {
            operation: self.operation.opened.operation.clone(),
            steps: self.plan.steps.len(),
            typical,
        });
        loop {
            while self.effects + self.launch.len() < WIDTH
                && !self.ports.stop.asked()
                && self.broken.is_none()
                && let Some((_, _, id)) = self.queue.pop_first()
            {
                if let Some(step) = self.plan.step(id) {
                    self.begin(step);
                }
            }
            if self.broken.is_none()
                && let Err(e) = self.journal.sync()
            {
                self.broken = Some(e);
            }
            for (id, call) in std::mem::take(&mut self.launch) {
                if self.broken.is_some() {
                    // The intent may not be on disk: the effect must not leave.
                    continue;
                }
                self.leave(id, call);
            }
            let Some((id, landed)) = self.flights.next().await else {
                let can_start = !self.queue.is_empty() && !self.ports.stop.asked() && self.broken.is_none();
                if can_start {
                    continue;
                }
                return;
            };
            self.land(id, landed).await;
            while let Some(Some((id, landed))) = self.flights.next().now_or_never() {
                self.land(id, landed).await;
            }
        }
    }

    /// The intent. The call leaves after the next sync.
    fn begin(&mut self, step: &'p Step) {
        let now = self.ports.clock.now();
        self.first.entry(step.id).or_insert(now.as_second());
        if !self.tries.contains_key(&step.id) {
            self.ports.tell(What::Began {
                step: step.id,
                address: step.address.clone(),
                action: step.action,
                title: step.title.clone(),
            });
        }
        *self.tries.entry(step.id).or_insert(0) += 1;
        let Some(call) = &step.call else { return self.effected(step) };
        let call = call.resolve(&|r| lookup(&self.known, r));
        if let Some(missing) = call.pending() {
            let message = format!("it refers to {missing}, which nothing provides");
            return self.fail(step, Class::Invalid, message);
        }
        let settled = self.ports.vendor_now(&call.provider) + i64::from(step.policy.deadline + step.policy.settle);
        self.happen(step.id, StepEvent::Began { at: now.to_string(), settled });
        self.launch.push((step.id, call));
    }

    fn leave(&mut self, id: StepId, call: Call) {
        let (ports, deadline) = (self.ports, self.plan.step(id).map_or(60, |s| s.policy.deadline));
        self.effects += 1;
        self.flights.push(Box::pin(async move {
            (id, Landed::Answered(ports.provider.send(&call, Duration::from_secs(deadline.into())).await))
        }));
    }

    async fn land(&mut self, id: StepId, landed: Landed) {
        let Some(step) = self.plan.step(id) else { return };
        match landed {
            Landed::Answered(answer) => {
                self.effects -= 1;
                match answer {
                    Ok(reply) => self.answered(step, &reply).await,
                    Err(refusal) => self.refused(step, refusal),
                }
            }
            Landed::Slept => {
                if self.ports.stop.asked() || self.broken.is_some() {
                    self.fail(step, Class::Transient, "stopped before it was tried again".into());
                } else {
                    self.begin(step);
                }
            }
            Landed::Waited(Ok(object)) => self.done(step, object.as_ref()),
            Landed::Waited(Err(vain)) => self.fail(step, vain.class, vain.message),
            Landed::Settled(Ok(Settled::Happened(entries))) => {
                self.ports.tell(What::Settled { step: id, address: step.address.clone(), happened: true });
                self.happen(id, StepEvent::Adopted { entries });
                self.effected(step);
            }
            Landed::Settled(Ok(settled @ (Settled::Absent | Settled::Perhaps(_)))) => {
                self.ports.tell(What::Settled { step: id, address: step.address.clone(), happened: false });
                let tries = self.unclear_tries.entry(id).or_insert(0);
                *tries += 1;
                let again = *tries < UNCLEAR_TRIES && !self.ports.stop.asked() && self.broken.is_none();
                match settled {
                    Settled::Perhaps(entries) if !again => self.happen(id, StepEvent::Adopted { entries }),
                    _ => self.happen(id, StepEvent::Absent),
                }
                if again {
                    self.begin(step);
                } else {
                    self.fail(step, Class::Transient, format!("tried {UNCLEAR_TRIES} times, and no answer came"));
                }
            }
            Landed::Settled(Ok(Settled::AskAPerson(instructions))) => {
                self.ports.tell(What::Stalled { step: id, address: step.address.clone(), instructions: instructions.clone() });
                self.note(step, Class::Indeterminate, instructions.join("\n"));
                self.happen(id, StepEvent::Stalled { instructions });
            }
            Landed::Settled(Err(refusal)) => {
                // Still unclear: the journal says so, and the next run finds out.
                let message = format!("nobody knows whether it happened, and the vendor cannot be asked: {}", refusal.message);
                self.note(step, Class::Indeterminate, message);
            }
        }
    }

    async fn answered(&mut self, step: &'p Step, reply: &Reply) {
        let since = jiff::Timestamp::from_second(reply.at).map(|t| t.to_string()).unwrap_or_default();
        let Some((mut entries, secrets)) = after_effect(step, &reply.body, &self.known, &since) else {
            // It says that it made something and does not say what: find it like after a lost reply.
            return self.unclear(step);
        };
        for shown in secrets {
            let fingerprint = shown.secret.fingerprint();
            match self.ports.secrets.put(&shown.address, &shown.name, shown.secret).await {
                Ok(()) => {
                    if let Some(Some(recorded)) = entries.get_mut(&shown.address) {
                        recorded.outputs.insert(fingerprint_output(&shown.name), fingerprint.into());
                    }
                }
                Err(message) => {
                    let message = format!("its {} was shown once and could not be stored: {message}", shown.name);
                    self.note(step, Class::Invalid, message);
                }
            }
        }
        self.happen(step.id, StepEvent::Succeeded { entries });
        self.effected(step);
    }

    fn refused(&mut self, step: &'p Step, refusal: Refusal) {
        let removes = step.outcomes.iter().any(|(_, o)| matches!(o, Outcome::Removes | Outcome::RemovesDeposed(_)));
        match refusal.class {
            Class::NotFound if removes => {
                self.happen(step.id, StepEvent::Succeeded { entries: Entries::new() });
                self.effected(step);
            }
            Class::Indeterminate | Class::Unreadable => self.unclear(step),
            Class::RateLimited | Class::Conflict | Class::Transient | Class::NotFound => {
                let waited = self.ports.clock.now().as_second() - self.first.get(&step.id).copied().unwrap_or(self.started);
                let tries = self.tries.get(&step.id).copied().unwrap_or(1);
                if waited >= i64::from(step.policy.patience) || self.ports.stop.asked() {
                    return self.fail(step, refusal.class, refusal.message);
                }
                self.happen(step.id, StepEvent::Absent);
                let pause = refusal.retry_after.unwrap_or(Duration::from_secs((1 << tries.min(5)).min(LONGEST_PAUSE)));
                self.ports.tell(What::Retrying {
                    step: Some(step.id),
                    class: refusal.class,
                    seconds: pause.as_secs(),
                    message: refusal.message,
                });
                let (id, sleep) = (step.id, self.ports.clock.sleep(pause));
                self.flights.push(Box::pin(async move {
                    sleep.await;
                    (id, Landed::Slept)
                }));
            }
            Class::Denied | Class::Invalid => self.fail(step, refusal.class, refusal.message),
        }
    }

    fn unclear(&mut self, step: &'p Step) {
        let settled = self.operation.settled.get(&step.id).copied().unwrap_or(i64::MIN);
        let (ports, known, id) = (self.ports, self.known.clone(), step.id);
        self.flights.push(Box::pin(async move { (id, Landed::Settled(settle(ports, step, settled, &known).await)) }));
    }

    /// The effect is there: wait for what it promises, or be done.
    fn effected(&mut self, step: &'p Step) {
        let Some(awaited) = &step.wait else { return self.done(step, None) };
        let read = awaited.read.resolve(&|r| lookup(&self.known, r));
        if let Some(missing) = read.pending() {
            let message = format!("it waits for {missing}, which nothing provides");
            return self.fail(step, Class::Invalid, message);
        }
        let (ports, id) = (self.ports, step.id);
        self.flights.push(Box::pin(async move {
            (id, Landed::Waited(wait(ports, id, &step.address, awaited, &read, step.policy).await))
        }));
    }

    fn done(&mut self, step: &'p Step, object: Option<&Value>) {
        let now = self.ports.clock.now();
        let entries = after_wait(step, object, &self.known, &now.to_string());
        self.happen(step.id, StepEvent::Ready { entries });
        let seconds = now.as_second() - self.first.get(&step.id).copied().unwrap_or(self.started);
        self.ports.tell(What::Done { step: step.id, address: step.address.clone(), action: step.action, seconds });
        for user in self.users.get(&step.id).cloned().unwrap_or_default() {
            if let Some(left) = self.needs_left.get_mut(&user) {
                *left = left.saturating_sub(1);
                if *left == 0
                    && let Some(step) = self.plan.step(user)
                {
                    self.enqueue(step);
                }
            }
        }
    }

    fn fail(&mut self, step: &Step, class: Class, message: String) {
        self.ports.tell(What::Failed {
            step: step.id,
            address: step.address.clone(),
            action: step.action,
            class,
            message: message.clone(),
        });
        self.note(step, class, message.clone());
        self.happen(step.id, StepEvent::Failed { class, message });
    }

    fn note(&mut self, step: &Step, class: Class, message: String) {
        let (address, title) = (step.address.clone(), step.title.clone());
        self.failures.push(Failure { step: step.id, address, title, class, message });
    }

    fn end(mut self) -> Result<Report, Box<Unwritten>> {
        let statuses: Vec<StepStatus> = self.plan.steps.iter().map(|s| self.operation.status(s.id)).collect();
        let any = |s: StepStatus| statuses.contains(&s);
        let skipped: Vec<StepId> =
            self.plan.steps.iter().map(|s| s.id).filter(|id| self.operation.status(*id) == StepStatus::Pending).collect();
        let ending = if any(StepStatus::Stalled) {
            Ending::Stalled
        } else if !self.failures.is_empty() || self.broken.is_some() {
            Ending::Failed
        } else if !skipped.is_empty() {
            Ending::Interrupted
        } else {
            Ending::Done
        };
        let now = self.ports.clock.now();
        // A journal with unclear or stalled steps stays open: the next run, or a person, settles it.
        if !any(StepStatus::Indeterminate) && !any(StepStatus::Stalled) {
            self.append(Frame::Closed { ending, at: now.to_string() });
        }
        if self.broken.is_none()
            && let Err(e) = self.journal.sync()
        {
            self.broken = Some(e);
        }
        let operation = self.operation.opened.operation.clone();
        self.ports.tell(What::Closed {
            operation: operation.clone(),
            ending,
            skipped: skipped.len(),
            seconds: now.as_second() - self.started,
        });
        let report = Report { operation, ending, entries: self.operation.entries, failures: self.failures, skipped };
        match self.broken {
            None => Ok(report),
            Some(error) => Err(Box::new(Unwritten { report, frames: self.unwritten, error })),
        }
    }
}
