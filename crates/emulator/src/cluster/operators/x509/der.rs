//! DER, written: just what keys, requests and certificates need.

use crate::clock::Moment;

/// An element.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            out.extend(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE.
pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// SET.
pub(super) fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x31, &parts.concat())
}

/// A positive INTEGER of these bytes, whose first bit must not be set.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    tlv(2, bytes)
}

/// OBJECT IDENTIFIER, already encoded.
pub(super) fn oid(encoded: &[u8]) -> Vec<u8> {
    tlv(6, encoded)
}

/// OCTET STRING.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, bytes)
}

/// BIT STRING of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    let mut content = vec![0];
    content.extend_from_slice(bytes);
    tlv(3, &content)
}

/// `[n]` around an element.
pub(super) fn explicit(n: u8, element: &[u8]) -> Vec<u8> {
    tlv(0xA0 | n, element)
}

/// `[n]` in place of a tag.
pub(super) fn context(n: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | n, content)
}

/// PrintableString.
pub(super) fn printable(text: &str) -> Vec<u8> {
    tlv(0x13, text.as_bytes())
}

/// UTF8String.
pub(super) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0C, text.as_bytes())
}

/// UTCTime up to 2049, GeneralizedTime after (RFC 5280).
pub(super) fn time(at: Moment) -> Vec<u8> {
    let digits: String = at.rfc3339().chars().filter(char::is_ascii_digit).take(14).collect();
    if digits.get(..4).is_some_and(|year| year < "2050") {
        tlv(0x17, format!("{}Z", &digits[2..]).as_bytes())
    } else {
        tlv(0x18, format!("{digits}Z").as_bytes())
    }
}

/// Tag and content of the first element, and what follows it.
pub(super) fn read(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let (digits, after) = rest.split_at_checked(usize::from(first & 0x7F))?;
        if digits.len() > 4 {
            return None;
        }
        length = digits.iter().fold(0, |n, b| (n << 8) | usize::from(*b));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
