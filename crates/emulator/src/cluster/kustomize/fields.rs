//! The fields of a Kustomization file.

use serde_json::Value;

const KNOWN: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "images",
    "replicas",
    "buildMetadata",
    "sortOptions",
];

/// Fields of kustomize that this one does not have.
const NOT_HERE: &[&str] = &[
    "namePrefix",
    "nameSuffix",
    "replacements",
    "vars",
    "configurations",
    "crds",
    "generators",
    "transformers",
    "validators",
    "helmCharts",
    "helmGlobals",
    "helmChartInflationGenerator",
    "openapi",
    "inventory",
];

/// Refuses fields that nobody knows, as the strict reader does, and those that this kustomize lacks.
pub(super) fn check(kustomization: &Value) -> Result<(), String> {
    let Some(fields) = kustomization.as_object() else {
        return Err("invalid Kustomization: json: cannot unmarshal into Go value of type types.Kustomization".to_owned());
    };
    for key in fields.keys() {
        if NOT_HERE.contains(&key.as_str()) {
            return Err(format!("invalid Kustomization: the embedded kustomize does not have the field \"{key}\""));
        }
        if !KNOWN.contains(&key.as_str()) {
            return Err(format!("invalid Kustomization: json: unknown field \"{key}\""));
        }
    }
    Ok(())
}
