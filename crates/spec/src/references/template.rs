//! `${databases.main.uri}` in an app's `env` and `values`.

use super::{Cx, at};
use crate::{
    codes,
    decode::nearest,
    types::{Scalar, Uses},
    walk::Visit,
};
use pontoon_core::diagnostic::{Diagnostic, Diagnostics};

/// A part of a text with references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// A key of something that the app uses.
    Key(Uses, String),
}

/// Takes a text apart. `$${` stands for `${` itself.
///
/// # Errors
/// The reference that cannot be read, and why.
pub fn parts(text: &str) -> Result<Vec<Part>, (String, String)> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        let inner = after.get(2..).unwrap_or_default();
        if let Some(escaped) = before.strip_suffix('$') {
            plain.push_str(escaped);
            plain.push_str("${");
            rest = inner;
            continue;
        }
        plain.push_str(before);
        let Some(end) = inner.find('}') else {
            return Err((after.to_owned(), "it is never closed".into()));
        };
        let (reference, tail) = inner.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        let whole = format!("${{{reference}}}");
        let Some((path, key)) = reference.rsplit_once('.') else {
            return Err((whole, "it has no key, such as `.uri`".into()));
        };
        // `email.host` is a key of `email`, not an app's path.
        let uses = Uses::read(path).map_err(|e| (whole.clone(), format!("{}; {}", e.message, e.hint.unwrap_or_default())))?;
        if !uses.keys().contains(&key) {
            let near = nearest(key, uses.keys()).map(|k| format!("; did you mean `{k}`?")).unwrap_or_default();
            return Err((whole, format!("`{path}` gives {}{near}", uses.keys().join(", "))));
        }
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Key(uses, key.to_owned()));
    }
    plain.push_str(rest);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

pub(super) fn check(cx: &Cx<'_>, visit: Visit<'_>, text: &str, problems: &mut Diagnostics) {
    if !text.contains("${") {
        return;
    }
    let app: Vec<&str> = visit.path.splitn(3, '.').take(2).collect();
    let app = app.join(".");
    match parts(text) {
        Err((what, why)) => {
            let problem = Diagnostic::error(codes::TEMPLATE, format!("`{what}` cannot be read: {why}"));
            problems
                .push(at(visit, problem).hint("write a path and a key, such as ${databases.main.uri}; $${ stands for ${ itself"));
        }
        Ok(parts) => {
            let used = cx.uses_of(&app);
            for part in parts {
                if let Part::Key(uses, key) = part
                    && !used.contains(&uses)
                {
                    let problem = Diagnostic::error(
                        codes::NOT_USED,
                        format!("`${{{uses}.{key}}}`: `{app}` does not use `{uses}`, and so has no access"),
                    );
                    problems.push(at(visit, problem).hint(format!("add `{uses}` to {app}.uses")));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_texts_apart() {
        let main = Uses::read("databases.main").unwrap();
        let text = |t: &str| Part::Text(t.into());
        assert_eq!(parts("plain"), Ok(vec![text("plain")]));
        assert_eq!(parts(""), Ok(vec![text("")]));
        assert_eq!(parts("a${databases.main.uri}b"), Ok(vec![text("a"), Part::Key(main, "uri".into()), text("b")]));
        assert_eq!(parts("$${HOME} $x"), Ok(vec![text("${HOME} $x")]));
        for wrong in ["${", "${databases.main.uri", "${uri}", "${databases.main.url}", "${database.main.uri}", "${}"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
