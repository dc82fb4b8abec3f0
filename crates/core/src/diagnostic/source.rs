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
    /// How many characters begin before every [`BLOCK`]th byte: columns of very long lines would
    /// take too long to count anew for each place.
    characters: Arc<[usize]>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 256;

/// Whether a byte begins a character in UTF-8.
fn begins(byte: &u8) -> bool {
    (*byte & 0xc0) != 0x80
}

impl Source {
    /// Takes a text in.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)).collect();
        let mut sum = 0;
        let count = |block: &[u8]| {
            let before = sum;
            sum += block.iter().filter(|b| begins(b)).count();
            before
        };
        let characters = text.as_bytes().chunks(BLOCK).map(count).collect();
        Source { name: name.into(), text, lines, characters }
    }
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The bytes of some lines, counted from 1, the last one included.
    pub fn lines(&self, first: u32, last: u32) -> Range<usize> {
        let start = |line: u32| usize::try_from(line).ok().and_then(|l| self.lines.get(l.saturating_sub(1)).copied());
        let from = start(first).unwrap_or(self.text.len());
        from..start(last.saturating_add(1)).unwrap_or(self.text.len()).max(from)
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

    fn characters_before(&self, at: usize) -> usize {
        let block = (at / BLOCK).min(self.characters.len().saturating_sub(1));
        let rest = self.text.as_bytes().get(block * BLOCK..at).unwrap_or_default();
        self.characters.get(block).copied().unwrap_or_default() + rest.iter().filter(|b| begins(b)).count()
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.characters_before(at).saturating_sub(self.characters_before(start)) + 1;
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
        assert_eq!((s.lines(1, 1), s.lines(2, 9), s.lines(3, 3)), (0..6, 6..11, 11..11));
        assert_eq!(Source::new("f", "").place(0..0).line, 1);
        let long = format!("x\n{}", "é".repeat(1000));
        let p = Source::new("f", long.as_str()).place(2 + 2 * 700..2 + 2 * 1000);
        assert_eq!((p.line, p.column, p.end_column), (2, 701, 1001), "across blocks");
    }
}
