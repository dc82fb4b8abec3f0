//! Operations of a document, and the one that answers a concrete path.

use super::OperationInfo;
use super::exchange::decode;
use super::schema::Id;
use std::collections::BTreeMap;

/// Where a parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) schema: Option<Id>,
}

/// A body by content type.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) content: Vec<(String, Option<Id>)>,
}

impl Body {
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The schema of its JSON form.
    pub(super) fn json(&self) -> Option<Id> {
        self.content.iter().find(|(kind, _)| kind.ends_with("json")).and_then(|(_, schema)| *schema)
    }
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) headers: Vec<(String, Id)>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) template: String,
    pub(super) id: String,
    /// Alternatives, each of them a list of scopes that are all needed.
    pub(super) scopes: Vec<Vec<String>>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) replies: BTreeMap<u16, Reply>,
    /// The reply of every other status: `default`.
    pub(super) other: Option<Reply>,
}

impl Operation {
    pub(super) fn info(&self) -> OperationInfo<'_> {
        OperationInfo { method: &self.method, template: &self.template, id: &self.id, scopes: &self.scopes }
    }

    /// Names of the path's parameters, in the path's order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.template.split('/').filter_map(parameter)
    }
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
}

/// A concrete path's place in the tree of templates.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// Nothing when the path is there without the method.
    pub(super) operation: Option<&'a Operation>,
    /// Decoded values of the path's parameters, in the path's order.
    pub(super) values: Vec<String>,
}

/// A tree of path segments.
#[derive(Debug, Default)]
pub(super) struct Routes {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: BTreeMap<String, Node>,
    parameter: Option<Box<Node>>,
    methods: BTreeMap<String, Operation>,
}

impl Routes {
    pub(super) fn insert(&mut self, operation: Operation) {
        let template = operation.template.clone();
        let mut node = &mut self.root;
        for segment in template.split('/').skip(1) {
            node = match parameter(segment) {
                Some(_) => &mut **node.parameter.get_or_insert_default(),
                None => node.literals.entry(segment.to_owned()).or_default(),
            };
        }
        node.methods.insert(operation.method.clone(), operation);
    }

    /// The place of a path; a literal segment wins over a parameter, and one with the method over one without.
    pub(super) fn find(&self, path: &str, method: &str) -> Option<Found<'_>> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut values = Vec::new();
        let exact = self.root.find(&segments, Some(method), &mut values);
        let node = exact.or_else(|| {
            values.clear();
            self.root.find(&segments, None, &mut values)
        })?;
        Some(Found { operation: node.methods.get(method), values })
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = &Operation> {
        let mut all = Vec::new();
        self.root.collect(&mut all);
        all.into_iter()
    }
}

impl Node {
    fn find(&self, segments: &[&str], method: Option<&str>, values: &mut Vec<String>) -> Option<&Self> {
        let [first, rest @ ..] = segments else {
            let here = method.map_or(!self.methods.is_empty(), |method| self.methods.contains_key(method));
            return here.then_some(self);
        };
        if let Some(found) = self.literals.get(*first).and_then(|node| node.find(rest, method, values)) {
            return Some(found);
        }
        // An empty segment is no parameter: `/v2/vpcs/` is not a VPC without a name.
        let node = self.parameter.as_ref().filter(|_| !first.is_empty())?;
        let length = values.len();
        values.push(decode(first));
        let found = node.find(rest, method, values);
        if found.is_none() {
            values.truncate(length);
        }
        found
    }

    fn collect<'a>(&'a self, all: &mut Vec<&'a Operation>) {
        all.extend(self.methods.values());
        self.literals.values().chain(self.parameter.as_deref()).for_each(|node| node.collect(all));
    }
}
