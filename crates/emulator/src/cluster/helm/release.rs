//! A release: a chart with values under a name, as templates see it.

use super::{Chart, Values, Version};
use serde_json::{Value, json};

/// What a chart's templates know.
pub struct Release<'a> {
    /// The release's name.
    pub name: String,
    /// The namespace that it is installed into.
    pub namespace: String,
    /// The chart.
    pub chart: &'a Chart,
    /// The version of it.
    pub version: Version,
    /// Its values, as given: a profile knows its chart's defaults.
    pub values: Value,
    /// 1 at the installation, one more with each upgrade.
    pub revision: u64,
}

impl Release<'_> {
    /// The values.
    #[must_use]
    pub fn values(&self) -> Values<'_> {
        Values(&self.values)
    }

    /// The part of the values at a path.
    #[must_use]
    pub fn at(&self, path: &str) -> Values<'_> {
        self.values().at(path)
    }

    /// The `name` of Helm's starter templates: `nameOverride` or the chart's name.
    #[must_use]
    pub fn short(&self) -> String {
        cut(&self.values().text("nameOverride", self.chart.name))
    }

    /// The `fullname` of Helm's starter templates: `fullnameOverride`; the release's name when it contains the chart's;
    /// both otherwise.
    #[must_use]
    pub fn full(&self) -> String {
        let given = self.values().text("fullnameOverride", "");
        if !given.is_empty() {
            return cut(&given);
        }
        let short = self.values().text("nameOverride", self.chart.name);
        if self.name.contains(&short) { cut(&self.name) } else { cut(&format!("{}-{short}", self.name)) }
    }

    /// The labels that select the pods of a component; an empty component is left out.
    #[must_use]
    pub fn selector(&self, component: &str) -> Value {
        let mut labels = json!({ "app.kubernetes.io/name": self.short(), "app.kubernetes.io/instance": self.name });
        if !component.is_empty() {
            labels["app.kubernetes.io/component"] = component.into();
        }
        labels
    }

    /// The labels of every object of a component.
    #[must_use]
    pub fn labels(&self, component: &str) -> Value {
        let mut labels = self.selector(component);
        labels["helm.sh/chart"] = format!("{}-{}", self.chart.name, self.version.chart).replace('+', "_").into();
        labels["app.kubernetes.io/version"] = self.version.app.into();
        labels["app.kubernetes.io/managed-by"] = "Helm".into();
        labels
    }

    /// The objects of a chart within this one: same release, values under `key` with `global` handed down.
    #[must_use]
    pub fn within(&self, chart: &Chart, key: &str) -> Vec<Value> {
        let Some(version) = chart.versions.first().copied() else {
            return Vec::new();
        };
        let mut values = self.values().or(key, json!({}));
        if let Some(global) = self.values.get("global") {
            values["global"] = super::values::merged(global, &values["global"].take_or(json!({})));
        }
        let part = Release {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            chart,
            version,
            values,
            revision: self.revision,
        };
        (chart.render)(&part)
    }
}

trait TakeOr {
    fn take_or(&mut self, default: Value) -> Value;
}

impl TakeOr for Value {
    fn take_or(&mut self, default: Value) -> Value {
        if self.is_null() { default } else { self.take() }
    }
}

/// At most 63 characters, not ending in `-`.
#[must_use]
pub fn cut(text: &str) -> String {
    text.chars().take(63).collect::<String>().trim_end_matches('-').to_owned()
}
