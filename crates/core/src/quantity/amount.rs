//! Amounts: bytes, CPU, money, percentages.

use super::{Misread, split, text_quantity};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use std::{fmt, str::FromStr};

/// A size of memory or storage in bytes, written in powers of two: `512Mi`, `20Gi`, `1Ti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

const UNITS: &[(&str, u64)] = &[("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];

impl Size {
    /// So many GiB.
    pub const fn gibibytes(n: u32) -> Size {
        Size((n as u64) << 30)
    }
    /// So many bytes.
    pub const fn of_bytes(n: u64) -> Size {
        Size(n)
    }
    /// In bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
    /// In GiB, rounded up, as vendors sell it.
    pub fn in_gibibytes(self) -> u64 {
        self.0.div_ceil(1 << 30)
    }
    /// In MiB, rounded up.
    pub fn in_mebibytes(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }
}

impl FromStr for Size {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Size, Misread> {
        let no = || Misread::new(format!("`{text}` is not a size")).hint("write a number with Mi, Gi or Ti, such as 20Gi");
        let (number, unit) = split(text).ok_or_else(no)?;
        let Some((_, factor)) = UNITS.iter().find(|(u, _)| *u == unit) else {
            let binary = match unit {
                "" => {
                    let large = number.parse::<Decimal>().is_ok_and(|n| n >= Decimal::from(64));
                    let (likely, other) = if large { ("Mi", "Gi") } else { ("Gi", "Mi") };
                    let hint = format!("write {number}{likely} or {number}{other}");
                    return Err(Misread::new(format!("`{text}` has no unit")).hint(hint));
                }
                "K" | "k" | "KB" | "kB" | "KiB" => "Ki",
                "M" | "MB" | "MiB" | "mi" | "mb" => "Mi",
                "G" | "GB" | "GiB" | "gi" | "gb" | "g" => "Gi",
                "T" | "TB" | "TiB" | "ti" | "tb" | "t" => "Ti",
                _ => return Err(no()),
            };
            return Err(Misread::new(format!("`{unit}` is not a unit of size here")).hint(format!("write {number}{binary}")));
        };
        let bytes = number.parse::<Decimal>().ok().and_then(|n| n.checked_mul(Decimal::from(*factor)));
        match bytes.filter(Decimal::is_integer).and_then(|b| b.to_u64()) {
            Some(0) => Err(Misread::new("a size of nothing").hint("write a size such as 20Gi")),
            Some(bytes) => Ok(Size(bytes)),
            None => Err(Misread::new(format!("`{text}` is no whole number of bytes that a disk could hold"))
                .hint("write a size such as 20Gi")),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS.iter().find(|(_, factor)| self.0.is_multiple_of(*factor));
        match exact {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}Ki", Decimal::from(self.0) / Decimal::from(1024)),
        }
    }
}
text_quantity!(Size);

/// CPU time in thousandths of a core: `250m`, `2000m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(u32);

impl Cpu {
    /// So many thousandths of a core.
    pub const fn of_millis(n: u32) -> Cpu {
        Cpu(n)
    }
    /// In thousandths of a core.
    pub fn millis(self) -> u32 {
        self.0
    }
}

impl FromStr for Cpu {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Cpu, Misread> {
        let no = || Misread::new(format!("`{text}` is not an amount of CPU")).hint("write thousandths of a core, such as 250m");
        match split(text).ok_or_else(no)? {
            (number, "m") => number.parse().ok().filter(|n| *n > 0).map(Cpu).ok_or_else(no),
            (number, "") => {
                let cores = number.parse::<Decimal>().ok().and_then(|n| n.checked_mul(Decimal::from(1000))).ok_or_else(no)?;
                let whole = if number.contains('.') { String::new() } else { format!(" or {number}m") };
                Err(Misread::new(format!("`{text}` has no unit")).hint(format!("write {}m{whole}", cores.normalize())))
            }
            _ => Err(no()),
        }
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.0)
    }
}
text_quantity!(Cpu);

/// An amount of money in US dollars: `600 USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

impl Money {
    /// In dollars.
    pub fn dollars(self) -> Decimal {
        self.0
    }
}

impl FromStr for Money {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Money, Misread> {
        let bare = text.trim_start_matches(['$', '€', '£']);
        match split(bare) {
            Some((number, "USD")) if bare == text => {
                number.parse().map(Money).map_err(|_| Misread::new(format!("`{number}` is too large")))
            }
            Some((number, "" | "USD" | "usd" | "$")) => {
                Err(Misread::new(format!("`{text}` does not say US dollars")).hint(format!("write {number} USD")))
            }
            Some((_, unit)) => Err(Misread::new(format!("prices are known in US dollars only, not in `{unit}`"))
                .hint("write an amount such as 600 USD")),
            None => Err(Misread::new(format!("`{text}` is not an amount of money")).hint("write an amount such as 600 USD")),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", self.0)
    }
}
text_quantity!(Money);

/// A part of a whole: `99.9%`, at most `100%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(Decimal);

impl Percentage {
    /// The number before the sign.
    pub fn percent(self) -> Decimal {
        self.0
    }
    /// As a fraction of one.
    pub fn fraction(self) -> Decimal {
        self.0 / Decimal::from(100)
    }
}

impl FromStr for Percentage {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Percentage, Misread> {
        let no = || Misread::new(format!("`{text}` is not a percentage")).hint("write a number and the sign, such as 99.9%");
        let (number, unit) = split(text).ok_or_else(no)?;
        let value: Decimal = number.parse().map_err(|_| no())?;
        match unit {
            "%" if value <= Decimal::from(100) => Ok(Percentage(value)),
            "%" => Err(Misread::new(format!("`{text}` is more than the whole")).hint("write at most 100%")),
            "" if value < Decimal::ONE => {
                let percent = (value * Decimal::from(100)).normalize();
                Err(Misread::new(format!("`{text}` has no sign")).hint(format!("write {percent}% or {number}%")))
            }
            "" => Err(Misread::new(format!("`{text}` has no sign")).hint(format!("write {number}%"))),
            _ => Err(no()),
        }
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}
text_quantity!(Percentage);

#[cfg(test)]
mod tests {
    use super::*;

    fn hint<T: FromStr<Err = Misread> + fmt::Debug>(text: &str) -> String {
        text.parse::<T>().unwrap_err().hint.unwrap_or_default()
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("20Gi", 20u64 << 30), ("512Mi", 512 << 20), ("1Ti", 1 << 40), ("1.5Gi", 3 << 29)] {
            assert_eq!(text.parse::<Size>().map(Size::bytes), Ok(bytes), "{text}");
        }
        for text in ["20Gi", "512Mi", "1Ti", "1536Mi", "3Ki"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        assert_eq!(hint::<Size>("20"), "write 20Gi or 20Mi");
        assert_eq!(hint::<Size>("20GB"), "write 20Gi");
        for wrong in ["", "Gi", "-1Gi", "0Gi", "1.Gi", "999999999999999999999999999999Ti", "0.0001Ki"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn cpu_money_and_percentages() {
        assert_eq!("250m".parse::<Cpu>().map(Cpu::millis), Ok(250));
        assert_eq!(hint::<Cpu>("2"), "write 2000m or 2m");
        assert_eq!(hint::<Cpu>("0.5"), "write 500m");
        assert_eq!("600 USD".parse::<Money>().unwrap().to_string(), "600 USD");
        assert_eq!(hint::<Money>("600"), "write 600 USD");
        assert_eq!(hint::<Money>("$600"), "write 600 USD");
        assert!("600 EUR".parse::<Money>().is_err());
        assert_eq!("99.9%".parse::<Percentage>().unwrap().fraction().to_string(), "0.999");
        assert_eq!(hint::<Percentage>("0.7"), "write 70% or 0.7%");
        assert!("101%".parse::<Percentage>().is_err() && "-1%".parse::<Percentage>().is_err());
    }
}
