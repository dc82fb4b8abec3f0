//! Quantities: `250m`, `1.5`, `512Mi`, `2G`. Source: Kubernetes documentation, `Quantity`.

use serde_json::Value;

/// Thousandths: of a processor, or of whatever is counted.
pub(crate) fn milli(value: &Value) -> i64 {
    match value {
        Value::String(text) => parse(text),
        Value::Number(n) => n.as_f64().map_or(0, |f| whole(f * 1000.0)),
        _ => 0,
    }
}

/// Whole units, rounded up: bytes, pods.
pub(crate) fn units(value: &Value) -> i64 {
    let milli = milli(value);
    milli.saturating_add(999).div_euclid(1000)
}

fn parse(text: &str) -> i64 {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+')).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let number: f64 = digits.parse().unwrap_or(0.0);
    let factor = match suffix {
        "n" => 1e-6,
        "u" => 1e-3,
        "m" => 1.0,
        "k" => 1e6,
        "M" => 1e9,
        "G" => 1e12,
        "T" => 1e15,
        "P" => 1e18,
        "Ki" => 1000.0 * 1024.0,
        "Mi" => 1000.0 * 1_048_576.0,
        "Gi" => 1000.0 * 1_073_741_824.0,
        "Ti" => 1000.0 * 1_099_511_627_776.0,
        other => match other.strip_prefix(['e', 'E']).and_then(|e| e.parse::<i32>().ok()) {
            Some(exponent) => 1000.0 * 10f64.powi(exponent),
            None => 1000.0,
        },
    };
    whole(number * factor)
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and a quantity beyond it is nobody's")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// Bytes the way nodes and claims write them: `2560Mi`.
pub(crate) fn mebibytes(bytes: i64) -> String {
    format!("{}Mi", bytes / 1_048_576)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for (text, expected) in [("250m", 250), ("1.5", 1500), ("2", 2000), ("1k", 1_000_000), ("", 0), ("x", 0)] {
            assert_eq!(milli(&json!(text)), expected, "{text}");
        }
        assert_eq!(units(&json!("512Mi")), 536_870_912);
        assert_eq!(units(&json!("1e3")), 1000);
        assert_eq!(units(&json!("150M")), 150_000_000);
        assert_eq!(milli(&json!(1)), 1000);
    }
}
