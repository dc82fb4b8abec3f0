//! What `argocd-cm` and `argocd-cmd-params-cm` say. Source: Argo CD's operator manual.

use super::{lua, text};
use crate::cluster::Objects;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, time::Duration};

/// The settings of one Argo CD.
pub(super) struct Settings {
    said: Map<String, Value>,
    parameters: Map<String, Value>,
    /// Scripts by `group_Kind`, or what is wrong with each.
    scripts: BTreeMap<String, Result<lua::Script, String>>,
}

impl Settings {
    /// Those of the Argo CD in that namespace.
    pub fn of(objects: &Objects, home: &str) -> Self {
        let data =
            |name: &str| objects.get("configmaps", home, name).and_then(|m| m["data"].as_object()).cloned().unwrap_or_default();
        let said = data("argocd-cm");
        let script = |(key, text): (&String, &Value)| {
            Some((key.strip_prefix("resource.customizations.health.")?.to_owned(), lua::read(text.as_str()?)))
        };
        let scripts = said.iter().filter_map(script).collect();
        Self { said, parameters: data("argocd-cmd-params-cm"), scripts }
    }

    /// The script that judges a kind.
    pub fn health(&self, group: &str, kind: &str) -> Option<&Result<lua::Script, String>> {
        let name = if group.is_empty() { kind.to_owned() } else { format!("{group}_{kind}") };
        self.scripts.get(&name)
    }

    /// Between two comparisons of an Application, the longest jitter included.
    pub fn interval(&self) -> Duration {
        let of = |key: &str, other: u64| {
            let said = self.said.get(key).and_then(Value::as_str).and_then(seconds);
            Duration::from_secs(said.unwrap_or(other))
        };
        // Source: Argo CD documentation, FAQ: 120 s and up to 60 s of jitter.
        of("timeout.reconciliation", 120) + of("timeout.reconciliation.jitter", 60)
    }

    /// How long a sync may take; nothing where it may take for ever.
    pub fn sync_timeout(&self) -> Option<Duration> {
        let said = text(self.parameters.get("controller.sync.timeout.seconds").unwrap_or(&Value::Null));
        said.parse().ok().filter(|s| *s > 0).map(Duration::from_secs)
    }
}

/// A Go duration of whole seconds, minutes and hours.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let mut total = 0;
    let mut digits = String::new();
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total += digits.parse::<u64>().ok()?.checked_mul(unit)?;
        digits.clear();
    }
    digits.is_empty().then_some(total)
}
