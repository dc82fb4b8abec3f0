//! Go's templates with Helm's functions, as far as charts in a repository need them. Source: Go's `text/template`, Sprig
//! and Helm's template guide. A function that is not known here is refused by its name, as one that nobody knows.

mod eval;
mod functions;
mod lex;
mod parse;
mod text;

#[cfg(test)]
mod tests;

use serde_json::Value;
use std::collections::BTreeMap;

/// Renders the templates of a chart, by path. Files whose name begins with `_` and notes give nothing themselves.
///
/// # Errors
/// What Helm says: a template that cannot be read, or one that fails.
pub(crate) fn render(chart: &str, files: &BTreeMap<String, String>, data: &Value) -> Result<Vec<(String, String)>, String> {
    let mut set = eval::Set::default();
    let mut whole: Vec<(String, Vec<parse::Node>)> = Vec::new();
    for (path, source) in files {
        let name = format!("{chart}/{path}");
        let nodes =
            parse::read(source, &mut set.defined).map_err(|(line, why)| format!("parse error at ({name}:{line}): {why}"))?;
        let file = path.rsplit('/').next().unwrap_or("");
        if !file.starts_with('_') && file != "NOTES.txt" {
            whole.push((name, nodes));
        }
    }
    let mut rendered = Vec::new();
    for (name, nodes) in whole {
        let mut data = data.clone();
        data["Template"] = serde_json::json!({ "Name": name, "BasePath": format!("{chart}/templates") });
        let out = set.run(&nodes, &data).map_err(|why| format!("template: {name}: {why}"))?;
        rendered.push((name, out));
    }
    Ok(rendered)
}
