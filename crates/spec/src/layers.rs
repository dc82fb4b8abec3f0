//! Layers: what happens to trees before anything is typed.
//!
//! In this order: shorthands are expanded in every layer ([`expand`]); the blueprint is cut down to
//! what the document leaves open ([`prune`]); document over blueprint and environment over document
//! are merged ([`merge()`]); what still is missing is filled in ([`fill`]).

use crate::{
    shape::{ACCEPT, Key, Presence, Section, Shape, TAG},
    tree::{self, Data, Node, Origin, Style},
};
use indexmap::IndexMap;
use pontoon_core::diagnostic::{Diagnostics, Source};

/// Expands shorthands: a scalar where a mapping with shorthand keys is meant.
pub fn expand(node: &mut Node, shape: &Shape) {
    if let (Shape::Section(section), Data::Scalar(..)) = (shape, &node.data)
        && !section.shorthand.is_empty()
    {
        let inner = node.clone();
        node.data = Data::Map(section.shorthand.iter().map(|key| ((*key).to_owned(), inner.clone())).collect());
    }
    let lookup = |node: &Node, name: &str| -> Option<&'static Key> {
        match shape {
            Shape::Section(section) => section.key(name),
            Shape::Tagged(tagged) => tagged.key_of(node, name),
            _ => None,
        }
    };
    match shape {
        Shape::Section(_) | Shape::Tagged(_) => {
            let names: Vec<String> = node.map().into_iter().flat_map(|m| m.keys().cloned()).collect();
            for name in names {
                if let Some(key) = lookup(node, &name)
                    && let Some(value) = node.map_mut().and_then(|m| m.get_mut(&name))
                {
                    expand(value, &key.shape);
                }
            }
        }
        Shape::Map(value) | Shape::Words(value) => {
            node.map_mut().into_iter().flat_map(IndexMap::values_mut).for_each(|n| expand(n, value));
        }
        Shape::List(item) => {
            if let Data::List(items) = &mut node.data {
                items.iter_mut().for_each(|n| expand(n, item));
            }
        }
        Shape::Scalar(_) | Shape::Choice(_) | Shape::Any => {}
    }
}

/// Takes out of a blueprint the entries of named sections that the document has itself.
pub fn prune(blueprint: &mut Node, document: &Node, shape: &Shape) {
    let (Some(map), Some(own)) = (blueprint.map_mut(), document.map()) else { return };
    match shape {
        Shape::Section(section) => {
            for (name, value) in map.iter_mut() {
                if let (Some(key), Some(own)) = (section.key(name), own.get(name)) {
                    prune(value, own, &key.shape);
                }
            }
        }
        Shape::Tagged(tagged) => {
            for (name, value) in map.iter_mut() {
                if let (Some(key), Some(own)) = (tagged.any_key(name), own.get(name)) {
                    prune(value, own, &key.shape);
                }
            }
        }
        Shape::Map(inner) => {
            map.retain(|name, _| own.contains_key(name));
            for (name, value) in map.iter_mut() {
                if let Some(own) = own.get(name) {
                    prune(value, own, inner);
                }
            }
        }
        _ => {}
    }
}

/// Merges one layer over another: maps merge, lists and scalars replace, `null` takes away, and a
/// section with another provider begins anew. The ranges of a network belong together: another VPC's are another network.
#[must_use]
pub fn merge(mut lower: Node, upper: Node) -> Node {
    let tag = |n: &Node| n.get(TAG).and_then(Node::scalar).map(str::to_owned);
    let other_provider = matches!((tag(&lower), tag(&upper)), (Some(a), Some(b)) if a != b);
    let range = |n: &Node| n.get("vpc").and_then(Node::scalar).map(str::to_owned);
    let other_network = range(&lower).is_some() && range(&upper).is_some();
    match (&mut lower.data, upper.data) {
        (Data::Map(below), Data::Map(above)) if !other_provider && !other_network => {
            let mut merged = std::mem::take(below);
            for (key, value) in above {
                match (value.data == Data::Null, merged.shift_remove_full(&key)) {
                    (true, _) => {}
                    (false, Some((index, _, old))) => {
                        merged.shift_insert(index, key, merge(old, value));
                    }
                    (false, None) => {
                        merged.insert(key, value);
                    }
                }
            }
            Node {
                data: Data::Map(merged),
                at: upper.at.or(lower.at),
                head: upper.head.or(lower.head),
                ..upper_shell(upper.origin)
            }
        }
        (_, data) => Node { data, at: upper.at, head: upper.head, beneath: Some(Box::new(lower)), ..upper_shell(upper.origin) },
    }
}

fn upper_shell(origin: Origin) -> Node {
    Node::made(Data::Null, origin)
}

/// Takes every `null` entry out of a layer that has nothing below it.
pub fn drop_nulls(node: &mut Node) {
    if let Some(map) = node.map_mut() {
        map.retain(|_, value| value.data != Data::Null);
        map.values_mut().for_each(drop_nulls);
    }
}

/// Fills defaults in, and brings the keys of sections into the order of their description.
pub fn fill(node: &mut Node, shape: &Shape) {
    match shape {
        Shape::Section(section) => fill_section(node, section),
        Shape::Tagged(tagged) => {
            if let (Some(map), Some(default)) = (node.map_mut(), tagged.default)
                && !map.contains_key(TAG)
            {
                map.shift_insert(0, TAG.to_owned(), Node::text(default, Origin::Default));
            }
            if let Some(section) = tagged.variant_of(node) {
                fill_section(node, section);
            }
        }
        Shape::Map(value) | Shape::Words(value) => {
            node.map_mut().into_iter().flat_map(IndexMap::values_mut).for_each(|n| fill(n, value));
        }
        Shape::List(item) => {
            if let Data::List(items) = &mut node.data {
                items.iter_mut().for_each(|n| fill(n, item));
            }
        }
        Shape::Scalar(_) | Shape::Choice(_) | Shape::Any => {}
    }
}

fn fill_section(node: &mut Node, section: &Section) {
    let Some(map) = node.map_mut() else { return };
    let mut ordered = IndexMap::with_capacity(map.len());
    for first in [TAG, ACCEPT] {
        if section.key(first).is_none()
            && let Some(value) = map.shift_remove(first)
        {
            ordered.insert(first.to_owned(), value);
        }
    }
    for key in section.keys {
        let value = match (map.shift_remove(key.name), key.presence) {
            (Some(value), _) => Some(value),
            (None, Presence::Default(text)) => {
                let mut value = default_node(text);
                expand(&mut value, &key.shape);
                Some(value)
            }
            (None, _) => None,
        };
        if let Some(mut value) = value {
            fill(&mut value, &key.shape);
            ordered.insert(key.name.to_owned(), value);
        }
    }
    // Unknown keys stay, to be reported by the decoder.
    ordered.extend(std::mem::take(map));
    *map = ordered;
}

/// The node of a default's text.
fn default_node(text: &str) -> Node {
    let data = match text {
        "{}" => Data::Map(IndexMap::new()),
        "[]" => Data::List(Vec::new()),
        _ => match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(quoted) => Data::Scalar(quoted.to_owned(), Style::Quoted),
            None if text.starts_with(['{', '[']) => {
                let parsed = tree::parse(&Source::new("default", text), &mut Diagnostics::new());
                let mut node = parsed.unwrap_or_else(|| Node::made(Data::Broken, Origin::Default));
                forget_places(&mut node);
                node.mark(&Origin::Default);
                return node;
            }
            None => Data::Scalar(text.to_owned(), Style::Plain),
        },
    };
    Node::made(data, Origin::Default)
}

/// Defaults are written nowhere that a person could look.
fn forget_places(node: &mut Node) {
    node.at = None;
    node.head = None;
    match &mut node.data {
        Data::List(items) => items.iter_mut().for_each(forget_places),
        Data::Map(map) => map.values_mut().for_each(forget_places),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode::Kind, sections::spec::Spec, tree::to_json};

    fn node(text: &str) -> Node {
        let mut problems = Diagnostics::new();
        let node = tree::parse(&Source::new("t", text), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        node.unwrap()
    }
    fn merged(lower: &str, upper: &str) -> String {
        to_json(&merge(node(lower), node(upper))).to_string()
    }

    #[test]
    fn maps_merge_and_everything_else_replaces() {
        for (lower, upper, result) in [
            ("{a: {b: 1, c: 2}}", "{a: {b: 3}}", r#"{"a":{"b":3,"c":2}}"#),
            ("{a: [1, 2]}", "{a: [3]}", r#"{"a":[3]}"#),
            ("{a: {b: 1}, c: 1}", "{a: null}", r#"{"c":1}"#),
            ("{a: 1}", "{b: 2}", r#"{"a":1,"b":2}"#),
            ("{l: {provider: loki, bucket: x}}", "{l: {provider: none}}", r#"{"l":{"provider":"none"}}"#),
            (
                "{l: {provider: loki, bucket: x}}",
                "{l: {retention: 7d}}",
                r#"{"l":{"bucket":"x","provider":"loki","retention":"7d"}}"#,
            ),
            ("{l: {provider: loki, bucket: x}}", "{l: {provider: loki}}", r#"{"l":{"bucket":"x","provider":"loki"}}"#),
            ("{n: {vpc: a, pods: b}}", "{n: {vpc: c}}", r#"{"n":{"vpc":"c"}}"#),
            ("{n: {vpc: a, pods: b}}", "{n: {pods: c}}", r#"{"n":{"pods":"c","vpc":"a"}}"#),
            ("{l: {bucket: x}}", "{l: 3}", r#"{"l":3}"#),
        ] {
            assert_eq!(merged(lower, upper), result, "{lower} {upper}");
        }
    }

    #[test]
    fn shorthands_are_expanded_before_merging() {
        let shape = Spec::SHAPE;
        let layers = [
            "{cluster: {pools: {a: {nodes: {min: 1, max: 5}}}}, databases: {m: {storage: 20Gi}}}",
            "{cluster: {pools: {a: {nodes: 2}}}, databases: {m: {storage: {class: fast}}}}",
        ];
        let [lower, upper] = layers.map(|text| {
            let mut n = node(text);
            expand(&mut n, &shape);
            n
        });
        assert_eq!(
            to_json(&merge(lower, upper)).to_string(),
            r#"{"cluster":{"pools":{"a":{"nodes":{"max":2,"min":2}}}},"databases":{"m":{"storage":{"class":"fast","size":"20Gi"}}}}"#
        );
    }

    #[test]
    fn a_blueprint_gives_entries_only_where_the_document_has_no_such_section() {
        let mut blueprint =
            node("{databases: {main: {size: a}, other: {size: b}}, buckets: {files: {}}, ingress: {controller: kong}}");
        prune(&mut blueprint, &node("{databases: {main: {version: \"17\"}}}"), &Spec::SHAPE);
        assert_eq!(
            to_json(&blueprint).to_string(),
            r#"{"buckets":{"files":{}},"databases":{"main":{"size":"a"}},"ingress":{"controller":"kong"}}"#
        );
    }

    #[test]
    fn every_default_can_be_read() {
        // A document of nothing but what is required: every default is decoded with it.
        fn walk(section: &Section, seen: &mut Vec<&'static str>) {
            for key in section.keys {
                if let Presence::Default(text) = key.presence {
                    let mut value = default_node(text);
                    expand(&mut value, &key.shape);
                    fill(&mut value, &key.shape);
                    let mut cx = crate::decode::Cx::new(crate::decode::Mode::Whole);
                    (key.check)(&value, &mut cx);
                    assert!(cx.diagnostics.is_empty(), "{}.{}: {:?}", section.name, key.name, cx.diagnostics);
                }
                below(&key.shape, seen);
            }
        }
        fn below(shape: &Shape, seen: &mut Vec<&'static str>) {
            match shape {
                Shape::Section(s) if !seen.contains(&s.name) => {
                    seen.push(s.name);
                    walk(s, seen);
                }
                Shape::Tagged(t) => t.variants.iter().for_each(|(_, s)| below(&Shape::Section(s), seen)),
                Shape::List(s) | Shape::Map(s) | Shape::Words(s) => below(s, seen),
                _ => {}
            }
        }
        let mut seen = Vec::new();
        below(&Spec::SHAPE, &mut seen);
        assert!(seen.len() > 50, "{seen:?}");
    }
}
