//! HCL as text, the way `tofu fmt` leaves it.
//!
//! Two spaces a level. The signs of consecutive attributes that fit on a line each stand below each other; an attribute
//! that takes several lines, an empty line, a comment and a block end such a group. Source: `hclwrite`'s `format.go`.

use super::{Block, Body, Expr, Item};

/// Lists that are longer than this stand on several lines.
const WIDTH: usize = 100;

pub fn file(body: &Body) -> String {
    let mut out = String::new();
    items(&mut out, &body.0, 0);
    out
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn items(out: &mut String, items: &[Item], level: usize) {
    for (at, item) in items.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|b| items.get(b));
        if apart(before, item) {
            out.push('\n');
        }
        match item {
            Item::Gap => out.push('\n'),
            Item::Comment(text) => {
                for line in text.lines() {
                    indent(out, level);
                    out.push_str(format!("# {line}").trim_end());
                    out.push('\n');
                }
            }
            Item::Block(b) => block(out, b, level),
            Item::Set(name, value) => {
                let width = if is_short(value, level) { group(items, at, level) } else { name.len() };
                indent(out, level);
                out.push_str(&format!("{name:width$} = "));
                expression(out, value, level);
                out.push('\n');
            }
        }
    }
}

/// Whether an empty line belongs between two items: around blocks, and before a comment that follows something.
fn apart(before: Option<&Item>, item: &Item) -> bool {
    match (before, item) {
        (None | Some(Item::Gap), _) | (_, Item::Gap) | (Some(Item::Comment(_)), _) => false,
        (Some(Item::Block(_)), _) | (_, Item::Block(_) | Item::Comment(_)) => true,
        (Some(Item::Set(..)), Item::Set(..)) => false,
    }
}

/// The width of the names of the group that an attribute stands in.
fn group(items: &[Item], at: usize, level: usize) -> usize {
    let width = |item: &Item| match item {
        Item::Set(name, value) if is_short(value, level) => Some(name.len()),
        _ => None,
    };
    let up = items[..at].iter().rev().map_while(width).max();
    let down = items[at..].iter().map_while(width).max();
    up.max(down).unwrap_or_default()
}

/// Whether a value stands on one line.
fn is_short(value: &Expr, level: usize) -> bool {
    match value {
        Expr::List(list) => list.is_empty() || (list.iter().all(|e| is_short(e, level)) && flat(value).len() + 2 * level < WIDTH),
        Expr::Map(map) => map.is_empty(),
        Expr::Path(path) => !path.contains('\n'),
        Expr::Call(_, arguments) => arguments.iter().all(|e| is_short(e, level)),
        _ => true,
    }
}

fn flat(value: &Expr) -> String {
    let mut out = String::new();
    expression(&mut out, value, 0);
    out
}

fn block(out: &mut String, b: &Block, level: usize) {
    indent(out, level);
    out.push_str(&b.kind);
    for label in &b.labels {
        out.push_str(&format!(" \"{label}\""));
    }
    if b.body.0.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    items(out, &b.body.0, level + 1);
    indent(out, level);
    out.push_str("}\n");
}

fn expression(out: &mut String, value: &Expr, level: usize) {
    match value {
        Expr::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Expr::Number(n) => out.push_str(&n.to_string()),
        Expr::Text(text) => out.push_str(&format!("\"{}\"", escaped(text))),
        Expr::Join(parts) => {
            out.push('"');
            for part in parts {
                match part {
                    Expr::Text(text) => out.push_str(&escaped(text)),
                    other => {
                        out.push_str("${");
                        expression(out, other, level);
                        out.push('}');
                    }
                }
            }
            out.push('"');
        }
        Expr::List(list) if list.is_empty() => out.push_str("[]"),
        Expr::List(list) if list.iter().all(|e| is_short(e, level)) && row(list).len() + 2 * level < WIDTH => {
            out.push_str(&row(list));
        }
        Expr::List(list) => {
            out.push_str("[\n");
            for item in list {
                indent(out, level + 1);
                expression(out, item, level + 1);
                out.push_str(",\n");
            }
            indent(out, level);
            out.push(']');
        }
        Expr::Map(map) if map.is_empty() => out.push_str("{}"),
        Expr::Map(map) => {
            let entries: Vec<Item> = map.iter().map(|(k, v)| Item::Set(key(k), v.clone())).collect();
            out.push_str("{\n");
            items(out, &entries, level + 1);
            indent(out, level);
            out.push('}');
        }
        Expr::Path(path) => out.push_str(path),
        Expr::Call(name, arguments) => {
            out.push_str(name);
            out.push('(');
            for (at, argument) in arguments.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                expression(out, argument, level);
            }
            out.push(')');
        }
    }
}

fn row(list: &[Expr]) -> String {
    let items: Vec<String> = list.iter().map(flat).collect();
    format!("[{}]", items.join(", "))
}

/// A key of a mapping: as it is where HCL takes it for a name, otherwise quoted.
fn key(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let named = key.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && key.chars().all(plain);
    if named && !matches!(key, "true" | "false" | "null" | "for") { key.to_owned() } else { format!("\"{}\"", escaped(key)) }
}

/// A text inside of quotes: `${` and `%{` begin templates, and are doubled.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stand_below_each_other_in_groups() {
        let body = Body::new()
            .set("name", "a")
            .set("region_of_it", "b")
            .set("labels", Expr::Map(vec![("x".into(), "1".into()), ("pontoon.dev/role".into(), "2".into())]))
            .set("ha", true)
            .comment("why")
            .block("node_pool", &[], Body::new().set("size", "s").set("taints", Expr::List(vec![])))
            .block("empty", &["one", "two"], Body::new());
        let text = r#"name         = "a"
region_of_it = "b"
labels = {
  x                  = "1"
  "pontoon.dev/role" = "2"
}
ha = true

# why
node_pool {
  size   = "s"
  taints = []
}

empty "one" "two" {}
"#;
        assert_eq!(body.text(), text);
    }

    #[test]
    fn texts_are_escaped_and_joined() {
        let text = |e: Expr| flat(&e);
        assert_eq!(text("a\"b\\${c}%{d}\n".into()), r#""a\"b\\$${c}%%{d}\n""#);
        let joined = Expr::Join(vec!["do:vpc:".into(), Expr::path("digitalocean_vpc.main.id")]);
        assert_eq!(text(joined), r#""do:vpc:${digitalocean_vpc.main.id}""#);
    }

    #[test]
    fn long_lists_take_several_lines() {
        let list = Expr::List((0..20).map(|n| format!("address-{n}").into()).collect());
        let text = Body::new().set("short", true).set("addresses", list).text();
        assert!(text.starts_with("short = true\naddresses = [\n  \"address-0\",\n"), "{text}");
        assert!(text.ends_with("  \"address-19\",\n]\n"), "{text}");
    }
}
