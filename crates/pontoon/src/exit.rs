//! Exit codes, and errors that end in something to type.

use std::process::ExitCode;

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Something would change (`--detailed-exitcode`).
    Changes,
    /// A person has to do something.
    Waits,
    /// It failed or was refused, and has been reported.
    Failed,
    /// It was interrupted, and has been reported.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(e: Exit) -> ExitCode {
        ExitCode::from(match e {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Changes => 2,
            Exit::Waits => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// What a person reads when a command cannot go on: what happened, why, what to type next.
#[derive(Debug)]
pub struct Trouble {
    /// What happened, and where.
    pub what: String,
    /// Why, in the words of whoever said it.
    pub why: Vec<String>,
    /// What to type next.
    pub next: String,
    /// How the program ends.
    pub exit: Exit,
}

impl Trouble {
    /// Something failed.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Trouble {
        Trouble { what: what.into(), why: Vec::new(), next: next.into(), exit: Exit::Failed }
    }
    /// Because of this.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Trouble {
        let why = why.into();
        if !why.is_empty() && !self.what.contains(&why) {
            self.why.push(why);
        }
        self
    }
    /// Because of an error and what caused it.
    #[must_use]
    pub fn caused(mut self, error: &dyn std::error::Error) -> Trouble {
        let mut cause = error.source();
        while let Some(e) = cause {
            self = self.because(e.to_string());
            cause = e.source();
        }
        self
    }
    /// Waits for a person.
    #[must_use]
    pub fn waits(mut self) -> Trouble {
        self.exit = Exit::Waits;
        self
    }
}

/// What commands return.
pub type Outcome<T = Exit> = Result<T, Trouble>;
