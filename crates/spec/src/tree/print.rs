//! From the tree to text: YAML in block style and JSON, stable byte for byte.

use super::{CoreType, Data, Node, Style, core_type};
use serde_json::{Map, Number, Value};

/// The value as JSON; numbers and truth values where the core schema says so.
pub fn to_json(node: &Node) -> Value {
    match &node.data {
        Data::Scalar(text, style) => match core_type(text, *style) {
            CoreType::Null => Value::Null,
            CoreType::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
            CoreType::Int => text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), |n| Value::Number(n.into())),
            CoreType::Float => {
                let number = text.parse::<f64>().ok().and_then(Number::from_f64);
                number.map_or_else(|| Value::String(text.clone()), Value::Number)
            }
            CoreType::Text => Value::String(text.clone()),
        },
        Data::List(items) => Value::Array(items.iter().map(to_json).collect()),
        Data::Map(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), to_json(v))).collect::<Map<_, _>>()),
        Data::Null | Data::Broken => Value::Null,
    }
}

/// The value as YAML in block style, ending in a line break.
pub fn to_yaml(node: &Node) -> String {
    let mut out = String::new();
    match &node.data {
        Data::Map(map) if !map.is_empty() => entries(map.iter(), 0, &mut out),
        Data::List(items) if !items.is_empty() => list(items, 0, &mut out),
        _ => {
            out.push_str(&inline(node));
            out.push('\n');
        }
    }
    out
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn entries<'a>(map: impl Iterator<Item = (&'a String, &'a Node)>, depth: usize, out: &mut String) {
    for (key, value) in map {
        indent(depth, out);
        out.push_str(&scalar(key, Style::Quoted));
        out.push(':');
        below(value, depth, out);
    }
}

fn list(items: &[Node], depth: usize, out: &mut String) {
    for item in items {
        indent(depth, out);
        match &item.data {
            Data::Map(map) if !map.is_empty() => {
                let mut inner = String::new();
                entries(map.iter(), depth + 1, &mut inner);
                out.push_str("- ");
                out.push_str(inner.trim_start());
            }
            _ => {
                out.push('-');
                below(item, depth, out);
            }
        }
    }
}

/// What follows a key or a dash.
fn below(value: &Node, depth: usize, out: &mut String) {
    match &value.data {
        Data::Map(map) if !map.is_empty() => {
            out.push('\n');
            entries(map.iter(), depth + 1, out);
        }
        Data::List(items) if !items.is_empty() => {
            out.push('\n');
            list(items, depth + 1, out);
        }
        _ => {
            out.push(' ');
            out.push_str(&inline(value));
            out.push('\n');
        }
    }
}

/// A scalar, or an empty collection, on one line.
pub(crate) fn inline(node: &Node) -> String {
    match &node.data {
        Data::Scalar(text, style) => scalar(text, *style),
        Data::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Data::Map(map) if map.is_empty() => "{}".into(),
        Data::Map(map) => {
            let entries: Vec<_> = map.iter().map(|(k, v)| format!("{}: {}", scalar(k, Style::Quoted), inline(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Data::Null | Data::Broken => "null".into(),
    }
}

/// A scalar, in quotes only where it would be read as something else without.
fn scalar(text: &str, style: Style) -> String {
    let plain_safe = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./+@:%$".contains(&b))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '.' || c == '-' || c == '+' || c == '_')
        && !text.contains(": ")
        && !text.ends_with(':')
        && text != "-"
        && !text.starts_with("---")
        && !text.starts_with("...");
    // YAML 1.1, which many tools still read, has more words for truth and counts in sixties.
    let surprising = matches!(text.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off")
        || text.contains(':') && text.starts_with(|c: char| c.is_ascii_digit());
    let wanted = core_type(text, style);
    if plain_safe && !surprising && core_type(text, Style::Plain) == wanted {
        return text.to_owned();
    }
    // JSON's strings are YAML's double-quoted ones.
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;
    use pontoon_core::diagnostic::{Diagnostics, Source};

    fn parse(text: &str) -> Node {
        let mut problems = Diagnostics::new();
        let node = tree::parse(&Source::new("test", text), &mut problems);
        assert!(problems.is_empty(), "{text}\n{problems:?}");
        node.unwrap()
    }

    #[test]
    fn what_is_printed_reads_the_same() {
        for text in [
            "a: 1\nb: \"1\"\nc: [x, {d: e}, [], {}]\n",
            "a: \"true\"\nb: true\nc: \"*\"\nd: \"@\"\ne: \"0 2 * * *\"\nf: oci://ghcr.io/x\n",
            "- - a\n  - b\n- c: d\n  e:\n    f: g\n",
            "a: \"line\\nbreak\"\nb: ''\nc: \"- x\"\nd: '---'\ne: \"#x\"\n\"a b\": \"x: y\"\n\"on\": off\n",
            "x: \"1.30\"\ny: 1.30\nz: \"~\"\nw: \"null\"\n",
            "\"-\": \"-\"\n",
        ] {
            let node = parse(text);
            let printed = to_yaml(&node);
            assert!(parse(&printed).same(&node), "{text}\n{printed}");
            assert_eq!(to_yaml(&parse(&printed)), printed);
        }
    }

    #[test]
    fn json_knows_types() {
        let json = to_json(&parse("a: 1\nb: \"1\"\nc: true\nd: 1.5\ne: 99999999999999999999\n"));
        assert_eq!(json.to_string(), r#"{"a":1,"b":"1","c":true,"d":1.5,"e":"99999999999999999999"}"#);
    }
}
