//! What a schema says of a value by itself: type, listed values, format, pattern, bounds.

use super::judge::{short, type_of};
use super::report::Wrong;
use super::schema::{Schema, Type};
use serde_json::Value;
use std::net::{Ipv4Addr, Ipv6Addr};

type Verdict = Result<(), (Wrong, String)>;

/// Checks a value that is not null; the first thing that is wrong is said.
pub(super) fn check(schema: &Schema, value: &Value) -> Verdict {
    kind(schema, value)?;
    if !schema.values.is_empty() && !schema.values.contains(value) {
        let known: Vec<String> = schema.values.iter().map(short).collect();
        return Err((Wrong::Enum, format!("{} is none of {}", short(value), known.join(", "))));
    }
    match value {
        Value::String(text) => string(schema, text),
        Value::Number(number) => match number.as_f64() {
            Some(number) => within(schema, number),
            None => Ok(()),
        },
        Value::Array(items) if schema.kind == Some(Type::Array) => count(schema, items.len(), "items"),
        _ => Ok(()),
    }
}

fn kind(schema: &Schema, value: &Value) -> Verdict {
    let (Some(wanted), Some(found)) = (schema.kind, type_of(value)) else {
        return Ok(());
    };
    let fits = wanted == found || (wanted == Type::Number && found == Type::Integer);
    if fits { Ok(()) } else { Err((Wrong::Type, format!("{} is no {wanted:?}", short(value)))) }
}

fn string(schema: &Schema, text: &str) -> Verdict {
    if schema.kind == Some(Type::String) {
        count(schema, text.chars().count(), "characters")?;
    }
    if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
        return Err((Wrong::Format, format!("{} does not match {pattern}", short(&text.into()))));
    }
    match schema.format.as_deref() {
        Some(format) if !has_format(format, text) => Err((Wrong::Format, format!("{} is no {format}", short(&text.into())))),
        _ => Ok(()),
    }
}

fn count(schema: &Schema, length: usize, what: &str) -> Verdict {
    let length = length as u64;
    let short = schema.at_least.is_some_and(|least| length < least);
    let long = schema.at_most.is_some_and(|most| length > most);
    if short || long { Err((Wrong::Range, format!("{length} {what}"))) } else { Ok(()) }
}

fn within(schema: &Schema, number: f64) -> Verdict {
    let low = schema.minimum.is_some_and(|least| number < least);
    let high = schema.maximum.is_some_and(|most| number > most);
    let step = schema.multiple_of.is_some_and(|step| (number / step).fract() != 0.0);
    let narrow = match schema.format.as_deref() {
        Some("int32") => number < f64::from(i32::MIN) || number > f64::from(i32::MAX),
        Some("uint32") => number < 0.0 || number > f64::from(u32::MAX),
        Some("uint64") => number < 0.0,
        _ => false,
    };
    let out = low || high || step || narrow;
    if out { Err((Wrong::Range, format!("{number} is out of bounds"))) } else { Ok(()) }
}

/// Whether a text has a format; formats that are not known here fit everything.
fn has_format(format: &str, text: &str) -> bool {
    match format {
        "uuid" => uuid(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => text.split_once('/').is_some_and(|(address, length)| {
            let bits = length.parse::<u8>().unwrap_or(u8::MAX);
            (address.parse::<Ipv4Addr>().is_ok() && bits <= 32) || (address.parse::<Ipv6Addr>().is_ok() && bits <= 128)
        }),
        "date-time" => date_time(text),
        "date" => shape(text, "0000-00-00"),
        "uri" | "url" => text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "hostname" => !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._*".contains(c)),
        _ => true,
    }
}

fn uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

/// RFC 3339: `2026-11-02T09:00:00Z`, with fractions or an offset.
fn date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else {
        return false;
    };
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let zoned = zone.eq_ignore_ascii_case("z") || shape(zone.trim_start_matches(['+', '-']), "00:00");
    let digits = !fraction.is_empty() && fraction.chars().all(|c| c.is_ascii_digit());
    shape(date, "0000-00-00") && shape(seconds, "00:00:00") && digits && zoned
}

/// Whether a text has a digit wherever the shape has one, and is the shape elsewhere.
fn shape(text: &str, shape: &str) -> bool {
    let same = |(found, wanted): (char, char)| if wanted == '0' { found.is_ascii_digit() } else { found == wanted };
    text.len() == shape.len() && text.chars().zip(shape.chars()).all(same)
}
