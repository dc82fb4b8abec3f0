//! The table that drives a vendor's API: method, path, scope, handler.

use crate::{Cx, Refusal, Reply, Req};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Carries out one request within one transaction; an error takes every change back.
pub type Handler = fn(&mut Cx, &Req) -> Result<Reply, Refusal>;

/// Carries out what was put off by [`Cx::after`].
pub type EventHandler = fn(&mut Cx, &Value);

/// One operation of the API.
#[derive(Clone, Copy)]
pub struct Route {
    /// Method, in capitals.
    pub method: &'static str,
    /// Path with parameters in braces: `/v2/vpcs/{vpc_id}`.
    pub path: &'static str,
    /// Scopes that the token needs, from the contract's `security`: a blank joins what is all needed, `|` joins
    /// alternatives; empty needs none. `kubernetes:update addon:create`, `domain:delete|domain:update`.
    pub scope: &'static str,
    /// What it does.
    pub run: Handler,
}

impl Route {
    /// The path's parameters when `path` fits this route, decoded, in the order of the route's braces.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let mut params = Vec::new();
        let mut given = path.split('/');
        for wanted in self.path.split('/') {
            let part = given.next()?;
            match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !part.is_empty() => {
                    params.push((name, percent_decode_str(part).decode_utf8_lossy().into_owned()));
                }
                Some(_) => return None,
                None if wanted == part => {}
                None => return None,
            }
        }
        given.next().is_none().then_some(params)
    }

    /// How many parts of the path are fixed: of two routes that fit, the one with more wins.
    #[must_use]
    pub fn fixed_parts(&self) -> usize {
        self.path.split('/').filter(|p| !p.starts_with('{')).count()
    }

    /// True when `held` (or `*` in it) grants this route's scope.
    #[must_use]
    pub fn allowed_by(&self, held: &[String]) -> bool {
        let has = |wanted: &str| held.iter().any(|h| h == "*" || h == wanted);
        self.scope.is_empty() || self.scope.split('|').any(|all| all.split_whitespace().all(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &'static str, scope: &'static str) -> Route {
        Route { method: "GET", path, scope, run: |_, _| Ok(Reply::no_content()) }
    }

    #[test]
    fn a_path_gives_its_parameters_decoded() {
        let r = route("/v2/domains/{domain}/records/{id}", "");
        assert_eq!(r.matches("/v2/domains/a%2Eb/records/7"), Some(vec![("domain", "a.b".to_owned()), ("id", "7".to_owned())]));
        assert_eq!(r.matches("/v2/domains/a.b/records"), None);
        assert_eq!(r.matches("/v2/domains/a.b/records/7/x"), None);
    }

    #[test]
    fn scopes_are_all_or_any() {
        let held = vec!["a:update".to_owned(), "b:create".to_owned()];
        assert!(route("/", "a:update b:create").allowed_by(&held));
        assert!(!route("/", "a:update c:create").allowed_by(&held));
        assert!(route("/", "c:create|a:update").allowed_by(&held));
        assert!(route("/", "c:create").allowed_by(&["*".to_owned()]));
    }
}
