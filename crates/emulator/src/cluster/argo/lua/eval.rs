//! What statements do.

use super::parse::{Expression, Statement};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// How many statements a script may run, as Argo CD gives it a second.
const STEPS: u32 = 100_000;

struct State<'o> {
    object: &'o Value,
    names: Map<String, Value>,
    steps: u32,
}

const NIL: &Value = &Value::Null;

type Done<T> = Result<T, String>;

/// Runs a script.
///
/// # Errors
/// What Lua says.
pub(super) fn run(script: &[Statement], object: &Value) -> Done<Value> {
    let mut state = State { object, names: Map::new(), steps: 0 };
    Ok(state.block(script)?.unwrap_or(Value::Null))
}

/// What Lua takes for true.
fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) | Value::Object(_) => "table",
    }
}

fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    #[allow(clippy::cast_possible_truncation, reason = "it is a whole number in range")]
    if whole { (value as i64).into() } else { value.into() }
}

fn text(value: &Value) -> Done<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!("cannot perform concat operation between {} and string", kind(other))),
    }
}

impl State<'_> {
    fn block(&mut self, block: &[Statement]) -> Done<Option<Value>> {
        for statement in block {
            self.steps += 1;
            if self.steps > STEPS {
                return Err("context deadline exceeded".to_owned());
            }
            match statement {
                Statement::Return(value) => return self.value(value).map(Some),
                Statement::Set { target, value } => {
                    let value = self.value(value)?;
                    *self.place(target)? = value;
                }
                Statement::If(branches) => {
                    for (condition, body) in branches {
                        if truth(&*self.look(condition)?) {
                            if let Some(done) = self.block(body)? {
                                return Ok(Some(done));
                            }
                            break;
                        }
                    }
                }
                Statement::For { names, ordered, of, body } => {
                    for (key, value) in pairs(&self.value(of)?, *ordered)? {
                        for (name, value) in names.iter().zip([key, value]) {
                            self.names.insert(name.clone(), value);
                        }
                        if let Some(done) = self.block(body)? {
                            return Ok(Some(done));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    /// Where something is put.
    fn place(&mut self, target: &Expression) -> Done<&mut Value> {
        match target {
            Expression::Name(name) => Ok(self.names.entry(name.clone()).or_insert(Value::Null)),
            Expression::Index(of, key) => {
                let key = self.value(key)?;
                match (self.place(of)?, &key) {
                    (Value::Object(map), key) => Ok(map.entry(text(key)?).or_insert(Value::Null)),
                    (Value::Array(list), Value::Number(n)) => {
                        let at = n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=list.len() + 1).contains(n));
                        let at = at.ok_or("the embedded Lua has no holes in lists")? - 1;
                        if at == list.len() {
                            list.push(Value::Null);
                        }
                        Ok(&mut list[at])
                    }
                    (other, _) => Err(format!("attempt to index a non-table object({})", kind(other))),
                }
            }
            _ => Err("cannot assign to this".to_owned()),
        }
    }

    /// A value where it lies, as far as it lies anywhere.
    fn look(&self, expression: &Expression) -> Done<Cow<'_, Value>> {
        Ok(match expression {
            Expression::Name(name) => Cow::Borrowed(match self.names.get(name) {
                Some(value) => value,
                None if name == "obj" => self.object,
                None => NIL,
            }),
            Expression::Index(of, key) => {
                let key = self.look(key)?;
                match self.look(of)? {
                    Cow::Borrowed(of) => Cow::Borrowed(inside(of, &key)?),
                    Cow::Owned(of) => Cow::Owned(inside(&of, &key)?.clone()),
                }
            }
            other => Cow::Owned(self.made(other)?),
        })
    }

    fn value(&self, expression: &Expression) -> Done<Value> {
        self.look(expression).map(Cow::into_owned)
    }

    fn made(&self, expression: &Expression) -> Done<Value> {
        Ok(match expression {
            Expression::Name(_) | Expression::Index(..) => self.value(expression)?,
            Expression::Nil => Value::Null,
            Expression::Bool(b) => (*b).into(),
            Expression::Number(n) => number(*n),
            Expression::Text(t) => t.as_str().into(),
            Expression::Not(of) => (!truth(&*self.look(of)?)).into(),
            Expression::Length(of) => match self.value(of)? {
                Value::String(text) => text.len().into(),
                Value::Array(list) => list.len().into(),
                Value::Object(_) => 0.into(),
                other => return Err(format!("attempt to get length of a {} value", kind(&other))),
            },
            Expression::ToText(of) => match self.value(of)? {
                Value::Null => "nil".into(),
                Value::String(text) => text.into(),
                other => other.to_string().into(),
            },
            Expression::Table(fields) => self.table(fields)?,
            Expression::Binary(operator, left, right) => self.binary(operator, left, right)?,
        })
    }

    fn table(&self, fields: &[(Option<Expression>, Expression)]) -> Done<Value> {
        if fields.iter().all(|(key, _)| key.is_none()) && !fields.is_empty() {
            return fields.iter().map(|(_, value)| self.value(value)).collect();
        }
        let mut map = Map::new();
        for (at, (key, value)) in fields.iter().enumerate() {
            let key = match key {
                Some(key) => text(&self.value(key)?)?,
                None => (at + 1).to_string(),
            };
            let value = self.value(value)?;
            if !value.is_null() {
                map.insert(key, value);
            }
        }
        Ok(Value::Object(map))
    }

    fn binary(&self, operator: &str, left: &Expression, right: &Expression) -> Done<Value> {
        let left = self.look(left)?;
        match operator {
            "and" => return if truth(&left) { self.value(right) } else { Ok(left.into_owned()) },
            "or" => return if truth(&left) { Ok(left.into_owned()) } else { self.value(right) },
            _ => {}
        }
        let right = self.look(right)?;
        let (left, right) = (left.as_ref(), right.as_ref());
        let same = left == right || left.as_f64().is_some() && left.as_f64() == right.as_f64();
        Ok(match operator {
            "==" => same.into(),
            "~=" => (!same).into(),
            ".." => format!("{}{}", text(left)?, text(right)?).into(),
            "+" | "-" => match (left.as_f64(), right.as_f64()) {
                (Some(a), Some(b)) => number(if operator == "+" { a + b } else { a - b }),
                _ => return Err(format!("cannot perform arithmetic between {} and {}", kind(left), kind(right))),
            },
            _ => {
                let order = match (left, right) {
                    (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
                    _ => left.as_f64().zip(right.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
                };
                let order = order.ok_or_else(|| format!("attempt to compare {} with {}", kind(left), kind(right)))?;
                match operator {
                    "<" => order.is_lt(),
                    ">" => order.is_gt(),
                    "<=" => order.is_le(),
                    _ => order.is_ge(),
                }
                .into()
            }
        })
    }
}

/// What lies in a table under a key.
fn inside<'v>(of: &'v Value, key: &Value) -> Done<&'v Value> {
    match (of, key) {
        (Value::Object(map), Value::String(key)) => Ok(map.get(key).unwrap_or(NIL)),
        (Value::Array(list), Value::Number(n)) => {
            let at = n.as_u64().and_then(|n| usize::try_from(n).ok()).and_then(|n| n.checked_sub(1));
            Ok(at.and_then(|at| list.get(at)).unwrap_or(NIL))
        }
        (Value::Object(_) | Value::Array(_), _) => Ok(NIL),
        (other, key) => {
            let key = text(key).unwrap_or_else(|_| kind(key).to_owned());
            Err(format!("attempt to index a non-table object({}) with key '{key}'", kind(other)))
        }
    }
}

/// What a loop goes through: indexes with values, or, unordered, keys too.
fn pairs(of: &Value, ordered: bool) -> Done<Vec<(Value, Value)>> {
    match of {
        Value::Array(list) => Ok(list.iter().enumerate().map(|(at, v)| ((at + 1).into(), v.clone())).collect()),
        Value::Object(_) if ordered => Ok(Vec::new()),
        Value::Object(map) => Ok(map.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect()),
        other => {
            Err(format!("bad argument #1 to {} (table expected, got {})", if ordered { "ipairs" } else { "pairs" }, kind(other)))
        }
    }
}
