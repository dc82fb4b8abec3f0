//! What a scalar is to YAML 1.2's core schema.

use super::Style;

/// The type that the core schema gives a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreType {
    /// `null`, `~`.
    Null,
    /// `true`, `false`.
    Bool,
    /// A whole number.
    Int,
    /// Any other number.
    Float,
    /// Everything else, and everything in quotes.
    Text,
}

/// The type of a scalar: YAML 1.2, chapter 10.3.2.
pub fn core_type(text: &str, style: Style) -> CoreType {
    if style == Style::Quoted {
        return CoreType::Text;
    }
    match text {
        "null" | "Null" | "NULL" | "~" | "" => return CoreType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return CoreType::Bool,
        ".nan" | ".NaN" | ".NAN" => return CoreType::Float,
        _ => {}
    }
    let digits = |t: &str, ok: fn(u8) -> bool| !t.is_empty() && t.bytes().all(ok);
    let radix = text.strip_prefix("0o").is_some_and(|t| digits(t, |b| matches!(b, b'0'..=b'7')))
        || text.strip_prefix("0x").is_some_and(|t| digits(t, |b| b.is_ascii_hexdigit()));
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if radix || digits(bare, |b| b.is_ascii_digit()) {
        return CoreType::Int;
    }
    if matches!(bare, ".inf" | ".Inf" | ".INF") {
        return CoreType::Float;
    }
    let (number, exponent) = match bare.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (bare, None),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let is_number = all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if is_number && exponent.is_none_or(|e| digits(e, |b| b.is_ascii_digit())) { CoreType::Float } else { CoreType::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        for (text, kind) in [
            ("~", CoreType::Null),
            ("null", CoreType::Null),
            ("true", CoreType::Bool),
            ("yes", CoreType::Text),
            ("12", CoreType::Int),
            ("-0", CoreType::Int),
            ("0o17", CoreType::Int),
            ("0xfF", CoreType::Int),
            ("1.30", CoreType::Float),
            ("1.", CoreType::Float),
            (".5", CoreType::Float),
            ("1e3", CoreType::Float),
            ("-.inf", CoreType::Float),
            ("1.36.1", CoreType::Text),
            ("v1.11", CoreType::Text),
            (".", CoreType::Text),
            ("1e", CoreType::Text),
            ("e1", CoreType::Text),
            ("30d", CoreType::Text),
        ] {
            assert_eq!(core_type(text, Style::Plain), kind, "{text}");
            assert_eq!(core_type(text, Style::Quoted), CoreType::Text, "{text}");
        }
    }
}
