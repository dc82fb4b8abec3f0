//! When an object is healthy, in the Lua that Argo CD asks: of Applications, and of the kinds of [`crate::health`].
//!
//! Argo CD judges no Applications since 1.8, and counts what it cannot judge as done: without the first of these scripts
//! a wave of Applications waits for nothing. The script of its documentation is not enough either: since 3.4 an
//! Application with something missing counts as healthy, and one that was just changed still says what it said before. Source: Argo CD documentation, resource health; its release notes.

use crate::health::{EXPRESSIONS, Expression, Sign};
use serde_json::{Map, Value};

/// Healthy, with nothing left to apply, as it is written now and not as it was before.
const APPLICATION: &str = r#"local hs = { status = "Progressing", message = "Argo CD has not looked at it yet" }
if obj.status == nil or obj.status.sync == nil or obj.status.health == nil then
  return hs
end
local seen = obj.status.sync.comparedTo
if seen == nil then
  return hs
end
for i, source in ipairs(obj.spec.sources or { obj.spec.source }) do
  local before = (seen.sources or { seen.source })[i]
  if before == nil or before.targetRevision ~= source.targetRevision
    or (before.helm or {}).values ~= (source.helm or {}).values then
    hs.message = "was not compared since it changed"
    return hs
  end
end
if obj.status.sync.status ~= "Synced" then
  hs.message = "is " .. obj.status.sync.status
  return hs
end
hs.status = obj.status.health.status or "Progressing"
hs.message = obj.status.health.message or ""
return hs
"#;

const HEAD: &str = r#"local hs = { status = "Progressing", message = "has no status yet" }
if obj.status == nil then
  return hs
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration < obj.metadata.generation then
  hs.message = "its controller has not seen it yet"
  return hs
end
"#;

/// `argocd-cm`'s keys, each with its script.
pub fn customizations() -> Map<String, Value> {
    let key = |group: &str, kind: &str| format!("resource.customizations.health.{group}_{kind}");
    let mut all = Map::new();
    all.insert(key("argoproj.io", "Application"), APPLICATION.into());
    for expression in EXPRESSIONS {
        let group = expression.api_version.split_once('/').map_or("", |(group, _)| group);
        all.insert(key(group, expression.kind), lua(expression).into());
    }
    all
}

/// The same as [`Expression::cel`], in Lua.
fn lua(expression: &Expression) -> String {
    let sign = match expression.sign {
        Sign::Condition(kind) => format!(
            "for _, c in ipairs(obj.status.conditions or {{}}) do\n  if c.type == \"{kind}\" then\n    hs.message = c.message or \"\"\n    if c.status == \"True\" then\n      hs.status = \"Healthy\"\n    end\n  end\nend\n"
        ),
        Sign::Flag(field) => format!(
            "hs.message = obj.status.message or obj.status.phase or hs.message\nif obj.status.{field} == true then\n  hs.status = \"Healthy\"\nend\n"
        ),
    };
    format!("{HEAD}{sign}return hs\n")
}
