//! A picture as Mermaid text, which GitHub and others draw by themselves.

use crate::diagram::{Diagram, GroupId, Kind, Node, Notation};
use std::fmt::Write;

/// Writes a picture in its notation.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut out = String::new();
    let c4 = match diagram.notation {
        Notation::C4Context => Some("C4Context"),
        Notation::C4Container => Some("C4Container"),
        Notation::Flowchart => None,
    };
    if let Some(head) = c4 {
        let _ = writeln!(out, "{head}\n  title {}", plain(&diagram.title));
    } else {
        let _ = writeln!(out, "flowchart LR\n  accTitle: {}\n  accDescr: {}", plain(&diagram.title), plain(&diagram.summary));
    }
    held(&mut out, diagram, None, 1, c4.is_some());
    for edge in &diagram.edges {
        let (from, to, label) = (edge.from.0, edge.to.0, plain(&edge.label));
        let _ = match (c4.is_some(), label.is_empty(), edge.dashed) {
            (true, true, _) => writeln!(out, "  Rel(n{from}, n{to}, \"uses\")"),
            (true, false, _) => writeln!(out, "  Rel(n{from}, n{to}, \"{label}\")"),
            (false, true, false) => writeln!(out, "  n{from} --> n{to}"),
            (false, true, true) => writeln!(out, "  n{from} -.-> n{to}"),
            (false, false, false) => writeln!(out, "  n{from} -->|\"{label}\"| n{to}"),
            (false, false, true) => writeln!(out, "  n{from} -.->|\"{label}\"| n{to}"),
        };
    }
    out
}

/// What a frame holds, or what stands in none.
fn held(out: &mut String, diagram: &Diagram, group: Option<GroupId>, depth: usize, c4: bool) {
    let pad = "  ".repeat(depth);
    for (id, node) in diagram.nodes.iter().enumerate().filter(|(_, n)| n.group == group) {
        let text = if c4 { c4_node(id, node) } else { flow_node(id, node) };
        let _ = writeln!(out, "{pad}{text}");
    }
    for (id, frame) in diagram.groups.iter().enumerate().filter(|(_, g)| g.parent == group) {
        let title = if frame.caption.is_empty() { frame.title.clone() } else { format!("{} · {}", frame.title, frame.caption) };
        let (open, close) = if c4 {
            (format!("Boundary(g{id}, \"{}\") {{", plain(&title)), "}")
        } else {
            (format!("subgraph g{id}[\"{}\"]", plain(&title)), "end")
        };
        let _ = writeln!(out, "{pad}{open}");
        held(out, diagram, Some(GroupId(id)), depth + 1, c4);
        let _ = writeln!(out, "{pad}{close}");
    }
}

fn c4_node(id: usize, node: &Node) -> String {
    let (title, caption, lines) = (plain(&node.title), plain(&node.caption), plain(&node.lines.join(", ")));
    match node.kind {
        Kind::Person => format!("Person(n{id}, \"{title}\", \"{caption}\")"),
        Kind::Outside => format!("System_Ext(n{id}, \"{title}\", \"{caption}\")"),
        Kind::Store => format!("ContainerDb(n{id}, \"{title}\", \"{caption}\", \"{lines}\")"),
        _ => format!("Container(n{id}, \"{title}\", \"{caption}\", \"{lines}\")"),
    }
}

fn flow_node(id: usize, node: &Node) -> String {
    let mut parts = vec![format!("<b>{}</b>", plain(&node.title))];
    parts.extend(Some(plain(&node.caption)).filter(|c| !c.is_empty()).map(|c| format!("<i>{c}</i>")));
    parts.extend(node.lines.iter().map(|l| plain(l)));
    let text = parts.join("<br/>");
    match node.kind {
        Kind::Person => format!("n{id}([\"{text}\"])"),
        Kind::Store => format!("n{id}[(\"{text}\")]"),
        Kind::Outside => format!("n{id}(\"{text}\")"),
        _ => format!("n{id}[\"{text}\"]"),
    }
}

/// Text that neither ends a quoted part nor means anything to Mermaid.
pub fn plain(raw: &str) -> String {
    let mut out = String::new();
    for c in raw.chars().filter(|c| !c.is_control()) {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            ';' => out.push(','),
            other => out.push(other),
        }
    }
    out
}
