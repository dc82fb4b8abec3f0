//! Secrets: a type that cannot be printed.

use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret in memory: never printed, never serialized, compared in constant time, zeroed when dropped.
///
/// The only way out is [`Secret::expose`], which is easy to search for.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret in.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }
    /// The secret itself, for the one place that sends or stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// Twelve hexadecimal digits of its SHA-256, to tell secrets apart without knowing them.
    pub fn fingerprint(&self) -> String {
        crate::digest::hex(self.0.as_bytes(), 12)
    }
}

impl PartialEq for Secret {
    /// In time that depends on the lengths only.
    fn eq(&self, other: &Secret) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::{hash::Hash, marker::PhantomData};
    use zeroize::ZeroizeOnDrop;

    /// Whether a type has a trait: what is written for all types says no, what a type has by itself says yes and goes first.
    struct Has<T>(PhantomData<T>);
    trait Not {
        const SERIALIZE: bool = false;
        const HASH: bool = false;
        const ORDER: bool = false;
    }
    impl<T> Not for Has<T> {}
    impl<T: Serialize> Has<T> {
        const SERIALIZE: bool = true;
    }
    impl<T: Hash> Has<T> {
        const HASH: bool = true;
    }
    impl<T: PartialOrd> Has<T> {
        const ORDER: bool = true;
    }

    #[test]
    fn cannot_be_printed() {
        let s = Secret::new("hunter2");
        assert_eq!(format!("{s} {s:?} {:?}", Some(&s)), "(secret) (secret) Some((secret))");
        assert_eq!(s, Secret::new("hunter2"));
        assert_ne!(s, Secret::new("hunter3"));
        assert_ne!(s, Secret::new("hunter22"));
    }

    #[test]
    fn cannot_be_serialized_and_is_not_compared_in_a_way_that_takes_longer_the_more_fits() {
        // That the question can be answered with yes.
        assert_eq!([Has::<String>::SERIALIZE, Has::<String>::HASH, Has::<String>::ORDER], [true; 3]);
        assert_eq!([Has::<Secret>::SERIALIZE, Has::<Secret>::HASH, Has::<Secret>::ORDER], [false; 3]);
    }

    #[test]
    fn is_zeroed_when_it_is_dropped() {
        // No test may look at memory that is gone: the type of what is inside says it.
        fn zeroed<T: ZeroizeOnDrop>(_: &T) {}
        zeroed(&Secret::new("hunter2").0);
    }
}
