//! Frames that a failing disk did not take: saved elsewhere, and taken in again by the next run.
//!
//! A rescue belongs into its operation's directory as `rescued.json`. There it is read as if its
//! frames were in the journal, and the next writer puts them there.

use crate::{
    disk::{Disk, RealDisk},
    envelope::{self, Kind, Layout},
    error::{StoreError, quoted},
    remote::is_elsewhere,
};
use pontoon_core::operation::Frame;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const KIND: Kind = Kind { name: "rescue", format: 1, layout: Layout::Line };
pub(crate) const NAME: &str = "rescued.json";

/// The end of an operation's journal, as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rescue {
    /// Whose frames.
    pub operation: String,
    /// How many frames the journal has for certain.
    pub after: usize,
    /// The frames that follow those. Some may be in the journal nevertheless.
    pub frames: Vec<Frame>,
    /// Where it belongs.
    #[serde(skip)]
    pub home: PathBuf,
}

impl Rescue {
    /// The file's content, to be printed where no disk takes it.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn text(&self) -> Result<String, StoreError> {
        let wrong = |what: String| StoreError::Inconsistent { path: self.home.clone(), what };
        let bytes = envelope::seal(KIND, self).map_err(|e| wrong(format!("the frames cannot be written: {e}")))?;
        String::from_utf8(bytes).map_err(|e| wrong(e.to_string()))
    }

    /// Saves it in some directory, under the operation's name. The next run finds it once it is
    /// moved to [`Rescue::home`]; the second value is the command for that.
    ///
    /// # Errors
    /// Where that directory cannot be written either.
    pub fn save_in(&self, dir: &Path) -> Result<(PathBuf, String), StoreError> {
        let path = dir.join(format!("pontoon-{}.{NAME}", self.operation));
        RealDisk.make_dir(dir).map_err(StoreError::disk("make it", dir))?;
        envelope::replace(&RealDisk, &path, self.text()?.as_bytes())?;
        let command = match is_elsewhere(&self.home) {
            true => format!("pontoon state rescue {}", quoted(&path)),
            false => format!("mv {} {}", quoted(&path), quoted(&self.home)),
        };
        Ok((path, command))
    }

    /// Reads one that was saved elsewhere.
    ///
    /// # Errors
    /// Where it is none, or damaged.
    pub fn from_text(path: &Path, bytes: &[u8]) -> Result<Rescue, StoreError> {
        envelope::unseal(KIND, bytes).map_err(|_| StoreError::Corrupt {
            path: path.into(),
            what: "it holds no frames of a journal".into(),
            remedy: "name the file that the run said it had saved: pontoon state rescue FILE".into(),
        })
    }

    /// Reads one; none where there is none.
    pub(crate) fn read(disk: &dyn Disk, path: &Path, operation: &str) -> Result<Option<Rescue>, StoreError> {
        let rescue = envelope::read::<Rescue>(disk, KIND, path, || aside(path))?;
        match rescue {
            Some(r) if r.operation != operation => {
                let what = format!("it belongs to operation {}", r.operation);
                Err(StoreError::Corrupt { path: path.into(), what, remedy: aside(path) })
            }
            rescue => Ok(rescue),
        }
    }

    /// The frames that a journal of `frames` lacks.
    pub(crate) fn missing(&self, frames: &[Frame], path: &Path) -> Result<&[Frame], StoreError> {
        let differs = |what: &str| StoreError::Corrupt { path: path.into(), what: what.into(), remedy: aside(path) };
        let written = frames.get(self.after..).ok_or_else(|| differs("the journal lacks frames that stand before these"))?;
        let common = written.len().min(self.frames.len());
        if written.get(..common) != self.frames.get(..common) {
            return Err(differs("the journal went on in another way since"));
        }
        Ok(self.frames.get(common..).unwrap_or_default())
    }
}

fn aside(path: &Path) -> String {
    format!(
        "set it aside; the next run finds out from the vendors what it would have told:\nmv {} {}",
        quoted(path),
        quoted(&envelope::beside(path, ".aside"))
    )
}
