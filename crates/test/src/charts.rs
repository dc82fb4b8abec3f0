//! Charts as far as their vendors' published values go: which keys exist, and what `helm` itself says of ours.
//!
//! The charts are not here, but their `values.yaml`, `values.schema.json` and names are. A chart of these alone, with
//! no templates, is enough for `helm` to merge values and to hold them against the schemas, sub-charts' included.

use crate::{
    context::Folder,
    judges::{Said, run},
    yaml,
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Maps that charts hand on to Kubernetes or to the program as they are, although the default has keys.
const OPEN: &[&str] = &[
    "affinity",
    "alertmanager.config",
    "annotations",
    "args",
    "config",
    "containerSecurityContext",
    "env",
    "extraArgs",
    "grafana.ini",
    "image",
    "labels",
    "limits",
    "nodeSelector",
    "podAnnotations",
    "podLabels",
    "podSecurityContext",
    "requests",
    "resources",
    "securityContext",
    "updateStrategy",
];

/// A chart of the contracts.
pub struct Chart {
    folder: PathBuf,
    about: Value,
    values: Value,
    schema: Value,
}

impl Chart {
    /// Reads `charts/<name>` of the contracts; nothing where they do not have it.
    ///
    /// # Panics
    /// Where it cannot be read.
    pub fn read(charts: &Path, name: &str) -> Option<Chart> {
        let folder = charts.join(name);
        let document = |file: &str| {
            let found = yaml::file(&folder.join(file)).unwrap_or_else(|e| panic!("{e}"));
            found.into_iter().next().unwrap_or_else(|| json!({}))
        };
        folder.join("chart.yaml").is_file().then(|| Chart {
            about: document("chart.yaml"),
            values: document("values.yaml"),
            schema: if folder.join("values.schema.json").is_file() { document("values.schema.json") } else { Value::Null },
            folder: folder.clone(),
        })
    }

    /// Its version.
    pub fn version(&self) -> &str {
        self.about["version"].as_str().unwrap_or_default()
    }

    /// Its values where nothing is said.
    pub fn values(&self) -> &Value {
        &self.values
    }

    fn dependencies(&self) -> Vec<(String, Chart)> {
        let charts = self.folder.parent().unwrap_or(&self.folder);
        let all = self.about["dependencies"].as_array().into_iter().flatten();
        all.filter_map(|d| {
            let name = d["name"].as_str()?;
            Some((d["alias"].as_str().unwrap_or(name).to_owned(), Chart::read(charts, name)?))
        })
        .collect()
    }

    /// Keys of `values` that the chart does not have, as paths.
    pub fn unknown(&self, values: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let dependencies = self.dependencies();
        let mut own = values.as_object().cloned().unwrap_or_default();
        for (name, dependency) in &dependencies {
            if let Some(under) = own.remove(name) {
                // A parent may have keys of its own for a sub-chart, such as a switch, or dashboards' settings.
                let known = self.values.get(name).cloned().unwrap_or(Value::Null);
                let beyond: Map<String, Value> = under
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(k, _)| known.get(k.as_str()).is_none())
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                found.extend(dependency.unknown(&Value::Object(beyond)).into_iter().map(|p| format!("{name}.{p}")));
            }
        }
        own.remove("global");
        look(&Value::Object(own), &self.values, &self.schema, &self.schema, "", &mut found);
        found
    }

    /// What `helm template` says of values.
    pub fn judged(&self, helm: &Path, values: &Value) -> Said {
        let folder = Folder::new();
        self.write(&folder.path().join("chart"));
        std::fs::write(folder.path().join("values.json"), values.to_string()).expect("a file can be written");
        run(helm, folder.path(), &[], ["template", "it", "chart", "-f", "values.json"])
    }

    fn write(&self, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder can be made");
        let mut dependencies = Vec::new();
        for (name, dependency) in self.dependencies() {
            dependency.write(&to.join("charts").join(&name));
            dependencies.push(json!({ "name": dependency.about["name"], "alias": name, "version": dependency.version() }));
        }
        let about = json!({
            "apiVersion": "v2",
            "name": self.about["name"],
            "version": self.version(),
            "dependencies": dependencies,
        });
        std::fs::write(to.join("Chart.yaml"), about.to_string()).expect("a file can be written");
        for file in ["values.yaml", "values.schema.json"] {
            if self.folder.join(file).is_file() {
                std::fs::copy(self.folder.join(file), to.join(file)).expect("a file can be copied");
            }
        }
    }
}

/// Goes down as far as both have keys. A default that is empty takes anything.
fn look(values: &Value, known: &Value, schema: &Value, root: &Value, path: &str, found: &mut Vec<String>) {
    let schema = schema["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?)).unwrap_or(schema);
    let (Some(values), Some(known)) = (values.as_object(), known.as_object()) else { return };
    let declared = schema["properties"].as_object();
    let open = known.is_empty() && declared.is_none();
    let name = path.rsplit('.').next().unwrap_or_default();
    if !path.is_empty() && (open || OPEN.contains(&name) || OPEN.contains(&path)) {
        return;
    }
    for (key, value) in values {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let below = declared.and_then(|d| d.get(key)).unwrap_or(&Value::Null);
        match known.get(key) {
            Some(known) => look(value, known, below, root, &path, found),
            // Defaults leave out what stands in them as a comment only.
            None if !below.is_null() => {}
            None => found.push(path),
        }
    }
}
