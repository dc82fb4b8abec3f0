//! What can go wrong with a store, and what to type then.

use crate::{lock::Holder, remote};
use pontoon_core::{
    address::{Address, Scope},
    operation::{Damaged, StepStatus},
    plan::StepId,
};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the store could not do what it was asked. Nothing that it acknowledged before is lost.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk refused.
    #[error("{path}: cannot {doing}", path = .path.display())]
    Disk {
        /// What was tried, such as `write to it`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Somebody else writes.
    #[error("{path}: {holder} writes to this store", path = .path.display())]
    Locked {
        /// The lock's file.
        path: PathBuf,
        /// Who, as far as the lock tells.
        holder: Box<Holder>,
    },
    /// Everything has moved to another store.
    #[error("{path}: the state has moved to {to}", path = .path.display())]
    Moved {
        /// This store.
        path: PathBuf,
        /// The other one.
        to: String,
    },
    /// Two stores do not hold the same history.
    #[error("{path}: {what}", path = .path.display())]
    Unfit {
        /// Where.
        path: PathBuf,
        /// How they differ.
        what: String,
    },
    /// A file is not as it was written.
    #[error("{path}: {what}", path = .path.display())]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A journal is not as it was written, before its end.
    #[error("{path}: frame {frame}, at byte {offset}, is damaged ({what}), and there are frames after it", path = .path.display())]
    DamagedJournal {
        /// Which file.
        path: PathBuf,
        /// Whose.
        operation: String,
        /// Which frame, counted from 1; 0 is the file's head.
        frame: usize,
        /// Where it begins.
        offset: usize,
        /// What is wrong.
        what: String,
    },
    /// A journal tells what no run can have done.
    #[error("{path}: the journal contradicts itself", path = .path.display())]
    Impossible {
        /// Which file.
        path: PathBuf,
        /// Whose.
        operation: String,
        /// What.
        #[source]
        source: Damaged,
    },
    /// A file was written by a later version.
    #[error("{path}: has format {found}; this version of Pontoon reads up to {known}", path = .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest that is known.
        known: u32,
    },
    /// The record moved on since the plan was made.
    #[error("the plan is stale: it was made from {expected} of the record of {scope}, which is at {found} now")]
    Stale {
        /// Whose record.
        scope: Scope,
        /// What the plan was made from.
        expected: String,
        /// What there is.
        found: String,
    },
    /// The store is of another platform.
    #[error("{path}: belongs to the platform `{found}`, not to `{ours}`", path = .path.display())]
    ForeignPlatform {
        /// Which file, or the directory.
        path: PathBuf,
        /// The platform in it.
        found: String,
        /// The platform that was asked for.
        ours: String,
    },
    /// Files that do not fit together.
    #[error("{path}: {what}", path = .path.display())]
    Inconsistent {
        /// Which file.
        path: PathBuf,
        /// How it does not fit.
        what: String,
    },
    /// There is no such operation.
    #[error("there is no operation `{id}` in {dir}", dir = .dir.display())]
    NoOperation {
        /// The id that was asked for.
        id: String,
        /// The store.
        dir: PathBuf,
    },
    /// Several operations are meant.
    #[error("`{id}` may be any of the operations {}", .matching.join(", "))]
    Ambiguous {
        /// What was asked for.
        id: String,
        /// Their ids.
        matching: Vec<String>,
    },
    /// The operation has ended.
    #[error("operation {id} has ended already")]
    Ended {
        /// Which one.
        id: String,
    },
    /// A name that cannot be a file's name.
    #[error("`{name}` cannot name {what}: only letters, digits, `-`, `_` and inner dots")]
    BadName {
        /// The name.
        name: String,
        /// What it was to name.
        what: &'static str,
    },
    /// There is an operation of this id.
    #[error("there is an operation {id} already")]
    Exists {
        /// The id.
        id: String,
    },
    /// The plan has no such step.
    #[error("operation {id} has no step {step}")]
    NoStep {
        /// The operation.
        id: String,
        /// The number.
        step: StepId,
    },
    /// Only stalled steps wait for a person's answer.
    #[error("step {step} of operation {id} does not wait for an answer: it is {status:?}")]
    NotStalled {
        /// The operation.
        id: String,
        /// The step.
        step: StepId,
        /// Where it stands.
        status: StepStatus,
    },
    /// An answer about something that the step does not touch.
    #[error("step {step} of operation {id} does not touch {address}")]
    NotOfStep {
        /// The operation.
        id: String,
        /// The step.
        step: StepId,
        /// The address.
        address: Address,
    },
    /// Frames could not be made durable earlier on; the journal takes no more.
    #[error("{path}: an earlier write to this journal failed", path = .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
    },
}

impl StoreError {
    pub(crate) fn disk(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::Disk { doing, path: path.to_path_buf(), source }
    }

    /// What to do about it, ending in something to type.
    pub fn remedy(&self) -> String {
        match self {
            StoreError::Disk { path, source, .. } => disk_remedy(path, source),
            StoreError::Locked { path, holder } if remote::is_elsewhere(path) => {
                format!("{}; where it is certain that it has ended, add --break-lock", holder.remedy())
            }
            StoreError::Locked { holder, .. } => holder.remedy(),
            StoreError::Moved { to, .. } if remote::is_elsewhere(Path::new(to)) => {
                "say in platform.yaml where it is (infrastructure: { state: { provider: spaces } }, or s3); or move it back: \
                 pontoon state move --from spaces"
                    .into()
            }
            StoreError::Moved { .. } => {
                "say in platform.yaml that it is here (leave infrastructure.state out); or move it back: pontoon state move --from local"
                    .into()
            }
            StoreError::Unfit { .. } => {
                "nothing was replaced; find out which of the two is the right one, and set the other aside: pontoon state show".into()
            }
            StoreError::Corrupt { remedy, .. } => remedy.clone(),
            StoreError::DamagedJournal { path, operation, .. } | StoreError::Impossible { path, operation, .. } => {
                let dir = path.parent().unwrap_or(path);
                let away = dir.with_file_name(format!(".damaged-{operation}"));
                format!(
                    "see what is readable: pontoon op show {operation}\n\
                     put {} back from a backup; or, without one, set the operation aside, and the next plan looks for what it \
                     made:\nmv {} {}",
                    path.display(),
                    quoted(dir),
                    quoted(&away)
                )
            }
            StoreError::Newer { .. } => {
                "install the version of Pontoon that wrote it, or a later one; see: pontoon --version".into()
            }
            StoreError::Stale { .. } => "plan again: pontoon plan".into(),
            StoreError::ForeignPlatform { path, found, .. } => format!(
                "give the platform its old name in platform.yaml (`platform: {found}`), or keep another store; look into it: ls {}",
                quoted(path)
            ),
            StoreError::Inconsistent { path, .. } => {
                format!("put the store's directory back from one backup, as a whole; look into it: ls -lR {}", quoted(path))
            }
            StoreError::NoOperation { .. } => "list them: pontoon op log".into(),
            StoreError::Ambiguous { matching, .. } => {
                format!("name one of them: pontoon op show {}", matching.last().map(String::as_str).unwrap_or_default())
            }
            StoreError::Ended { id } | StoreError::Exists { id } | StoreError::NoStep { id, .. } => {
                format!("see what it did: pontoon op show {id}")
            }
            StoreError::NotStalled { id, status, .. } => match status {
                StepStatus::Indeterminate => "the next run finds out by itself: pontoon up".into(),
                _ => format!("see what waits: pontoon op show {id}"),
            },
            StoreError::NotOfStep { id, .. } => format!("see what it touches: pontoon op show {id}"),
            StoreError::BadName { .. } => "choose another name; those in use: pontoon op log".into(),
            StoreError::Broken { .. } => "repair what the first error names, then: pontoon up".into(),
        }
    }
}

fn disk_remedy(path: &Path, source: &io::Error) -> String {
    if let Some(remedy) = remote::remedy(source) {
        return remedy.into();
    }
    let dir = quoted(path.parent().unwrap_or(path));
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!(
                "nothing that was recorded is lost; make room, then run the same command again; see what is full: df -h {dir}"
            )
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            format!("Pontoon has to write there as the user who runs it; see who may: ls -ld {dir}")
        }
        io::ErrorKind::Unsupported => {
            format!("keep the store on a disk that has file locks; see which one it is on: df -T {dir}")
        }
        _ => format!("nothing that was recorded is lost; look at the disk, then run the same command again: ls -la {dir}"),
    }
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+:@".contains(&b)) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
