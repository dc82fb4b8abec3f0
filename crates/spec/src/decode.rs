//! Decoding: from nodes to types, collecting every problem on the way.
//!
//! A decoder never stops at a problem: it reports it and goes on with the next key. What it returns
//! is `None` as soon as anything below was wrong, so that a value that exists is right.

mod collections;
mod located;

pub use located::Located;

use crate::{
    codes,
    shape::{ACCEPT, Key, Scope, Section, Shape, TAG, Tagged},
    tree::{CoreType, Data, Node, core_type},
};
use pontoon_core::{
    diagnostic::{Code, Diagnostic, Diagnostics, Place},
    name::Name,
};

/// How much of the document is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One layer, before merging: keys may be missing.
    Layer,
    /// A blueprint: keys may be missing, and what only environments have is the default of each.
    Blueprint,
    /// An environment's overrides: keys may be missing, and `null` takes away a named entry or an
    /// optional key.
    Override,
    /// Everything, merged, with defaults.
    Whole,
}

/// The most problems of one reading.
const MOST: usize = 1000;

/// A type that can stand in the document.
pub trait Kind: Sized {
    /// What may be written there.
    const SHAPE: Shape;
    /// Reads it. None where something was wrong, which is in the diagnostics then, or (before
    /// merging) missing.
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self>;
}

/// The state of a decoding: where it is, and what was wrong so far.
#[derive(Debug)]
pub struct Cx {
    /// How much is being read.
    pub mode: Mode,
    /// What was wrong so far.
    pub diagnostics: Diagnostics,
    /// The environment that is read as a whole, with its place: what only environments have is
    /// missing there, not at the top.
    pub(crate) environment: Option<(String, Option<Place>)>,
    path: Vec<String>,
    heads: Vec<Option<Place>>,
    places: Vec<Place>,
}

impl Cx {
    /// At the document's root.
    pub fn new(mode: Mode) -> Cx {
        Cx { mode, diagnostics: Diagnostics::new(), environment: None, path: Vec::new(), heads: Vec::new(), places: Vec::new() }
    }
    /// The path of where it is, such as `databases.main`.
    pub fn path(&self) -> String {
        self.path.join(".")
    }
    /// The place of a node, or of the nearest thing around it that is written anywhere.
    pub fn place(&self, node: &Node) -> Option<Place> {
        node.place().or(self.places.last()).cloned()
    }
    /// Reports a problem. After a thousand, nobody reads on, and finding the nearest names of more
    /// would take long.
    pub fn push(&mut self, problem: Diagnostic) {
        if self.diagnostics.len() < MOST {
            self.diagnostics.push(problem);
        }
    }
    /// Reports an error at a node.
    pub fn error(&mut self, code: Code, node: &Node, message: impl Into<String>, hint: impl Into<String>) {
        let problem = Diagnostic::error(code, message).at(self.place(node)).path(self.path());
        let hint = hint.into();
        self.push(if hint.is_empty() { problem } else { problem.hint(hint) });
    }
    /// Does something one step further down.
    pub fn inside<T>(&mut self, step: &str, node: &Node, f: impl FnOnce(&mut Cx) -> T) -> T {
        self.path.push(step.to_owned());
        self.heads.push(node.head.clone());
        let place = node.place().cloned();
        let known = place.is_some();
        self.places.extend(place);
        let result = f(self);
        if known {
            self.places.pop();
        }
        self.path.pop();
        self.heads.pop();
        result
    }

    /// Says that a node is of the wrong kind. What is broken or null was or is reported for that.
    pub fn wrong_kind(&mut self, node: &Node, wanted: &str, hint: &str) {
        match &node.data {
            Data::Broken => {}
            Data::Null => self.null(node),
            _ => {
                let is = kind_of(node);
                self.error(codes::WRONG_KIND, node, format!("{} is {is}, where {wanted} is meant", self.subject()), hint);
            }
        }
    }
    fn null(&mut self, node: &Node) {
        let message = format!("{} is null, which only takes away what may be missing, in an environment", self.subject());
        self.error(codes::NULL, node, message, "write a value, or remove the line");
    }
    /// The last step of the path that somebody wrote, in backticks; `the document` at its root.
    pub fn subject(&self) -> String {
        let mut last = self.path.len().saturating_sub(1);
        // A shorthand's keys were never written: they stand at the key of the whole.
        while last > 0 && self.heads.get(last).is_some_and(|h| h.is_some() && self.heads.get(last - 1) == Some(h)) {
            last -= 1;
        }
        // Items of lists have no names; the place shows which one it is.
        while last > 0 && self.path.get(last).is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit())) {
            last -= 1;
        }
        self.path.get(last).map_or_else(|| "the document".to_owned(), |p| format!("`{p}`"))
    }

    /// Begins a section: reports what is no mapping, and keys that are not known.
    ///
    /// Returns whether it is a mapping at all.
    pub fn begin(&mut self, node: &Node, section: &Section, tagged: bool) -> bool {
        let Some(map) = node.map() else {
            let first = section.keys.first().map_or("key", |k| k.name);
            self.wrong_kind(node, "a mapping with keys", &format!("write {{ {first}: … }}, or the keys on lines of their own"));
            return false;
        };
        for (name, value) in map {
            let known = name == ACCEPT || (tagged && name == TAG) || section.key(name).is_some();
            if name == ACCEPT {
                self.inside(ACCEPT, value, |cx| crate::accept::decode(value, cx));
            } else if !known {
                let mut keys: Vec<&str> = section.keys.iter().filter(|k| k.scope != Scope::Derived).map(|k| k.name).collect();
                keys.extend(tagged.then_some(TAG));
                keys.extend((self.path.is_empty() && self.mode == Mode::Layer).then_some("environments"));
                self.unknown_key(name, value, &keys);
            } else if let Some(key) = section.key(name) {
                self.scope(key, value);
            }
        }
        true
    }
    /// Reports a key that this layer may not write.
    fn scope(&mut self, key: &Key, value: &Node) {
        let (message, hint) = match (self.mode, key.scope) {
            (Mode::Layer | Mode::Override | Mode::Blueprint, Scope::Derived) => {
                return self.unknown_key(key.name, value, &[]);
            }
            (Mode::Override, Scope::Platform) => (
                format!("`{}` exists once for the whole platform, so an environment cannot have its own", key.name),
                "move it to the top of the document".to_owned(),
            ),
            (Mode::Layer, Scope::Own) => {
                (format!("`{}` belongs to each environment", key.name), format!("move it to environments.<name>.{}", key.name))
            }
            _ => return,
        };
        let at = value.head.clone().or_else(|| self.place(value));
        let path = self.path.iter().map(String::as_str).chain([key.name]).collect::<Vec<_>>().join(".");
        self.push(Diagnostic::error(codes::SCOPE, message).at(at).path(path).hint(hint));
    }
    /// Reports an unknown key, with the nearest one that is known.
    pub fn unknown_key(&mut self, name: &str, value: &Node, known: &[&str]) {
        if self.diagnostics.len() >= MOST {
            return;
        }
        let whose = if self.path.is_empty() { "the document".into() } else { format!("`{}`", self.path()) };
        let hint = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "remove it".to_owned(),
            None => format!("known here: {}", known.join(", ")),
        };
        let at = value.head.clone().or_else(|| self.place(value));
        let path = self.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        let problem = Diagnostic::error(codes::UNKNOWN_KEY, format!("{whose} has no key `{name}`")).at(at).path(path);
        self.push(problem.hint(hint));
    }
    /// A key that must be there in the end.
    pub fn required<T: Kind>(&mut self, node: &Node, key: &Key) -> Option<Located<T>> {
        match node.get(key.name) {
            Some(value) => self.inside(key.name, value, |cx| Located::decode(value, cx)),
            None => {
                if self.mode == Mode::Whole {
                    let example = example_of(&key.shape);
                    let lacks = format!("lacks `{}`: {}", key.name, first_sentence(key.text));
                    let hint = format!("add `{}: {example}`", key.name);
                    match self.environment.clone().filter(|_| key.scope == Scope::Own) {
                        Some((name, at)) => {
                            let problem = Diagnostic::error(codes::MISSING, format!("the environment `{name}` {lacks}"));
                            self.push(problem.at(at).path(format!("environments.{name}")).hint(hint));
                        }
                        None => self.error(codes::MISSING, node, format!("{} {lacks}", self.subject()), hint),
                    }
                }
                None
            }
        }
    }
    /// A key that may be missing: the outer `None` is for one that is there and wrong.
    pub fn optional<T: Kind>(&mut self, node: &Node, key: &Key) -> Option<Option<Located<T>>> {
        match node.get(key.name) {
            Some(value) if self.mode == Mode::Override && value.data == Data::Null => Some(None),
            Some(value) => self.inside(key.name, value, |cx| Located::decode(value, cx)).map(Some),
            None => Some(None),
        }
    }

    /// The provider of a tagged section, or `None` when that is wrong, reported here.
    pub fn tag<'a>(&mut self, node: &'a Node, shape: &'static Tagged) -> Option<&'a str> {
        if node.map().is_none() {
            self.wrong_kind(node, "a mapping with keys", &format!("write {{ provider: {} }}", tags(shape)));
            return None;
        }
        let Some(tag) = node.get(TAG) else {
            if self.mode == Mode::Whole {
                let message = format!("{} does not say its provider", self.subject());
                self.error(codes::MISSING, node, message, format!("add `provider:` with one of {}", tags(shape)));
            } else {
                self.any_variant(node, shape);
            }
            return None;
        };
        let known = tag.scalar().filter(|t| shape.variant(t).is_some());
        if known.is_none() {
            self.inside(TAG, tag, |cx| match tag.scalar() {
                Some(text) => {
                    let names: Vec<&str> = shape.variants.iter().map(|(t, _)| *t).collect();
                    cx.unknown_word(tag, text, &names);
                }
                None => cx.wrong_kind(tag, "a word", &format!("write one of {}", tags(shape))),
            });
        }
        known
    }
    /// Checks an override that does not repeat its provider: each key as any provider reads it.
    fn any_variant(&mut self, node: &Node, shape: &'static Tagged) {
        for (name, value) in node.map().into_iter().flatten() {
            match shape.any_key(name) {
                Some(key) => {
                    self.inside(name, value, |cx| (key.check)(value, cx));
                }
                None if name == ACCEPT => self.inside(ACCEPT, value, |cx| crate::accept::decode(value, cx)),
                None => {
                    let mut known: Vec<&str> = vec![TAG];
                    for key in shape.variants.iter().flat_map(|(_, s)| s.keys) {
                        if !known.contains(&key.name) {
                            known.push(key.name);
                        }
                    }
                    self.unknown_key(name, value, &known);
                }
            }
        }
    }
    /// Reports a word that is not one of a closed set.
    pub fn unknown_word(&mut self, node: &Node, text: &str, known: &[&str]) {
        let list = known.join(", ");
        let hint = match nearest(text, known) {
            Some(near) => format!("did you mean `{near}`? Known here: {list}"),
            None => format!("write one of {list}"),
        };
        self.error(codes::UNKNOWN_WORD, node, format!("{} cannot be `{text}`", self.subject()), hint);
    }
    /// Reads a name that is a key of the document.
    pub fn name(&mut self, text: &str, node: &Node) -> Option<Name> {
        match text.parse() {
            Ok(name) => Some(name),
            Err(pontoon_core::quantity::Misread { message, hint }) => {
                let at = node.head.clone().or_else(|| self.place(node));
                let problem = Diagnostic::error(codes::NAME, message).at(at).path(self.path());
                self.push(problem.hint(hint.unwrap_or_default()));
                None
            }
        }
    }
}

fn tags(shape: &Tagged) -> String {
    shape.variants.iter().map(|(t, _)| *t).collect::<Vec<_>>().join(", ")
}

/// What a node is, to people.
pub fn kind_of(node: &Node) -> &'static str {
    match &node.data {
        Data::Scalar(text, style) => match core_type(text, *style) {
            CoreType::Int | CoreType::Float => "a number",
            CoreType::Bool => "true or false",
            _ => "text",
        },
        Data::List(_) => "a list",
        Data::Map(_) => "a mapping",
        Data::Null => "null",
        Data::Broken => "nothing",
    }
}

/// The known word that was probably meant.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase().replace(['_', '-'], "");
    let distance = |k: &&str| strsim::osa_distance(&lower, &k.to_lowercase().replace(['_', '-'], ""));
    let best = known.iter().min_by_key(|k| distance(k))?;
    (distance(best) <= (word.chars().count() / 3).clamp(1, 3)).then_some(*best)
}

/// The first sentence of a documentation.
pub fn first_sentence(text: &str) -> String {
    let all = crate::shape::paragraph(text);
    let end = all.find(". ").unwrap_or(all.len());
    all.get(..end).unwrap_or(&all).trim_end_matches('.').to_owned()
}

/// Something that could be written at a place, for hints.
pub fn example_of(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(s) => s.examples.first().copied().unwrap_or("…").to_owned(),
        Shape::Choice(c) => c.words.first().map_or("…", |(w, _)| *w).to_owned(),
        Shape::List(item) => format!("[ {} ]", example_of(item)),
        Shape::Map(value) => format!("{{ main: {} }}", example_of(value)),
        Shape::Words(value) => format!("{{ key: {} }}", example_of(value)),
        Shape::Section(s) if !s.shorthand.is_empty() => {
            let first = s.shorthand.first().and_then(|k| s.key(k));
            first.map_or_else(String::new, |k| example_of(&k.shape))
        }
        Shape::Section(s) => {
            let keys = s.keys.iter().filter(|k| k.presence == crate::shape::Presence::Required);
            let entries: Vec<_> = keys.map(|k| format!("{}: {}", k.name, example_of(&k.shape))).collect();
            if entries.is_empty() { "{}".into() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        Shape::Tagged(t) => format!("{{ provider: {} }}", t.variants.first().map_or("…", |(p, _)| *p)),
        Shape::Any => "…".into(),
    }
}
