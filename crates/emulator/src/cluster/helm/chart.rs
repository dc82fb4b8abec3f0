//! The profile of a published chart: what the embedded registries know of it.

use super::{Definition, Release};
use serde_json::Value;

/// One published version of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Version {
    /// As published, with the `v` that some charts have.
    pub chart: &'static str,
    /// The version of the software in it, which images are tagged with.
    pub app: &'static str,
}

/// A published chart.
///
/// ```text
/// pub(crate) const CHART: Chart = Chart {
///     name: "external-dns",
///     repository: "https://kubernetes-sigs.github.io/external-dns",
///     versions: &[Version { chart: "1.21.1", app: "0.21.0" }],
///     definitions: &[],
///     refuses: |_| None,
///     render: |release| vec![…],
/// };
/// ```
#[derive(Clone, Copy)]
pub struct Chart {
    /// Its name.
    pub name: &'static str,
    /// Where it is published: `https://…` for an index, `oci://…/charts` (without the chart's name) for a registry.
    pub repository: &'static str,
    /// What is published, newest first.
    pub versions: &'static [Version],
    /// The chart's `crds/` directory. Definitions that lie in its templates are made by `render`.
    pub definitions: &'static [Definition],
    /// What makes its templates fail (`fail`, `required`, a value schema), in the chart's words.
    pub refuses: fn(&Release) -> Option<String>,
    /// Its templates: the objects of a release, hooks among them (`helm.sh/hook` annotations). Namespaced objects
    /// without a namespace get the release's.
    pub render: fn(&Release) -> Vec<Value>,
}

impl Chart {
    /// The version of that name, with or without `v`.
    #[must_use]
    pub fn version(&self, text: &str) -> Option<Version> {
        let bare = |t: &str| t.trim_start_matches('v').to_owned();
        self.versions.iter().copied().find(|v| bare(v.chart) == bare(text))
    }
}
