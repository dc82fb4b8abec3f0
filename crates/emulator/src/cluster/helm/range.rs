//! Ranges of versions as Helm reads them: `1.2.3`, `1.x`, `^1.2`, `~1.2`, `>=1.2 <2`, `1.2 - 1.4`, `a || b`, `*`.

use super::Version;
use std::cmp::Ordering;

/// The highest version within a range. Versions before a release count only where the range names one.
#[must_use]
pub fn best(range: &str, versions: &[Version]) -> Option<Version> {
    let mut fitting: Vec<(Number, Version)> =
        versions.iter().filter_map(|v| Some((Number::read(v.chart)?, *v))).filter(|(n, _)| fits(range, n)).collect();
    fitting.sort_by(|a, b| a.0.order(&b.0));
    fitting.pop().map(|(_, v)| v)
}

/// A semantic version; parts that are left out or `x` are missing.
#[derive(Debug, Clone, PartialEq)]
struct Number {
    parts: Vec<u64>,
    before: String,
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v').split('+').next()?;
        let (core, before) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = Vec::new();
        for part in core.split('.') {
            if matches!(part, "x" | "X" | "*" | "") {
                break;
            }
            parts.push(part.parse().ok()?);
        }
        (parts.len() <= 3).then(|| Self { parts, before: before.to_owned() })
    }

    fn part(&self, i: usize) -> u64 {
        self.parts.get(i).copied().unwrap_or(0)
    }

    fn order(&self, other: &Self) -> Ordering {
        let core = (0..3).map(|i| self.part(i).cmp(&other.part(i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal);
        core.then_with(|| match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.before.cmp(&other.before),
        })
    }

    /// The first version that is no longer in the block of the first `kept` parts.
    fn after(&self, kept: usize) -> Self {
        let mut parts: Vec<u64> = (0..kept.max(1)).map(|i| self.part(i)).collect();
        if let Some(last) = parts.last_mut() {
            *last += 1;
        }
        Self { parts, before: String::new() }
    }
}

fn fits(range: &str, version: &Number) -> bool {
    range.split("||").any(|alternative| {
        let alternative = alternative.trim();
        if !version.before.is_empty() && !alternative.contains('-') {
            return false;
        }
        if let Some((low, high)) = alternative.split_once(" - ") {
            return one(&format!(">={low}"), version) && one(&format!("<={high}"), version);
        }
        joined(alternative).iter().all(|term| one(term, version))
    })
}

/// Terms of an alternative; a sign may stand apart from its version.
fn joined(alternative: &str) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for word in alternative.split([' ', ',']).filter(|w| !w.is_empty()) {
        match terms.last_mut() {
            Some(last) if last.chars().all(|c| "<>=!~^".contains(c)) => last.push_str(word),
            _ => terms.push(word.to_owned()),
        }
    }
    terms
}

fn one(term: &str, version: &Number) -> bool {
    let split = term.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(term.len());
    let (sign, text) = term.split_at(split);
    let Some(bound) = Number::read(text) else { return false };
    let given = bound.parts.len();
    if given == 0 {
        return !matches!(sign, "!=" | "<" | ">");
    }
    let (low, same) = (version.order(&bound), version.order(&bound).is_eq());
    let within = |kept: usize| low.is_ge() && version.order(&bound.after(kept)).is_lt();
    match sign {
        "" | "=" if given == 3 => same,
        "" | "=" => within(given),
        "!=" if given == 3 => !same,
        "!=" => !within(given),
        ">" if given == 3 => low.is_gt(),
        ">" => version.order(&bound.after(given)).is_ge(),
        ">=" | "=>" => low.is_ge(),
        "<" => low.is_lt(),
        "<=" | "=<" if given == 3 => low.is_le(),
        "<=" | "=<" => version.order(&bound.after(given)).is_lt(),
        "~" | "~>" => within(given.min(2)),
        "^" => within((0..given).find(|i| bound.part(*i) > 0).map_or(given, |i| i + 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, best};

    #[test]
    fn a_range_gives_its_highest_version() {
        let versions: Vec<Version> = ["v1.2.3", "1.10.0", "1.2.10", "2.0.0-rc.1", "0.3.4", "0.3.9", "2.1.0"]
            .map(|chart| Version { chart, app: "" })
            .into();
        let cases = [
            ("*", Some("2.1.0")),
            ("1.2.3", Some("v1.2.3")),
            ("v1.2.3", Some("v1.2.3")),
            ("1.x", Some("1.10.0")),
            ("1", Some("1.10.0")),
            ("~1.2.0", Some("1.2.10")),
            ("^1.2.0", Some("1.10.0")),
            ("^0.3.1", Some("0.3.9")),
            (">=1.0.0 <1.9.0", Some("1.2.10")),
            (">= 1.0.0, < 1.9.0", Some("1.2.10")),
            ("1.0 - 1.2", Some("1.2.10")),
            ("0.3.4 || 0.3.9", Some("0.3.9")),
            (">2.1.0", None),
            ("2.0.0-rc.1", Some("2.0.0-rc.1")),
            ("<2.0.0", Some("1.10.0")),
            ("banana", None),
        ];
        for (range, want) in cases {
            assert_eq!(best(range, &versions).map(|v| v.chart), want, "{range}");
        }
    }
}
