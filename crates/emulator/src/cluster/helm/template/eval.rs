//! Running a tree over data.

use super::functions;
use super::parse::{Defined, Node, Operand, Pipeline};
use super::text::show;
use crate::cluster::helm::values::empty;
use serde_json::Value;

/// How deep templates may include each other. Source: Helm's limit is 1000; a tree of files needs far less.
const DEEPEST: usize = 100;

/// The templates that may include each other.
#[derive(Default)]
pub(crate) struct Set {
    pub(super) defined: Defined,
}

/// Where the run stands: the dot, what `$` is, and variables, the innermost last.
#[derive(Clone)]
struct Scope {
    dot: Value,
    root: Value,
    variables: Vec<(String, Value)>,
    depth: usize,
}

impl Set {
    /// The text that the nodes make of the data.
    pub(super) fn run(&self, nodes: &[Node], data: &Value) -> Result<String, String> {
        let mut out = String::new();
        self.nodes(nodes, &mut Scope { dot: data.clone(), root: data.clone(), variables: Vec::new(), depth: 0 }, &mut out)?;
        Ok(out)
    }

    fn nodes(&self, nodes: &[Node], scope: &mut Scope, out: &mut String) -> Result<(), String> {
        let outer = scope.variables.len();
        for node in nodes {
            self.node(node, scope, out)?;
        }
        scope.variables.truncate(outer);
        Ok(())
    }

    fn node(&self, node: &Node, scope: &mut Scope, out: &mut String) -> Result<(), String> {
        let at = |line: &usize, result: Result<Value, String>| {
            result.map_err(|why| if why.starts_with("line ") { why } else { format!("line {line}: {why}") })
        };
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(pipeline, line) => {
                let value = at(line, self.pipeline(pipeline, scope))?;
                if pipeline.variables.is_empty() {
                    out.push_str(&show(&value));
                }
            }
            Node::If(branches, line) => {
                for (condition, body) in branches {
                    let holds = match condition {
                        Some(condition) => !empty(&at(line, self.pipeline(condition, scope))?),
                        None => true,
                    };
                    if holds {
                        return self.nodes(body, scope, out);
                    }
                }
            }
            Node::With(over, body, other, line) => {
                let outer = scope.variables.len();
                let value = at(line, self.pipeline(over, scope))?;
                if empty(&value) {
                    self.nodes(other, scope, out)?;
                } else {
                    let before = std::mem::replace(&mut scope.dot, value);
                    self.nodes(body, scope, out)?;
                    scope.dot = before;
                }
                scope.variables.truncate(outer);
            }
            Node::Range(over, body, other, line) => {
                let bare = Pipeline { variables: Vec::new(), ..over.clone() };
                let value = at(line, self.pipeline(&bare, scope))?;
                let items = items(&value).map_err(|why| format!("line {line}: {why}"))?;
                if items.is_empty() {
                    return self.nodes(other, scope, out);
                }
                for (key, item) in items {
                    let outer = scope.variables.len();
                    match over.variables.as_slice() {
                        [one] => scope.variables.push((one.clone(), item.clone())),
                        [one, two] => {
                            scope.variables.push((one.clone(), key));
                            scope.variables.push((two.clone(), item.clone()));
                        }
                        _ => {}
                    }
                    let before = std::mem::replace(&mut scope.dot, item);
                    self.nodes(body, scope, out)?;
                    scope.dot = before;
                    scope.variables.truncate(outer);
                }
            }
            Node::Template(name, with, line) => {
                let data = match with {
                    Some(pipeline) => at(line, self.pipeline(pipeline, scope))?,
                    None => Value::Null,
                };
                out.push_str(&self.include(name, data, scope.depth)?);
            }
        }
        Ok(())
    }

    /// What a defined template makes of the data.
    fn include(&self, name: &str, data: Value, depth: usize) -> Result<String, String> {
        let nodes = self.defined.get(name).ok_or_else(|| {
            format!("error calling include: template: no template \"{name}\" associated with template \"gotpl\"")
        })?;
        if depth > DEEPEST {
            return Err(format!(
                "error calling include: rendering template has a nested reference name: {name}: unable to execute template"
            ));
        }
        let mut out = String::new();
        self.nodes(nodes, &mut Scope { root: data.clone(), dot: data, variables: Vec::new(), depth: depth + 1 }, &mut out)?;
        Ok(out)
    }

    fn pipeline(&self, pipeline: &Pipeline, scope: &mut Scope) -> Result<Value, String> {
        let mut value: Option<Value> = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, value, scope)?);
        }
        let value = value.unwrap_or(Value::Null);
        if let [name] = pipeline.variables.as_slice() {
            if pipeline.declares {
                scope.variables.push((name.clone(), value.clone()));
            } else {
                let slot = scope.variables.iter_mut().rev().find(|(n, _)| n == name);
                slot.ok_or_else(|| format!("undefined variable \"${name}\""))?.1 = value.clone();
            }
        }
        Ok(value)
    }

    fn command(&self, command: &[Operand], before: Option<Value>, scope: &mut Scope) -> Result<Value, String> {
        let Some((first, rest)) = command.split_first() else { return Ok(Value::Null) };
        let Operand::Function(name) = first else {
            // The one method that charts call.
            if let Operand::Field(names) | Operand::Variable(_, names) = first
                && names.ends_with(&["APIVersions".to_owned(), "Has".to_owned()])
            {
                return Ok(false.into());
            }
            if !rest.is_empty() || before.is_some() {
                return Err("can't give argument to non-function".to_owned());
            }
            return self.operand(first, scope);
        };
        // `and` and `or` look no further than they must.
        if name == "and" || name == "or" {
            let mut last = Value::Null;
            for operand in rest {
                last = self.operand(operand, scope)?;
                if empty(&last) == (name == "and") {
                    return Ok(last);
                }
            }
            return Ok(before.unwrap_or(last));
        }
        let mut args = rest.iter().map(|o| self.operand(o, scope)).collect::<Result<Vec<_>, _>>()?;
        args.extend(before);
        if name == "include" {
            let [Value::String(name), data] = args.as_slice() else {
                return Err("wrong number of args for include: want 2".to_owned());
            };
            return self.include(name, data.clone(), scope.depth).map(Value::String);
        }
        functions::call(name, args)
    }

    fn operand(&self, operand: &Operand, scope: &mut Scope) -> Result<Value, String> {
        match operand {
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Field(names) => follow(&scope.dot, names, ""),
            Operand::Variable(name, names) if name.is_empty() => follow(&scope.root, names, "$"),
            Operand::Variable(name, names) => {
                let found = scope
                    .variables
                    .iter()
                    .rev()
                    .find(|(n, _)| n == name)
                    .ok_or_else(|| format!("undefined variable \"${name}\""))?;
                follow(&found.1, names, &format!("${name}"))
            }
            Operand::Function(name) => functions::call(name, Vec::new()),
            Operand::Group(pipeline, names) => {
                let outer = scope.variables.len();
                let value = self.pipeline(pipeline, scope)?;
                scope.variables.truncate(outer);
                follow(&value, names, "")
            }
        }
    }
}

/// A field of a field; what a map does not have is nothing, a field of nothing is an error.
fn follow(value: &Value, names: &[String], before: &str) -> Result<Value, String> {
    let mut at = value;
    for (i, name) in names.iter().enumerate() {
        let path = || format!("{before}.{}", names[..=i].join("."));
        at = match at {
            Value::Object(map) => map.get(name).unwrap_or(&Value::Null),
            Value::Null => return Err(format!("at <{}>: nil pointer evaluating interface {{}}.{name}", path())),
            _ => return Err(format!("at <{}>: can't evaluate field {name} in type interface {{}}", path())),
        };
    }
    Ok(at.clone())
}

/// What a range goes over, with keys; maps by key.
fn items(value: &Value) -> Result<Vec<(Value, Value)>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items.iter().enumerate().map(|(i, v)| (Value::from(i), v.clone())).collect()),
        Value::Object(map) => {
            let mut all: Vec<(&String, &Value)> = map.iter().collect();
            all.sort_by_key(|(k, _)| *k);
            Ok(all.into_iter().map(|(k, v)| (Value::from(k.as_str()), v.clone())).collect())
        }
        Value::Number(n) => Ok((0..n.as_i64().unwrap_or(0)).map(|i| (i.into(), i.into())).collect()),
        other => Err(format!("range can't iterate over {}", show(other))),
    }
}
