//! Kubernetes quantities: `500m`, `2`, `1Gi`, `1e3`.

const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: &[(&str, u32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// The quantity in billionths; nothing when it is none.
#[must_use]
pub fn nanos(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let negative = whole.starts_with('-');
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !plain(digits)
        || !plain(fraction)
        || (digits.is_empty() && fraction.is_empty())
        || fraction.len() > 18
        || digits.len() > 24
    {
        return None;
    }
    let mantissa: i128 = format!("{digits}{fraction}").parse().ok()?;
    let mantissa = if negative { -mantissa } else { mantissa };
    let places = i32::try_from(fraction.len()).ok()?;
    if let Some((_, shift)) = BINARY.iter().find(|(s, _)| *s == suffix) {
        let value = mantissa.checked_mul(1_i128 << shift)?;
        return scaled(value, 9 - places);
    }
    let power = match DECIMAL.iter().find(|(s, _)| *s == suffix) {
        Some((_, power)) => *power,
        None => suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|p: &i32| p.abs() <= 18)?,
    };
    scaled(mantissa, 9 + power - places)
}

fn scaled(value: i128, power: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    // What is finer than a billionth is rounded up, as the API does.
    if power >= 0 { value.checked_mul(factor) } else { Some((value + (factor - 1) * value.signum()) / factor) }
}

/// The way the API writes it: with binary suffixes when `binary`, else with decimal ones.
#[must_use]
pub fn text(nanos: i128, binary: bool) -> String {
    const ONE: i128 = 1_000_000_000;
    if nanos == 0 {
        return "0".to_owned();
    }
    if binary && nanos % ONE == 0 {
        let whole = nanos / ONE;
        for (suffix, shift) in BINARY.iter().rev() {
            if whole % (1_i128 << shift) == 0 {
                return format!("{}{suffix}", whole >> shift);
            }
        }
        return whole.to_string();
    }
    for (suffix, power) in DECIMAL.iter().rev() {
        let factor = 10_i128.pow(u32::try_from(9 + power).unwrap_or(0));
        if nanos % factor == 0 {
            return format!("{}{suffix}", nanos / factor);
        }
    }
    nanos.to_string()
}

/// The same quantity, written the way the API writes it; what is none stays as it is.
#[must_use]
pub fn canonical(given: &str) -> String {
    let binary = given.ends_with('i');
    nanos(given).map_or_else(|| given.to_owned(), |n| text(n, binary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_and_written_as_the_api_does() {
        let table = [
            ("500m", "500m"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("2", "2"),
            ("1Gi", "1Gi"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1000Mi", "1000Mi"),
            ("1e3", "1k"),
            ("1500M", "1500M"),
            ("2000", "2k"),
            ("0", "0"),
            ("100k", "100k"),
        ];
        for (given, wanted) in table {
            assert_eq!(canonical(given), wanted, "{given}");
        }
        for none in ["", "x", "1x", "1.2.3", "--1", "Gi"] {
            assert_eq!(nanos(none), None, "{none}");
        }
    }
}
