//! Lists, named entries and words.

use super::{Cx, Kind, Mode};
use crate::{
    shape::Shape,
    tree::{Data, Node},
};
use indexmap::IndexMap;
use pontoon_core::name::Name;

impl<T: Kind> Kind for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Data::List(items) = &node.data else {
            let hint = match &node.data {
                Data::Scalar(text, _) => format!("write [ {text} ]"),
                _ => format!("write [ {} ]", super::example_of(&T::SHAPE)),
            };
            cx.wrong_kind(node, "a list", &hint);
            return None;
        };
        let read: Vec<Option<T>> =
            items.iter().enumerate().map(|(i, item)| cx.inside(&i.to_string(), item, |cx| T::decode(item, cx))).collect();
        read.into_iter().collect()
    }
}

impl<T: Kind> Kind for IndexMap<Name, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Some(map) = node.map() else {
            cx.wrong_kind(node, "a mapping of names", "write the names as keys, such as { main: … }");
            return None;
        };
        let mut all = Some(IndexMap::new());
        for (key, value) in map {
            let entry = cx.inside(key, value, |cx| {
                let name = cx.name(key, value);
                if cx.mode == Mode::Override && value.data == Data::Null {
                    return None;
                }
                let value = T::decode(value, cx);
                name.zip(value)
            });
            match (&mut all, entry) {
                (Some(map), Some((name, value))) => {
                    map.insert(name, value);
                }
                _ => all = None,
            }
        }
        all
    }
}

impl<T: Kind> Kind for IndexMap<String, T> {
    const SHAPE: Shape = Shape::Words(&T::SHAPE);
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Some(map) = node.map() else {
            cx.wrong_kind(node, "a mapping", "write { key: value }");
            return None;
        };
        let mut all = Some(IndexMap::new());
        for (key, value) in map {
            match (&mut all, cx.inside(key, value, |cx| T::decode(value, cx))) {
                (Some(map), Some(value)) => {
                    map.insert(key.clone(), value);
                }
                _ => all = None,
            }
        }
        all
    }
}
