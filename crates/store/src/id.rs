//! Names that become file names: operations' ids and scopes.

use crate::error::StoreError;
use jiff::{Timestamp, tz::TimeZone};

/// An operation's id, sortable by time: `20261121T070000.250Z-ab12`. The nonce tells operations of
/// the same millisecond apart.
pub fn operation_id(now: Timestamp, nonce: &str) -> String {
    let t = now.to_zoned(TimeZone::UTC);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z-{nonce}",
        t.year(),
        t.month(),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        t.millisecond()
    )
}

/// Refuses what is no plain file name.
pub(crate) fn plain(name: &str, what: &'static str) -> Result<(), StoreError> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && !name.ends_with('.') && name.bytes().all(inner) {
        Ok(())
    } else {
        Err(StoreError::BadName { name: name.into(), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let at = |s: &str| s.parse::<Timestamp>().unwrap();
        let first = operation_id(at("2026-11-21T07:00:00.25Z"), "ff");
        assert_eq!(first, "20261121T070000.250Z-ff");
        assert!(first < operation_id(at("2026-11-21T07:00:00.251Z"), "00"));
        assert!(plain(&first, "an operation").is_ok());
    }

    #[test]
    fn names_stay_in_their_directory() {
        for name in ["", ".", "..", "../x", "a/b", ".hidden", "a\0", "ü", "a."] {
            assert!(plain(name, "x").is_err(), "{name}");
        }
    }
}
