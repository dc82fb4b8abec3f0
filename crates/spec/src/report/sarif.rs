//! For code scanning: SARIF 2.1.0.

use pontoon_core::diagnostic::{CodePage, Diagnostic, Diagnostics, Place, Severity};
use serde_json::{Value, json};

/// A SARIF log of one run. `pages` are those of every code that may occur, and become the rules.
pub fn sarif(diagnostics: &Diagnostics, pages: &[&CodePage], version: &str) -> String {
    let rules: Vec<&&CodePage> = pages.iter().filter(|p| diagnostics.iter().any(|d| d.code == p.code)).collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|d| {
            let mut result = result(d);
            if let (Some(index), Some(map)) = (rules.iter().position(|p| p.code == d.code), result.as_object_mut()) {
                map.insert("ruleIndex".into(), index.into());
            }
            result
        })
        .collect();
    let rules: Vec<Value> = rules
        .iter()
        .map(|p| {
            json!({
                "id": p.code,
                "shortDescription": { "text": p.title },
                "fullDescription": { "text": p.explanation },
                "help": { "text": p.fix },
                "defaultConfiguration": { "level": p.severity.to_string() },
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "pontoon", "semanticVersion": version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(d: &Diagnostic) -> Value {
    let text = match &d.hint {
        Some(hint) => format!("{}. {hint}", d.message),
        None => d.message.clone(),
    };
    let level = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut result = json!({ "ruleId": d.code, "level": level, "message": { "text": text } });
    if let Some(map) = result.as_object_mut() {
        if let Some(at) = &d.at {
            map.insert("locations".into(), json!([{ "physicalLocation": physical(at) }]));
        }
        if !d.labels.is_empty() {
            let related: Vec<Value> = d
                .labels
                .iter()
                .enumerate()
                .map(|(i, l)| json!({ "id": i + 1, "physicalLocation": physical(&l.at), "message": { "text": l.message } }))
                .collect();
            map.insert("relatedLocations".into(), related.into());
        }
        if d.accepted {
            map.insert("suppressions".into(), json!([{ "kind": "inSource", "justification": "accept" }]));
        }
    }
    result
}

fn physical(at: &Place) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&at.file) },
        "region": {
            "startLine": at.line,
            "startColumn": at.column,
            "endLine": at.end_line,
            "endColumn": at.end_column,
            "byteOffset": at.span.start,
            "byteLength": at.span.len(),
        },
    })
}

/// A relative path as a URI: what a URI cannot hold is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.replace('\\', "/").bytes() {
        if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}
