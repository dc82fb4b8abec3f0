//! Values as text: how templates print them, and `printf`.

use crate::cluster::yaml;
use serde_json::Value;

/// As a template prints it. Helm shows what is missing as nothing.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut all: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", show(v))).collect();
            all.sort();
            format!("map[{}]", all.join(" "))
        }
        other => other.to_string(),
    }
}

/// As YAML, keys sorted, without a line break at its end.
pub(super) fn to_yaml(value: &Value) -> String {
    yaml::write(&sorted(value)).trim_end_matches('\n').to_owned()
}

/// With the keys of its maps in order.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut all: Vec<(&String, &Value)> = map.iter().collect();
            all.sort_by_key(|(k, _)| *k);
            Value::Object(all.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// In quotes, as Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Go's `printf` with `%s %v %d %q %t %f %%` and widths.
pub(super) fn printf(format: &str, args: &[Value]) -> String {
    let (mut out, mut args, mut chars) = (String::new(), args.iter(), format.chars().peekable());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        while let Some(d) = chars.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
            width.push(d);
        }
        let verb = chars.next().unwrap_or('%');
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(arg) = args.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = match verb {
            'q' => quoted(&show(arg)),
            'f' => {
                let places = width.split_once('.').and_then(|(_, p)| p.parse().ok()).unwrap_or(6);
                format!("{:.places$}", arg.as_f64().unwrap_or(0.0))
            }
            'd' if !arg.is_number() => format!("%!d(string={})", show(arg)),
            _ => show(arg),
        };
        let wide: usize = width.split('.').next().and_then(|w| w.trim_start_matches(['-', '0']).parse().ok()).unwrap_or(0);
        out.push_str(&match width.chars().next() {
            Some('0') => format!("{text:0>wide$}"),
            Some('-') => format!("{text:<wide$}"),
            _ => format!("{text:>wide$}"),
        });
    }
    out
}
