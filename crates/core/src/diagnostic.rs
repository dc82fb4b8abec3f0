//! Diagnostics: what is wrong in a document, where, and what to type instead.
//!
//! Nothing here stops at the first problem: passes push into [`Diagnostics`] and go on. Places
//! carry byte spans and the line and column that people read; rendering is done by other crates.

mod source;

pub use source::{Place, Source, Sources};

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeSet, fmt, sync::Arc};

/// A stable code such as `PT1001`; each has one [`CodePage`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code of ours, as written in the source.
    pub const fn new(code: &'static str) -> Code {
        Code(Cow::Borrowed(code))
    }
    /// Reads a code that somebody typed: `PT` and four digits.
    pub fn parse(text: &str) -> Option<Code> {
        let digits = text.strip_prefix("PT")?;
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| Code(Cow::Owned(text.into())))
    }
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether something is refused or only said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Refused: nothing is planned before it is gone. Cannot be accepted.
    Error,
    /// Said; `accept: [CODE]` in the section silences it visibly.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// A second place that belongs to a problem: the other one of two that overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub at: Place,
    /// What is there, in a few words.
    pub message: String,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// Refused or only said.
    pub severity: Severity,
    /// What is wrong and why, in one or two sentences without a final full stop.
    pub message: String,
    /// Where, if it is somewhere in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// The path in the document, such as `databases.main.version`; empty for the whole document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Other places that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// What to do, ending in something that can be typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the document accepts it (warnings only).
    #[serde(default)]
    pub accepted: bool,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Error, message)
    }
    /// A warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Warning, message)
    }
    fn new(code: Code, severity: Severity, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        Diagnostic { code, severity, message, at: None, path: String::new(), labels: Vec::new(), hint: None, accepted: false }
    }
    /// At a place, if there is one.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Diagnostic {
        self.at = place.into();
        self
    }
    /// At a path of the document.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Diagnostic {
        self.path = path.into();
        self
    }
    /// With another place; none, where the other thing is written nowhere, adds nothing.
    #[must_use]
    pub fn label(mut self, place: impl Into<Option<Place>>, message: impl Into<String>) -> Diagnostic {
        if let Some(at) = place.into() {
            self.labels.push(Label { at, message: message.into() });
        }
        self
    }
    /// With what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `platform.yaml:3:5: error PT1001: unknown key `verison``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        write!(f, "{} {}: {}", self.severity, self.code, self.message)
    }
}

/// Problems, collected.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// What is in the list, so that even a hundred thousand problems are collected quickly.
    #[serde(skip)]
    known: BTreeSet<Fingerprint>,
}

/// What makes two problems the same one.
type Fingerprint = (Code, Option<(Arc<str>, usize, usize)>, String);

fn fingerprint(d: &Diagnostic) -> Fingerprint {
    let at = d.at.as_ref().map(|p| (p.file.clone(), p.span.start, p.span.end));
    (d.code.clone(), at, d.message.clone())
}

impl PartialEq for Diagnostics {
    fn eq(&self, other: &Diagnostics) -> bool {
        self.list == other.list
    }
}
impl Eq for Diagnostics {}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }
    /// Adds one, unless the very same one is there already: environments share most of a document.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.known.insert(fingerprint(&diagnostic)) {
            self.list.push(diagnostic);
        }
    }
    /// Adds all of another collection.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        others.into_iter().for_each(|d| self.push(d));
    }
    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|d| d.severity == Severity::Error)
    }
    /// The warnings that nobody accepted.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|d| d.severity == Severity::Warning && !d.accepted)
    }
    /// All of them, in the order of [`Diagnostics::sort`] or of finding.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.list.iter_mut()
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.list.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// By file, then by place, then by code; those without a place last.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.at.is_none(), d.at.as_ref().map(|p| (p.file.clone(), p.span.start)), d.code.clone());
            key(a).cmp(&key(b))
        });
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Diagnostics {
        let mut all = Diagnostics::new();
        all.extend(iter);
        all
    }
}

/// The page of a code in the reference. Its example is its test: it must give exactly this code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePage {
    /// The code.
    pub code: Code,
    /// Whether it refuses or warns.
    pub severity: Severity,
    /// What it says, as a heading.
    pub title: &'static str,
    /// Why it exists.
    pub explanation: &'static str,
    /// A whole document that has this problem and no other.
    pub example: &'static str,
    /// How to get rid of it.
    pub fix: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_problem_is_said_once_and_in_the_order_of_the_file() {
        let source = Source::new("platform.yaml", "a: 1\nb: 2\n");
        let at = |range| Some(source.place(range));
        let mut all = Diagnostics::new();
        all.push(Diagnostic::warning(Code::new("PT1002"), "later").at(at(5..6)));
        all.push(Diagnostic::warning(Code::new("PT1002"), "later").at(at(5..6)));
        all.push(Diagnostic::error(Code::new("PT1001"), "nowhere"));
        all.push(Diagnostic::error(Code::new("PT1001"), "first").at(at(0..1)));
        all.sort();
        let lines: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            ["platform.yaml:1:1: error PT1001: first", "platform.yaml:2:1: warning PT1002: later", "error PT1001: nowhere"]
        );
        assert!(all.has_errors());
    }

    #[test]
    fn codes_have_four_digits() {
        assert!(Code::parse("PT1001").is_some());
        for wrong in ["PT101", "pt1001", "PT1001x", "", "1001"] {
            assert!(Code::parse(wrong).is_none(), "{wrong}");
        }
    }
}
