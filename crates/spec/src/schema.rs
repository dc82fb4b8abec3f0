//! The JSON Schema (draft 2020-12), for editors: every key is completed and explained.
//!
//! Nothing but the names is required in it, because blueprints and environments give what a
//! document leaves out; `check` knows what is missing in the end. Environments have their own
//! definitions, in which `null` takes away a named entry or an optional key.

use crate::{
    sections::spec::Spec,
    shape::{ACCEPT, JsonType, Key, Presence, ScalarShape, Scope, Section, Shape, TAG, Tagged, paragraph},
    tree::{self, to_json},
};
use pontoon_core::diagnostic::{Diagnostics, Source};
use serde_json::{Map, Value, json};

/// What a document must say itself.
const REQUIRED: &[&str] = &["apiVersion", "platform", "domain", "contact", "environments"];

/// The schema of a document.
pub fn schema() -> Value {
    let mut builder = Builder { definitions: Map::new(), overriding: false };
    let mut properties = builder.keys(Spec::SECTION, |s| matches!(s, Scope::Platform | Scope::Environment));
    let mut environment = Builder { definitions: Map::new(), overriding: true };
    let own = environment.keys(Spec::SECTION, |s| matches!(s, Scope::Own | Scope::Environment));
    builder.definitions.extend(environment.definitions);
    let override_section = object("What one environment has for itself, and over the document.", own);
    builder.definitions.insert("Environment".into(), override_section);
    properties.insert(
        "environments".into(),
        json!({
            "description": "The environments, by name: region and network of each, and what it has over the document.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "$ref": "#/$defs/EntryName" },
            "additionalProperties": { "$ref": "#/$defs/Environment" },
        }),
    );
    let name = scalar(<pontoon_core::name::Name as crate::types::Scalar>::SCALAR);
    builder.definitions.insert("EntryName".into(), name);
    let mut root = object(Spec::SECTION.text, properties);
    if let Some(map) = root.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("$id".into(), "https://pontoon.dev/schema/v1alpha1.json".into());
        map.insert("title".into(), "platform.yaml".into());
        map.insert("required".into(), json!(REQUIRED));
        map.insert("$defs".into(), Value::Object(builder.definitions));
    }
    root
}

struct Builder {
    definitions: Map<String, Value>,
    overriding: bool,
}

impl Builder {
    fn keys(&mut self, section: &Section, wanted: fn(Scope) -> bool) -> Map<String, Value> {
        let mut properties = Map::new();
        for key in section.keys.iter().filter(|k| wanted(k.scope)) {
            let value = self.key(key);
            properties.insert(key.name.into(), value);
        }
        let codes = json!({
            "description": "Codes of warnings that this section lives with.",
            "type": "array",
            "items": { "type": "string", "pattern": "^PT[0-9]{4}$" },
        });
        properties.insert(ACCEPT.into(), codes);
        properties
    }

    fn key(&mut self, key: &Key) -> Value {
        let mut value = self.shape(&key.shape);
        if let Some(map) = value.as_object_mut() {
            let own = map.get("description").and_then(Value::as_str).filter(|d| !map.contains_key("$ref") && !d.is_empty());
            let text = match own {
                Some(more) => format!("{}\n\n{more}", paragraph(key.text)),
                None => paragraph(key.text),
            };
            map.insert("description".into(), text.into());
            if let Presence::Default(text) = key.presence {
                map.insert("default".into(), default_json(text));
            }
            if self.overriding && key.presence == Presence::Optional {
                let text = map.remove("description").unwrap_or_default();
                return json!({ "description": text, "anyOf": [value, { "type": "null" }] });
            }
        }
        value
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Scalar(s) => scalar(s),
            Shape::Choice(c) => {
                let words: Vec<&str> = c.words.iter().map(|(w, _)| *w).collect();
                let texts: Vec<String> = c.words.iter().map(|(_, t)| paragraph(t)).collect();
                let list: Vec<String> = words.iter().zip(&texts).map(|(w, t)| format!("- `{w}`: {t}")).collect();
                json!({ "type": "string", "enum": words, "enumDescriptions": texts, "description": list.join("\n") })
            }
            Shape::List(inner) => json!({ "type": "array", "items": self.shape(inner) }),
            Shape::Map(inner) => {
                let value = self.shape(inner);
                let value = if self.overriding { json!({ "anyOf": [value, { "type": "null" }] }) } else { value };
                json!({ "type": "object", "propertyNames": { "$ref": "#/$defs/EntryName" }, "additionalProperties": value })
            }
            Shape::Words(inner) => json!({ "type": "object", "additionalProperties": self.shape(inner) }),
            Shape::Section(section) => self.reference(section.name, |b| b.section(section)),
            Shape::Tagged(tagged) => self.reference(tagged.name, |b| b.tagged(tagged)),
            Shape::Any => json!({}),
        }
    }

    /// A reference to a definition, which is made when it is met first.
    fn reference(&mut self, name: &str, make: impl FnOnce(&mut Builder) -> Value) -> Value {
        let name = if self.overriding { format!("{name}Override") } else { name.to_owned() };
        if !self.definitions.contains_key(&name) {
            self.definitions.insert(name.clone(), Value::Null);
            let made = make(self);
            self.definitions.insert(name.clone(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn wanted(&self) -> fn(Scope) -> bool {
        if self.overriding { |s| s == Scope::Environment } else { |s| matches!(s, Scope::Environment | Scope::Platform) }
    }

    fn section(&mut self, section: &Section) -> Value {
        let properties = self.keys(section, self.wanted());
        let whole = object(section.text, properties);
        let short = section.shorthand.first().and_then(|first| section.key(first));
        match short {
            Some(key) => json!({ "description": paragraph(section.text), "anyOf": [self.shape(&key.shape), whole] }),
            None => whole,
        }
    }

    fn tagged(&mut self, tagged: &Tagged) -> Value {
        let variants: Vec<Value> = tagged
            .variants
            .iter()
            .map(|(tag, section)| {
                let mut properties = Map::new();
                properties.insert(TAG.into(), json!({ "const": tag, "description": paragraph(section.text) }));
                properties.extend(self.keys(section, self.wanted()));
                object(section.text, properties)
            })
            .collect();
        json!({ "description": paragraph(tagged.text), "anyOf": variants })
    }
}

fn object(text: &str, properties: Map<String, Value>) -> Value {
    json!({ "description": paragraph(text), "type": "object", "additionalProperties": false, "properties": properties })
}

fn scalar(s: &ScalarShape) -> Value {
    let mut map = Map::new();
    match s.json {
        JsonType::Text => map.insert("type".into(), "string".into()),
        JsonType::Boolean => map.insert("type".into(), "boolean".into()),
        JsonType::Any => map.insert("type".into(), json!(["string", "number", "boolean"])),
        JsonType::Integer(least, most) => {
            map.insert("minimum".into(), least.into());
            if most < u32::MAX {
                map.insert("maximum".into(), most.into());
            }
            map.insert("type".into(), "integer".into())
        }
    };
    if !s.pattern.is_empty() {
        map.insert("pattern".into(), s.pattern.into());
    }
    if s.json == JsonType::Text {
        let examples: Vec<&str> = s.examples.iter().map(|e| e.trim_matches('"')).collect();
        map.insert("examples".into(), json!(examples));
    }
    if !matches!(s.json, JsonType::Boolean | JsonType::Integer(..)) {
        map.insert("description".into(), paragraph(s.text).into());
    }
    Value::Object(map)
}

/// A default's text as JSON.
fn default_json(text: &str) -> Value {
    tree::parse(&Source::new("default", text), &mut Diagnostics::new()).map_or(Value::Null, |node| to_json(&node))
}
