//! One table of sections: a state, a name, a figure and words, in columns that all sections share.
//!
//! On a terminal the words are wrapped below themselves, so that a narrow one stays readable; nothing is ever cut off.

use crate::style::{Ink, Style};

/// Words that do not fit beside their name have at least so many columns; where the terminal leaves less, they go below it.
const LEAST: usize = 40;
/// Names longer than this share of a terminal do not push the columns after them away: 2 of 5.
const NAMES: (usize, usize) = (2, 5);

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How it stands.
    pub state: String,
    /// What that means.
    pub ink: Ink,
    /// What it is about.
    pub name: String,
    /// A figure, or nothing.
    pub figure: String,
    /// What there is to say.
    pub text: String,
}

/// A part of the table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What its figures are.
    pub figures: String,
    /// Its lines; a section without any is left out.
    pub rows: Vec<Row>,
}

/// The table, for a terminal of that many columns, or for a pipe, where nothing is wrapped.
pub fn table(sections: &[Section], style: Style, width: Option<usize>) -> String {
    let sections: Vec<&Section> = sections.iter().filter(|s| !s.rows.is_empty()).collect();
    let rows = || sections.iter().flat_map(|s| &s.rows);
    let state = rows().map(|r| columns(&r.state)).max().unwrap_or(0);
    let widest = rows().map(|r| columns(&r.name)).max().unwrap_or(0);
    let name = width.map_or(widest, |w| widest.min(w * NAMES.0 / NAMES.1));
    let figure = sections
        .iter()
        .map(|s| s.rows.iter().map(|r| columns(&r.figure)).max().unwrap_or(0).max(columns(&s.figures)))
        .max()
        .unwrap_or(0);
    let indent = 2 + state + 2 + name + 2 + figure + 2;
    let mut out = String::new();
    for section in sections {
        let title = style.paint(Ink::Strong, &section.title);
        let gap = " ".repeat((2 + state + 2 + name + 2).saturating_sub(columns(&section.title)));
        let figures = style.paint(Ink::Faint, &format!("{:>figure$}", section.figures));
        let head = if section.figures.is_empty() { title } else { format!("{title}{gap}{figures}") };
        out.push_str(&format!("{head}\n"));
        for row in &section.rows {
            line(&mut out, row, style, Columns { state, name, figure, indent, width });
        }
    }
    out
}

struct Columns {
    state: usize,
    name: usize,
    figure: usize,
    indent: usize,
    width: Option<usize>,
}

fn line(out: &mut String, row: &Row, style: Style, c: Columns) {
    let Columns { state, name, figure, indent, width } = c;
    let word = style.paint(row.ink, &format!("{:state$}", row.state));
    let head = format!("{:name$}  {:>figure$}", row.name, row.figure);
    let used = 2 + state + 2 + columns(&head) + 2;
    let (from, room) = match width {
        None => (indent, usize::MAX),
        // A short sentence stands where there is room for it, however little that is.
        Some(w) if used + columns(&row.text) <= w => (indent, usize::MAX),
        Some(w) if w < indent + LEAST || used > indent => (2 + state + 2, w.saturating_sub(2 + state + 2)),
        Some(w) => (indent, w - indent),
    };
    let below = from != indent;
    let mut texts = wrapped(&row.text, room).into_iter();
    let first = if below { String::new() } else { texts.next().unwrap_or_default() };
    out.push_str(format!("  {word}  {head}  {}", style.paint(Ink::Faint, &first)).trim_end());
    out.push('\n');
    for text in texts {
        out.push_str(&format!("{}{}\n", " ".repeat(from), style.paint(Ink::Faint, &text)));
    }
}

/// Words in lines of at most so many columns. A word that is longer stays whole, so that it can be copied.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut now = String::new();
    for word in text.split_whitespace() {
        if !now.is_empty() && columns(&now) + 1 + columns(word) > room {
            lines.push(std::mem::take(&mut now));
        }
        if !now.is_empty() {
            now.push(' ');
        }
        now.push_str(word);
    }
    if !now.is_empty() {
        lines.push(now);
    }
    lines
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        let row = |state: &str, name: &str, figure: &str, text: &str| Row {
            state: state.into(),
            ink: Ink::Good,
            name: name.into(),
            figure: figure.into(),
            text: text.into(),
        };
        let units = vec![
            row("healthy", "cert-manager", "1", "cert-manager"),
            row("progressing", "prometheus", "2", "Pod observability/prometheus-0: FailedScheduling: 0/2 nodes are available"),
        ];
        vec![
            Section { title: "cluster".into(), figures: "layer".into(), rows: units },
            Section { title: "empty".into(), ..Section::default() },
            Section {
                title: "waits for a person".into(),
                rows: vec![row("delegate", "example.com", "", "")],
                ..Section::default()
            },
        ]
    }

    #[test]
    fn a_pipe_has_one_line_for_each() {
        let text = table(&sections(), Style::Plain, None);
        let expected = "\
cluster                      layer
  healthy      cert-manager      1  cert-manager
  progressing  prometheus        2  Pod observability/prometheus-0: FailedScheduling: 0/2 nodes are available
waits for a person
  delegate     example.com
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_terminal_is_never_wider_than_it_is() {
        for width in [60, 80, 120] {
            let text = table(&sections(), Style::Plain, Some(width));
            assert!(text.lines().all(|l| l.chars().count() <= width), "{width}:\n{text}");
            let said: Vec<&str> = text.split_whitespace().collect();
            assert!(said.join(" ").contains("0/2 nodes are available"), "{text}");
        }
    }

    #[test]
    fn colours_do_not_move_columns() {
        let bare = table(&sections(), Style::Plain, Some(80));
        let painted = table(&sections(), Style::Colour, Some(80));
        let mut stripped = String::new();
        let mut rest = painted.as_str();
        while let Some(at) = rest.find('\x1b') {
            stripped.push_str(&rest[..at]);
            rest = &rest[at + rest[at..].find('m').unwrap() + 1..];
        }
        stripped.push_str(rest);
        let trimmed = |t: &str| t.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(trimmed(&stripped), trimmed(&bare));
    }
}
