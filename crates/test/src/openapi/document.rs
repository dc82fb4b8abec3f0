//! From the JSON document to routes and schemas, with every reference resolved once.

use super::pattern::Pattern;
use super::routes::{Body, Operation, Parameter, Place, Reply, Routes};
use super::schema::{Additional, Discriminator, Id, Schema, Schemas, Type};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeMap;

/// A compiled document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) schemas: Schemas,
    pub(super) routes: Routes,
}

struct Compiler<'a> {
    root: &'a Value,
    schemas: Vec<Schema>,
    /// Schemas by the reference that leads to them; entered before they are compiled, because some contain themselves.
    named: BTreeMap<&'a str, Id>,
}

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

impl Document {
    pub(super) fn compile(root: &Value) -> Result<Self, String> {
        let mut compiler = Compiler { root, schemas: Vec::new(), named: BTreeMap::new() };
        let mut routes = Routes::default();
        for (template, item) in entries(root, "paths") {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    let compiled = compiler.operation(template, method, item, operation);
                    routes.insert(compiled.map_err(|error| format!("{method} {template}: {error}"))?);
                }
            }
        }
        Ok(Self { schemas: Schemas(compiler.schemas), routes })
    }

    /// A text as the JSON value that the schema expects of it; a string when it fits no other type.
    pub(super) fn typed(&self, schema: Id, text: &str) -> Value {
        let types = self.schemas.types(schema);
        let has = |kind: Type| types.contains(&kind);
        if has(Type::Integer) || has(Type::Number) {
            if let Ok(number) = text.parse::<i64>() {
                return number.into();
            }
            if let Ok(number) = text.parse::<f64>() {
                return number.into();
            }
        }
        match text {
            "true" | "false" if has(Type::Boolean) => Value::Bool(text == "true"),
            _ if has(Type::Array) => {
                let items = self.schemas.get(schema).items;
                let item = |text| items.map_or_else(|| Value::from(text), |id| self.typed(id, text));
                text.split(',').map(item).collect::<Vec<_>>().into()
            }
            _ => text.into(),
        }
    }
}

impl<'a> Compiler<'a> {
    fn operation(&mut self, template: &str, method: &str, item: &'a Value, json: &'a Value) -> Result<Operation, String> {
        let mut parameters = Vec::new();
        for parameter in elements(item, "parameters").chain(elements(json, "parameters")) {
            parameters.extend(self.parameter(self.follow(parameter)?)?);
        }
        let body = match json.get("requestBody") {
            Some(body) => Some(self.body(self.follow(body)?)?),
            None => None,
        };
        let mut replies = BTreeMap::new();
        let mut other = None;
        for (status, reply) in entries(json, "responses") {
            let reply = self.follow(reply)?;
            let mut headers = Vec::new();
            for (name, header) in entries(reply, "headers") {
                if let Some(schema) = self.follow(header)?.get("schema") {
                    headers.push((name.to_ascii_lowercase(), self.schema(schema)?));
                }
            }
            let reply = Reply { headers, body: self.body(reply)? };
            match status.parse() {
                Ok(status) => drop(replies.insert(status, reply)),
                Err(_) => other = Some(reply),
            }
        }
        let security = json.get("security").or_else(|| self.root.get("security"));
        let alternatives = security.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let scopes = alternatives.map(|all| all.values().filter_map(Value::as_array).flatten().filter_map(scope).collect());
        Ok(Operation {
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            id: text(json, "operationId").unwrap_or_default(),
            scopes: scopes.collect(),
            parameters,
            body,
            replies,
            other,
        })
    }

    fn parameter(&mut self, json: &'a Value) -> Result<Option<Parameter>, String> {
        let place = match json.get("in").and_then(Value::as_str) {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            _ => return Ok(None),
        };
        let schema = json.get("schema").map(|schema| self.schema(schema)).transpose()?;
        let name = text(json, "name").unwrap_or_default();
        Ok(Some(Parameter { place, name, required: flag(json, "required"), schema }))
    }

    fn body(&mut self, json: &'a Value) -> Result<Body, String> {
        let mut content = Vec::new();
        for (kind, media) in entries(json, "content") {
            content.push((kind.clone(), media.get("schema").map(|schema| self.schema(schema)).transpose()?));
        }
        Ok(Body { required: flag(json, "required"), content })
    }

    /// Follows a reference, if it is one.
    fn follow(&self, json: &'a Value) -> Result<&'a Value, String> {
        match json.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.target(reference),
            None => Ok(json),
        }
    }

    fn target(&self, reference: &str) -> Result<&'a Value, String> {
        let pointer = reference.strip_prefix('#');
        let found = pointer.and_then(|pointer| self.root.pointer(pointer));
        found.ok_or_else(|| format!("{reference} leads nowhere"))
    }

    fn schema(&mut self, json: &'a Value) -> Result<Id, String> {
        match json.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.named(reference),
            None => {
                let id = self.reserve();
                self.fill(id, json)
            }
        }
    }

    fn named(&mut self, reference: &'a str) -> Result<Id, String> {
        if let Some(&known) = self.named.get(reference) {
            return Ok(known);
        }
        let id = self.reserve();
        self.named.insert(reference, id);
        self.fill(id, self.target(reference)?)
    }

    fn reserve(&mut self) -> Id {
        self.schemas.push(Schema::default());
        Id(self.schemas.len() - 1)
    }

    fn fill(&mut self, id: Id, json: &'a Value) -> Result<Id, String> {
        let compiled = self.compiled(json)?;
        if let Some(slot) = self.schemas.get_mut(id.0) {
            *slot = compiled;
        }
        Ok(id)
    }

    fn compiled(&mut self, json: &'a Value) -> Result<Schema, String> {
        // A named schema may be nothing but a reference to another one.
        if json.get("$ref").is_some() {
            let all_of = vec![self.schema(json)?];
            return Ok(Schema { all_of, ..Schema::default() });
        }
        let mut properties = IndexMap::new();
        for (name, property) in entries(json, "properties") {
            properties.insert(name.clone(), self.schema(property)?);
        }
        let mut choices = Vec::new();
        for key in ["oneOf", "anyOf"] {
            let list = elements(json, key).map(|schema| self.schema(schema)).collect::<Result<Vec<_>, _>>()?;
            if !list.is_empty() {
                choices.push(list);
            }
        }
        let additional = match json.get("additionalProperties") {
            None => Additional::Unsaid,
            Some(Value::Bool(false)) => Additional::Forbidden,
            Some(Value::Object(schema)) if !schema.is_empty() => match json.get("additionalProperties") {
                Some(schema) => Additional::Of(self.schema(schema)?),
                None => Additional::Any,
            },
            Some(_) => Additional::Any,
        };
        let kind = match json.get("type").and_then(Value::as_str) {
            Some("object") => Some(Type::Object),
            Some("array") => Some(Type::Array),
            Some("string") => Some(Type::String),
            Some("integer") => Some(Type::Integer),
            Some("number") => Some(Type::Number),
            Some("boolean") => Some(Type::Boolean),
            Some(other) => return Err(format!("type {other:?}")),
            None if !properties.is_empty() => Some(Type::Object),
            None => None,
        };
        let list = kind == Some(Type::Array);
        let count = |key: &str| json.get(key).and_then(Value::as_u64);
        let number = |key: &str| json.get(key).and_then(Value::as_f64);
        let pattern = json.get("pattern").and_then(Value::as_str).map(Pattern::new).transpose()?;
        Ok(Schema {
            kind,
            nullable: flag(json, "nullable"),
            read_only: flag(json, "readOnly"),
            values: elements(json, "enum").cloned().collect(),
            format: text(json, "format"),
            pattern,
            minimum: number("minimum"),
            maximum: number("maximum"),
            multiple_of: number("multipleOf"),
            at_least: count(if list { "minItems" } else { "minLength" }),
            at_most: count(if list { "maxItems" } else { "maxLength" }),
            properties,
            required: elements(json, "required").filter_map(Value::as_str).map(str::to_owned).collect(),
            additional,
            items: json.get("items").map(|items| self.schema(items)).transpose()?,
            all_of: elements(json, "allOf").map(|schema| self.schema(schema)).collect::<Result<_, _>>()?,
            choices,
            discriminator: json.get("discriminator").map(|json| self.discriminator(json)).transpose()?,
        })
    }

    fn discriminator(&mut self, json: &'a Value) -> Result<Discriminator, String> {
        let mut mapping = IndexMap::new();
        for (value, reference) in entries(json, "mapping") {
            let reference = reference.as_str().ok_or("a mapping that is no reference")?;
            mapping.insert(value.clone(), self.named(reference)?);
        }
        Ok(Discriminator { property: text(json, "propertyName").unwrap_or_default(), mapping })
    }
}

fn entries<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    json.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn elements<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    json.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A scope that a custom token can have: the document still lists `api:read` and `api:write`, the two kinds of token
/// before there were scopes.
fn scope(json: &Value) -> Option<String> {
    json.as_str().filter(|name| !name.starts_with("api:")).map(str::to_owned)
}

fn flag(json: &Value, key: &str) -> bool {
    json.get(key).and_then(Value::as_bool).unwrap_or(false)
}
