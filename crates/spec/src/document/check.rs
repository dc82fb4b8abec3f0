//! The document's layers, each checked for itself, so that a problem is found even where another
//! layer covers it.

use crate::{
    codes,
    decode::{Cx, Kind, Mode},
    layers,
    sections::spec::Spec,
    tree::{Data, Node, Origin},
};
use pontoon_core::{
    address::SHARED,
    diagnostic::{Code, Diagnostic, Diagnostics, Place},
    name::Name,
};

/// Checks the document without its environments.
pub(super) fn document(root: &Node, cx: &mut Cx) {
    cx.mode = Mode::Layer;
    Spec::decode(root, cx);
}

/// Checks the environments and takes them apart: name and overrides, shorthands expanded.
pub(super) fn environments(root: &Node, written: Option<Node>, cx: &mut Cx) -> Vec<(Name, Node)> {
    let missing = |cx: &mut Cx, at: &Node| {
        cx.error(codes::MISSING, at, "the document has no environment", "add `environments: { production: { region: nyc3 } }`");
    };
    let Some(written) = written else {
        missing(cx, root);
        return Vec::new();
    };
    let all = cx.inside("environments", &written, |cx| {
        let Data::Map(map) = &written.data else {
            cx.wrong_kind(&written, "a mapping of names", "write { production: { region: nyc3 } }");
            return None;
        };
        let mut all = Vec::new();
        for (key, value) in map {
            all.extend(cx.inside(key, value, |cx| environment(key, value, cx)));
        }
        Some((map.is_empty(), all))
    });
    match all {
        Some((empty, all)) => {
            if empty {
                missing(cx, &written);
            }
            all
        }
        None => Vec::new(),
    }
}

fn environment(key: &str, value: &Node, cx: &mut Cx) -> Option<(Name, Node)> {
    let name = cx.name(key, value);
    if key == SHARED {
        let at = value.head.clone();
        let taken = Diagnostic::error(codes::NAME, format!("`{SHARED}` is the name of what all environments share"))
            .at(at)
            .path(cx.path());
        cx.push(taken.hint("give the environment another name"));
    }
    let mut own = value.clone();
    layers::expand(&mut own, &Spec::SHAPE);
    let mode = std::mem::replace(&mut cx.mode, Mode::Override);
    Spec::decode(&own, cx);
    cx.mode = mode;
    own.map()?;
    own.mark(&Origin::Environment(key.into()));
    Some((name?, own))
}

/// Takes out what is only the echo of another problem: something missing in a section in which a
/// key is unknown is that key, misspelt.
pub(super) fn drop_echoes(problems: &mut Diagnostics) {
    let unknown: Vec<(String, String)> = problems
        .iter()
        .filter(|d| d.code == codes::UNKNOWN_KEY)
        .filter_map(|d| {
            let meant = d.hint.as_deref()?.strip_prefix("did you mean `")?.strip_suffix("`?")?;
            let (section, _) = d.path.rsplit_once('.').unwrap_or(("", &d.path));
            Some((section.to_owned(), format!("lacks `{meant}`")))
        })
        .collect();
    // A value is wrong once, though several environments or both keys of a shorthand read it.
    let once = [codes::UNKNOWN_KEY, codes::WRONG_KIND, codes::UNKNOWN_WORD, codes::MISREAD, codes::UNQUOTED, codes::SCOPE];
    let mut seen: Vec<(Code, Place)> = Vec::new();
    let mut kept = Diagnostics::new();
    for problem in std::mem::take(problems) {
        let echo = problem.code == codes::MISSING
            && unknown.iter().any(|(section, lacks)| problem.path == *section && problem.message.contains(lacks));
        let again = problem.at.as_ref().is_some_and(|at| seen.iter().any(|(code, place)| *code == problem.code && place == at));
        if echo || again {
            continue;
        }
        if let Some(at) = problem.at.clone().filter(|_| once.contains(&problem.code)) {
            seen.push((problem.code.clone(), at));
        }
        kept.push(problem);
    }
    *problems = kept;
}
