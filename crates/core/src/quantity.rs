//! Quantities with units, read strictly: a bare number where a unit is needed is refused with the
//! likely meanings. All of them print as they are written, and are texts in files.

mod amount;
mod cron;
mod taint;
mod time;
mod version;

pub use amount::{Cpu, Money, Percentage, Size};
pub use cron::Cron;
pub use taint::{Effect, Taint};
pub use time::{Duration, TimeOfDay};
pub use version::KubernetesVersion;

/// A text that is not what was meant to be written, and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misread {
    /// What is wrong with it.
    pub message: String,
    /// What to write.
    pub hint: Option<String>,
}

impl Misread {
    /// What is wrong.
    pub fn new(message: impl Into<String>) -> Misread {
        Misread { message: message.into(), hint: None }
    }
    /// With what to write.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Misread {
        self.hint = Some(hint.into());
        self
    }
}

/// Serialization as the text that `Display` writes and `FromStr` reads.
macro_rules! text_quantity {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_quantity;

/// Splits `30d` into its number and its unit; the number has digits and at most one point.
fn split(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let plain = !number.is_empty() && !number.starts_with('.') && !number.ends_with('.') && number.matches('.').count() <= 1;
    plain.then_some((number, unit.trim_start()))
}
