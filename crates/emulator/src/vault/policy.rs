//! Policies: which capabilities a token has for a path.
//!
//! Source: Vault documentation, policies: the most specific path wins, `deny` wins within it, `*` at the end is any rest,
//! `+` any one part.

use super::call::{Call, Denied};
use super::{sys, token};
use crate::Cx;

/// A path with what may be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// Pattern.
    pub path: String,
    /// `create`, `read`, `update`, `patch`, `delete`, `list`, `sudo`, `deny`.
    pub capabilities: Vec<String>,
}

const CAPABILITIES: &[&str] = &["create", "read", "update", "patch", "delete", "list", "sudo", "deny", "subscribe", "recover"];

/// What every token may do.
const DEFAULT: &str = r#"
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/internal/ui/mounts/*" { capabilities = ["read"] }
"#;

/// Reads the part of HCL that policies use: `path "p" { capabilities = ["read", …] }`; other settings are passed over.
pub(super) fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let plain: String = text
        .lines()
        .map(|line| line.split_once('#').map_or(line, |(code, _)| code))
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rest = plain.trim();
    let mut rules = Vec::new();
    while !rest.is_empty() {
        let inner = rest
            .strip_prefix("path")
            .ok_or_else(|| format!("expected a path, found {:?}", rest.chars().take(20).collect::<String>()))?;
        let (path, after) = quoted(inner.trim_start()).ok_or("a path must be quoted")?;
        let block = after.trim_start().strip_prefix('{').ok_or("expected { after a path")?;
        let (block, after) = block.split_once('}').ok_or("expected } at the end of a path")?;
        let list = block.split_once("capabilities").and_then(|(_, l)| l.split_once('[')).and_then(|(_, l)| l.split_once(']'));
        let (list, _) = list.ok_or_else(|| format!("path {path:?}: capabilities are missing"))?;
        let capabilities: Vec<String> =
            list.split(',').map(|c| c.trim().trim_matches('"').to_owned()).filter(|c| !c.is_empty()).collect();
        if let Some(wrong) = capabilities.iter().find(|c| !CAPABILITIES.contains(&c.as_str())) {
            return Err(format!("path {path:?}: invalid capability {wrong:?}"));
        }
        rules.push(Rule { path: path.trim_start_matches('/').to_owned(), capabilities });
        rest = after.trim();
    }
    Ok(rules)
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('"')?.split_once('"')
}

/// Names of every policy but `root`.
pub(super) fn names(cx: &Cx) -> Vec<String> {
    let own = cx.pairs(sys::POLICIES).map(|(name, _)| name.to_owned());
    let mut all: Vec<String> = cx.world().vault.policies.keys().cloned().chain(own).chain(["default".to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}

/// The text of a policy.
pub(super) fn text(cx: &Cx, name: &str) -> Option<String> {
    if let Some(own) = cx.get(sys::POLICIES, name).and_then(|v| v.as_str()) {
        return Some(own.to_owned());
    }
    if let Some(given) = cx.world().vault.policies.get(name) {
        return Some(given.clone());
    }
    if name == "default" {
        return Some(DEFAULT.to_owned());
    }
    // What a role that exists because somebody named it may do: everything below its own prefix, and read elsewhere, as
    // nobody is there to say which paths a platform's role reads.
    let platform = name.strip_prefix("platform-").filter(|_| cx.world().vault.any_role)?;
    let all = "capabilities = [\"create\", \"read\", \"update\", \"patch\", \"delete\", \"list\"]";
    let mounts = cx.world().vault.mounts.keys();
    let paths = mounts
        .flat_map(|m| ["", "data/", "metadata/", "delete/", "undelete/", "destroy/"].map(|kind| format!("{m}/{kind}{platform}")));
    let own: String = paths.map(|p| format!("path \"{p}\" {{ {all} }}\npath \"{p}/*\" {{ {all} }}\n")).collect();
    let read = |m: &String| format!("path \"{m}/data/*\" {{ capabilities = [\"read\"] }}\n");
    Some(own + &cx.world().vault.mounts.keys().map(read).collect::<String>())
}

/// Whether a pattern takes a path; the greater, the more specific.
fn fits(pattern: &str, path: &str) -> Option<(usize, bool, usize)> {
    let (body, open) = pattern.strip_suffix('*').map_or((pattern, false), |b| (b, true));
    let (mut wanted, mut given) = (body.split('/').peekable(), path.split('/'));
    while let Some(part) = wanted.next() {
        let last = wanted.peek().is_none();
        let found = given.next()?;
        let same = match (last && open, part) {
            (true, part) => found.starts_with(part),
            (false, "+") => true,
            (false, part) => found == part,
        };
        if !same {
            return None;
        }
    }
    if !open && given.next().is_some() {
        return None;
    }
    // First wildcard later is more specific, then no open end, then longer.
    let first = pattern.find(['+', '*']).unwrap_or(usize::MAX);
    Some((first, !open, pattern.len()))
}

/// What a token may do with a path, as Vault lists it.
pub(super) fn capabilities(cx: &Cx, token: &str, path: &str) -> Vec<String> {
    let policies = token::policies(cx, token);
    if policies.iter().any(|p| p == "root") {
        return vec!["root".to_owned()];
    }
    let rules = policies.iter().filter_map(|name| text(cx, name)).filter_map(|text| parse(&text).ok()).flatten();
    let fitting: Vec<_> = rules.filter_map(|rule| fits(&rule.path, path).map(|rank| (rank, rule))).collect();
    let Some(best) = fitting.iter().map(|(rank, _)| *rank).max() else { return vec!["deny".to_owned()] };
    let mut held: Vec<String> = fitting.into_iter().filter(|(rank, _)| *rank == best).flat_map(|(_, r)| r.capabilities).collect();
    held.sort();
    held.dedup();
    if held.is_empty() || held.iter().any(|c| c == "deny") { vec!["deny".to_owned()] } else { held }
}

/// Whether the call may go on.
///
/// # Errors
/// 403.
pub(super) fn admit(cx: &Cx, call: &Call) -> Result<(), Denied> {
    if call.token.is_empty() {
        return Err(Denied::new(403, &["permission denied"]));
    }
    if !token::known(cx, &call.token) {
        return Err(Denied::invalid_token());
    }
    let wanted: &[&str] = match call.method.as_str() {
        "GET" | "HEAD" => &["read"],
        "LIST" => &["list"],
        "DELETE" => &["delete"],
        "PATCH" => &["patch"],
        _ => &["create", "update"],
    };
    // A list is of what is below: its path ends in a slash.
    let path = if call.method == "LIST" { format!("{}/", call.path) } else { call.path.clone() };
    let mut held = capabilities(cx, &call.token, &path);
    if call.method == "LIST" && held == ["deny"] {
        held = capabilities(cx, &call.token, &call.path);
    }
    if held.iter().any(|h| h == "root" || wanted.contains(&h.as_str())) { Ok(()) } else { Err(Denied::forbidden()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_path_wins() {
        assert!(fits("secret/data/*", "secret/data/a/b") < fits("secret/data/a/*", "secret/data/a/b"));
        assert!(fits("secret/data/a/*", "secret/data/a/b") < fits("secret/data/a/b", "secret/data/a/b"));
        assert!(fits("secret/+/a", "secret/data/a").is_some());
        assert!(fits("secret/data", "secret/data/a").is_none());
        assert!(fits("secret/data/a*", "secret/data/ab").is_some());
    }

    #[test]
    fn policies_are_read_or_refused() {
        let rules = parse("# a\npath \"secret/*\" {\n  capabilities = [\"read\", \"list\"]\n}\n").unwrap();
        assert_eq!(rules[0].capabilities, ["read", "list"]);
        assert!(parse("path \"x\" { capabilities = [\"fly\"] }").is_err());
        assert!(parse("path x").is_err());
    }
}
