//! Bytes that nobody can guess, from a seed that is passed in.
//!
//! SHA-256 over the seed and a counter. With a seed of 32 bytes of the system it is as good as the system; with the seed
//! of a world it is the same each time, which is what a local run wants.

use aes_gcm::aead::rand_core::{CryptoRng, Error, RngCore, impls};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A source of drawn bytes.
pub struct Draw {
    seed: Zeroizing<[u8; 32]>,
    block: Zeroizing<[u8; 32]>,
    counter: u64,
    used: usize,
}

impl Draw {
    /// From a seed: 32 bytes of the system, or a world's.
    pub fn new(seed: [u8; 32]) -> Draw {
        Draw { seed: Zeroizing::new(seed), block: Zeroizing::new([0; 32]), counter: 0, used: 32 }
    }
    /// A source of its own for one purpose, so that what is drawn for one thing does not depend on what was drawn for others.
    #[must_use]
    pub fn named(&self, purpose: &str) -> Draw {
        Draw::new(Sha256::new().chain_update(b"purpose").chain_update(*self.seed).chain_update(purpose).finalize().into())
    }
    /// So many bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill_bytes(&mut out);
        out
    }
    fn next(&mut self) -> u8 {
        if self.used == self.block.len() {
            let block = Sha256::new().chain_update(*self.seed).chain_update(self.counter.to_be_bytes()).finalize();
            self.block.copy_from_slice(&block);
            self.counter += 1;
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }
}

impl RngCore for Draw {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }
    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill_with(|| self.next());
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Draw {}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(drawn)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_equal_bytes_and_purposes_differ() {
        let (mut a, mut b) = (Draw::new([7; 32]), Draw::new([7; 32]));
        let first: [u8; 100] = a.bytes();
        assert_eq!(first, b.bytes::<100>());
        assert_ne!(first[..32], first[32..64]);
        assert_ne!(a.named("x").bytes::<32>(), a.named("y").bytes::<32>());
        assert_eq!(format!("{a:?}"), "(drawn)");
    }
}
