//! Sources and places: which file, which bytes, and the line and column that people read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc};

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The source's name: a path as the user gave it, or a blueprint's name.
    #[serde(serialize_with = "write_shared", deserialize_with = "read_shared")]
    pub file: Arc<str>,
    /// The bytes, always on character boundaries of the source.
    pub span: Range<usize>,
    /// The line of the first byte, from 1.
    pub line: u32,
    /// The column of the first byte in characters, from 1.
    pub column: u32,
    /// The line of the end, from 1.
    pub end_line: u32,
    /// The column just after the last character, from 1.
    pub end_column: u32,
}

impl fmt::Display for Place {
    /// `platform.yaml:12:5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

fn write_shared<S: Serializer>(text: &Arc<str>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(text)
}

fn read_shared<'de, D: Deserializer<'de>>(d: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(d).map(Into::into)
}

/// A text with a name, and where its lines begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    lines: Arc<[usize]>,
}

impl Source {
    /// Takes a text in.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)).collect();
        Source { name: name.into(), text, lines }
    }
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The place of some bytes; whatever lies outside of the text is brought inside.
    pub fn place(&self, span: Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end).max(start);
        let ((line, column), (end_line, end_column)) = (self.position(start), self.position(end));
        Place { file: self.name.clone(), span: start..end, line, column, end_line, end_column }
    }

    fn boundary(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |t| t.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// The sources that diagnostics may point into, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources(BTreeMap<Arc<str>, Source>);

impl Sources {
    /// None yet.
    pub fn new() -> Sources {
        Sources::default()
    }
    /// Adds one; one of the same name gives way.
    pub fn add(&mut self, source: Source) {
        self.0.insert(source.name.clone(), source);
    }
    /// The one of a name.
    pub fn get(&self, name: &str) -> Option<&Source> {
        self.0.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters() {
        let s = Source::new("f", "é: x\nab: y");
        let at = |r: Range<usize>| {
            let p = s.place(r);
            (p.line, p.column, p.end_line, p.end_column)
        };
        assert_eq!(at(0..2), (1, 1, 1, 2));
        assert_eq!(at(4..5), (1, 4, 1, 5));
        assert_eq!(at(6..8), (2, 1, 2, 3));
        assert_eq!(at(1..3), (1, 1, 1, 3), "never inside of a character");
        assert_eq!(at(90..99), (2, 6, 2, 6), "never outside of the text");
        assert_eq!(Source::new("f", "").place(0..0).line, 1);
    }
}
