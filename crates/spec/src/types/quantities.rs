//! The core's quantities, numbers and truth values, as scalars of the document.

use super::Scalar;
use crate::shape::{JsonType, Role, ScalarShape};
use pontoon_core::{
    cidr::{AddressRange, Cidr},
    name::{Name, PlatformName},
    quantity::{Cpu, Cron, Duration, KubernetesVersion, Misread, Money, Percentage, Size, Taint, TimeOfDay},
};

/// A scalar that the core reads.
macro_rules! core_scalar {
    ($($type:ty: $name:literal, $text:literal, $pattern:literal, [$($example:literal),+];)+) => {$(
        impl Scalar for $type {
            const SCALAR: &'static ScalarShape = &ScalarShape {
                name: $name,
                text: $text,
                json: JsonType::Text,
                pattern: $pattern,
                examples: &[$($example),+],
                role: Role::Plain,
            };
            fn read(text: &str) -> Result<Self, Misread> {
                text.parse()
            }
        }
    )+};
}

core_scalar! {
    Size: "a size", "Bytes with a unit: Mi, Gi or Ti.", r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti)$", ["20Gi", "512Mi", "1Ti"];
    Duration: "a length of time", "A whole number with s, m, h, d or w.", "^[0-9]+[smhdw]$", ["30d", "4h", "5m", "60s"];
    TimeOfDay: "a time of day", "Hours and minutes in UTC, in quotes.", "^([01][0-9]|2[0-3]):[0-5][0-9]$", ["\"04:00\""];
    Money: "an amount of money", "US dollars.", r"^[0-9]+(\.[0-9]+)? USD$", ["600 USD"];
    Percentage: "a percentage", "A number and the sign.", r"^[0-9]+(\.[0-9]+)?%$", ["99.9%", "70%"];
    Cpu: "an amount of CPU", "Thousandths of a core.", "^[0-9]+m$", ["250m", "2000m"];
    Cron: "a schedule", "Minute, hour, day of month, month, day of week, in UTC.", r"^\S+ \S+ \S+ \S+ \S+$", ["\"0 2 * * *\""];
    Taint: "a taint", "key=value:Effect, where the effect is NoSchedule, PreferNoSchedule or NoExecute.", "^[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$", ["service=monitoring:NoSchedule"];
    KubernetesVersion: "a version of Kubernetes", "An exact version, a minor, or a channel: stable or latest. Numbers in quotes.", r"^([0-9]+\.[0-9]+(\.[0-9]+)?|stable|latest)$", ["\"1.36\"", "\"1.36.1\"", "stable", "latest"];
    Cidr: "a network", "A network in CIDR notation, its own address first.", r"^[0-9a-fA-F.:]+/[0-9]{1,3}$", ["10.20.0.0/20"];
    AddressRange: "a range of addresses", "The first and the last address.", r"^[0-9.]+-[0-9.]+$", ["192.168.10.64-192.168.10.79"];
    Name: "a name", "Lower-case letters, digits and dashes, at most 63.", "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", ["main"];
    PlatformName: "a platform's name", "Lower-case letters, digits and dashes, 3 to 30 of them.", "^[a-z0-9][-a-z0-9]{1,28}[a-z0-9]$", ["storefront"];
}

impl Scalar for std::net::IpAddr {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "an address",
        text: "An IP address.",
        json: JsonType::Text,
        pattern: "^[0-9a-fA-F.:]+$",
        examples: &["192.168.10.5"],
        role: Role::Plain,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        text.parse()
            .map_err(|_| Misread::new(format!("`{text}` is not an IP address")).hint("write an address such as 192.168.10.5"))
    }
}

impl Scalar for bool {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "true or false",
        text: "true or false.",
        json: JsonType::Boolean,
        pattern: "",
        examples: &["true", "false"],
        role: Role::Plain,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => {
                let meant = match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" | "1" | "enabled" => "write true",
                    "no" | "off" | "n" | "false" | "0" | "none" | "disabled" => "write false",
                    _ => "write true or false",
                };
                Err(Misread::new(format!("`{text}` is neither true nor false")).hint(meant))
            }
        }
    }
}

/// A whole number from `LEAST` to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whole<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> Whole<LEAST, MOST> {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const LEAST: u32, const MOST: u32> std::fmt::Display for Whole<LEAST, MOST> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<const LEAST: u32, const MOST: u32> Scalar for Whole<LEAST, MOST> {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "a whole number",
        text: "A whole number.",
        json: JsonType::Integer(LEAST, MOST),
        pattern: "",
        examples: &["2"],
        role: Role::Plain,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let bounds = || {
            if MOST == u32::MAX {
                format!("write a whole number from {LEAST}")
            } else {
                format!("write a whole number from {LEAST} to {MOST}")
            }
        };
        match text.parse::<u32>().ok().filter(|_| plain) {
            Some(n) if (LEAST..=MOST).contains(&n) => Ok(Whole(n)),
            Some(n) if n < LEAST => Err(Misread::new(format!("{n} is too few: at least {LEAST}")).hint(bounds())),
            Some(n) => Err(Misread::new(format!("{n} is too many: at most {MOST}")).hint(bounds())),
            None => Err(Misread::new(format!("`{text}` is not a whole number")).hint(bounds())),
        }
    }
}
