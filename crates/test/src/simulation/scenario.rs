//! Stories as files that a person can read: what broke, how it ends now, and the story itself.

use super::{stage::Ended, story::Story};
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A story that is kept, in `crates/test/scenarios/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it showed, in a sentence or two. A new one says which rule was broken, and how.
    pub about: String,
    /// How it has to end.
    pub ends: Ends,
    /// What happens.
    pub story: Story,
}

/// How a story ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// With everything there, and then with everything gone.
    Well,
    /// With a question to a person.
    Waits,
}

impl Ends {
    /// Whether it ended like this.
    pub fn fits(self, ended: &Ended) -> bool {
        self == if *ended == Ended::Well { Ends::Well } else { Ends::Waits }
    }
}

/// Where they are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

impl Scenario {
    /// As a text.
    ///
    /// # Errors
    /// Where it cannot be written as YAML.
    pub fn to_yaml(&self) -> io::Result<String> {
        // By way of JSON: alternatives are keys then, and no tags.
        let json = serde_json::to_value(self)?;
        serde_saphyr::to_string(&json).map_err(io::Error::other)
    }

    /// From a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_yaml(text: &str) -> io::Result<Scenario> {
        let json: serde_json::Value = serde_saphyr::from_str(text).map_err(io::Error::other)?;
        Ok(serde_json::from_value(json)?)
    }

    /// Every one in the folder, by name.
    ///
    /// # Errors
    /// Which one cannot be read, and why.
    pub fn all() -> io::Result<Vec<(String, Scenario)>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder())? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".yaml")) else { continue };
            all.push((name.to_owned(), Scenario::read(&path)?));
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(all)
    }

    /// From a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(path: &Path) -> io::Result<Scenario> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        std::fs::read_to_string(path).and_then(|text| Scenario::from_yaml(&text)).map_err(named)
    }
}
