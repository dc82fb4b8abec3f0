//! Signing, and what a signed certificate looks like in a status.

use crate::clock::Moment;
use crate::cluster::Objects;
use crate::cluster::operators::x509::{self, Key, Subject, Validity};
use std::time::Duration;

/// What is to be signed.
pub(crate) struct Issue<'a> {
    /// About whom.
    pub subject: &'a Subject,
    /// About which key.
    pub public: Vec<u8>,
    /// Whether it may sign others.
    pub authority: bool,
    /// For how long.
    pub life: Duration,
}

/// The certificate, as PEM.
pub(crate) fn issue(objects: &mut Objects, wish: &Issue, issuer: (&Subject, &Key)) -> String {
    let from = objects.world().now();
    let serial = x509::serial(objects);
    let validity = Validity { from, to: from.plus(wish.life) };
    x509::certificate(&serial, wish.subject, &wish.public, wish.authority, validity, issuer)
}

/// A duration as Go writes it (`2160h`, `1h30m0s`).
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut total = 0.0_f64;
    let mut number = String::new();
    let mut unit = String::new();
    let mut any = false;
    let mut close = |number: &mut String, unit: &mut String| -> Option<()> {
        let value: f64 = number.parse().ok()?;
        total += value
            * match unit.as_str() {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        number.clear();
        unit.clear();
        any = true;
        Some(())
    };
    for c in text.chars() {
        if c.is_ascii_digit() || c == '.' {
            if !unit.is_empty() {
                close(&mut number, &mut unit)?;
            }
            number.push(c);
        } else {
            unit.push(c);
        }
    }
    close(&mut number, &mut unit)?;
    (any && total.is_finite() && total >= 0.0).then(|| Duration::from_secs_f64(total))
}

/// When a certificate is renewed: `before` its end, or when a third of its life is left.
pub(super) fn renewal(from: Moment, to: Moment, before: Option<Duration>) -> Moment {
    let life = to.since(from);
    let left = before.filter(|b| *b < life).unwrap_or(life / 3);
    Moment(to.0 - i64::try_from(left.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_writes_them() {
        for (text, seconds) in [("2160h", 7_776_000), ("1h30m0s", 5400), ("90m", 5400), ("87600h0m0s", 315_360_000)] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("3 weeks"), None);
        assert_eq!(duration(""), None);
    }
}
