//! Files of objects that somebody publishes, such as an operator's release: fetched from where they are.

use bytes::Bytes;
use http::Request;
use pontoon_core::content::Object;
use pontoon_wire::{Wire, within};
use serde_json::Value;
use std::time::Duration;

/// How long a download may take.
const DEADLINE: Duration = Duration::from_secs(120);
/// How often an address may point to another one.
const REDIRECTS: usize = 5;

/// The world's published files, by their addresses.
pub struct Published {
    wire: Wire,
    /// What stands for `https://github.com`: itself, or a local world's.
    github: String,
}

impl Published {
    /// Downloads through `wire`; `github` is where GitHub is.
    pub fn new(wire: Wire, github: &str) -> Published {
        Published { wire, github: github.trim_end_matches('/').into() }
    }

    /// The objects of the file at `url`.
    ///
    /// # Errors
    /// Where it cannot be fetched or is no YAML, in one sentence.
    pub async fn objects(&self, url: &str) -> Result<Vec<Object>, String> {
        let text = self.text(url).await?;
        let all: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|e| format!("{url} is no YAML: {e}"))?;
        Ok(all.into_iter().filter(|o| o["kind"].is_string()).collect())
    }

    async fn text(&self, url: &str) -> Result<String, String> {
        let mut at = url.to_owned();
        for _ in 0..REDIRECTS {
            let real = at.strip_prefix("https://github.com").map_or_else(|| at.clone(), |path| format!("{}{path}", self.github));
            let request = Request::get(&real).header("user-agent", concat!("pontoon/", env!("CARGO_PKG_VERSION")));
            let request = request.body(Bytes::new()).map_err(|e| format!("{at}: {e}"))?;
            let answer =
                within(&self.wire, request, DEADLINE).await.map_err(|e| format!("{at} cannot be fetched: {}", e.line()))?;
            match answer.status().as_u16() {
                200 => return String::from_utf8(answer.body().to_vec()).map_err(|_| format!("{at} is no text")),
                301 | 302 | 303 | 307 | 308 => {
                    let next = answer.headers().get("location").and_then(|l| l.to_str().ok());
                    at = next.ok_or_else(|| format!("{at} points nowhere"))?.to_owned();
                }
                status => return Err(format!("{at} answered {status}")),
            }
        }
        Err(format!("{url} points on and on"))
    }
}

/// Objects with patches put on: each names its object; maps merge, lists of named things merge by name, others are replaced.
/// `$patch: delete` takes its object out, as it does for kustomize.
pub fn patched(mut objects: Vec<Object>, patches: &[Object]) -> Vec<Object> {
    for patch in patches {
        let meant = |o: &Object| o["kind"] == patch["kind"] && o["metadata"]["name"] == patch["metadata"]["name"];
        if patch["$patch"] == "delete" {
            objects.retain(|o| !meant(o));
        } else if let Some(object) = objects.iter_mut().find(|o| meant(o)) {
            merge(object, patch);
        }
    }
    objects
}

fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(patch)) if patch.iter().all(|p| p["name"].is_string()) => {
            for one in patch {
                match base.iter_mut().find(|b| b["name"] == one["name"]) {
                    Some(there) => merge(there, one),
                    None => base.push(one.clone()),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_changes_what_it_names() {
        let there = json!({ "kind": "Deployment", "metadata": { "name": "a" }, "spec": { "containers": [{ "name": "x", "image": "i" }, { "name": "y" }], "args": ["1"] } });
        let patch = json!({ "kind": "Deployment", "metadata": { "name": "a" }, "spec": { "containers": [{ "name": "x", "limit": 1 }], "args": ["2"] } });
        let done = patched(vec![there], &[patch]);
        assert_eq!(
            done[0]["spec"],
            json!({ "containers": [{ "name": "x", "image": "i", "limit": 1 }, { "name": "y" }], "args": ["2"] })
        );
    }

    #[test]
    fn what_is_somebody_elses_to_make_is_taken_out() {
        let object = |kind: &str, name: &str| json!({ "kind": kind, "metadata": { "name": name } });
        let gone = json!({ "kind": "Namespace", "metadata": { "name": "a" }, "$patch": "delete" });
        let there = vec![object("Namespace", "a"), object("Namespace", "b"), object("Deployment", "a")];
        assert_eq!(patched(there, &[gone]), [object("Namespace", "b"), object("Deployment", "a")]);
    }
}
