//! Blueprints: documents without names that give what a document leaves open. They are data that
//! anyone can read.

use crate::{
    codes,
    decode::{Cx, Kind, Mode},
    files::Files,
    layers,
    sections::spec::Spec,
    tree::{self, Node, Origin},
};
use pontoon_core::diagnostic::{Diagnostic, Diagnostics, Source, Sources};

/// The built-in blueprints: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("single-cluster", include_str!("../../blueprints/single-cluster.yaml")),
    ("isolated-pools", include_str!("../../blueprints/isolated-pools.yaml")),
    ("enterprise", include_str!("../../blueprints/enterprise.yaml")),
    ("hybrid", include_str!("../../blueprints/hybrid.yaml")),
    ("gitops", include_str!("../../blueprints/gitops.yaml")),
];

/// What a blueprint must not say, because it is the document's to say.
const NAMES: &[&str] = &["platform", "domain", "contact", "environments", "blueprint"];

/// The text of a built-in blueprint.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// Loads the blueprint that a document names, checked, shorthands expanded. None where it names
/// none, or one that cannot be used, which is in the diagnostics then.
pub(super) fn load(root: &Node, files: &dyn Files, sources: &mut Sources, problems: &mut Diagnostics) -> Option<Node> {
    let named = root.get("blueprint")?;
    let name = named.scalar()?;
    let refused = |why: String| Diagnostic::error(codes::BLUEPRINT, why).at(named.at.clone()).path("blueprint");
    let names: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
    let source = match builtin(name) {
        Some(text) => Source::new(format!("blueprint {name}"), text),
        None if name.contains(['/', '.']) => match files.read(name) {
            Ok(bytes) => match tree::read(name, &bytes) {
                Ok(source) => source,
                Err(problem) => {
                    problems.push(*problem);
                    return None;
                }
            },
            Err(why) => {
                problems.push(
                    refused(format!("the blueprint `{name}` cannot be read: {why}"))
                        .hint("write the path of a file beside the document, or a built-in name"),
                );
                return None;
            }
        },
        None => {
            let near = crate::decode::nearest(name, &names).map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
            problems.push(
                refused(format!("there is no blueprint `{name}`"))
                    .hint(format!("{near}Built in: {}; a path works as well, such as ./{name}.yaml", names.join(", "))),
            );
            return None;
        }
    };
    let mut found = Diagnostics::new();
    let tree = tree::parse(&source, &mut found);
    sources.add(source);
    let tree = tree.filter(|_| !found.has_errors());
    problems.extend(found);
    let mut tree = tree?;
    layers::expand(&mut tree, &Spec::SHAPE);
    let mut cx = Cx::new(Mode::Blueprint);
    for key in NAMES {
        if let Some(value) = tree.get(key) {
            cx.error(
                codes::BLUEPRINT,
                value,
                format!("a blueprint says no `{key}`: that is the document's to say"),
                format!("remove `{key}`"),
            );
        }
    }
    if let Some(map) = tree.map_mut() {
        map.retain(|key, _| !NAMES.contains(&key.as_str()));
    }
    Spec::decode(&tree, &mut cx);
    let usable = !cx.diagnostics.has_errors();
    problems.extend(cx.diagnostics);
    // The language's version of a blueprint is no value of the platform.
    if let Some(map) = tree.map_mut() {
        map.shift_remove("apiVersion");
    }
    tree.mark(&Origin::Blueprint(name.into()));
    usable.then_some(tree)
}
