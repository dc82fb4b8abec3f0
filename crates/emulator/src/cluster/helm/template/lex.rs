//! Text and actions; within an action, its words.

/// A piece of a template with the line on which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Action(Vec<Token>, usize),
}

/// A word of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `.`, `.a.b`: the names.
    Field(Vec<String>),
    /// `$x`, `$x.a`: the variable and names; `$` alone is empty.
    Variable(String, Vec<String>),
    Text(String),
    Number(String),
    Word(String),
    /// `(`, `|`, `,`, `:=`, `=`.
    Sign(&'static str),
    /// `)` and the names after it.
    Close(Vec<String>),
}

/// An error with its line.
pub(super) type Problem = (usize, String);

/// Splits a template.
pub(super) fn split(source: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let (mut rest, mut line, mut trim) = (source, 1, false);
    loop {
        let (mut text, action) = rest.split_once("{{").map_or((rest, None), |(t, a)| (t, Some(a)));
        line += text.matches('\n').count();
        if trim {
            text = text.trim_start();
        }
        let Some(mut action) = action else {
            pieces.push(Piece::Text(text.to_owned()));
            return Ok(pieces);
        };
        if let Some(inner) = action.strip_prefix('-').filter(|i| i.starts_with(char::is_whitespace)) {
            text = text.trim_end();
            action = inner;
        }
        pieces.push(Piece::Text(text.to_owned()));
        let comment = action.trim_start().starts_with("/*");
        let end = end_of(action, comment).ok_or((line, "unclosed action".to_owned()))?;
        let (inner, after) = (&action[..end], &action[end + 2..]);
        trim = inner.ends_with('-') && inner[..inner.len() - 1].ends_with(char::is_whitespace);
        let inner = if trim { &inner[..inner.len() - 1] } else { inner };
        if !comment {
            pieces.push(Piece::Action(words(inner).map_err(|why| (line, why))?, line));
        }
        line += inner.matches('\n').count();
        rest = after;
    }
}

/// Where an action ends: `}}` outside of its strings.
fn end_of(action: &str, comment: bool) -> Option<usize> {
    if comment {
        let close = action.find("*/")?;
        return action[close..].find("}}").map(|i| close + i);
    }
    let bytes = action.as_bytes();
    let (mut i, mut quote) = (0, 0_u8);
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quote == b'"' => i += 1,
            c if quote != 0 && c == quote => quote = 0,
            c @ (b'"' | b'`') if quote == 0 => quote = c,
            b'}' if quote == 0 && bytes.get(i + 1) == Some(&b'}') => return Some(i),
            _ => {}
        }
        i += 1;
    }
    None
}

fn words(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut all, mut i) = (Vec::new(), 0);
    while let Some(&c) = chars.get(i) {
        match c {
            _ if c.is_whitespace() => i += 1,
            '"' | '`' => {
                let (word, next) = quoted(&chars, i)?;
                i = next;
                all.push(Token::Text(word));
            }
            '(' | '|' | ',' | '=' => {
                i += 1;
                all.push(Token::Sign(match c {
                    '(' => "(",
                    '|' => "|",
                    ',' => ",",
                    _ => "=",
                }));
            }
            ')' => {
                i += 1;
                all.push(Token::Close(names(&chars, &mut i)));
            }
            ':' if chars.get(i + 1) == Some(&'=') => {
                i += 2;
                all.push(Token::Sign(":="));
            }
            '$' => {
                i += 1;
                let name = name(&chars, &mut i);
                let fields = names(&chars, &mut i);
                all.push(Token::Variable(name, fields));
            }
            '.' if chars.get(i + 1).is_none_or(|n| !n.is_ascii_digit()) => {
                let fields = names(&chars, &mut i);
                if fields.is_empty() {
                    i += 1;
                }
                all.push(Token::Field(fields));
            }
            _ if c.is_ascii_digit() || c == '-' || c == '+' || c == '.' => {
                let start = i;
                i += 1;
                while chars.get(i).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '_') {
                    i += 1;
                }
                all.push(Token::Number(chars[start..i].iter().collect()));
            }
            _ if c.is_alphabetic() || c == '_' => all.push(Token::Word(name(&chars, &mut i))),
            _ => return Err(format!("unexpected \"{c}\" in operand")),
        }
    }
    Ok(all)
}

fn name(chars: &[char], i: &mut usize) -> String {
    let start = *i;
    while chars.get(*i).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
        *i += 1;
    }
    chars[start..*i].iter().collect()
}

/// `.a.b` from here on.
fn names(chars: &[char], i: &mut usize) -> Vec<String> {
    let mut all = Vec::new();
    while chars.get(*i) == Some(&'.') && chars.get(*i + 1).is_some_and(|c| c.is_alphabetic() || *c == '_') {
        *i += 1;
        all.push(name(chars, i));
    }
    all
}

fn quoted(chars: &[char], start: usize) -> Result<(String, usize), String> {
    let quote = chars[start];
    let (mut word, mut i) = (String::new(), start + 1);
    loop {
        match chars.get(i) {
            None => return Err("unterminated quoted string".to_owned()),
            Some(c) if *c == quote => return Ok((word, i + 1)),
            Some('\\') if quote == '"' => {
                i += 1;
                word.push(match chars.get(i) {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(c) => *c,
                    None => return Err("unterminated quoted string".to_owned()),
                });
            }
            Some(c) => word.push(*c),
        }
        i += 1;
    }
}
