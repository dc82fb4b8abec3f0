//! Names: what the document may call things, and what they are called outside.

mod outside;

pub use outside::{Alphabet, Limits, outside_name};

use crate::quantity::{Misread, text_quantity};
use std::{borrow::Borrow, fmt, ops::Deref, str::FromStr};

/// A lower-case RFC 1123 label: letters, digits and dashes, at most 63, no dash at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The nearest name to something that is none: lower case, dashes for everything else.
fn mended(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.truncate(63);
    out.trim_end_matches('-').into()
}

impl FromStr for Name {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Name, Misread> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !text.is_empty() && text.len() <= 63 && plain && !text.starts_with('-') && !text.ends_with('-') {
            return Ok(Name(text.into()));
        }
        let why = Misread::new(format!(
            "`{text}` is not a name: names have lower-case letters, digits and dashes, at most 63 of them, and no dash at either end"
        ));
        let near = mended(text);
        Err(if near.is_empty() { why.hint("write a name such as main") } else { why.hint(format!("write {near}")) })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}
impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
text_quantity!(Name);

/// A platform's name: a [`Name`] of 3 to 30 characters, because every outside name begins with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformName(Name);

impl FromStr for PlatformName {
    type Err = Misread;
    fn from_str(text: &str) -> Result<PlatformName, Misread> {
        let name: Name = text.parse()?;
        match name.len() {
            3..=30 => Ok(PlatformName(name)),
            n => Err(Misread::new(format!(
                "`{text}` has {n} characters; a platform's name has 3 to 30, because every outside name begins with it"
            ))
            .hint("write a name such as storefront")),
        }
    }
}

impl fmt::Display for PlatformName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Deref for PlatformName {
    type Target = Name;
    fn deref(&self) -> &Name {
        &self.0
    }
}
text_quantity!(PlatformName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        for good in ["a", "main", "db-1", "1a", &"a".repeat(63)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for (wrong, hint) in [
            ("Main", "write main"),
            ("my_db", "write my-db"),
            ("-a-", "write a"),
            ("", "write a name such as main"),
            ("é", "write a name such as main"),
        ] {
            assert_eq!(wrong.parse::<Name>().unwrap_err().hint.as_deref(), Some(hint), "{wrong}");
        }
        assert!("a".repeat(64).parse::<Name>().is_err());
        assert!("ab".parse::<PlatformName>().is_err() && "abc".parse::<PlatformName>().is_ok());
        assert!("a".repeat(31).parse::<PlatformName>().is_err());
    }
}
