//! `explain`: every value with where it comes from, and what it stands over.

use crate::{
    document::Document,
    sections::spec::SHAPE,
    shape::{Presence, Shape, paragraph},
    tree::{Data, Node, Origin, to_json},
    walk::{Visit, walk},
};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// `document`, `environment production`, `blueprint single-cluster`, `default`, `from …`.
    pub layer: String,
    /// `platform.yaml:12`; none where it is written nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Source {
    fn of(node: &Node) -> Source {
        let place = node.place().map(|p| format!("{}:{}", p.file, p.line));
        let place = if node.origin == Origin::Default { None } else { place };
        Source { layer: node.origin.to_string(), place }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) if self.layer == "document" => f.write_str(place),
            Some(place) if place.starts_with(&self.layer) => f.write_str(place),
            Some(place) => write!(f, "{} ({place})", self.layer),
            None => f.write_str(&self.layer),
        }
    }
}

/// A value that another one stands over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beneath {
    /// The value that lost.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
}

/// A value explained, with everything below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// Its path, such as `databases.main.version`; empty for the whole.
    pub path: String,
    /// Its last step.
    pub key: String,
    /// What it says: the first paragraph of its documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The value, for scalars, lists of scalars and empty mappings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Where it comes from.
    pub source: Source,
    /// What it stands over, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Beneath>,
    /// What is below it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Explained>,
    #[serde(skip)]
    printed: String,
}

impl Document {
    /// Explains a path in an environment; the empty path is everything. Works for documents with
    /// problems too, as far as there are values.
    ///
    /// # Errors
    /// The keys that exist at the last step that could be followed, where the path leads nowhere.
    pub fn explain(&self, environment: &str, path: &str) -> Result<Explained, Vec<String>> {
        let Some(tree) = self.tree(environment) else {
            return Err(self.environments().iter().map(ToString::to_string).collect());
        };
        let mut node = &tree;
        for step in path.split('.').filter(|s| !s.is_empty()) {
            node = node.find(step).ok_or_else(|| keys(node))?;
        }
        let mut texts = Vec::new();
        walk(&tree, &SHAPE, &mut |visit: Visit<'_>| {
            if visit.path == path || visit.path.starts_with(path) {
                texts.extend(key_texts(visit));
            }
        });
        let text = |p: &str| texts.iter().find(|(path, _)| path == p).map(|(_, t)| t.clone()).unwrap_or_default();
        let key = path.rsplit('.').next().unwrap_or_default();
        let own = if path.is_empty() { String::new() } else { document_text(&tree, path) };
        let mut explained = explained(node, path, key, &text);
        explained.text = own;
        Ok(explained)
    }
}

fn keys(node: &Node) -> Vec<String> {
    match &node.data {
        Data::Map(map) => map.keys().cloned().collect(),
        Data::List(items) => (0..items.len()).map(|i| i.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// The documentation of the keys directly below a node, by path.
fn key_texts(visit: Visit<'_>) -> Vec<(String, String)> {
    let join = |key: &str| if visit.path.is_empty() { key.to_owned() } else { format!("{}.{key}", visit.path) };
    let names = visit.node.map().into_iter().flat_map(|m| m.keys());
    let key = |name: &str| match visit.shape {
        Shape::Section(s) => s.key(name),
        Shape::Tagged(t) => t.key_of(visit.node, name),
        _ => None,
    };
    names.filter_map(|name| Some((join(name), paragraph(key(name)?.text)))).collect()
}

/// The documentation of one path.
fn document_text(tree: &Node, path: &str) -> String {
    let mut found = String::new();
    walk(tree, &SHAPE, &mut |visit: Visit<'_>| {
        if let Some((_, text)) = key_texts(visit).into_iter().find(|(p, _)| p == path) {
            found = text;
        } else if visit.path == path && found.is_empty() {
            found = match visit.shape {
                Shape::Section(s) => paragraph(s.text),
                Shape::Tagged(t) => paragraph(t.text),
                _ => String::new(),
            };
        }
    });
    found
}

fn explained(node: &Node, path: &str, key: &str, text: &impl Fn(&str) -> String) -> Explained {
    let simple = match &node.data {
        Data::Map(map) => map.is_empty(),
        Data::List(items) => items.iter().all(|i| i.scalar().is_some()),
        _ => true,
    };
    let below = |(key, node): (String, &Node)| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        explained(node, &path, &key, text)
    };
    let entries = match &node.data {
        _ if simple => Vec::new(),
        Data::Map(map) => map.iter().map(|(k, n)| (k.clone(), n)).map(below).collect(),
        Data::List(items) => items.iter().enumerate().map(|(i, n)| (i.to_string(), n)).map(below).collect(),
        _ => Vec::new(),
    };
    let mut over = Vec::new();
    let mut lower = node.beneath.as_deref();
    while let Some(node) = lower {
        over.push(Beneath { value: to_json(node), source: Source::of(node) });
        lower = node.beneath.as_deref();
    }
    Explained {
        path: path.to_owned(),
        key: key.to_owned(),
        text: text(path),
        value: simple.then(|| to_json(node)),
        source: Source::of(node),
        over,
        entries,
        printed: if simple { crate::tree::inline(node) } else { String::new() },
    }
}

impl Explained {
    /// As YAML with a comment for each value, aligned: what it is, and where it comes from.
    pub fn render(&self) -> String {
        let mut lines = Vec::new();
        self.lines(0, &mut lines);
        let width = lines.iter().map(|(l, _)| l.chars().count()).filter(|n| *n <= 70).max().unwrap_or(0);
        let mut out = String::new();
        if !self.text.is_empty() {
            let _ = writeln!(out, "# {}", self.text);
        }
        for (line, comment) in lines {
            let pad = width.saturating_sub(line.chars().count());
            let _ = if comment.is_empty() { writeln!(out, "{line}") } else { writeln!(out, "{line}{:pad$}  # {comment}", "") };
        }
        out
    }

    fn lines(&self, depth: usize, lines: &mut Vec<(String, String)>) {
        let indent = "  ".repeat(depth);
        let next = if self.key.is_empty() { depth } else { depth + 1 };
        // Saying the same again wins nothing.
        let over: Vec<String> = self
            .over
            .iter()
            .filter(|b| self.value.as_ref() != Some(&b.value))
            .map(|b| format!("over {} of {}", b.value, b.source))
            .collect();
        match &self.value {
            Some(_) => {
                let over = if over.is_empty() { String::new() } else { format!(", {}", over.join(", ")) };
                lines.push((format!("{indent}{}: {}", self.key, self.printed), format!("{}{over}", self.source)));
            }
            None => {
                if !self.key.is_empty() {
                    lines.push((format!("{indent}{}:", self.key), over.join(", ")));
                }
                self.entries.iter().for_each(|e| e.lines(next, lines));
            }
        }
    }
}

/// What a key's default is, as written; empty for none.
pub(crate) fn default_text(presence: Presence) -> &'static str {
    match presence {
        Presence::Default(text) => text,
        _ => "",
    }
}
