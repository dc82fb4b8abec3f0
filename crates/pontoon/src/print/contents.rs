//! What would change in a cluster, or in the repository that it follows, as a person reads it before agreeing.

use crate::commands::plan::Contents;
use pontoon_core::{event::UnitState, platform::Purchase};
use pontoon_deliver::{
    difference::{Difference, What},
    interruption::interruption,
    repository::FileChange,
};
use pontoon_ui::style::{Ink, Style};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

/// Values longer than this are cut, in characters; `--json` has them whole.
const LONGEST: usize = 80;
/// What is shown of what two long values have in common, before they differ.
const COMMON: usize = 24;
/// Fields of one object that are shown unless all are asked for.
const FIELDS: usize = 6;
/// Lines of a file around a change.
const AROUND: usize = 3;

/// All of it; `verbose` shows changed lines of files.
pub fn text(contents: &Contents, verbose: bool, style: Style) -> String {
    let mut out = units(contents, style);
    let wide = |of: fn(&Purchase) -> &str| contents.purchases.iter().map(|o| of(o).len()).max().unwrap_or(0);
    let (title, component) = (wide(|o| &o.title), wide(|o| &o.component));
    for one in &contents.purchases {
        out.push_str(&format!(
            "  {} {:title$}  {:component$}  +{} USD a month\n",
            style.paint(Ink::Good, "+"),
            one.title,
            one.component,
            one.cost
        ));
    }
    objects(&mut out, &contents.objects, verbose, style);
    if let Some(compared) = &contents.files {
        let files = &compared.changes;
        match (compared.is_new, files.len()) {
            (true, n) => {
                out.push_str(&format!("repository {}: is made, with {n} files\n", compared.repository));
            }
            (false, 0) => out.push_str(&format!("repository {}: holds all of it\n", compared.repository)),
            (false, n) => {
                let noun = if n == 1 { "file" } else { "files" };
                out.push_str(&format!("repository {}: {n} {noun} to change\n", compared.repository));
            }
        }
        if !compared.is_new || verbose {
            files.iter().for_each(|f| file(&mut out, f, verbose, style));
        }
        if !verbose && !files.is_empty() && !compared.is_new {
            out.push_str(&format!("  {}\n", style.paint(Ink::Faint, "every changed line: add --verbose")));
        }
    }
    if let Some(unseen) = &contents.unseen {
        out.push_str(&format!("{unseen}\n"));
    }
    out
}

fn units(contents: &Contents, style: Style) -> String {
    let all = &contents.units;
    let open: Vec<&str> = all.iter().filter(|u| u.state != UnitState::Healthy).map(|u| u.unit.as_str()).collect();
    if all.is_empty() {
        return String::new();
    }
    if open.is_empty() {
        return format!("in the cluster: all {} units are healthy\n", all.len());
    }
    let names = style.paint(Ink::Faint, &open.join(", "));
    format!("in the cluster: {} of {} units to bring to health: {names}\n", open.len(), all.len())
}

fn objects(out: &mut String, differences: &[Difference], verbose: bool, style: Style) {
    if differences.is_empty() {
        return;
    }
    let noun = if differences.len() == 1 { "object" } else { "objects" };
    out.push_str(&format!("{} {noun} in the cluster to change\n", differences.len()));
    listed(out, differences, verbose, style);
}

/// One object after the other: what is there, and what an apply would make of it.
pub fn listed(out: &mut String, differences: &[Difference], verbose: bool, style: Style) {
    for d in differences {
        let unit = style.paint(Ink::Faint, if d.unit.is_empty() { "wanted by nothing any more" } else { &d.unit });
        let (sign, ink) = match &d.what {
            What::Made => ("+", Ink::Good),
            What::Changed(_) => ("~", Ink::Notice),
            What::Removed => ("-", Ink::Bad),
            What::Unclear(_) => ("?", Ink::Bad),
        };
        out.push_str(&format!("  {} {}  {unit}\n", style.paint(ink, sign), d.object));
        if let Some(text) = interruption(d) {
            out.push_str(&format!("      {} {text}\n", style.paint(Ink::Notice, "interrupts:")));
        }
        match &d.what {
            What::Changed(fields) => {
                let shown = if verbose { fields.len() } else { fields.len().min(FIELDS) };
                for f in fields.iter().take(shown) {
                    let (before, after) = sides(f.before.as_ref(), f.after.as_ref());
                    out.push_str(&format!("      {}: {before} → {after}\n", f.path));
                }
                if shown < fields.len() {
                    let more = format!("and {} more fields: add --verbose", fields.len() - shown);
                    out.push_str(&format!("      {}\n", style.paint(Ink::Faint, &more)));
                }
            }
            What::Unclear(why) => out.push_str(&format!("      {why}\n")),
            What::Made | What::Removed => {}
        }
    }
}

/// Both values in one line each. Where both are long and begin alike, most of what they share is left out.
fn sides(before: Option<&Value>, after: Option<&Value>) -> (String, String) {
    let text = |v: Option<&Value>| match v {
        None => "(not set)".to_owned(),
        Some(Value::String(s)) => s.replace('\n', "⏎"),
        Some(other) => other.to_string(),
    };
    let (before, after) = (text(before), text(after));
    let alike = before.chars().zip(after.chars()).take_while(|(b, a)| b == a).count();
    let long = before.chars().count().max(after.chars().count()) > LONGEST;
    let from = if long { alike.saturating_sub(COMMON) } else { 0 };
    let cut = |t: &str| {
        let rest = t.chars().count().saturating_sub(from);
        let lead = if from > 0 { "…" } else { "" };
        let tail = if rest > LONGEST { "…" } else { "" };
        format!("{lead}{}{tail}", t.chars().skip(from).take(LONGEST).collect::<String>())
    };
    (cut(&before), cut(&after))
}

fn file(out: &mut String, f: &FileChange, verbose: bool, style: Style) {
    let (sign, ink) = match (&f.before, &f.after) {
        (None, _) => ("+", Ink::Good),
        (Some(_), Some(_)) => ("~", Ink::Notice),
        (Some(_), None) => ("-", Ink::Bad),
    };
    let disputed = "  a person changed it as well: up refuses until one of both is undone";
    let disputed = if f.disputed { style.paint(Ink::Bad, disputed) } else { String::new() };
    out.push_str(&format!("  {} {}{disputed}\n", style.paint(ink, sign), f.path));
    if verbose {
        lines(out, f, style);
    }
}

/// The changed lines with some around them, as `diff -u` shows them.
fn lines(out: &mut String, f: &FileChange, style: Style) {
    let (before, after) = (f.before.as_deref().unwrap_or(""), f.after.as_deref().unwrap_or(""));
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        out.push_str(&format!("      {}\n", style.paint(Ink::Faint, &hunk.header().to_string())));
        for change in hunk.iter_changes() {
            let (sign, ink) = match change.tag() {
                ChangeTag::Delete => ("-", Some(Ink::Bad)),
                ChangeTag::Insert => ("+", Some(Ink::Good)),
                ChangeTag::Equal => (" ", None),
            };
            let line = format!("{sign}{}", change.value().trim_end_matches('\n'));
            let line = ink.map_or_else(|| line.clone(), |ink| style.paint(ink, &line));
            out.push_str(format!("      {line}").trim_end());
            out.push('\n');
        }
    }
}

/// One object in JSON.
pub fn object(d: &Difference) -> Value {
    let (action, fields, because) = match &d.what {
        What::Made => ("create", Vec::new(), None),
        What::Changed(fields) => ("update", fields.clone(), None),
        What::Removed => ("delete", Vec::new(), None),
        What::Unclear(why) => ("unclear", Vec::new(), Some(why)),
    };
    let fields: Vec<Value> = fields.iter().map(|f| json!({ "field": f.path, "before": f.before, "after": f.after })).collect();
    json!({
        "unit": d.unit, "kind": d.object.kind, "namespace": d.object.namespace, "name": d.object.name,
        "action": action, "fields": fields, "because": because, "interrupts": interruption(d),
    })
}

/// The same in JSON, beside the plan of the cloud.
pub fn document(contents: &Contents, plan: &mut Value) {
    let file = |f: &FileChange| json!({ "path": f.path, "before": f.before, "after": f.after, "disputed": f.disputed });
    let units = contents.units.iter();
    plan["units"] = units.map(|u| json!({ "unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail })).collect();
    plan["objects"] = contents.objects.iter().map(object).collect();
    plan["repository"] = match &contents.files {
        Some(c) => json!({ "name": c.repository, "new": c.is_new, "files": c.changes.iter().map(file).collect::<Vec<_>>() }),
        None => Value::Null,
    };
    plan["unseen"] = json!(contents.unseen);
    plan["settled"] = contents.is_settled().into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_shown_where_they_differ() {
        let long = |n: &str| Value::from(format!("{}{n}{}", "a".repeat(200), "b".repeat(200)));
        let (before, after) = sides(Some(&long("1")), Some(&long("2")));
        assert!(before.starts_with("…aaa") && before.contains('1') && before.ends_with('…'), "{before}");
        assert!(after.contains('2'), "{after}");
        assert_eq!(sides(None, Some(&Value::from(3))), ("(not set)".into(), "3".into()));
    }

    #[test]
    fn changed_lines_are_shown_with_what_is_around_them() {
        let before: String = (0..20).map(|n| format!("line {n}\n")).collect();
        let change = FileChange {
            path: "platform/traefik/release.yaml".into(),
            after: Some(before.replace("line 9\n", "line nine\n")),
            before: Some(before),
            disputed: false,
        };
        let mut out = String::new();
        file(&mut out, &change, true, Style::Plain);
        assert!(out.starts_with("  ~ platform/traefik/release.yaml\n      @@ -7,7 +7,7 @@\n       line 6\n"), "{out}");
        assert!(out.contains("      -line 9\n      +line nine\n"), "{out}");
        assert_eq!(out.lines().count(), 10, "{out}");
    }
}
