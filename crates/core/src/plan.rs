//! The plan: what would change and why, and the steps that make it so.
//!
//! A plan has already decided everything: names, calls, waits, order, how each step is found again
//! after a crash. Executing it reads and does not choose.

use crate::{
    address::{Address, Scope},
    call::{Call, Listing, Matcher},
    money::Cost,
    platform::{Deferred, Origin},
    record::{Deposed, Restored, Team},
    value::Value,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What happens to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Is made.
    Create,
    /// Is changed in place.
    Update,
    /// A new one is made, then the old one is removed; or the other way round where it must be.
    Replace,
    /// Is removed.
    Delete,
    /// Exists, and is taken into the record without being touched.
    Adopt,
    /// Is dropped from the record without being touched.
    Forget,
    /// Exists and is waited for.
    Read,
    /// Stays as it is.
    NoOp,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Forget => "forget",
            Action::Read => "wait for",
            Action::NoOp => "keep",
        })
    }
}

/// What a change does to what runs, from harmless to irreversible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// Nothing that runs notices.
    #[default]
    Nothing,
    /// Something restarts or moves, one piece at a time.
    Restart,
    /// Something does not answer for a while.
    Interruption,
    /// Something that can be made again is destroyed.
    Destroys,
    /// Data is lost.
    LosesData,
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Impact::Nothing => "nothing that runs notices",
            Impact::Restart => "restarts",
            Impact::Interruption => "interrupts",
            Impact::Destroys => "destroys",
            Impact::LosesData => "loses data",
        })
    }
}

/// One field of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The catalog's name of the field.
    pub field: String,
    /// What it is; absent where it is not set or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Why: `platform.yaml changed`, `changed outside of Pontoon`, `cannot be changed in place` …
    pub because: String,
}

/// What happens to one address, and all that a person needs to agree to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub address: Address,
    /// What, in the catalog's words: `VPC`, `node pool`.
    pub title: String,
    /// What happens.
    pub action: Action,
    /// Why.
    pub because: String,
    /// The fields that differ, for updates and replacements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// What it does to what runs.
    pub impact: Impact,
    /// What exactly is interrupted, destroyed or lost; empty where nothing is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub consequence: String,
    /// Whether it holds data that cannot be made again.
    pub stateful: bool,
    /// What it costs a month now.
    pub cost_before: Cost,
    /// What it will cost a month.
    pub cost_after: Cost,
    /// How many calls that change something it takes.
    pub calls: u32,
    /// Where in the document it comes from.
    pub origin: Origin,
}

/// A step's number in its plan.
pub type StepId = u32;

/// A question to an object: has it come as far as we wait for?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The value at `path` is one of these.
    Is {
        /// Where to look.
        path: String,
        /// The values that count.
        any_of: Vec<Value>,
    },
    /// Every item of the list at `list` (which is not empty) has one of these at `path`.
    Each {
        /// Where the list is.
        list: String,
        /// Where to look in each item.
        path: String,
        /// The values that count.
        any_of: Vec<Value>,
    },
    /// As many items of the list at `list` as the number at `least` says have one of these at `path`.
    AtLeast {
        /// Where the list is.
        list: String,
        /// Where to look in each item.
        path: String,
        /// The values that count.
        any_of: Vec<Value>,
        /// Where the number stands.
        least: String,
    },
    /// The list at `path` is empty or absent.
    Empty {
        /// Where the list is.
        path: String,
    },
    /// There is something at `path`, and it is not an empty text.
    Present {
        /// Where to look.
        path: String,
    },
    /// The object itself is enough.
    Exists,
    /// All of them.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
}

impl Condition {
    /// Whether `object` fulfils it.
    pub fn holds(&self, object: &Value) -> bool {
        match self {
            Condition::Is { path, any_of } => object.at(path).is_some_and(|v| any_of.contains(v)),
            Condition::Each { list, path, any_of } => object
                .at(list)
                .and_then(Value::as_list)
                .is_some_and(|l| !l.is_empty() && l.iter().all(|i| i.at(path).is_some_and(|v| any_of.contains(v)))),
            Condition::AtLeast { list, path, any_of, least } => {
                let fit = |i: &&Value| i.at(path).is_some_and(|v| any_of.contains(v));
                let count = object.at(list).and_then(Value::as_list).map_or(0, |l| l.iter().filter(fit).count());
                object.at(least).and_then(Value::as_i64).is_some_and(|n| usize::try_from(n).is_ok_and(|n| count >= n))
            }
            Condition::Empty { path } => object.at(path).and_then(Value::as_list).is_none_or(<[Value]>::is_empty),
            Condition::Present { path } => object.at(path).is_some_and(|v| *v != Value::Null && v.as_text() != Some("")),
            Condition::Exists => true,
            Condition::All(all) => all.iter().all(|c| c.holds(object)),
            Condition::Any(any) => any.iter().any(|c| c.holds(object)),
        }
    }
}

/// What a step waits for after its effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// What to read, again and again.
    pub read: Call,
    /// Where the object stands in the answer.
    pub item: String,
    /// Until when.
    pub until: Until,
    /// What means that it will never come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Condition>,
    /// Seconds between two reads once it takes long; the first reads are closer together.
    pub every: u32,
    /// Seconds after which waiting is given up.
    pub timeout: u32,
    /// What is read again once it is ready: outputs that did not exist before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Capture>,
}

/// The end of waiting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// The object fulfils the condition.
    Ready(Condition),
    /// The object is gone.
    Gone,
}

/// An output to keep: its name and where it stands in the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The output's name.
    pub name: String,
    /// Where it stands.
    pub path: String,
}

/// How an object is found again when nobody knows whether the call that makes it was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lookup {
    /// Among these, by this.
    In {
        /// Where to look.
        listing: Box<Listing>,
        /// A list inside of each listed object that holds the candidates; empty: the listed objects themselves.
        within: String,
        /// How to recognize it.
        matcher: Matcher,
    },
    /// Making it twice is the same as making it once.
    Repeat,
    /// It carries nothing to be known by: only a person can tell.
    Never {
        /// What to type to find out, and what to do then.
        instructions: Vec<String>,
    },
}

/// What a call makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Making {
    /// Where the object stands in the reply; `None` where the reply does not hold it.
    pub reply: Option<String>,
    /// Where the id stands in the object; a fixed value where the id is known before.
    pub id: Id,
    /// What others may refer to.
    pub outputs: Vec<Capture>,
    /// What is shown once and goes to the secret store, never into a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Capture>,
    /// The attributes that are recorded; pending parts are filled in when it happens.
    pub attributes: BTreeMap<String, Value>,
    /// The resource that it lives in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Address>,
    /// What it needs: destruction goes the other way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Address>,
    /// The incarnation that its mark carries.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub incarnation: String,
    /// How to find it again.
    pub lookup: Lookup,
}

/// Where an id comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Id {
    /// The vendor gives it; it stands here in the object.
    At(String),
    /// We chose it: a name, or the parent's id.
    Is(Value),
}

/// What a step does to one address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It comes to exist. An earlier incarnation that the record names becomes deposed.
    Makes(Box<Making>),
    /// These attributes are applied.
    Changes(BTreeMap<String, Value>),
    /// It is gone.
    Removes,
    /// An earlier incarnation is gone.
    RemovesDeposed(Deposed),
    /// It is taken into the record as it is.
    Adopts(Box<Adopting>),
    /// A database that runs in it has stood there as these; the last one from now on.
    Restores {
        /// The document's name of the database.
        database: String,
        /// As what.
        stands: Vec<Restored>,
    },
    /// Nothing of it changes in the record.
    Keeps,
}

/// What is recorded of a thing that exists already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adopting {
    /// The vendor's id.
    pub id: String,
    /// What others may refer to.
    pub outputs: BTreeMap<String, Value>,
    /// The attributes that are recorded.
    pub attributes: BTreeMap<String, Value>,
    /// The resource that it lives in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Address>,
    /// What it needs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub needs: BTreeSet<Address>,
    /// The incarnation that its mark carries.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub incarnation: String,
}

/// How patient a step is. All in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// After this a request without an answer is given up and becomes indeterminate.
    pub deadline: u32,
    /// After the deadline, how long a lost request may still take effect or stay invisible.
    pub settle: u32,
    /// How long refusals that pass by themselves are waited out.
    pub patience: u32,
}

/// One call that changes something, or one thing to wait for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// What it does, for a person.
    pub title: String,
    /// The address that it is shown under.
    pub address: Address,
    /// What kind of step it is.
    pub action: Action,
    /// The call; none for steps that only wait, adopt or forget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// Every address that it makes, changes or removes.
    pub outcomes: Vec<(Address, Outcome)>,
    /// The steps that must have ended before.
    pub needs: BTreeSet<StepId>,
    /// What is waited for afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// How patient it is.
    pub policy: Policy,
    /// Seconds that it usually takes: the longest way is started first.
    pub typical: u32,
}

/// What a plan was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// To make everything as the document says.
    Up,
    /// To remove everything.
    Destroy,
    /// To take what exists into the record, as it is.
    Adopt,
    /// To leave things out of the record, as they are.
    Forget,
}

impl Command {
    /// Whether it is about what the document asks for.
    pub fn wants(self) -> bool {
        matches!(self, Command::Up | Command::Adopt)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Command::Up => "up",
            Command::Destroy => "destroy",
            Command::Adopt => "adopt",
            Command::Forget => "forget",
        })
    }
}

/// The record that a plan was made from. A record that moved on makes the plan stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Which scope.
    pub scope: Scope,
    /// Its lineage; drawn for this plan where nothing was recorded yet.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gravity {
    /// The plan cannot be carried out.
    Error,
    /// It can, and a person should know.
    Warning,
}

/// Something that planning found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code, `PT6xxx`.
    pub code: String,
    /// How grave.
    pub gravity: Gravity,
    /// Where, if it is about one address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// What and why.
    pub message: String,
    /// What to type next.
    pub hint: String,
}

/// Changes, and the graph of steps that carries them out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The format's version.
    pub version: u32,
    /// The platform's name.
    pub platform: String,
    /// What it was made for.
    pub command: Command,
    /// The records that it was made from, shared first.
    pub bases: Vec<Base>,
    /// The account that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Team>,
    /// Fingerprint of the compiled platform that it was made for.
    pub digest: String,
    /// What changes, by address; what stays is left out.
    pub changes: Vec<Change>,
    /// How.
    pub steps: Vec<Step>,
    /// What planning found out.
    pub findings: Vec<Finding>,
    /// What is asked for and not built.
    pub deferred: Vec<Deferred>,
    /// What everything costs a month now.
    pub cost_before: Cost,
    /// What everything will cost a month.
    pub cost_after: Cost,
}

impl Plan {
    /// The format that this version writes.
    pub const VERSION: u32 = 1;

    /// Whether there is nothing left to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
    /// Whether it may be carried out.
    pub fn is_allowed(&self) -> bool {
        self.findings.iter().all(|f| f.gravity != Gravity::Error)
    }
    /// How many calls that change something it takes.
    pub fn calls(&self) -> usize {
        self.steps.iter().filter(|s| s.call.is_some()).count()
    }
    /// The step with a number.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id as usize).filter(|s| s.id == id)
    }
}

/// A question about many objects, asked by the planner and answered by the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// What the planner knows it by.
    pub key: String,
    /// What to fetch.
    pub listing: Listing,
}

/// A refresh, as a conversation: the planner asks until it knows enough.
pub trait Survey {
    /// The next questions; none when it knows enough. All of them can be asked at the same time.
    fn questions(&mut self) -> Vec<Question>;
    /// The answer to a question.
    fn answer(&mut self, key: &str, objects: Vec<Value>);
}
