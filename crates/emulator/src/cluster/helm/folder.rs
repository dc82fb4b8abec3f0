//! A chart as files: what lies in a repository.

use super::template;
use super::values::merged;
use crate::cluster::kustomize::Files;
use crate::cluster::yaml;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A chart that was read.
#[derive(Debug)]
pub struct Folder {
    /// `Chart.yaml`.
    pub about: Value,
    /// `values.yaml`.
    pub defaults: Value,
    /// `crds/`.
    pub definitions: Vec<Value>,
    templates: BTreeMap<String, String>,
}

/// Reads a chart.
///
/// # Errors
/// What Helm says: files that are missing or cannot be read, sub-charts, which are not known here.
pub fn read(files: &Files) -> Result<Folder, String> {
    let text = |path: &str| files.get(path).map(|b| String::from_utf8_lossy(b).into_owned());
    let about = text("Chart.yaml").ok_or("Chart.yaml file is missing")?;
    let about = yaml::read_one(&about).map_err(|e| format!("cannot load Chart.yaml: {e}"))?;
    for key in ["name", "version"] {
        if about[key].as_str().is_none_or(str::is_empty) {
            return Err(format!("validation: chart.metadata.{key} is required"));
        }
    }
    if let Some(first) = about["dependencies"].as_array().and_then(|d| d.first()) {
        return Err(format!("the embedded helm does not have sub-charts: {} needs {}", about["name"], first["name"]));
    }
    let defaults =
        yaml::read_one(&text("values.yaml").unwrap_or_default()).map_err(|e| format!("cannot load values.yaml: {e}"))?;
    let mut definitions = Vec::new();
    let mut templates = BTreeMap::new();
    for (path, bytes) in files {
        let body = || String::from_utf8_lossy(bytes).into_owned();
        if path.starts_with("crds/") {
            definitions.extend(yaml::read(&body()).map_err(|e| format!("failed to parse {path}: {e}"))?);
        } else if path.starts_with("templates/")
            && [".yaml", ".yml", ".tpl", ".txt"].iter().any(|end| path.ends_with(end))
            && !path.starts_with("templates/tests/")
        {
            templates.insert(path.clone(), body());
        }
    }
    Ok(Folder { about, defaults: if defaults.is_null() { json!({}) } else { defaults }, definitions, templates })
}

impl Folder {
    /// The chart's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.about["name"].as_str().unwrap_or("")
    }

    /// What the templates make of values. `release` is what they see as `.Release`, `version` the chart's version as it
    /// was packaged.
    ///
    /// # Errors
    /// What Helm says of a template that fails or does not give YAML.
    pub fn render(&self, release: &Value, version: &str, values: &Value) -> Result<Vec<Value>, String> {
        let mut about = Map::new();
        for (key, value) in self.about.as_object().into_iter().flatten() {
            let mut letters = key.chars();
            let name: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
            about.insert(name, value.clone());
        }
        about.insert("Version".to_owned(), version.into());
        let data = json!({
            "Values": merged(&self.defaults, values),
            "Release": release,
            "Chart": about,
            "Capabilities": { "KubeVersion": { "Version": "v1.36.0", "Major": "1", "Minor": "36", "GitVersion": "v1.36.0" }, "APIVersions": [] },
        });
        let mut all = Vec::new();
        for (name, text) in template::render(self.name(), &self.templates, &data)? {
            let documents =
                yaml::read(&text).map_err(|e| format!("YAML parse error on {name}: error converting YAML to JSON: yaml: {e}"))?;
            for document in documents {
                if !document.is_object() {
                    return Err(format!(
                        "YAML parse error on {name}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type releaseutil.SimpleHead"
                    ));
                }
                all.push(document);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::cluster::kustomize::Files;
    use serde_json::json;

    #[test]
    fn a_folder_becomes_objects() {
        let files: Files = [
            ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.1.0\n"),
            ("values.yaml", "replicas: 1\nimage: {repository: a, tag: b}\n"),
            ("templates/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, labels: {chart: {{ .Chart.Name }}-{{ .Chart.Version }}}}\ndata:\n  image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n  replicas: {{ .Values.replicas | quote }}\n"),
            ("templates/NOTES.txt", "thanks {{ .Nobody }}"),
        ]
        .map(|(p, t)| (p.to_owned(), t.as_bytes().to_vec()))
        .into();
        let objects = read(&files).expect("chart").render(
            &json!({ "Name": "r" }),
            "0.1.0+abc",
            &json!({ "image": { "tag": "c" }, "replicas": 3 }),
        );
        let want = json!([{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "r", "labels": { "chart": "shop-0.1.0+abc" } }, "data": { "image": "a:c", "replicas": "3" } }]);
        assert_eq!(objects.map(serde_json::Value::from), Ok(want));
        assert_eq!(read(&Files::new()).map(|_| ()), Err("Chart.yaml file is missing".to_owned()));
    }
}
