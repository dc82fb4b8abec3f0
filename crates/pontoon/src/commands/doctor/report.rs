//! What was found: a line a check, with a remedy where something is not as it should be.

use crate::exit::Trouble;
use pontoon_ui::style::{Ink, Style};
use serde::Serialize;
use serde_json::{Value, json};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Good,
    /// Something to know.
    Notice,
    /// A run would fail because of it.
    Broken,
}

#[derive(Serialize)]
struct Check {
    check: &'static str,
    state: State,
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    next: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    of: String,
}

/// All checks, in the order in which they were made.
#[derive(Default)]
pub struct Report {
    checks: Vec<Check>,
    of: String,
}

impl Report {
    /// What follows is about this; empty for everything.
    pub fn begin(&mut self, of: String) {
        self.of = of;
    }
    /// As it should be.
    pub fn good(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, State::Good, text.into(), String::new());
    }
    /// Something to know, and what to do about it.
    pub fn notice(&mut self, check: &'static str, text: impl Into<String>, next: impl Into<String>) {
        self.add(check, State::Notice, text.into(), next.into());
    }
    /// Broken, and what to do about it.
    pub fn broken(&mut self, check: &'static str, text: impl Into<String>, next: impl Into<String>) {
        self.add(check, State::Broken, text.into(), next.into());
    }
    /// Broken, as an error tells it.
    pub fn trouble(&mut self, check: &'static str, trouble: &Trouble) {
        let mut text = trouble.what.clone();
        for why in &trouble.why {
            text.push_str(&format!(": {why}"));
        }
        self.broken(check, text, trouble.next.as_str());
    }
    fn add(&mut self, check: &'static str, state: State, text: String, next: String) {
        self.checks.push(Check { check, state, text, next, of: self.of.clone() });
    }

    fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|c| c.state == state).count()
    }
    /// Whether anything is.
    pub fn is_broken(&self) -> bool {
        self.count(State::Broken) > 0
    }

    /// For people.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let width = self.checks.iter().map(|c| c.check.len()).max().unwrap_or(0);
        let mut of = "";
        for c in &self.checks {
            if c.of != of {
                of = &c.of;
                text.push_str(&format!("{}\n", style.paint(Ink::Strong, of)));
            }
            let sign = sign(c.state, style);
            text.push_str(&format!("{sign} {:width$}  {}\n", c.check, c.text));
            for (i, line) in c.next.lines().enumerate() {
                let lead = if i == 0 { style.paint(Ink::Strong, "next:") } else { "     ".into() };
                // Below the text: sign, subject and the gaps between them.
                let indent = " ".repeat(if style == Style::Colour { 1 } else { WORD } + 1 + width + 2);
                text.push_str(&format!("{indent}{lead} {line}\n"));
            }
        }
        text.push_str(&format!("{}\n", self.summary(style)));
        text
    }

    fn summary(&self, style: Style) -> String {
        let (all, broken, notices) = (self.checks.len(), self.count(State::Broken), self.count(State::Notice));
        match (broken, notices) {
            (0, 0) => style.paint(Ink::Good, &format!("all {all} checks are well")),
            (0, n) => format!("{} of {all} checks to look at, none broken", style.paint(Ink::Notice, &n.to_string())),
            (n, 0) => format!("{} of {all} checks broken", style.paint(Ink::Bad, &n.to_string())),
            (n, m) => format!("{} of {all} checks broken, {m} more to look at", style.paint(Ink::Bad, &n.to_string())),
        }
    }

    /// For machines.
    pub fn json(&self) -> Value {
        json!({"checks": self.checks, "broken": self.count(State::Broken), "notices": self.count(State::Notice)})
    }
}

/// The longest of the words below.
const WORD: usize = 6;

/// A sign where there are colours, a word where there are none.
fn sign(state: State, style: Style) -> String {
    match (style, state) {
        (Style::Colour, State::Good) => style.paint(Ink::Good, "✓"),
        (Style::Colour, State::Notice) => style.paint(Ink::Notice, "!"),
        (Style::Colour, State::Broken) => style.paint(Ink::Bad, "✗"),
        (Style::Plain, State::Good) => format!("{:WORD$}", "ok"),
        (Style::Plain, State::Notice) => format!("{:WORD$}", "look"),
        (Style::Plain, State::Broken) => format!("{:WORD$}", "broken"),
    }
}
