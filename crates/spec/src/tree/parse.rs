//! From bytes to the tree.
//!
//! Everything that a hostile file could blow up is bounded before it is built: its size, its depth,
//! and what its aliases expand to. Nothing panics on any bytes.

use super::{Data, Node, Origin, Style};
use crate::codes;
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};
use indexmap::IndexMap;
use pontoon_core::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use std::{collections::BTreeMap, ops::Range};

/// The largest document, in bytes. A reader stops one byte after this and passes what it has.
pub const LARGEST: usize = 1 << 20;
/// The deepest nesting of collections.
const DEEPEST: usize = 64;
/// The most nodes, aliases expanded.
const MOST_NODES: usize = 100_000;
/// The most text, aliases expanded, in bytes.
const MOST_TEXT: usize = 8 << 20;

/// Makes a source of a file's bytes.
///
/// # Errors
/// `PT1003` for more than [`LARGEST`] bytes, `PT1004` for bytes that are no UTF-8.
pub fn read(name: &str, bytes: &[u8]) -> Result<Source, Box<Diagnostic>> {
    if bytes.len() > LARGEST {
        let start = String::from_utf8_lossy(bytes.get(..200).unwrap_or_default());
        let start = Source::new(name, start.as_ref());
        return Err(Box::new(
            Diagnostic::error(
                codes::TOO_LARGE,
                format!("`{name}` is larger than 1 MiB, the most that a platform's document may be"),
            )
            .at(start.place(0..0))
            .hint(format!("check that this is the right file: head {name}")),
        ));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).map(String::from_utf8_lossy).unwrap_or_default();
            let source = Source::new(name, good.as_ref());
            let end = source.text().len();
            let byte = bytes.get(end).copied().unwrap_or_default();
            let problem =
                Diagnostic::error(codes::NOT_TEXT, format!("the byte 0x{byte:02x} here is not UTF-8, so this is not a text"));
            let hint = format!("save it as UTF-8, or write the file anew: iconv -t UTF-8 {name}");
            Err(Box::new(problem.at(source.place(end..end)).hint(hint)))
        }
    }
}

/// Reads a source as a tree. None, with at least one error, where there is no tree to speak of.
pub fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
        disallow_directives: true,
    };
    let events = Parser::new_from_str_with_options(source.text(), options);
    let mut loader =
        Loader { source, events, diagnostics, anchors: BTreeMap::new(), open: Vec::new(), nodes: 0, text: 0, last: 0..0 };
    match loader.document() {
        Ok(node) => Some(node),
        Err(Stop(diagnostic)) => {
            loader.diagnostics.push(*diagnostic);
            None
        }
    }
}

/// Reading cannot go on.
struct Stop(Box<Diagnostic>);

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Stop {
        Stop(Box::new(diagnostic))
    }
}

struct Anchor {
    node: Node,
    nodes: usize,
    text: usize,
}

struct Loader<'a, P> {
    source: &'a Source,
    events: P,
    diagnostics: &'a mut Diagnostics,
    anchors: BTreeMap<usize, Anchor>,
    /// Anchors of collections that are still being read: an alias to one of them would never end.
    open: Vec<usize>,
    nodes: usize,
    text: usize,
    last: Range<usize>,
}

impl<'a, P: Iterator<Item = Result<(Event<'a>, Span), ScanError>>> Loader<'a, P> {
    fn place(&self, span: Range<usize>) -> Place {
        self.source.place(span)
    }

    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), Stop> {
        match self.events.next() {
            Some(Ok((event, span))) => {
                self.last = span.byte_range().unwrap_or(self.last.clone());
                Ok((event, self.last.clone()))
            }
            Some(Err(error)) => Err(self.syntax(&error).into()),
            None => Ok((Event::StreamEnd, self.last.clone())),
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    return Err(Diagnostic::error(codes::ONE_DOCUMENT, "the file says nothing")
                        .at(self.place(0..0))
                        .hint("write one with: pontoon init")
                        .into());
                }
                event => {
                    let node = self.node(event, span)?;
                    self.no_more()?;
                    return Ok(node);
                }
            }
        }
    }

    /// Says so when a second document follows. What follows is not read.
    fn no_more(&mut self) -> Result<(), Stop> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(..) => {
                    let second =
                        Diagnostic::error(codes::ONE_DOCUMENT, "a second document begins here; a platform is one document")
                            .at(self.place(span))
                            .hint("remove `---` and what follows, or keep it in a file of its own");
                    self.diagnostics.push(second);
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn spend(&mut self, nodes: usize, text: usize, span: &Range<usize>) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        self.text = self.text.saturating_add(text);
        if self.nodes > MOST_NODES || self.text > MOST_TEXT {
            return Err(Diagnostic::error(
                codes::TOO_LARGE,
                format!("the document has more than {MOST_NODES} values once its aliases are written out"),
            )
            .at(self.place(span.clone()))
            .hint("write what is meant instead of aliases of aliases")
            .into());
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, span: Range<usize>) -> Result<Node, Stop> {
        if event.tag().is_some() {
            let what = event.tag().map(granit_parser::Tag::original).unwrap_or_default();
            let refused = Diagnostic::error(codes::TAG, format!("`{what}` is a YAML tag; types follow from the key here"))
                .at(self.place(span.clone()))
                .hint(format!("remove `{what}`"));
            self.diagnostics.push(refused);
        }
        let (nodes, text) = (self.nodes, self.text);
        let (anchor, data, end) = match event {
            Event::Scalar(value, style, anchor, _) => {
                self.spend(1, value.len(), &span)?;
                let style = if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted };
                let data = match (style, value.as_ref()) {
                    (Style::Plain, "null" | "Null" | "NULL" | "~" | "") => Data::Null,
                    _ => Data::Scalar(value.into_owned(), style),
                };
                (anchor, data, span.end)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.spend(1, 0, &span)?;
                self.open.push(anchor);
                let (items, end) = self.list()?;
                self.open.pop();
                (anchor, Data::List(items), end)
            }
            Event::MappingStart(_, anchor, _) => {
                self.spend(1, 0, &span)?;
                self.open.push(anchor);
                let (entries, end) = self.entries()?;
                self.open.pop();
                (anchor, Data::Map(entries), end)
            }
            Event::Alias(id) => return self.alias(id, span),
            other => {
                return Err(Diagnostic::error(codes::SYNTAX, format!("{other:?} is not expected here"))
                    .at(self.place(span))
                    .into());
            }
        };
        let node = Node { data, at: Some(self.place(span.start..end)), head: None, origin: Origin::Document, beneath: None };
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: node.clone(), nodes: self.nodes - nodes, text: self.text - text });
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, span: Range<usize>) -> Result<Node, Stop> {
        if self.open.contains(&id) {
            return Err(Diagnostic::error(codes::TOO_LARGE, "this alias stands inside of what it names, and so would never end")
                .at(self.place(span))
                .hint("write what is meant")
                .into());
        }
        let (nodes, text) = self.anchors.get(&id).map_or((0, 0), |a| (a.nodes, a.text));
        self.spend(nodes, text, &span)?;
        let at = self.place(span);
        match self.anchors.get(&id) {
            Some(anchor) => Ok(Node { at: Some(at), ..anchor.node.clone() }),
            None => Err(Diagnostic::error(codes::SYNTAX, "this alias names nothing").at(at).into()),
        }
    }

    fn list(&mut self) -> Result<(Vec<Node>, usize), Stop> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok((items, span.end));
            }
            let empty = is_empty_value(&event, &span);
            let mut node = self.node(event, span.clone())?;
            if empty {
                let nothing = Diagnostic::error(codes::NOTHING, "nothing stands after this `-`")
                    .at(self.place(self.dash_before(span.start)))
                    .hint("write a value, or remove the line");
                self.diagnostics.push(nothing);
                node.data = Data::Broken;
            }
            items.push(node);
        }
    }

    /// The dash that an empty item follows.
    fn dash_before(&self, at: usize) -> Range<usize> {
        let start = self.source.text().get(..at).and_then(|t| t.rfind('-'));
        start.map_or(at..at, |s| s..s + 1)
    }

    fn entries(&mut self) -> Result<(IndexMap<String, Node>, usize), Stop> {
        let mut entries: IndexMap<String, Node> = IndexMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok((entries, span.end));
            }
            let no_key = is_empty_value(&event, &span);
            let key = self.node(event, span.clone())?;
            let (event, value_span) = self.next()?;
            let empty = is_empty_value(&event, &value_span);
            let mut value = self.node(event, value_span)?;
            let name = match (&key.data, &key.at) {
                (Data::Scalar(text, _), _) => text.clone(),
                // `null:` and `~:` are keys like any other; an empty one is none.
                (Data::Null, Some(at)) if !no_key => self.source.text().get(at.span.clone()).unwrap_or_default().to_owned(),
                (_, at) => {
                    let odd = Diagnostic::error(codes::KEY, "a key is a word, not a list, a mapping or nothing")
                        .at(at.clone())
                        .hint("write a key and a colon, or put text with `{` or `[` in quotes");
                    self.diagnostics.push(odd);
                    continue;
                }
            };
            if empty {
                let nothing = Diagnostic::error(codes::NOTHING, format!("nothing stands after `{name}:`"))
                    .at(key.at.clone())
                    .path(name.clone())
                    .hint(format!("write a value after `{name}:`, or remove the line"));
                self.diagnostics.push(nothing);
                value.data = Data::Broken;
            }
            value.head = key.at;
            match entries.get(&name) {
                Some(first) => {
                    let again = Diagnostic::error(codes::DUPLICATE, format!("`{name}` is written twice"))
                        .at(value.head.clone())
                        .label(first.head.clone(), "first written here")
                        .hint(format!("keep one `{name}:`, with everything that belongs to it"));
                    self.diagnostics.push(again);
                }
                None => {
                    entries.insert(name, value);
                }
            }
        }
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or(self.last.end);
        let next = self.source.text().get(at..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        let place = self.place(at..at + next);
        let (code, message, hint) = match error.kind() {
            ErrorKind::RecursionLimitExceeded => {
                (codes::TOO_LARGE, format!("more than {DEEPEST} levels stand inside each other"), "write it flatter")
            }
            ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
                (codes::SYNTAX, "a tab indents this line; YAML takes spaces only".to_owned(), "write two spaces for each level")
            }
            ErrorKind::DirectiveDisallowed => {
                (codes::SYNTAX, "directives (`%…`) are not part of a platform's document".to_owned(), "remove the line")
            }
            ErrorKind::UnknownAnchor => (
                codes::SYNTAX,
                "this alias (`*…`) names no anchor (`&…`) above it".to_owned(),
                "write the value itself, or put text with `*` in quotes",
            ),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
                (codes::SYNTAX, "this is neither a key with a colon nor the value of one".to_owned(), "write `key: value`")
            }
            ErrorKind::UnclosedFlowCollection { open } => {
                (codes::SYNTAX, format!("`{open}` is never closed"), "close it on the line where it should end")
            }
            ErrorKind::UnclosedQuotedScalar => (codes::SYNTAX, "the quotes are never closed".to_owned(), "close them"),
            _ => (
                codes::SYNTAX,
                format!("this is not YAML: {}", error.info()),
                "check indentation, colons, quotes and brackets from here upwards",
            ),
        };
        Diagnostic::error(code, message).at(place).hint(hint)
    }
}

/// Whether an event is the value that YAML makes up where nothing is written.
fn is_empty_value(event: &Event<'_>, span: &Range<usize>) -> bool {
    matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..)) && span.is_empty()
}
