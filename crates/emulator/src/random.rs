//! The one source of chance in a world: a small generator with a seed (SplitMix64, public domain, Sebastiano Vigna).

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A deterministic generator; equal seeds give equal draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 (included) to 1 (excluded).
    pub fn unit(&mut self) -> f64 {
        // 53 bits are all that an f64 holds.
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.bits() % bound }
    }

    /// A duration from `min` to `max`, in whole milliseconds.
    pub fn between(&mut self, min: Duration, max: Duration) -> Duration {
        let spread = max.saturating_sub(min).as_millis();
        min + Duration::from_millis(self.below(u64::try_from(spread).unwrap_or(u64::MAX - 1) + 1))
    }

    /// A version 4 UUID in its usual text form.
    pub fn uuid(&mut self) -> String {
        let high = (self.bits() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000;
        let low = (self.bits() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// `length` characters of `alphabet` (ASCII); empty when the alphabet is.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).filter_map(|_| letters.get(self.below(letters.len() as u64) as usize)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equally_and_uuids_are_version_4() {
        let (mut a, mut b) = (Random(7), Random(7));
        assert_eq!(a.uuid(), b.uuid());
        let id = a.uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
    }

    #[test]
    fn a_duration_stays_within_its_range() {
        let mut random = Random(1);
        let (min, max) = (Duration::from_secs(1), Duration::from_secs(3));
        assert!((0..1000).map(|_| random.between(min, max)).all(|d| d >= min && d <= max));
    }
}
