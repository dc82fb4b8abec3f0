//! Block style, two spaces; a text stands plain only where no reader could take it for anything else.

use super::Node;
use serde_json::Value;
use std::fmt::Write;

/// Words that some reader of YAML takes for something else than a text.
const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// One document.
pub fn write(node: &Node) -> String {
    let mut out = String::new();
    if is_block(node) {
        block(node, 0, &mut out);
    } else {
        inline(node, 0, &mut out);
        out.push('\n');
    }
    out
}

/// Whether it is a collection that is not empty.
fn is_block(node: &Node) -> bool {
    match node {
        Node::Map(entries) => !entries.is_empty(),
        Node::List(items) => !items.is_empty(),
        Node::Leaf(_) => false,
    }
}

/// The entries of a collection that is not empty, each on lines of its own.
fn block(node: &Node, indent: usize, out: &mut String) {
    let mut entry = |head: &str, node: &Node| {
        let _ = write!(out, "{:indent$}{head}", "");
        if is_block(node) {
            out.push('\n');
            block(node, indent + 2, out);
        } else {
            out.push(' ');
            inline(node, indent + 2, out);
            out.push('\n');
        }
    };
    match node {
        Node::Map(entries) => entries.iter().for_each(|(key, node)| entry(&format!("{}:", text(key)), node)),
        Node::List(items) => items.iter().for_each(|node| entry("-", node)),
        Node::Leaf(_) => {}
    }
}

fn inline(node: &Node, indent: usize, out: &mut String) {
    match node {
        Node::List(_) => out.push_str("[]"),
        Node::Map(_) => out.push_str("{}"),
        Node::Leaf(Value::String(s)) if lines(s) => {
            // A block of lines keeps exactly one break at its end, which it has.
            out.push('|');
            for line in s.trim_end_matches('\n').split('\n') {
                let _ = write!(out, "\n{:indent$}{line}", "");
            }
        }
        Node::Leaf(Value::String(s)) => out.push_str(&text(s)),
        Node::Leaf(plain) => {
            let _ = write!(out, "{plain}");
        }
    }
}

/// Whether a text is best written as lines: it ends in one break, and no line begins or ends in what a reader might drop.
fn lines(s: &str) -> bool {
    let Some(body) = s.strip_suffix('\n') else { return false };
    !body.is_empty()
        && body.split('\n').all(|l| {
            !l.is_empty() && !l.starts_with([' ', '\t', '#']) && !l.ends_with(' ') && l.chars().all(|c| (' '..='~').contains(&c))
        })
}

fn text(s: &str) -> String {
    if plain(s) {
        return s.to_owned();
    }
    let mut out = String::new();
    for c in Value::String(s.to_owned()).to_string().chars() {
        // JSON leaves these as they are; YAML breaks lines at some of them and does not print others.
        match c {
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out
}

fn plain(s: &str) -> bool {
    let sealed = s.starts_with("ENC[AES256_GCM,");
    let inner = |c: char| c.is_ascii_alphanumeric() || " ._/-+=@^|()$".contains(c) || (sealed && "[]:,".contains(c));
    s.starts_with(|c: char| c.is_ascii_alphabetic())
        && !s.ends_with(' ')
        && s.chars().all(inner)
        && !WORDS.contains(&s.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_back() {
        let strange = vec![
            "",
            " ",
            "yes",
            "Null",
            "0x10",
            "1_000",
            "2026-11-21",
            "1e3",
            ".inf",
            "<<",
            "=",
            "- a",
            "a: b",
            "a #b",
            "a\nb\n",
            "a\n\n",
            "\n",
            "a\n b\n",
            "é",
            "\u{85}",
            "\t",
            "a'b\"c\\",
            "{}",
            "[x",
            "&a",
            "*a",
            "!t",
            "%d",
            "@x",
            "`",
            "a ",
            "ENC[x",
            "#c\n",
            "x\r\n",
            "---",
            "a:",
            "-----BEGIN X-----\nabc=\n-----END X-----\n",
        ];
        let value = json!({
            "strings": strange, "yes": {"a b": 1, "": true, "c": []}, "n": null, "f": 1.5, "i": -3, "deep": [[1, [2]], {"x": {}}],
        });
        let node = Node::from(&value);
        let text = write(&node);
        assert_eq!(read(&text).unwrap(), node, "{text}");
        assert_eq!(node.value(), value);
        assert_eq!(write(&Node::from(&json!({"k": "a\nb\n"}))), "k: |\n  a\n  b\n");
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: !!binary 1\n", "a: [1", "--- 1\n--- 2\n", "? [a]\n: 1\n"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
