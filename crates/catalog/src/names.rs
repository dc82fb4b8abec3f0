//! What things may be called at the vendors: lengths and alphabets.
//!
//! Data for the one function that derives outside names. Each kind's rule stands in its own file;
//! where a vendor publishes none, the rule is the narrowest that all of its kinds accept, and says so.

use pontoon_core::name::{Alphabet, Limits, outside_name};
use std::fmt;

/// What the name of a replacement needs besides: a dash and its incarnation, in characters.
pub const INCARNATION: usize = 13;

/// Within what a vendor wants a name to be the only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unique {
    /// Nowhere: the vendor accepts a second one.
    Nowhere,
    /// In what it lives in.
    Parent,
    /// In its region.
    Region,
    /// In the account.
    Account,
    /// In the world: somebody else may have it.
    World,
}

/// What a name may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A lower-case letter.
    Letter,
    /// A lower-case letter or a digit.
    LetterOrDigit,
}

/// A rule for names. Lower-case letters and digits are always allowed; a name ends in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// The fewest characters.
    pub shortest: usize,
    /// The most characters.
    pub longest: usize,
    /// What else may stand inside.
    pub inside: &'static str,
    /// What may stand first.
    pub first: First,
    /// Within what it is the only one.
    pub unique: Unique,
}

impl Names {
    /// Letters, digits and dashes, beginning with a letter.
    pub const fn label(shortest: usize, longest: usize, unique: Unique) -> Names {
        Names { shortest, longest, inside: "-", first: First::Letter, unique }
    }
    /// With other characters allowed inside.
    #[must_use]
    pub const fn inside(mut self, inside: &'static str) -> Names {
        self.inside = inside;
        self
    }
    /// Beginning with a letter or a digit.
    #[must_use]
    pub const fn or_digit(mut self) -> Names {
        self.first = First::LetterOrDigit;
        self
    }

    /// The alphabet of derived names. A rule that names `_` first prefers it: what PostgreSQL wants
    /// quoted otherwise.
    pub fn alphabet(&self) -> Alphabet {
        if self.inside.starts_with('_') { Alphabet::Underscores } else { Alphabet::Dashes }
    }

    /// Why a name is refused; `None` where it is not.
    pub fn refuses(&self, name: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let length = name.chars().count();
        if length < self.shortest || length > self.longest {
            return Some(format!("has {length} characters; {} to {} are allowed", self.shortest, self.longest));
        }
        if let Some(c) = name.chars().find(|c| !plain(*c) && !self.inside.contains(*c)) {
            return Some(format!("holds `{c}`; lower-case letters, digits and `{}` are allowed", self.inside));
        }
        let begins = name.chars().next().is_some_and(|c| match self.first {
            First::Letter => c.is_ascii_lowercase(),
            First::LetterOrDigit => plain(c),
        });
        if !begins {
            return Some(format!("must begin with {}", self.first));
        }
        (!name.chars().next_back().is_some_and(plain)).then(|| "must end in a letter or a digit".into())
    }
}

impl fmt::Display for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            First::Letter => "a letter",
            First::LetterOrDigit => "a letter or a digit",
        })
    }
}

impl fmt::Display for Unique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unique::Nowhere => "not unique",
            Unique::Parent => "unique in what it lives in",
            Unique::Region => "unique in its region",
            Unique::Account => "unique in the account",
            Unique::World => "unique in the world",
        })
    }
}

/// What a thing of this kind is called outside: derived from platform, environment (empty for what
/// exists once) and name, always the same, within the vendor's rule. `None` where the kind has no name.
pub fn outside(kind: &str, platform: &str, environment: &str, name: &str) -> Option<String> {
    let kind = crate::find(kind)?;
    let rule = kind.names?;
    // Whoever replaces one makes the new one first, under a longer name.
    let longest = if kind.create_first { rule.longest.saturating_sub(INCARNATION) } else { rule.longest };
    let limits = Limits { longest, alphabet: rule.alphabet() };
    let derived = outside_name(limits, platform, environment, name);
    if rule.refuses(&derived).is_none() {
        return Some(derived);
    }
    // It begins with a digit, or is too short.
    let limits = Limits { longest: longest.saturating_sub(2), ..limits };
    let separator = if limits.alphabet == Alphabet::Underscores { '_' } else { '-' };
    Some(format!("p{separator}{}", outside_name(limits, platform, environment, name)))
}

/// The rule for names of a kind.
pub fn of(kind: &str) -> Option<&'static Names> {
    crate::find(kind)?.names.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        let volume = Names::label(1, 64, Unique::Region);
        assert_eq!(volume.refuses("storefront-production-data"), None);
        for bad in ["", "1st", "-a", "a-", "A", "a_b", "ä", &"a".repeat(65)] {
            assert!(volume.refuses(bad).is_some(), "{bad}");
        }
        let tag = Names::label(1, 255, Unique::Account).inside("-_:").or_digit();
        assert_eq!(tag.refuses("1:pontoon_x-y"), None);
        assert!(tag.refuses("a.b").is_some());
    }

    #[test]
    fn derived_names_are_allowed() {
        for kind in crate::resource_types().iter().filter(|t| t.names.is_some()) {
            let long = "a".repeat(63);
            for (platform, name) in [("storefront", "main"), ("3d-shop", "main"), ("storefront", &long), ("abc", "x")] {
                for environment in ["production", ""] {
                    let derived = outside(kind.kind, platform, environment, name).unwrap_or_default();
                    let why = kind.names.and_then(|n| n.refuses(&derived));
                    assert_eq!(why, None, "{}: {derived}", kind.kind);
                    let replacement = format!("{derived}-0123456789ab");
                    let fits = kind.names.is_some_and(|n| n.refuses(&replacement).is_none());
                    assert!(fits || !kind.create_first, "{}: {replacement}", kind.kind);
                }
            }
        }
        assert_eq!(outside("digitalocean.volume", "shop", "production", "data").as_deref(), Some("shop-production-data"));
        assert_eq!(outside("digitalocean.volume", "3d-shop", "production", "data").as_deref(), Some("p-3d-shop-production-data"));
        assert_eq!(outside("digitalocean.database_user", "shop", "production", "api").as_deref(), Some("shop_production_api"));
        assert_eq!(outside("digitalocean.record", "shop", "production", "api"), None);
    }

    #[test]
    fn samples_are_named_as_allowed() {
        for t in crate::resource_types() {
            let sample = (t.sample)();
            let name = sample.get("name").and_then(pontoon_core::value::Value::as_text);
            if let (Some(rule), Some(name)) = (t.names, name) {
                assert_eq!(rule.refuses(name), None, "{}: {name}", t.kind);
            }
            assert!(t.names.is_none() || name.is_some(), "{} has a rule for names and no name", t.kind);
        }
    }
}
