//! Keys that the language knows and that a document does not set: what could stand there.

use crate::{
    exit::{Exit, Outcome},
    print::line,
    settings::Settings,
};
use pontoon_spec::{
    Document, Spec,
    decode::example_of,
    shape::{Key, Presence, Shape, paragraph},
    tree::Node,
};
use pontoon_ui::style::Ink;
use serde_json::json;

/// A key that says nothing here.
pub struct Unset {
    text: String,
    example: String,
}

/// Follows a path through the language instead of the values.
pub fn find(document: &Document, environment: &str, path: &str) -> Option<Unset> {
    let tree = document.tree(environment)?;
    let mut shape = Shape::Section(Spec::SECTION);
    let mut node: Option<&Node> = Some(&tree);
    let mut last: Option<&Key> = None;
    for step in path.split('.') {
        let (inside, key) = match shape {
            Shape::Section(section) => section.key(step).map(|k| (k.shape, Some(k)))?,
            Shape::Tagged(tagged) => match node {
                Some(node) => tagged.key_of(node, step).map(|k| (k.shape, Some(k)))?,
                None => tagged.any_key(step).map(|k| (k.shape, Some(k)))?,
            },
            // A name that nobody has chosen leads nowhere; below one that exists everything can be asked.
            Shape::Map(inner) | Shape::Words(inner) if node.and_then(|n| n.get(step)).is_some() => (*inner, None),
            _ => return None,
        };
        node = node.and_then(|n| n.get(step));
        (shape, last) = (inside, key);
    }
    let key = last.filter(|k| k.presence == Presence::Optional)?;
    Some(Unset { text: paragraph(key.text), example: example_of(&key.shape) })
}

/// Says that nothing stands there, and what could.
pub fn show(settings: &Settings, environment: &str, path: &str, unset: &Unset) -> Outcome {
    if settings.json {
        let explained = json!({"path": path, "text": unset.text, "value": null, "source": {"layer": "not set"}});
        line(&json!({"environment": environment, "explained": explained, "resources": [], "deferred": []}).to_string());
        return Ok(Exit::Done);
    }
    line(&settings.out.paint(Ink::Faint, &format!("# {}", unset.text)));
    line(&format!("{path} is not set in {environment}, and has no default"));
    if !unset.example.is_empty() {
        line(&format!("to set it, write for example: {}", unset.example));
    }
    Ok(Exit::Done)
}
