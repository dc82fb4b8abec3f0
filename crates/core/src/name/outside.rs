//! Outside names: derived from platform, environment and name by one function that knows each
//! vendor's length and alphabet, and shortened with a stable hash when needed. Nobody writes one
//! by hand, and the same three always give the same name.

use crate::digest;

/// Which characters a vendor takes besides lower-case letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Dashes: most names of DigitalOcean, buckets, Kubernetes.
    Dashes,
    /// Underscores: PostgreSQL's databases and users, which nobody wants to quote.
    Underscores,
    /// Upper case and underscores: secrets of stores without paths.
    UpperSnake,
    /// Letters and digits only.
    Alphanumeric,
}

/// What a vendor allows for one kind of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest name, in characters; at least 12.
    pub longest: usize,
    /// The characters.
    pub alphabet: Alphabet,
}

impl Limits {
    /// A label of RFC 1123: 63 characters with dashes.
    pub const LABEL: Limits = Limits { longest: 63, alphabet: Alphabet::Dashes };
}

/// The hash's digits: 32 bits, in names that are unique in an account.
const DIGITS: usize = 8;

/// The outside name of something.
///
/// `environment` is empty for what exists once; `name` is empty where platform and environment say
/// enough. The parts are joined by the alphabet's separator. What is too long, loses anything by
/// being written in the alphabet, or could be read as other parts (an environment with a dash in
/// its name) ends in eight digits of a hash of the three parts: two different things of a platform
/// never share a name.
pub fn outside_name(limits: Limits, platform: &str, environment: &str, name: &str) -> String {
    let separator = match limits.alphabet {
        Alphabet::Dashes => "-",
        Alphabet::Underscores | Alphabet::UpperSnake => "_",
        Alphabet::Alphanumeric => "",
    };
    let parts: Vec<String> =
        [platform, environment, name].iter().filter(|p| !p.is_empty()).map(|p| spell(limits.alphabet, p)).collect();
    let joined = parts.join(separator);
    // Without a separator `ab` and `c` read like `a` and `bc`: then the hash tells them apart.
    let lossless =
        limits.alphabet != Alphabet::Alphanumeric && [platform, environment, name].iter().all(|p| keeps(limits.alphabet, p));
    let ambiguous = environment.contains(['-', '_']) || environment.is_empty() && name.contains(['-', '_']);
    if lossless && !ambiguous && joined.chars().count() <= limits.longest {
        return joined;
    }
    let hash = spell(limits.alphabet, &digest::hex(format!("{platform}\0{environment}\0{name}").as_bytes(), DIGITS));
    let room = limits.longest.saturating_sub(DIGITS + separator.len());
    let kept: String = joined.chars().take(room).collect();
    let kept = kept.trim_end_matches(['-', '_']);
    if kept.is_empty() { hash } else { format!("{kept}{separator}{hash}") }
}

/// One part in the vendor's alphabet.
fn spell(alphabet: Alphabet, part: &str) -> String {
    part.chars()
        .filter_map(|c| match (alphabet, c) {
            (Alphabet::UpperSnake, c) if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
            (_, c) if c.is_ascii_alphanumeric() => Some(c.to_ascii_lowercase()),
            (Alphabet::Dashes, _) => Some('-'),
            (Alphabet::Underscores | Alphabet::UpperSnake, _) => Some('_'),
            (Alphabet::Alphanumeric, _) => None,
        })
        .collect()
}

/// Whether a part can be told from every other one after being spelt: only its own separator may
/// change, and only into the one of the alphabet.
fn keeps(alphabet: Alphabet, part: &str) -> bool {
    let made_of = |upper: bool, own: char| {
        part.chars()
            .all(|c| c == own || c.is_ascii_digit() || if upper { c.is_ascii_uppercase() } else { c.is_ascii_lowercase() })
    };
    made_of(false, '-') || alphabet == Alphabet::UpperSnake && made_of(true, '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const SHORT: Limits = Limits { longest: 20, alphabet: Alphabet::Dashes };

    #[test]
    fn short_ones_are_plain() {
        assert_eq!(outside_name(Limits::LABEL, "shop", "production", "main"), "shop-production-main");
        assert_eq!(outside_name(Limits::LABEL, "shop", "", "main"), "shop-main");
        assert_eq!(
            outside_name(Limits { longest: 63, alphabet: Alphabet::UpperSnake }, "shop", "prod", "SESSION_KEY"),
            "SHOP_PROD_SESSION_KEY"
        );
        assert_eq!(
            outside_name(Limits { longest: 63, alphabet: Alphabet::Underscores }, "shop", "prod", "my-db"),
            "shop_prod_my_db"
        );
    }

    #[test]
    fn long_ones_are_cut_the_same_way_every_time() {
        assert_eq!(
            outside_name(SHORT, "storefront", "production", "main"),
            outside_name(SHORT, "storefront", "production", "main")
        );
        assert_eq!(outside_name(SHORT, "storefront", "production", "main"), "storefront-30cbaa7a");
    }

    #[test]
    fn different_things_have_different_names_within_every_limit() {
        let alphabets = [Alphabet::Dashes, Alphabet::Underscores, Alphabet::UpperSnake, Alphabet::Alphanumeric];
        for alphabet in alphabets {
            for longest in [12, 20, 24, 63] {
                let mut seen = BTreeMap::new();
                for (p, e, n) in [
                    ("storefront", "production", "main"),
                    ("storefront", "production", "mail"),
                    ("storefronts", "production", "main"),
                    ("abc", "d", "e"),
                    ("abc", "de", ""),
                    ("ab1", "c", "de"),
                    ("abc", "d-e", "f"),
                    ("abc", "d", "e-f"),
                    ("abc", "", "d-e-f"),
                    ("abc", "d", "e_f"),
                ] {
                    let name = outside_name(Limits { longest, alphabet }, p, e, n);
                    assert!(name.len() <= longest, "{name}");
                    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{name}");
                    if let Some(other) = seen.insert(name.clone(), (p, e, n)) {
                        panic!("{name} is {other:?} and {p} {e} {n}");
                    }
                }
            }
        }
    }
}
