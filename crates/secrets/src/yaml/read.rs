//! One document. Scalars follow YAML 1.2's core schema; aliases, tags and repeated keys are refused.

use super::Node;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Number, Value};
use std::collections::BTreeSet;

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

/// A text that is no such document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct YamlError(String);

fn wrong<T>(what: impl Into<String>) -> Result<T, YamlError> {
    Err(YamlError(what.into()))
}

/// Reads the one document of a text.
///
/// # Errors
/// What is wrong; never a value.
pub fn read(text: &str) -> Result<Node, YamlError> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options) };
    let mut found = None;
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            _ if found.is_some() => return wrong("the file has more than one document"),
            event => found = Some(reader.node(event)?),
        }
    }
    found.ok_or_else(|| YamlError("the file says nothing".into()))
}

struct Reader<P> {
    events: P,
}

impl<'a, P: Iterator<Item = Result<(Event<'a>, Span), ScanError>>> Reader<P> {
    fn next(&mut self) -> Result<Event<'a>, YamlError> {
        match self.events.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(e)) => wrong(e.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'a>) -> Result<Node, YamlError> {
        match event {
            // `sops` itself writes `!!merge <<`, which is the text `<<` when it is a value.
            Event::Scalar(text, _, _, Some(tag)) if matches!(tag.original().as_ref(), "!!str" | "!!merge") => {
                Ok(Node::Leaf(Value::String(text.into_owned())))
            }
            Event::Scalar(_, _, _, Some(_)) => wrong("a tagged value is not read here"),
            Event::Scalar(text, ScalarStyle::Plain, _, None) => Ok(Node::Leaf(scalar(&text))),
            Event::Scalar(text, ..) => Ok(Node::Leaf(Value::String(text.into_owned()))),
            Event::SequenceStart(..) => {
                let mut list = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => return Ok(Node::List(list)),
                        event => list.push(self.node(event)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let (mut map, mut keys) = (Vec::new(), BTreeSet::new());
                loop {
                    let key = match self.next()? {
                        Event::MappingEnd => return Ok(Node::Map(map)),
                        Event::Scalar(text, ..) => text.into_owned(),
                        _ => return wrong("a key is a text"),
                    };
                    let event = self.next()?;
                    let value = self.node(event)?;
                    if !keys.insert(key.clone()) {
                        return wrong(format!("the key `{key}` stands twice"));
                    }
                    map.push((key, value));
                }
            }
            Event::Alias(_) => wrong("an alias is not read here"),
            _ => wrong("the file ends inside of a value"),
        }
    }
}

fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if bare.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        if let Ok(number) = text.parse::<i64>() {
            return number.into();
        }
        if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}
