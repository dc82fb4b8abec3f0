//! Prices: exact, in US dollars a month, and honest about what is not known.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, ops::Add};

/// What something costs a month. Unknown is never zero, and adding it to anything says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// At least, in US dollars a month: an autoscaled pool at its minimum.
    pub minimum: Decimal,
    /// At most.
    pub maximum: Decimal,
    /// Whether a part of it has no known price, so that both figures are lower bounds.
    pub incomplete: bool,
}

impl Cost {
    /// Costs nothing.
    pub const FREE: Cost = Cost { minimum: Decimal::ZERO, maximum: Decimal::ZERO, incomplete: false };
    /// Has a price that nobody told us.
    pub const UNKNOWN: Cost = Cost { minimum: Decimal::ZERO, maximum: Decimal::ZERO, incomplete: true };

    /// The same every month.
    pub fn fixed(dollars: Decimal) -> Cost {
        Cost { minimum: dollars, maximum: dollars, incomplete: false }
    }
    /// Between two figures.
    pub fn between(minimum: Decimal, maximum: Decimal) -> Cost {
        Cost { minimum, maximum, incomplete: false }
    }
    /// Whether nothing is to be paid, for certain.
    pub fn is_free(&self) -> bool {
        *self == Cost::FREE
    }
    /// As much again, `n` times.
    #[must_use]
    pub fn times(self, n: u32) -> Cost {
        let n = Decimal::from(n);
        Cost { minimum: self.minimum * n, maximum: self.maximum * n, ..self }
    }
}

impl Add for Cost {
    type Output = Cost;
    fn add(self, other: Cost) -> Cost {
        Cost {
            minimum: self.minimum + other.minimum,
            maximum: self.maximum + other.maximum,
            incomplete: self.incomplete || other.incomplete,
        }
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(iter: I) -> Cost {
        iter.fold(Cost::FREE, Add::add)
    }
}

impl fmt::Display for Cost {
    /// `48.00`, `96.00 to 144.00`, `unknown`, `48.00 and more`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zero = self.minimum.is_zero() && self.maximum.is_zero();
        if self.incomplete && zero {
            return f.write_str("unknown");
        }
        if self.minimum == self.maximum {
            write!(f, "{:.2}", self.minimum)?;
        } else {
            write!(f, "{:.2} to {:.2}", self.minimum, self.maximum)?;
        }
        if self.incomplete { f.write_str(" and more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_never_zero() {
        assert_eq!(Cost::UNKNOWN.to_string(), "unknown");
        assert_eq!((Cost::UNKNOWN + Cost::fixed(Decimal::new(4800, 2))).to_string(), "48.00 and more");
        assert_eq!(Cost::between(2.into(), 3.into()).times(48).to_string(), "96.00 to 144.00");
        assert!(!Cost::UNKNOWN.is_free());
    }
}
