//! The reference of all resource types, as Markdown, from the types themselves.

use crate::{
    calls::calls,
    field::{Change, Compare, Field},
    prices,
    resource::{Identity, List, MarkAt, ResourceType},
};
use pontoon_core::{
    plan::{Condition, Impact},
    value::Value,
};
use std::fmt::Write;

/// Every resource type: fields and what can change, identity, timing, price, calls and their scopes.
pub fn reference() -> String {
    let mut out = String::from(
        "# Resource types\n\nWhat Pontoon knows of each kind of thing at a vendor. Written from the catalog: edit that.\n\n\
         | kind | what | identity | holds data | usually takes |\n| --- | --- | --- | --- | --- |\n",
    );
    for t in crate::resource_types() {
        let data = if t.stateful { "yes" } else { "" };
        let anchor = t.kind.replace('.', "");
        let _ = writeln!(
            out,
            "| [`{}`](#{anchor}) | {} | {} | {data} | {} |",
            t.kind,
            t.title,
            identity_word(t.identity),
            seconds(t.typical)
        );
    }
    for t in crate::resource_types() {
        one(&mut out, t);
    }
    out
}

fn one(out: &mut String, t: &ResourceType) {
    let _ = write!(out, "\n## {}\n\n{}\n\n", t.kind, t.text);
    let _ = writeln!(out, "| field | what | changes |\n| --- | --- | --- |");
    for f in t.fields {
        let _ = writeln!(out, "| `{}` | {} | {} |", f.name, cell(f.text), cell(&change(f)));
    }
    out.push('\n');
    let mut fact = |name: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "- {name}: {text}");
        }
    };
    fact("Identity", identity(t));
    fact(
        "Lives in",
        t.parent.map(|p| format!("`{p}`{}", if t.dies_with_parent { ", and goes with it" } else { "" })).unwrap_or_default(),
    );
    fact("Seen", seen(t.list));
    fact("Made together with", t.embed.map(|e| format!("one `{}`, by the same call", e.kind)).unwrap_or_default());
    fact("Ready", t.ready.map(|c| condition(&c())).unwrap_or_else(|| "at once".into()));
    fact("Failed", t.failed.map(|c| condition(&c())).unwrap_or_default());
    fact("Takes", format!("usually {}, given up after {}", seconds(t.typical), seconds(t.timeout)));
    fact("Settles", format!("within {}: until then a lost request may still take effect, and lists may lag", seconds(t.settle)));
    fact("Replaced", if t.create_first { "the new one is made before the old one is removed".into() } else { String::new() });
    fact("Removing it", removal(t));
    fact("Costs a month", format!("{} (the example below, prices of {})", price(t), prices::AS_OF));
    fact("Names", t.names.map(names).unwrap_or_default());
    fact("Others may refer to", list(std::iter::once("id").chain(t.outputs.iter().map(|(n, _)| *n).filter(|n| *n != "id"))));
    fact("Shown once", list(t.secrets.iter().map(|(n, _)| *n)));
    let _ = writeln!(out, "\n| call | | token scope |\n| --- | --- | --- |");
    for (used, call) in calls(t, "{id}", "{parent}", |r| Value::Text(format!("{{{}}}", r.address.kind()))) {
        let path = call.path.as_text().unwrap_or_default();
        let query: Vec<&str> = call.query.iter().map(|(k, _)| k.as_str()).filter(|k| *k != "per_page").collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let scope = match (call.scope.as_str(), call.provider.as_str()) {
            ("", "spaces") => "a Spaces key with full access".to_owned(),
            (scope, _) => list(scope.split(' ').filter(|s| !s.is_empty())),
        };
        let _ = writeln!(out, "| {used} | `{} {path}{query}` | {scope} |", call.method);
    }
    let example: Vec<String> = (t.sample)().iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect();
    let _ = write!(out, "\nExample:\n\n```yaml\n{}\n```\n", example.join("\n"));
}

/// A value as YAML's flow style has it; references by their address.
fn shown(v: &Value) -> String {
    match v {
        Value::Unknown(r) => format!("\"${{{r}}}\""),
        Value::Concat(parts) => {
            let part = |p: &Value| match p {
                Value::Unknown(r) => format!("${{{r}}}"),
                other => other.as_text().map_or_else(|| other.to_string(), str::to_owned),
            };
            format!("\"{}\"", parts.iter().map(part).collect::<String>())
        }
        Value::List(l) => format!("[{}]", l.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(m) => format!("{{ {} }}", m.iter().map(|(k, v)| format!("{k}: {}", shown(v))).collect::<Vec<_>>().join(", ")),
        known => known.to_json().to_string(),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

fn change(f: &Field) -> String {
    match (f.compare, f.change) {
        (Compare::Once, _) => "counts when it is made".into(),
        (_, Change::Never(why)) => format!("never: {why}"),
        (_, change) => {
            let refused = if matches!(change, Change::Unless(_)) { "in place, where the vendor allows it" } else { "in place" };
            match f.impact {
                Impact::Nothing => refused.into(),
                impact => format!("{refused}; {impact}: {}", f.consequence),
            }
        }
    }
}

fn identity_word(identity: Identity) -> &'static str {
    match identity {
        Identity::Natural(_) => "natural",
        Identity::Marked(_) => "marked",
        Identity::Only => "the only one",
        Identity::Opaque(_) => "opaque",
    }
}

fn identity(t: &ResourceType) -> String {
    match t.identity {
        Identity::Natural(fields) => format!("natural, by {}", list(fields.iter().copied())),
        Identity::Marked(MarkAt::Tag(f)) => format!("marked, by a text in `{f}`"),
        Identity::Marked(MarkAt::Text(f)) => format!("marked, at the end of `{f}`"),
        Identity::Only => "there is one in what it lives in".into(),
        Identity::Opaque(how) => format!("opaque; after an unclear creation: {}", how.join("; ")),
    }
}

fn seen(list: List) -> String {
    match list {
        List::Account(_) => "in a list of the account".into(),
        List::Region(_) => "in a list of its region".into(),
        List::Under(_) => "in a list of what it lives in".into(),
        List::Inside(path) => format!("in `{path}` of what it lives in"),
    }
}

fn removal(t: &ResourceType) -> String {
    let how = match t.delete {
        crate::resource::Delete::Forget => "leaves it at the vendor and forgets it",
        crate::resource::Delete::Drain { .. } => "empties it first",
        crate::resource::Delete::Call(_) => "",
    };
    let lost = match (t.stateful, t.loss) {
        (_, "") => String::new(),
        (true, loss) => format!("loses {loss}; only where it is named"),
        (false, loss) => format!("loses {loss}"),
    };
    [how.to_owned(), lost].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("; ")
}

fn price(t: &ResourceType) -> String {
    let cost = (t.price)(&(t.sample)());
    match (t.kind == prices::SUBSCRIBES, cost.is_free()) {
        (true, _) => format!("{} once an account, usage beyond it extra", prices::spaces_subscription()),
        (false, true) => "nothing".into(),
        (false, false) => format!("{cost} US dollars"),
    }
}

fn names(rule: crate::names::Names) -> String {
    let crate::names::Names { shortest, longest, inside, first, unique } = rule;
    format!("{shortest} to {longest} lower-case letters, digits and `{inside}`, beginning with {first}; {unique}")
}

fn condition(c: &Condition) -> String {
    let any =
        |values: &[Value]| values.iter().map(|v| format!("`{}`", shown(v).trim_matches('"'))).collect::<Vec<_>>().join(" or ");
    match c {
        Condition::Is { path, any_of } => format!("when `{path}` is {}", any(any_of)),
        Condition::Each { list, path, any_of } => format!("when each of `{list}` has {} as `{path}`", any(any_of)),
        Condition::AtLeast { list, path, any_of, least } => {
            format!("when as many of `{list}` as `{least}` says have {} as `{path}`", any(any_of))
        }
        Condition::Empty { path } => format!("when `{path}` is empty"),
        Condition::Present { path } => format!("when there is something at `{path}`"),
        Condition::Exists => "when it is there".into(),
        Condition::All(all) => all.iter().map(condition).collect::<Vec<_>>().join(", and "),
        Condition::Any(any) => any.iter().map(condition).collect::<Vec<_>>().join(", or "),
    }
}

fn seconds(n: u32) -> String {
    match n {
        n if n >= 3600 && n % 3600 == 0 => format!("{} h", n / 3600),
        n if n >= 120 && n % 60 == 0 => format!("{} min", n / 60),
        n => format!("{n} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_of_every_kind_what_it_is() {
        let text = reference();
        for t in crate::resource_types() {
            assert!(text.contains(&format!("\n## {}\n\n{}\n", t.kind, t.text)), "{}", t.kind);
        }
        assert!(text.contains(
            "| `size` | Size of each node, such as `s-4vcpu-8gb`. | never: the size of a pool's nodes cannot change |"
        ));
        assert!(text.contains("| create | `POST /v2/kubernetes/registries` | `kubernetes:create`, `kubernetes:update` |"));
        assert!(text.contains("| update | `PUT /{parent}?lifecycle` | a Spaces key with full access |"));
    }
}
