//! Walking a tree along its shape, so that no value of a kind can be forgotten.

use crate::{
    shape::{Shape, Tagged},
    tree::{Data, Node},
};

/// One node on the way.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// Its path, such as `apps.shop.uses.0`.
    pub path: &'a str,
    /// The node.
    pub node: &'a Node,
    /// Its shape. Below a place where anything may stand, that shape.
    pub shape: &'a Shape,
}

/// Visits every node that has a shape, parents first, in the order of the document.
pub fn walk(node: &Node, shape: &Shape, f: &mut dyn FnMut(Visit<'_>)) {
    go(node, shape, &mut String::new(), f);
}

fn go(node: &Node, shape: &Shape, path: &mut String, f: &mut dyn FnMut(Visit<'_>)) {
    f(Visit { path, node, shape });
    match (&node.data, shape) {
        (Data::Map(map), Shape::Section(section)) => {
            for (name, value) in map {
                if let Some(key) = section.key(name) {
                    step(value, &key.shape, name, path, f);
                }
            }
        }
        (Data::Map(map), Shape::Tagged(tagged)) => tagged_entries(node, map, tagged, path, f),
        (Data::Map(map), Shape::Map(inner) | Shape::Words(inner)) => {
            map.iter().for_each(|(name, value)| step(value, inner, name, path, f));
        }
        (Data::Map(map), Shape::Any) => map.iter().for_each(|(name, value)| step(value, shape, name, path, f)),
        (Data::List(items), Shape::List(inner)) => {
            items.iter().enumerate().for_each(|(i, item)| step(item, inner, &i.to_string(), path, f));
        }
        (Data::List(items), Shape::Any) => {
            items.iter().enumerate().for_each(|(i, item)| step(item, shape, &i.to_string(), path, f));
        }
        _ => {}
    }
}

fn tagged_entries(
    node: &Node,
    map: &indexmap::IndexMap<String, Node>,
    tagged: &Tagged,
    path: &mut String,
    f: &mut dyn FnMut(Visit<'_>),
) {
    for (name, value) in map {
        if let Some(key) = tagged.key_of(node, name) {
            step(value, &key.shape, name, path, f);
        }
    }
}

fn step(node: &Node, shape: &Shape, name: &str, path: &mut String, f: &mut dyn FnMut(Visit<'_>)) {
    let length = path.len();
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
    go(node, shape, path, f);
    path.truncate(length);
}
