//! GraphQL: `createCommitOnBranch`, and the queries that go with it. What is not known is named in the error.

mod commit;
mod nodes;
mod parse;

use super::ask::Ask;
use super::problem::{Problem, document};
use super::routes::Op;
use crate::{Cx, Reply};
use parse::Operation;
use serde_json::{Map, Value, json};

pub(crate) const OPS: &[Op] = &[Op { method: "POST", path: "/graphql", needs: "login", run: answer }];

/// An error of GraphQL, whose reply is 200.
#[derive(Debug)]
struct Fault {
    kind: &'static str,
    message: String,
}

impl Fault {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A field that this GitHub does not have.
    fn unknown(field: &str, on: &str) -> Self {
        Self::new("undefinedField", format!("Field '{field}' doesn't exist on type '{on}'"))
    }
}

fn faulty(data: Option<Value>, fault: &Fault, path: &[&str]) -> Reply {
    let mut error = json!({ "message": fault.message, "locations": [{ "line": 1, "column": 1 }] });
    if !path.is_empty() {
        error["type"] = fault.kind.into();
        error["path"] = path.into();
    }
    let mut body = Map::new();
    if let Some(data) = data {
        body.insert("data".to_owned(), data);
    }
    body.insert("errors".to_owned(), json!([error]));
    document(200, &body.into())
}

fn answer(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let Some(query) = ask.field("query").and_then(Value::as_str) else {
        return Err(Problem::new(400, "A query attribute must be specified and must be a string."));
    };
    let none = Value::Null;
    let variables = ask.field("variables").unwrap_or(&none);
    let operation = match parse::operation(query, variables, ask.field("operationName").and_then(Value::as_str)) {
        Ok(operation) => operation,
        Err(message) => return Ok(faulty(None, &Fault::new("parseError", message), &[])),
    };
    Ok(run(cx, ask, &operation))
}

fn run(cx: &mut Cx, ask: &Ask, operation: &Operation) -> Reply {
    let mut data = Map::new();
    for field in &operation.fields {
        let result = match (operation.mutation, field.name.as_str()) {
            (true, "createCommitOnBranch") => commit::create(cx, ask, field),
            (true, other) => Err(Fault::unknown(other, "Mutation")),
            (false, _) => nodes::root(cx, ask, field),
        };
        match result {
            Ok(value) => {
                data.insert(field.alias.clone(), value);
            }
            Err(fault) if fault.kind == "undefinedField" => return faulty(None, &fault, &[]),
            Err(fault) => {
                data.insert(field.alias.clone(), Value::Null);
                return faulty(Some(data.into()), &fault, &[&field.alias]);
            }
        }
    }
    document(200, &json!({ "data": data }))
}
