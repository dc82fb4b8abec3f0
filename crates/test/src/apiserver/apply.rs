//! Objects applied to a real API server, and kinds looked up in its discovery.

#![expect(clippy::disallowed_methods, reason = "real processes take real time")]

use super::{ApiServer, GLANCE, LIMIT};
use crate::gitops::title;
use serde_json::{Value, json};
use std::time::Instant;

/// The field manager of what is applied.
const MANAGER: &str = "pontoon-witness";

/// What an apply came to.
#[derive(Debug, Default, Clone)]
pub struct Applied {
    /// What was refused, each with the server's words.
    pub refused: Vec<String>,
    /// What the server warned of: pod security, deprecated versions, unknown fields that it drops.
    pub warned: Vec<String>,
    /// How many objects were taken.
    pub taken: usize,
}

impl Applied {
    /// Both together.
    pub fn add(&mut self, other: Applied) {
        self.refused.extend(other.refused);
        self.warned.extend(other.warned);
        self.taken += other.taken;
    }
}

impl ApiServer {
    /// The path of an object; none where its kind is not served.
    pub fn path(&self, object: &Value) -> Option<String> {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let key = (text(&object["apiVersion"]), text(&object["kind"]));
        if !self.kinds.borrow().contains_key(&key) {
            self.discover(&key.0);
        }
        let (plural, namespaced) = self.kinds.borrow().get(&key).cloned()?;
        let root = root(&key.0);
        let (namespace, name) = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
        let within = if namespace.is_empty() { "default" } else { &namespace };
        Some(if namespaced { format!("{root}/namespaces/{within}/{plural}/{name}") } else { format!("{root}/{plural}/{name}") })
    }

    fn discover(&self, api_version: &str) {
        let reply = self.get(&root(api_version));
        for resource in reply.body["resources"].as_array().into_iter().flatten() {
            let (Some(name), Some(kind)) = (resource["name"].as_str(), resource["kind"].as_str()) else { continue };
            if !name.contains('/') {
                let key = (api_version.to_owned(), kind.to_owned());
                self.kinds.borrow_mut().insert(key, (name.to_owned(), resource["namespaced"] == true));
            }
        }
    }

    /// Applies objects server-side, strictly: unknown and repeated fields are refusals.
    pub fn apply(&self, objects: &[Value]) -> Applied {
        self.apply_as(None, objects)
    }

    /// The same in somebody's name, such as a service account's: with what roles give to that one and no more.
    pub fn apply_as(&self, who: Option<&str>, objects: &[Value]) -> Applied {
        let mut applied = Applied::default();
        for object in objects {
            let Some(path) = self.path(object) else {
                let refusal =
                    format!("{}: no matches for kind {} in version {}", title(object), object["kind"], object["apiVersion"]);
                applied.refused.push(refusal);
                continue;
            };
            let path = format!("{path}?fieldManager={MANAGER}&fieldValidation=Strict");
            let headers =
                [("Content-Type", "application/apply-patch+yaml")].into_iter().chain(who.map(|w| ("Impersonate-User", w)));
            let reply = self.send("PATCH", &path, &headers.collect::<Vec<_>>(), object.to_string().as_bytes());
            applied.warned.extend(reply.warnings.iter().map(|w| format!("{}: {w}", title(object))));
            if reply.ok() {
                applied.taken += 1;
            } else {
                applied.refused.push(format!("{}: {}", title(object), reply.message()));
            }
        }
        applied
    }

    /// Waits until every definition that it knows is established, and its kind served.
    ///
    /// # Panics
    /// Where one is not in time.
    pub fn established(&self) {
        let begun = Instant::now();
        loop {
            let list = self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
            let waiting: Vec<&str> = list.body["items"].as_array().into_iter().flatten().filter_map(|d| self.waits(d)).collect();
            if list.ok() && waiting.is_empty() {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "not established: {waiting:?}");
            std::thread::sleep(GLANCE);
        }
    }

    /// The name of a definition that is not served yet.
    fn waits<'a>(&self, definition: &'a Value) -> Option<&'a str> {
        let conditions = definition["status"]["conditions"].as_array();
        let established = conditions.is_some_and(|c| c.iter().any(|c| c["type"] == "Established" && c["status"] == "True"));
        let versions = definition["spec"]["versions"].as_array().into_iter().flatten().filter(|v| v["served"] == true);
        let served = |version: &Value| {
            let api_version = format!("{}/{}", definition["spec"]["group"].as_str()?, version["name"].as_str()?);
            let object = json!({ "apiVersion": api_version, "kind": definition["spec"]["names"]["kind"], "metadata": {} });
            self.path(&object)
        };
        let ready = established && versions.map(served).all(|s| s.is_some());
        (!ready).then(|| definition["metadata"]["name"].as_str().unwrap_or("?"))
    }
}

/// The path of a group's version.
fn root(api_version: &str) -> String {
    if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") }
}
