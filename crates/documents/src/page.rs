//! A page as a value, and as Markdown.

use crate::{diagram::Diagram, mermaid::mermaid};
use std::fmt::Write;

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The name of its file, without an ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What stands on it.
    pub blocks: Vec<Block>,
}

/// A part of a page. Texts are Markdown: what comes from a document goes through [`code`] or [`plain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading below the title.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// Steps, one after the other.
    Steps(Vec<String>),
    /// A table: its head, and its rows.
    Table(Vec<String>, Vec<Vec<String>>),
    /// What is typed, a line each.
    Shell(Vec<String>),
    /// A picture, with its words.
    Picture(Box<Diagram>),
}

impl Page {
    /// An empty page.
    pub fn new(name: &str, title: String) -> Page {
        Page { name: name.into(), title, blocks: Vec::new() }
    }
    /// With a heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }
    /// With a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }
    /// With a list; an empty one is left out.
    pub fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }
    /// With steps.
    pub fn steps(&mut self, items: &[&str]) {
        self.blocks.push(Block::Steps(items.iter().map(|i| (*i).to_owned()).collect()));
    }
    /// With a table.
    pub fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Table(head.iter().map(|h| (*h).to_owned()).collect(), rows));
        }
    }
    /// With commands.
    pub fn shell(&mut self, lines: Vec<String>) {
        if !lines.is_empty() {
            self.blocks.push(Block::Shell(lines));
        }
    }
    /// The pictures on it.
    pub fn pictures(&self) -> impl Iterator<Item = &Diagram> {
        self.blocks.iter().filter_map(|b| match b {
            Block::Picture(diagram) => Some(diagram.as_ref()),
            _ => None,
        })
    }
    /// What is typed on it.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.blocks
            .iter()
            .filter_map(|b| if let Block::Shell(lines) = b { Some(lines) } else { None })
            .flatten()
            .map(String::as_str)
    }
    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", self.title);
        for block in &self.blocks {
            out.push('\n');
            block.write(&mut out);
        }
        out
    }
}

impl Block {
    fn write(&self, out: &mut String) {
        let _ = match self {
            Block::Heading(text) => writeln!(out, "## {text}"),
            Block::Text(text) => writeln!(out, "{text}"),
            Block::List(items) => items.iter().try_for_each(|i| writeln!(out, "- {i}")),
            Block::Steps(items) => items.iter().enumerate().try_for_each(|(n, i)| writeln!(out, "{}. {i}", n + 1)),
            Block::Table(head, rows) => {
                row(out, head);
                row(out, &vec!["---".to_owned(); head.len()]);
                rows.iter().for_each(|r| row(out, r));
                Ok(())
            }
            Block::Shell(lines) => writeln!(out, "```sh\n{}\n```", lines.join("\n")),
            Block::Picture(diagram) => {
                let words = diagram.sentences().iter().map(|s| plain(s)).collect::<Vec<_>>().join("\n");
                writeln!(
                    out,
                    "![{}]({})\n\n{words}\n\n<details>\n<summary>The same in Mermaid</summary>\n\n```mermaid\n{}```\n\n</details>",
                    plain(&diagram.alternative()),
                    picture_path(diagram),
                    mermaid(diagram)
                )
            }
        };
    }
}

fn row(out: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|").replace('\n', " ")).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// Where a picture stands beside its page.
pub fn picture_path(diagram: &Diagram) -> String {
    format!("diagrams/{}.svg", diagram.name)
}

/// Text as code, whatever is in it.
pub fn code(raw: &str) -> String {
    let clean: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.is_empty() {
        return String::new();
    }
    let fence = if clean.contains('`') { "``" } else { "`" };
    let pad = if clean.starts_with('`') || clean.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{clean}{pad}{fence}")
}

/// Text as text: nothing in it means anything to Markdown.
pub fn plain(raw: &str) -> String {
    let mut out = String::new();
    for c in raw.chars() {
        match c {
            '*' | '_' | '[' | ']' | '<' | '>' | '`' | '\\' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
