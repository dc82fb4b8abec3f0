//! Durations as people say them.

/// `45 s`, `6 min`, `6 min 20 s`, `2 h 5 min`.
pub fn seconds(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..90 => format!("{s} s"),
        s @ 90..3600 if s % 60 == 0 => format!("{} min", s / 60),
        s @ 90..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// How old something is, or how long it lasts, in the largest unit that is not zero: `45 s`, `6 min`, `5 h`, `81 d`.
pub fn age(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min", s / 60),
        s @ 3600..172_800 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_well() {
        assert_eq!(super::seconds(45), "45 s");
        assert_eq!(super::seconds(360), "6 min");
        assert_eq!(super::seconds(380), "6 min 20 s");
        assert_eq!(super::seconds(7500), "2 h 5 min");
        assert_eq!(super::age(59), "59 s");
        assert_eq!(super::age(100_000), "27 h");
        assert_eq!(super::age(7_000_000), "81 d");
    }
}
