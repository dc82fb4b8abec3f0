//! The functions of templates: Go's own, Sprig's and Helm's, as far as they are known here.

use super::text::{printf, quoted, show, sorted, to_yaml};
use crate::cluster::helm::values::{empty, merged};
use crate::cluster::yaml;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const KNOWN: &[&str] = &[
    "add",
    "add1",
    "and",
    "b64dec",
    "b64enc",
    "cat",
    "ceil",
    "coalesce",
    "concat",
    "contains",
    "default",
    "dict",
    "div",
    "empty",
    "eq",
    "fail",
    "first",
    "float64",
    "floor",
    "fromJson",
    "fromYaml",
    "ge",
    "get",
    "gt",
    "has",
    "hasKey",
    "hasPrefix",
    "hasSuffix",
    "include",
    "indent",
    "index",
    "int",
    "int64",
    "join",
    "keys",
    "kindIs",
    "last",
    "le",
    "len",
    "list",
    "lookup",
    "lower",
    "lt",
    "max",
    "merge",
    "mergeOverwrite",
    "min",
    "mod",
    "mul",
    "ne",
    "nindent",
    "not",
    "omit",
    "or",
    "pick",
    "pluck",
    "print",
    "printf",
    "println",
    "quote",
    "replace",
    "required",
    "rest",
    "set",
    "sha256sum",
    "slice",
    "sortAlpha",
    "splitList",
    "squote",
    "sub",
    "ternary",
    "title",
    "toJson",
    "toString",
    "toStrings",
    "toYaml",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trunc",
    "typeIs",
    "uniq",
    "unset",
    "until",
    "upper",
    "values",
    "without",
];

/// Whether a function of that name is known.
pub(super) fn known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// A number as templates write it.
pub(super) fn number(text: &str) -> Option<Value> {
    text.parse::<i64>()
        .map(Value::from)
        .ok()
        .or_else(|| text.parse::<f64>().ok().and_then(|f| serde_json::Number::from_f64(f).map(Value::Number)))
}

fn whole(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or(0),
        Value::Bool(b) => i64::from(*b),
        #[expect(clippy::cast_possible_truncation, reason = "as Go's conversion does")]
        other => other.as_i64().unwrap_or_else(|| other.as_f64().unwrap_or(0.0) as i64),
    }
}

fn indented(text: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    text.split('\n').map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n")
}

fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => show(a).cmp(&show(b)),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

/// Calls a function.
///
/// # Errors
/// In Helm's words, with `error calling NAME`.
pub(super) fn call(name: &str, args: Vec<Value>) -> Result<Value, String> {
    let wrong = || format!("wrong number of args for {name}: got {}", args.len());
    if let Some(value) = of_text(name, &args) {
        return Ok(value);
    }
    Ok(match (name, args.as_slice()) {
        ("not", [a]) => empty(a).into(),
        ("eq", [a, rest @ ..]) if !rest.is_empty() => rest.iter().any(|b| same(a, b)).into(),
        ("ne", [a, b]) => (!same(a, b)).into(),
        ("lt", [a, b]) => compare(a, b).is_lt().into(),
        ("le", [a, b]) => compare(a, b).is_le().into(),
        ("gt", [a, b]) => compare(a, b).is_gt().into(),
        ("ge", [a, b]) => compare(a, b).is_ge().into(),
        ("default", [other, value]) => if empty(value) { other } else { value }.clone(),
        ("default", [other]) => other.clone(),
        ("empty", [a]) => empty(a).into(),
        ("coalesce", all) => all.iter().find(|v| !empty(v)).cloned().unwrap_or_default(),
        ("ternary", [yes, no, test]) => if test == &Value::Bool(true) { yes } else { no }.clone(),
        ("required", [message, value]) if value.is_null() || value == "" => {
            return Err(format!("error calling required: {}", show(message)));
        }
        ("required", [_, value]) => value.clone(),
        ("fail", [message]) => return Err(format!("error calling fail: {}", show(message))),
        ("lookup", [_, _, _, _]) => json!({}),
        ("kindIs" | "typeIs", [wanted, value]) => {
            (wanted == kind(value) || name == "typeIs" && wanted == "map[string]interface {}" && value.is_object()).into()
        }
        ("int" | "int64", [a]) => whole(a).into(),
        ("float64", [a]) => json!(a.as_f64().or_else(|| show(a).parse().ok()).unwrap_or(0.0)),
        ("ceil", [a]) => json!(a.as_f64().unwrap_or(0.0).ceil()),
        ("floor", [a]) => json!(a.as_f64().unwrap_or(0.0).floor()),
        ("add", all) => all.iter().map(whole).sum::<i64>().into(),
        ("mul", all) => all.iter().map(whole).product::<i64>().into(),
        ("add1", [a]) => (whole(a) + 1).into(),
        ("sub", [a, b]) => (whole(a) - whole(b)).into(),
        ("div", [a, b]) => whole(a).checked_div(whole(b)).ok_or("error calling div: division by zero")?.into(),
        ("mod", [a, b]) => whole(a).checked_rem(whole(b)).ok_or("error calling mod: division by zero")?.into(),
        ("max", all) => all.iter().map(whole).max().unwrap_or(0).into(),
        ("min", all) => all.iter().map(whole).min().unwrap_or(0).into(),
        ("until", [n]) => (0..whole(n)).map(Value::from).collect(),
        ("len", [Value::String(s)]) => s.len().into(),
        ("len", [Value::Array(a)]) => a.len().into(),
        ("len", [Value::Object(o)]) => o.len().into(),
        ("len", [_]) => return Err("error calling len: len of nil pointer".to_owned()),
        ("index", [first, rest @ ..]) => rest.iter().try_fold(first.clone(), |at, key| match (&at, key) {
            (Value::Object(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or_default()),
            (Value::Array(items), key) if key.is_u64() => items
                .get(usize::try_from(whole(key)).unwrap_or(usize::MAX))
                .cloned()
                .ok_or_else(|| format!("error calling index: index out of range: {key}")),
            _ => Err("error calling index: index of untyped nil".to_owned()),
        })?,
        ("list", all) => all.to_vec().into(),
        ("dict", all) => {
            all.chunks(2).map(|pair| (show(&pair[0]), pair.get(1).cloned().unwrap_or_default())).collect::<Map<_, _>>().into()
        }
        _ => return of_collections(name, &args).ok_or_else(wrong),
    })
}

/// Functions over maps and lists.
fn of_collections(name: &str, args: &[Value]) -> Option<Value> {
    Some(match (name, args) {
        ("get", [Value::Object(map), key]) => map.get(&show(key)).cloned().unwrap_or_else(|| "".into()),
        ("set", [Value::Object(map), key, value]) => {
            let mut map = map.clone();
            map.insert(show(key), value.clone());
            map.into()
        }
        ("unset", [Value::Object(map), key]) => {
            map.iter().filter(|(k, _)| **k != show(key)).map(|(k, v)| (k.clone(), v.clone())).collect::<Map<_, _>>().into()
        }
        ("hasKey", [Value::Object(map), key]) => map.contains_key(&show(key)).into(),
        ("hasKey", [Value::Null, _]) => false.into(),
        ("keys", [Value::Object(map)]) => map.keys().map(|k| Value::from(k.as_str())).collect(),
        ("values", [Value::Object(map)]) => map.values().cloned().collect(),
        ("pick", [Value::Object(map), keys @ ..]) => map
            .iter()
            .filter(|(k, _)| keys.iter().any(|w| w == k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Map<_, _>>()
            .into(),
        ("omit", [Value::Object(map), keys @ ..]) => map
            .iter()
            .filter(|(k, _)| !keys.iter().any(|w| w == k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Map<_, _>>()
            .into(),
        ("pluck", [key, maps @ ..]) => maps.iter().filter_map(|m| m.get(show(key))).cloned().collect(),
        ("merge", [first, rest @ ..]) => rest.iter().fold(first.clone(), |into, from| merged(from, &into)),
        ("mergeOverwrite", [first, rest @ ..]) => rest.iter().fold(first.clone(), |into, from| merged(&into, from)),
        ("has", [item, Value::Array(list)]) => list.iter().any(|i| same(i, item)).into(),
        ("has", [_, Value::Null]) => false.into(),
        ("first", [Value::Array(list)]) => list.first().cloned().unwrap_or_default(),
        ("last", [Value::Array(list)]) => list.last().cloned().unwrap_or_default(),
        ("rest", [Value::Array(list)]) => list.get(1..).unwrap_or_default().to_vec().into(),
        ("concat", lists) => lists.iter().filter_map(Value::as_array).flatten().cloned().collect(),
        ("uniq", [Value::Array(list)]) => {
            let mut all: Vec<Value> = Vec::new();
            list.iter().for_each(|i| {
                if !all.contains(i) {
                    all.push(i.clone())
                }
            });
            all.into()
        }
        ("without", [Value::Array(list), gone @ ..]) => list.iter().filter(|i| !gone.contains(i)).cloned().collect(),
        ("slice", [Value::Array(list), from, to @ ..]) => {
            let at = |v: &Value| usize::try_from(whole(v)).unwrap_or(0).min(list.len());
            let end = to.first().map_or(list.len(), at);
            list.get(at(from)..end).unwrap_or_default().to_vec().into()
        }
        ("sortAlpha", [Value::Array(list)]) => {
            let mut all: Vec<String> = list.iter().map(show).collect();
            all.sort();
            all.into()
        }
        ("toStrings", [Value::Array(list)]) => list.iter().map(|i| Value::from(show(i))).collect(),
        ("join", [by, Value::Array(list)]) => list.iter().map(show).collect::<Vec<_>>().join(&show(by)).into(),
        ("join", [_, other]) => show(other).into(),
        _ => return None,
    })
}

/// Functions over texts.
fn of_text(name: &str, args: &[Value]) -> Option<Value> {
    let shown: Vec<String> = args.iter().map(show).collect();
    let texts: Vec<&str> = shown.iter().map(String::as_str).collect();
    let size = |v: &Value| usize::try_from(whole(v)).unwrap_or(0);
    Some(match (name, texts.as_slice()) {
        ("toYaml", [_]) => to_yaml(&args[0]).into(),
        ("toJson", [_]) => sorted(&args[0]).to_string().into(),
        ("fromYaml", [text]) => yaml::read_one(text).unwrap_or_else(|e| json!({ "Error": e })),
        ("fromJson", [text]) => serde_json::from_str(text).unwrap_or_else(|e| json!({ "Error": e.to_string() })),
        ("indent", [_, text]) => indented(text, size(&args[0])).into(),
        ("nindent", [_, text]) => format!("\n{}", indented(text, size(&args[0]))).into(),
        ("quote", all) => {
            all.iter().zip(args).filter(|(_, v)| !v.is_null()).map(|(t, _)| quoted(t)).collect::<Vec<_>>().join(" ").into()
        }
        ("squote", all) => {
            all.iter().zip(args).filter(|(_, v)| !v.is_null()).map(|(t, _)| format!("'{t}'")).collect::<Vec<_>>().join(" ").into()
        }
        ("printf", [format, ..]) => printf(format, &args[1..]).into(),
        ("print", all) => all.concat().into(),
        ("println", all) => format!("{}\n", all.join(" ")).into(),
        ("cat", all) => all.join(" ").into(),
        ("toString", [text]) => (*text).into(),
        ("trunc", [_, text]) if whole(&args[0]) >= 0 => text.chars().take(size(&args[0])).collect::<String>().into(),
        ("trunc", [_, text]) => {
            let keep = usize::try_from(-whole(&args[0])).unwrap_or(0);
            text.chars().skip(text.chars().count().saturating_sub(keep)).collect::<String>().into()
        }
        ("trim", [text]) => text.trim().into(),
        ("trimAll", [what, text]) => text.trim_matches(|c| what.contains(c)).into(),
        ("trimSuffix", [end, text]) => text.strip_suffix(end).unwrap_or(text).into(),
        ("trimPrefix", [start, text]) => text.strip_prefix(start).unwrap_or(text).into(),
        ("replace", [old, new, text]) => text.replace(old, new).into(),
        ("contains", [part, text]) => text.contains(part).into(),
        ("hasPrefix", [start, text]) => text.starts_with(start).into(),
        ("hasSuffix", [end, text]) => text.ends_with(end).into(),
        ("upper", [text]) => text.to_uppercase().into(),
        ("lower", [text]) => text.to_lowercase().into(),
        ("title", [text]) => {
            let word = |w: &str| {
                w.chars().next().map(|c| c.to_uppercase().chain(w.chars().skip(1)).collect::<String>()).unwrap_or_default()
            };
            text.split(' ').map(word).collect::<Vec<_>>().join(" ").into()
        }
        ("splitList", [by, text]) => text.split(by).map(Value::from).collect(),
        ("b64enc", [text]) => STANDARD.encode(text).into(),
        ("b64dec", [text]) => {
            STANDARD.decode(text).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_else(|e| e.to_string()).into()
        }
        ("sha256sum", [text]) => Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>().into(),
        _ => return None,
    })
}
