//! Regular expressions as far as the document's patterns go: alternatives, groups, classes, repetition, anchors, `\b`.
//!
//! Backtracking, on short texts of tests only. What it does not know is an error when the document is compiled, so that
//! no pattern is passed over in silence.

use std::fmt;

/// A compiled pattern, which may match anywhere in a text.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    source: String,
    alternatives: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone)]
struct Piece {
    atom: Atom,
    least: usize,
    most: usize,
}

#[derive(Debug, Clone)]
enum Atom {
    Start,
    End,
    Boundary,
    Any,
    Class { inverted: bool, ranges: Vec<(char, char)> },
    Group(Vec<Vec<Piece>>),
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Pattern {
    /// Compiles a pattern.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let mut chars: Vec<char> = source.chars().rev().collect();
        let alternatives = alternatives(&mut chars).map_err(|error| format!("pattern {source:?}: {error}"))?;
        match chars.pop() {
            Some(rest) => Err(format!("pattern {source:?}: {rest:?} is not expected")),
            None => Ok(Self { source: source.to_owned(), alternatives }),
        }
    }

    /// Whether it matches somewhere in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        (0..=text.len()).any(|from| any(&self.alternatives, &text, from, &mut |_| true))
    }
}

/// The rest of the pattern, last character first, so that taking one is a `pop`.
type Rest = Vec<char>;

fn alternatives(rest: &mut Rest) -> Result<Vec<Vec<Piece>>, String> {
    let mut all = vec![Vec::new()];
    while let Some(&next) = rest.last() {
        match next {
            ')' => break,
            '|' => {
                rest.pop();
                all.push(Vec::new());
            }
            _ => {
                let atom = atom(rest)?;
                let (least, most) = repetition(rest)?;
                if let Some(last) = all.last_mut() {
                    last.push(Piece { atom, least, most });
                }
            }
        }
    }
    Ok(all)
}

fn atom(rest: &mut Rest) -> Result<Atom, String> {
    let one = |c: char| Atom::Class { inverted: false, ranges: vec![(c, c)] };
    Ok(match rest.pop().ok_or("ends early")? {
        '^' => Atom::Start,
        '$' => Atom::End,
        '.' => Atom::Any,
        '(' => {
            if rest.ends_with(&[':', '?']) {
                rest.truncate(rest.len() - 2);
            }
            let group = alternatives(rest)?;
            rest.pop().filter(|c| *c == ')').ok_or("a group without its end")?;
            Atom::Group(group)
        }
        '[' => class(rest)?,
        '\\' => match rest.pop().ok_or("ends early")? {
            'b' => Atom::Boundary,
            'd' => Atom::Class { inverted: false, ranges: vec![('0', '9')] },
            'w' => Atom::Class { inverted: false, ranges: vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')] },
            's' => Atom::Class { inverted: false, ranges: vec![(' ', ' '), ('\t', '\r')] },
            c if c.is_ascii_alphanumeric() => return Err(format!("\\{c} is not known")),
            c => one(c),
        },
        c @ ('*' | '+' | '?' | '{') => return Err(format!("{c:?} repeats nothing")),
        c => one(c),
    })
}

fn class(rest: &mut Rest) -> Result<Atom, String> {
    let inverted = rest.pop_if(|c| *c == '^').is_some();
    let mut ranges = Vec::new();
    loop {
        let mut from = rest.pop().ok_or("a class without its end")?;
        if from == ']' {
            return Ok(Atom::Class { inverted, ranges });
        }
        if from == '\\' {
            from = rest.pop().ok_or("a class without its end")?;
        }
        // A minus sign before the end is itself.
        let ranged = matches!(rest.as_slice(), [.., after, '-'] if *after != ']');
        let to = if ranged {
            rest.pop();
            rest.pop().ok_or("a class without its end")?
        } else {
            from
        };
        ranges.push((from, to));
    }
}

fn repetition(rest: &mut Rest) -> Result<(usize, usize), String> {
    let Some(mark) = rest.pop_if(|c| "*+?{".contains(*c)) else {
        return Ok((1, 1));
    };
    Ok(match mark {
        '*' => (0, usize::MAX),
        '+' => (1, usize::MAX),
        '?' => (0, 1),
        _ => {
            let end = rest.iter().rposition(|c| *c == '}').ok_or("a repetition without its end")?;
            let inner: String = rest.drain(end..).rev().take_while(|c| *c != '}').collect();
            let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{{{inner}}} is no repetition"));
            match inner.split_once(',') {
                None => (number(&inner)?, number(&inner)?),
                Some((least, "")) => (number(least)?, usize::MAX),
                Some((least, most)) => (number(least)?, number(most)?),
            }
        }
    })
}

fn any(alternatives: &[Vec<Piece>], text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    alternatives.iter().any(|pieces| run(pieces, text, at, then))
}

fn run(pieces: &[Piece], text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    match pieces {
        [] => then(at),
        [piece, rest @ ..] => repeat(piece, 0, rest, text, at, then),
    }
}

fn repeat(piece: &Piece, done: usize, rest: &[Piece], text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    if done < piece.most {
        let mut more = |next: usize| {
            // Going round without moving would never end.
            (next != at || done < piece.least) && repeat(piece, done + 1, rest, text, next, &mut *then)
        };
        if step(&piece.atom, text, at, &mut more) {
            return true;
        }
    }
    done >= piece.least && run(rest, text, at, then)
}

fn step(atom: &Atom, text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    let here = text.get(at);
    match atom {
        Atom::Start => at == 0 && then(at),
        Atom::End => at == text.len() && then(at),
        Atom::Boundary => {
            let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
            word(at.checked_sub(1).and_then(|before| text.get(before))) != word(here) && then(at)
        }
        Atom::Any => here.is_some_and(|c| *c != '\n') && then(at + 1),
        Atom::Class { inverted, ranges } => {
            let inside = |c: &char| ranges.iter().any(|(from, to)| from <= c && c <= to);
            here.is_some_and(|c| inside(c) != *inverted) && then(at + 1)
        }
        Atom::Group(alternatives) => any(alternatives, text, at, then),
    }
}
