//! The value of an expression over an object, whose fields are its variables.

use super::parse::Expression;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Evaluates.
///
/// # Errors
/// CEL's words: a key that is not there, an operation that does not exist.
pub(super) fn value(expression: &Expression, variables: &Value) -> Result<Value, String> {
    match expression {
        Expression::Literal(value) => Ok(value.clone()),
        Expression::Name(name) => variables.get(name).cloned().ok_or_else(|| format!("no such key: {name}")),
        Expression::List(items) => items.iter().map(|i| value(i, variables)).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Expression::Field(of, name) => value(of, variables)?.get(name).cloned().ok_or_else(|| format!("no such key: {name}")),
        Expression::Index(of, index) => index_of(&value(of, variables)?, &value(index, variables)?),
        Expression::Not(inner) => Ok((!truth(value(inner, variables)?)?).into()),
        Expression::Negative(inner) => number(&value(inner, variables)?).map(|n| json!(-n)),
        Expression::Choice(test, yes, no) => value(if truth(value(test, variables)?)? { yes } else { no }, variables),
        Expression::Binary(sign, left, right) => binary(sign, left, right, variables),
        Expression::Call(None, name, args) => function(name, args, variables),
        Expression::Call(Some(of), name, args) => method(&value(of, variables)?, name, args, variables),
    }
}

fn truth(value: Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "no such overload".to_owned())
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| "no such overload".to_owned())
}

fn index_of(of: &Value, index: &Value) -> Result<Value, String> {
    let found = match (of, index) {
        (Value::Object(map), Value::String(key)) => map.get(key),
        (Value::Array(items), Value::Number(at)) => at.as_u64().and_then(|i| items.get(usize::try_from(i).ok()?)),
        _ => return Err("no such overload".to_owned()),
    };
    found.cloned().ok_or_else(|| format!("no such key: {}", index.as_str().map_or_else(|| index.to_string(), str::to_owned)))
}

fn binary(sign: &str, left: &Expression, right: &Expression, variables: &Value) -> Result<Value, String> {
    if sign == "&&" || sign == "||" {
        // Either side may decide alone, even when the other has no value.
        let decisive = sign == "||";
        let (a, b) = (value(left, variables).and_then(truth), value(right, variables).and_then(truth));
        return match (a, b) {
            (Ok(x), _) | (_, Ok(x)) if x == decisive => Ok(decisive.into()),
            (Ok(_), Ok(_)) => Ok((!decisive).into()),
            (Err(e), _) | (_, Err(e)) => Err(e),
        };
    }
    let (a, b) = (value(left, variables)?, value(right, variables)?);
    let order = |a: &Value, b: &Value| -> Result<Ordering, String> {
        match (a, b) {
            (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
            _ => Ok(number(a)?.total_cmp(&number(b)?)),
        }
    };
    Ok(match sign {
        "==" => equal(&a, &b).into(),
        "!=" => (!equal(&a, &b)).into(),
        "<" => order(&a, &b)?.is_lt().into(),
        "<=" => order(&a, &b)?.is_le().into(),
        ">" => order(&a, &b)?.is_gt().into(),
        ">=" => order(&a, &b)?.is_ge().into(),
        "in" => match &b {
            Value::Array(items) => items.iter().any(|i| equal(i, &a)).into(),
            Value::Object(map) => a.as_str().is_some_and(|k| map.contains_key(k)).into(),
            _ => return Err("no such overload".to_owned()),
        },
        "+" => match (&a, &b) {
            (Value::String(a), Value::String(b)) => format!("{a}{b}").into(),
            _ => json!(number(&a)? + number(&b)?),
        },
        "-" => json!(number(&a)? - number(&b)?),
        "*" => json!(number(&a)? * number(&b)?),
        "%" => json!(number(&a)? % number(&b)?),
        _ => json!(number(&a)? / number(&b)?),
    })
}

/// Whole and other numbers are equal when their values are.
fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

fn function(name: &str, args: &[Expression], variables: &Value) -> Result<Value, String> {
    match (name, args) {
        ("has", [Expression::Field(of, field)]) => match value(of, variables) {
            Ok(of) => Ok(of.get(field).is_some().into()),
            // A field of something that is not there either is not there.
            Err(_) => Ok(false.into()),
        },
        ("size", [of]) => size(&value(of, variables)?),
        ("string", [of]) => {
            let of = value(of, variables)?;
            Ok(of.as_str().map_or_else(|| of.to_string(), str::to_owned).into())
        }
        ("int", [of]) => {
            let of = value(of, variables)?;
            of.as_i64()
                .or_else(|| of.as_str().and_then(|s| s.parse().ok()))
                .map(Value::from)
                .ok_or_else(|| "type conversion error".to_owned())
        }
        _ => Err(format!("undeclared reference to '{name}'")),
    }
}

fn size(of: &Value) -> Result<Value, String> {
    match of {
        Value::String(s) => Ok(s.chars().count().into()),
        Value::Array(a) => Ok(a.len().into()),
        Value::Object(o) => Ok(o.len().into()),
        _ => Err("no such overload".to_owned()),
    }
}

fn method(of: &Value, name: &str, args: &[Expression], variables: &Value) -> Result<Value, String> {
    if let (Value::String(text), [arg]) = (of, args) {
        let arg = value(arg, variables)?;
        let arg = arg.as_str().ok_or("no such overload")?;
        return match name {
            "startsWith" => Ok(text.starts_with(arg).into()),
            "endsWith" => Ok(text.ends_with(arg).into()),
            "contains" => Ok(text.contains(arg).into()),
            _ => Err(format!("undeclared reference to '{name}'")),
        };
    }
    if name == "size" && args.is_empty() {
        return size(of);
    }
    let [Expression::Name(variable), body] = args else {
        return Err(format!("undeclared reference to '{name}'"));
    };
    let items: Vec<Value> = match of {
        Value::Array(items) => items.clone(),
        Value::Object(map) => map.keys().map(|k| Value::from(k.as_str())).collect(),
        _ => return Err("no such overload".to_owned()),
    };
    let each: Vec<Result<Value, String>> = items
        .iter()
        .map(|item| {
            let mut inner: Map<String, Value> = variables.as_object().cloned().unwrap_or_default();
            inner.insert(variable.clone(), item.clone());
            value(body, &Value::Object(inner))
        })
        .collect();
    let is = |wanted: bool| each.iter().filter(|r| **r == Ok(Value::Bool(wanted))).count();
    match name {
        "exists" if is(true) > 0 => Ok(true.into()),
        "all" if is(false) > 0 => Ok(false.into()),
        "exists" | "all" => each.into_iter().collect::<Result<Vec<_>, _>>().map(|_| (name == "all").into()),
        "exists_one" => Ok((is(true) == 1).into()),
        "map" => each.into_iter().collect::<Result<Vec<_>, _>>().map(Value::Array),
        "filter" => {
            let kept: Result<Vec<Value>, String> = items
                .into_iter()
                .zip(each)
                .filter_map(|(item, r)| match r.and_then(truth) {
                    Ok(true) => Some(Ok(item)),
                    Ok(false) => None,
                    Err(e) => Some(Err(e)),
                })
                .collect();
            kept.map(Value::Array)
        }
        _ => Err(format!("undeclared reference to '{name}'")),
    }
}
