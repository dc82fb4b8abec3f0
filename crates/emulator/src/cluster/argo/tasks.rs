//! The tasks of one sync: what is applied, run and pruned, in which phase and wave. Source: gitops-engine,
//! `sync_context.go` and `sync_tasks.go`.

use super::hooks::{self, Phase};
use super::text;
use crate::cluster::flux::Reference;
use serde_json::{Value, json};

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not begun.
    Pending,
    /// Applied, and waited for.
    Running,
    /// Over, and well.
    Done,
    /// Over, and not well.
    Failed,
}

/// One task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Of which object.
    pub at: Reference,
    /// When.
    pub phase: Phase,
    /// In which wave of the phase.
    pub wave: i64,
    /// Whether it is a hook.
    pub hook: bool,
    /// Whether the object is to be deleted.
    pub prune: bool,
    /// How far it is.
    pub state: State,
    /// What became of it.
    pub message: String,
}

const STATES: [(State, &str); 4] =
    [(State::Pending, "pending"), (State::Running, "running"), (State::Done, "done"), (State::Failed, "failed")];

impl Task {
    /// As it is noted.
    pub fn write(&self) -> Value {
        let state = STATES.iter().find(|(s, _)| *s == self.state).map_or("", |(_, name)| name);
        json!({
            "at": write(&self.at), "phase": self.phase.name(), "wave": self.wave, "hook": self.hook, "prune": self.prune,
            "state": state, "message": self.message,
        })
    }

    /// As it was noted.
    pub fn read(note: &Value) -> Option<Self> {
        Some(Self {
            at: read(&note["at"]),
            phase: Phase::named(note["phase"].as_str()?)?,
            wave: note["wave"].as_i64()?,
            hook: note["hook"] == true,
            prune: note["prune"] == true,
            state: STATES.iter().find(|(_, name)| note["state"] == *name)?.0,
            message: text(&note["message"]),
        })
    }

    /// `apps/Deployment/web`, as the message of an operation names it.
    pub fn show(&self) -> String {
        let group = self.at.api_version.split_once('/').map_or("", |(group, _)| group);
        format!("{group}/{}/{}", self.at.kind, self.at.name)
    }
}

/// An object's place as a list.
pub(super) fn write(at: &Reference) -> Value {
    json!([at.api_version, at.kind, at.namespace, at.name])
}

/// The same read.
pub(super) fn read(list: &Value) -> Reference {
    Reference { api_version: text(&list[0]), kind: text(&list[1]), namespace: text(&list[2]), name: text(&list[3]) }
}

/// The tasks of these objects and of what is pruned, in order. Pruning comes with the wave that an object had, the highest
/// first, as the last of a sync.
pub(super) fn of(objects: &[Value], pruned: &[(Reference, i64)]) -> Vec<Task> {
    let task = |object: &Value, phase: Phase, hook: bool| Task {
        at: Reference::of(object),
        phase,
        wave: hooks::wave(object),
        hook,
        prune: false,
        state: State::Pending,
        message: String::new(),
    };
    let mut all = Vec::new();
    for object in objects {
        if hooks::is_hook(object) {
            all.extend(hooks::phases(object).into_iter().map(|phase| task(object, phase, true)));
        } else {
            all.push(task(object, Phase::Sync, false));
        }
    }
    let last = all.iter().filter(|t| t.phase == Phase::Sync).map(|t| t.wave).max().unwrap_or(0);
    let mut gone: Vec<&(Reference, i64)> = pruned.iter().collect();
    gone.sort_by_key(|(_, wave)| std::cmp::Reverse(*wave));
    for (at, wave) in gone {
        // Those of later waves go before those of earlier ones.
        let wave = last.max(*wave) + (last.max(0) - wave).max(0);
        all.push(Task {
            at: at.clone(),
            phase: Phase::Sync,
            wave,
            hook: false,
            prune: true,
            state: State::Pending,
            message: String::new(),
        });
    }
    all.sort_by(|a, b| {
        let key = |t: &Task| (t.phase, t.wave, !t.prune, hooks::rank(&t.at.kind), t.at.kind.clone());
        key(a).cmp(&key(b)).then_with(|| a.at.name.cmp(&b.at.name))
    });
    all
}

/// Whether there is more than one wave or phase, so that one waits for the other.
pub(super) fn several_steps(all: &[Task]) -> bool {
    all.iter().any(|t| (t.phase, t.wave) != (all[0].phase, all[0].wave))
}
