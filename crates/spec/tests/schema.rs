//! The JSON Schema: the examples fit it, mistakes do not, and every key is explained. The validator
//! here knows the keywords that the schema uses, and refuses any other.

mod common;

use common::EXAMPLES;
use pontoon_core::diagnostic::{Diagnostics, Source};
use pontoon_spec::{schema, tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn valid(schema: &Value, value: &Value, root: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return true };
    schema.iter().all(|(keyword, want)| match keyword.as_str() {
        "$ref" => {
            let pointer = want.as_str().unwrap().trim_start_matches('#');
            valid(root.pointer(pointer).unwrap_or_else(|| panic!("{want}")), value, root)
        }
        "type" => {
            let is = |t: &str| match t {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                "null" => value.is_null(),
                other => panic!("{other}"),
            };
            want.as_str().map_or_else(|| want.as_array().unwrap().iter().any(|t| is(t.as_str().unwrap())), is)
        }
        "enum" => want.as_array().unwrap().contains(value),
        "const" => want == value,
        "anyOf" => want.as_array().unwrap().iter().any(|s| valid(s, value, root)),
        "properties" => value.as_object().is_none_or(|o| o.iter().all(|(k, v)| want.get(k).is_none_or(|s| valid(s, v, root)))),
        "additionalProperties" => value.as_object().is_none_or(|o| {
            let known = schema.get("properties").and_then(Value::as_object);
            o.iter()
                .filter(|(k, _)| known.is_none_or(|m| !m.contains_key(*k)))
                .all(|(_, v)| *want != json!(false) && valid(want, v, root))
        }),
        "propertyNames" => value.as_object().is_none_or(|o| o.keys().all(|k| valid(want, &json!(k), root))),
        "items" => value.as_array().is_none_or(|a| a.iter().all(|v| valid(want, v, root))),
        "required" => want.as_array().unwrap().iter().all(|k| value.get(k.as_str().unwrap()).is_some()),
        "minimum" => value.as_u64().is_none_or(|n| n >= want.as_u64().unwrap()),
        "maximum" => value.as_u64().is_none_or(|n| n <= want.as_u64().unwrap()),
        "minProperties" => value.as_object().is_none_or(|o| o.len() as u64 >= want.as_u64().unwrap()),
        // Tried by hand against a real validator; expressions are not read here.
        "pattern" => true,
        "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "examples" | "enumDescriptions" => true,
        other => panic!("{other}"),
    })
}

fn fits(text: &str) -> bool {
    let node = tree::parse(&Source::new("t", text), &mut Diagnostics::new()).unwrap();
    let schema = schema();
    valid(&schema, &tree::to_json(&node), &schema)
}

#[test]
fn the_examples_fit() {
    for (example, _) in EXAMPLES {
        assert!(fits(&String::from_utf8(common::bytes(example)).unwrap()), "{example}");
    }
}

#[test]
fn mistakes_do_not() {
    for more in [
        "cluser: {}",
        "cluster: { versoin: stable }",
        "cluster: { highAvailability: yes }",
        "cluster: { version: 1.30 }",
        "databases: { main: { provider: digitalocean, storage: 20Gi } }",
        "databases: { main: null }",
        "region: nyc3",
        "environments: { a: { region: nyc3, registry: { tier: basic } } }",
        "environments: { a: { region: nyc3, secrets: { store: { provider: cluster } } } }",
        "ingress: { controller: ngnix }",
        "apps: { web: { replicas: many } }",
        "zone: shop.example.com",
    ] {
        assert!(!fits(&common::text(more)), "{more}");
    }
    for more in [
        "environments: { a: { region: nyc3, databases: { main: null } } }",
        "cluster: { pools: { a: { nodes: 2 } } }",
        "ingress: { accept: [ PT5101 ] }",
    ] {
        assert!(fits(&common::text(more)), "{more}");
    }
}

#[test]
fn every_key_is_explained_and_no_two_sections_share_a_name() {
    let schema = schema();
    fn walk(value: &Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (key, inner) in properties {
                let described = inner.get("description").and_then(Value::as_str).is_some_and(|d| d.len() > 2);
                assert!(described, "{path}.{key}");
            }
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(k, v)| walk(v, &format!("{path}.{k}"))),
            Value::Array(items) => items.iter().for_each(|v| walk(v, path)),
            _ => {}
        }
    }
    walk(&schema, "");

    use pontoon_spec::shape::Shape;
    /// Names with their texts, by which two sections of one name are told apart.
    fn names(shape: &Shape, seen: &mut BTreeMap<&'static str, &'static str>) {
        let mut met = |name: &'static str, text: &'static str| {
            seen.insert(name, text).inspect(|first| assert_eq!(*first, text, "{name} twice")).is_none()
        };
        match shape {
            Shape::Section(s) if met(s.name, s.text) => s.keys.iter().for_each(|k| names(&k.shape, seen)),
            Shape::Tagged(t) if met(t.name, t.text) => t.variants.iter().for_each(|(_, s)| names(&Shape::Section(s), seen)),
            Shape::List(s) | Shape::Map(s) | Shape::Words(s) => names(s, seen),
            _ => {}
        }
    }
    names(&Shape::Section(pontoon_spec::Spec::SECTION), &mut BTreeMap::new());
}
