//! Versions of Kubernetes that DOKS offers, with their date. The vendor's options are the truth;
//! channels are resolved here, so that a plan needs no call for them.

/// When the versions were read.
pub const AS_OF: &str = "2026-11-01";

/// Minors that are offered, newest first.
pub const OFFERED: &[&str] = &["1.36", "1.35", "1.34"];

/// The newest minor.
pub fn latest() -> &'static str {
    OFFERED.first().copied().unwrap_or("latest")
}

/// The newest minor but one: what has been out for a while.
pub fn stable() -> &'static str {
    OFFERED.get(1).copied().unwrap_or_else(latest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn stable_is_older_than_latest() {
        assert_eq!((super::latest(), super::stable()), ("1.36", "1.35"));
    }
}
