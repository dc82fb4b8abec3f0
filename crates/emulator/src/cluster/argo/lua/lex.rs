//! From text to words and signs.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or keyword.
    Name(String),
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A sign.
    Sign(&'static str),
}

/// Longer ones before what they begin with.
const SIGNS: &[&str] = &[
    "...", "..", "==", "~=", "<=", ">=", "<", ">", "=", "(", ")", "{", "}", "[", "]", ".", ",", ";", ":", "#", "+", "-", "*",
    "/", "%",
];

/// Reads a script.
///
/// # Errors
/// What cannot be read.
pub(super) fn read(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let number = rest[..end].parse().map_err(|_| format!("malformed number near '{}'", &rest[..end]))?;
            tokens.push(Token::Number(number));
            rest = &rest[end..];
        } else if first == '"' || first == '\'' {
            let (word, after) = quoted(&rest[1..], first)?;
            tokens.push(Token::Text(word));
            rest = after;
        } else {
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s)).ok_or_else(|| format!("unexpected symbol near '{first}'"))?;
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str, end: char) -> Result<(String, &str), String> {
    let mut word = String::new();
    let mut letters = text.char_indices();
    while let Some((at, c)) = letters.next() {
        match c {
            c if c == end => return Ok((word, &text[at + c.len_utf8()..])),
            '\\' => match letters.next() {
                Some((_, 'n')) => word.push('\n'),
                Some((_, 't')) => word.push('\t'),
                Some((_, c)) => word.push(c),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err("unfinished string".to_owned())
}
