//! How wide text is, and where it is broken. Whole numbers only, so that the same text is as wide on every machine.
//!
//! The widths are Helvetica's, an eighth wider: what a reader's machine has instead of it is never wider than that.

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The title of the whole picture.
    Heading,
    /// What stands below it.
    Summary,
    /// The name of a box or a frame.
    Title,
    /// What a box is.
    Caption,
    /// What is in a box.
    Line,
    /// On an arrow.
    Label,
}

impl Face {
    /// In pixels.
    pub fn size(self) -> i32 {
        match self {
            Face::Heading => 22,
            Face::Summary => 14,
            Face::Title => 15,
            Face::Line => 12,
            Face::Caption | Face::Label => 12,
        }
    }
    /// From one line to the next.
    pub fn leading(self) -> i32 {
        match self {
            Face::Heading => 30,
            Face::Summary => 20,
            Face::Title => 19,
            Face::Line | Face::Caption => 16,
            Face::Label => 15,
        }
    }
    fn bold(self) -> bool {
        matches!(self, Face::Heading | Face::Title)
    }
}

/// Thousandths of the size, in Helvetica. Source: Adobe's font metrics of the fourteen standard fonts, rounded up by class.
fn thousandths(c: char) -> i32 {
    match c {
        'i' | 'j' | 'l' | '\'' => 230,
        ' ' | '.' | ',' | ':' | ';' | '/' | '!' | '|' | 'f' | 't' | 'I' | '[' | ']' => 280,
        '(' | ')' | 'r' | '-' | '·' | '"' => 340,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 500,
        'm' | 'M' => 840,
        'w' | 'A' | 'B' | 'E' | 'K' | 'P' | 'S' | 'V' | 'X' | 'Y' => 720,
        'C' | 'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'R' | 'U' => 780,
        'W' | '%' | '@' | '→' | '…' => 1000,
        _ if c.is_ascii_uppercase() => 660,
        _ if c.is_ascii() => 560,
        _ => 1000,
    }
}

/// How wide a line is at most, in pixels.
pub fn width(text: &str, face: Face) -> i32 {
    let sum: i32 = text.chars().map(thousandths).sum();
    let bold = if face.bold() { 1060 } else { 1000 };
    // 1.125 for other fonts than Helvetica.
    (i64::from(sum) * i64::from(face.size()) * 9 * bold / 8_000_000 + 1).try_into().unwrap_or(i32::MAX)
}

/// Breaks text into lines that are no wider than that: between words, else after a sign inside of a name, else anywhere.
pub fn wrap(text: &str, face: Face, most: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let candidate = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&candidate, face) <= most {
            line = candidate;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = word.to_owned();
        while width(&line, face) > most {
            let rest = line.split_off(cut(&line, face, most));
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where a word that is too long is cut: at least after its first letter.
fn cut(word: &str, face: Face, most: i32) -> usize {
    let ends: Vec<usize> = word.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    let fits: Vec<usize> = ends.iter().copied().filter(|end| width(&word[..*end], face) <= most).collect();
    let signs = ['-', '.', '/', '_', ':', '@'];
    let nice = fits.iter().rev().find(|end| **end * 2 > word.len().min(most as usize) && word[..**end].ends_with(signs));
    nice.or(fits.last()).or(ends.first()).copied().unwrap_or(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_and_nothing_is_lost() {
        let texts = [
            "otel-collector-opentelemetry-collector-agent",
            "a b",
            "PostgreSQL main of the platform",
            "",
            "Ünïcode→name-with-signs",
        ];
        for text in texts {
            for most in [40, 60, 90, 200] {
                let lines = wrap(text, Face::Title, most);
                assert!(lines.iter().all(|l| width(l, Face::Title) <= most), "{text} in {most}: {lines:?}");
                assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            }
        }
        assert_eq!(wrap("kube-state-metrics", Face::Line, 70), ["kube-state-", "metrics"]);
    }
}
