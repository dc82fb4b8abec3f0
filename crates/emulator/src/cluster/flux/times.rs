//! Durations as Go writes and reads them: `1h`, `5m0s`, `1m30s`, `500ms`.

use serde_json::Value;
use std::time::Duration;

/// Reads a duration; nothing when it is none.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[end..];
    }
    Duration::try_from_secs_f64(total).ok()
}

/// The duration of a field, or `default`.
pub(super) fn of(value: &Value, default: Duration) -> Duration {
    value.as_str().and_then(parse).unwrap_or(default)
}

/// As Go prints it, to the millisecond.
pub(super) fn show(duration: Duration) -> String {
    let millis = duration.as_millis();
    let (seconds, rest) = (millis / 1000, millis % 1000);
    if seconds == 0 && rest > 0 {
        return format!("{rest}ms");
    }
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:03}").trim_end_matches('0').to_owned() };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}{fraction}s"),
        (0, _) => format!("{minutes}m{seconds}{fraction}s"),
        _ => format!("{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, show};

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        let cases = [
            ("1h", "1h0m0s"),
            ("5m", "5m0s"),
            ("90s", "1m30s"),
            ("500ms", "500ms"),
            ("1.5s", "1.5s"),
            ("1h2m3s", "1h2m3s"),
            ("0s", "0s"),
        ];
        for (from, to) in cases {
            assert_eq!(parse(from).map(show).as_deref(), Some(to), "{from}");
        }
        assert_eq!([parse(""), parse("5"), parse("5x")], [None, None, None]);
    }
}
