//! The providers' own schemas (`tofu providers schema -json`), and whether blocks fit them.

use hcl::{Block, Body, Expression, expr::TraversalOperator};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The schemas of the providers, by name.
pub struct Schema(BTreeMap<String, Value>);

/// Where the contracts are.
pub fn contracts() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    std::env::var_os("PONTOON_CONTRACTS").map_or(beside, PathBuf::from)
}

/// What OpenTofu itself takes in every resource.
const OWN: &[&str] = &["lifecycle", "depends_on", "count"];

/// Whether a reference begins at a block that has a schema.
fn is_block(expression: &Expression) -> bool {
    let Expression::Variable(name) = expression else { return false };
    !["local", "var", "module", "path"].contains(&name.as_str())
}

impl Schema {
    /// The published schemas, where they are.
    pub fn find() -> Option<Schema> {
        let mut all = BTreeMap::new();
        for provider in pontoon_tofu::frame::PROVIDERS {
            let text = std::fs::read_to_string(contracts().join(format!("providers/{}.json", provider.name))).ok()?;
            let whole: Value = serde_json::from_str(&text).expect("JSON");
            all.insert(provider.name.to_owned(), whole["provider_schemas"].as_object()?.values().next()?.clone());
        }
        Some(Schema(all))
    }

    /// The schema of the provider that a kind belongs to: the part of its name before the first `_`.
    fn of(&self, kind: &str) -> &Value {
        self.0.get(kind.split('_').next().unwrap_or_default()).unwrap_or(&Value::Null)
    }

    /// Everything that is wrong with the blocks of a stack.
    pub fn check(&self, stack: &Body) -> Vec<String> {
        let mut wrong = Vec::new();
        for block in stack.blocks() {
            let labels: Vec<&str> = block.labels().iter().map(hcl::BlockLabel::as_str).collect();
            let at = format!("{} {}", block.identifier(), labels.join("."));
            let schema = match block.identifier() {
                // The tools' own.
                "data" if labels[0] == "terraform_remote_state" => continue,
                "resource" => &self.of(labels[0])["resource_schemas"][labels[0]],
                "data" => &self.of(labels[0])["data_source_schemas"][labels[0]],
                "provider" => &self.of(labels[0])["provider"],
                _ => continue,
            };
            if schema.is_null() {
                wrong.push(format!("{at}: there is no such kind"));
            } else {
                self.body(stack, &at, block.body(), &schema["block"], &mut wrong);
            }
        }
        wrong
    }

    fn body(&self, stack: &Body, at: &str, body: &Body, schema: &Value, wrong: &mut Vec<String>) {
        for attribute in body.attributes().filter(|a| !OWN.contains(&a.key())) {
            let at = format!("{at}.{}", attribute.key());
            let known = &schema["attributes"][attribute.key()];
            let is = |what: &str| known[what] == Value::Bool(true);
            if known.is_null() {
                wrong.push(format!("{at}: there is no such attribute"));
            } else if !is("required") && !is("optional") {
                wrong.push(format!("{at}: is the provider's to say"));
            } else if is("deprecated") {
                wrong.push(format!("{at}: is deprecated"));
            } else {
                match &known["nested_type"] {
                    Value::Null => self.fits(stack, &at, attribute.expr(), &known["type"], wrong),
                    nested => self.nested(stack, &at, attribute.expr(), nested, wrong),
                }
            }
        }
        for (name, known) in schema["attributes"].as_object().into_iter().flatten() {
            if known["required"] == Value::Bool(true) && !body.attributes().any(|a| a.key() == name) {
                wrong.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, known) in schema["block_types"].as_object().into_iter().flatten() {
            let count = body.blocks().filter(|b| b.identifier() == name).count() as u64;
            let most = known["max_items"].as_u64().unwrap_or(if known["nesting_mode"] == "single" { 1 } else { u64::MAX });
            if count < known["min_items"].as_u64().unwrap_or(0) || count > most {
                wrong.push(format!("{at}: {name} stands there {count} times"));
            }
        }
        for block in body.blocks().filter(|b| !OWN.contains(&b.identifier())) {
            let at = format!("{at}.{}", block.identifier());
            match &schema["block_types"][block.identifier()]["block"] {
                Value::Null => wrong.push(format!("{at}: there is no such block")),
                inner => self.body(stack, &at, block.body(), inner, wrong),
            }
        }
    }

    /// Whether an expression fits a type that has attributes of its own.
    fn nested(&self, stack: &Body, at: &str, value: &Expression, nested: &Value, wrong: &mut Vec<String>) {
        let Expression::Object(entries) = value else { return };
        for (key, value) in entries {
            let at = format!("{at}.{key}");
            match &nested["attributes"][key.to_string()] {
                Value::Null => wrong.push(format!("{at}: there is no such attribute")),
                known => self.fits(stack, &at, value, &known["type"], wrong),
            }
        }
    }

    /// Whether an expression is of a type, as `["list", "string"]` or `"bool"`.
    fn fits(&self, stack: &Body, at: &str, value: &Expression, kind: &Value, wrong: &mut Vec<String>) {
        let shape = kind.as_str().or_else(|| kind[0].as_str()).unwrap_or_default();
        match value {
            Expression::Array(items) if matches!(shape, "list" | "set") => {
                items.iter().for_each(|item| self.fits(stack, at, item, &kind[1], wrong));
            }
            Expression::Object(entries) if shape == "map" => {
                entries.values().for_each(|item| self.fits(stack, at, item, &kind[1], wrong));
            }
            Expression::Bool(_) if shape == "bool" => {}
            Expression::Number(_) if shape == "number" => {}
            Expression::String(_) | Expression::TemplateExpr(_) if shape == "string" => {}
            // What has to be evaluated is judged by the tools, which have the schemas as well.
            Expression::FuncCall(_) | Expression::Conditional(_) | Expression::ForExpr(_) | Expression::Operation(_) => {}
            Expression::Traversal(t) if !is_block(&t.expr) => {}
            Expression::Traversal(_) => match self.referred(stack, value) {
                Some(referred) if referred == *kind => {}
                other => wrong.push(format!("{at}: {value:?} is {other:?}, and {kind} is wanted")),
            },
            other => wrong.push(format!("{at}: {other:?} is not {kind}")),
        }
    }

    /// The type of what a reference leads to: an attribute of a block of this stack.
    fn referred(&self, stack: &Body, value: &Expression) -> Option<Value> {
        let Expression::Traversal(traversal) = value else { return None };
        let mut words = vec![traversal.expr.to_string()];
        for operator in &traversal.operators {
            let TraversalOperator::GetAttr(name) = operator else { return None };
            words.push(name.to_string());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (block, schemas, kind, name, attribute) = match words[..] {
            ["data", kind, name, attribute] => ("data", "data_source_schemas", kind, name, attribute),
            [kind, name, attribute] => ("resource", "resource_schemas", kind, name, attribute),
            _ => return None,
        };
        let is = |b: &Block| b.identifier() == block && b.labels()[0].as_str() == kind && b.labels()[1].as_str() == name;
        stack.blocks().find(|b| is(b))?;
        Some(self.of(kind)[schemas][kind]["block"]["attributes"][attribute]["type"].clone())
    }
}
