//! Marks: what Pontoon writes on the things that it makes, so that they are found again.
//!
//! `pontoon:<platform>:<scope>:<lineage>:<address hash>:<incarnation>`. The alphabet (letters,
//! digits, `:`, `-`, `_`) is that of DigitalOcean's tags, and so are the 255 characters.

use pontoon_core::{address::Address, digest};

/// The first word of every mark.
pub const WORD: &str = "pontoon";

/// A mark, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The platform's name.
    pub platform: String,
    /// The environment, or `shared`.
    pub scope: String,
    /// Drawn once for each record.
    pub lineage: String,
    /// Of the address.
    pub hash: String,
    /// Drawn by the plan for each create.
    pub incarnation: String,
}

/// The part of a mark that stands for an address.
pub fn hash(address: &Address) -> String {
    digest::hex(address.to_string().as_bytes(), 12)
}

impl Mark {
    /// The mark of an address.
    pub fn new(platform: &str, address: &Address, lineage: &str, incarnation: &str) -> Mark {
        Mark {
            platform: platform.into(),
            scope: address.scope().to_string(),
            lineage: lineage.into(),
            hash: hash(address),
            incarnation: incarnation.into(),
        }
    }
    /// Finds a mark in a text, at its first occurrence.
    pub fn find(text: &str) -> Option<Mark> {
        let start = text.find("pontoon:")?;
        let word: String =
            text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_')).collect();
        let parts: Vec<&str> = word.split(':').collect();
        match parts.as_slice() {
            [WORD, platform, scope, lineage, hash, incarnation] => Some(Mark {
                platform: (*platform).into(),
                scope: (*scope).into(),
                lineage: (*lineage).into(),
                hash: (*hash).into(),
                incarnation: (*incarnation).into(),
            }),
            _ => None,
        }
    }
    /// The tag that everything of one environment carries: alert policies and firewalls select by it.
    pub fn environment_tag(platform: &str, scope: &str) -> String {
        format!("{WORD}:{platform}:{scope}")
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{WORD}:{}:{}:{}:{}:{}", self.platform, self.scope, self.lineage, self.hash, self.incarnation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_in_texts() {
        let m = Mark::new("hello", &"production/digitalocean.vpc.main".parse().unwrap(), "ab12", "x1");
        assert_eq!(Mark::find(&m.to_string()), Some(m.clone()));
        assert_eq!(Mark::find(&format!("Network of hello. {m} ")), Some(m));
        assert_eq!(Mark::find("pontoon:hello:production"), None);
        assert_eq!(Mark::find("nothing"), None);
    }
}
