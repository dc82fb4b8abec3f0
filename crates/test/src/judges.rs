//! Programs and documents of others that judge what is written here, and what happens where one is missing.
//!
//! `witness/tools.sh` builds the programs into `$PONTOON_TOOLS`, or else `~/.cache/pontoon/tools`. Where one is missing
//! its test says so and is skipped; under `CI=true` that is a failure.

use crate::openapi::{contracts_dir, skipped};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where the programs are.
pub fn tools_dir() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("PONTOON_TOOLS").unwrap_or_else(|| {
        let home = || set("HOME").unwrap_or_default().join(".cache");
        set("XDG_CACHE_HOME").unwrap_or_else(home).join("pontoon/tools")
    })
}

/// One program, or nothing where it is missing.
pub fn tool_or_skip(test: &str, name: &str) -> Option<PathBuf> {
    let path = tools_dir().join(name);
    if path.is_file() {
        return Some(path);
    }
    skipped(test, &format!("no {}: crates/test/witness/tools.sh builds it", path.display()));
    None
}

/// A folder of the published contracts, such as `crds`, or nothing where it is missing.
pub fn contracts_or_skip(test: &str, folder: &str) -> Option<PathBuf> {
    let path = contracts_dir().join(folder);
    if path.is_dir() {
        return Some(path);
    }
    skipped(test, &format!("no {} (PONTOON_CONTRACTS)", path.display()));
    None
}

/// What a program said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Whether it ended with 0.
    pub ok: bool,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Standard output.
    ///
    /// # Panics
    /// Where it did not end with 0.
    #[track_caller]
    pub fn good(self, what: &str) -> String {
        assert!(self.ok, "{what}\n{}\n{}", self.out, self.err);
        self.out
    }
}

/// Runs a program to its end in a folder, with nothing on standard input and nothing of the tester's own settings.
///
/// # Panics
/// Where it does not start.
pub fn run<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    folder: &Path,
    env: &[(&str, &str)],
    args: impl IntoIterator<Item = S>,
) -> Said {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder);
    command.envs(env.iter().copied());
    let output = command.output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    Said {
        ok: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
