//! Applications that go. Source: Argo CD documentation, app deletion.

use super::kinds::APPLICATIONS;
use super::{compare, text};
use crate::cluster::Objects;
use crate::cluster::api::{kinds, write};
use crate::cluster::objects::place;
use serde_json::Value;

/// With this finalizer an Application takes its objects with it; the second form does not wait for them.
const FINALIZERS: &[&str] = &[
    "resources-finalizer.argocd.argoproj.io",
    "resources-finalizer.argocd.argoproj.io/background",
    "foreground-finalizer.argocd.argoproj.io",
];

/// Deletes what the Application brought, and lets it go when all of that is gone.
pub(super) fn run(objects: &mut Objects, application: &Value) {
    let (namespace, name) = place(application);
    let held: Vec<String> = application["metadata"]["finalizers"].as_array().into_iter().flatten().map(text).collect();
    let cascades = held.iter().any(|f| FINALIZERS.contains(&f.as_str()));
    let mut left = false;
    if cascades {
        for row in compare::rows(objects, application) {
            let Some(live) = row.at.get(objects) else { continue };
            let owner = text(&live["metadata"]["annotations"][super::manifests::TRACKING]);
            let keeps = live["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
                .as_str()
                .is_some_and(|o| o.contains("Delete=false"));
            if owner.split(':').next() != Some(&name) || keeps {
                continue;
            }
            left = true;
            if !live["metadata"]["deletionTimestamp"].is_null() {
                continue;
            }
            let Some((resource, namespaced)) = kinds::resource_of(objects, &row.at.api_version, &row.at.kind) else { continue };
            // What refuses to go is asked again with the next beat.
            let _ = write::delete(objects, &resource, if namespaced { &row.at.namespace } else { "" }, &row.at.name);
        }
    }
    if left {
        return;
    }
    compare::forget(objects, application, None);
    for finalizer in held.iter().filter(|f| FINALIZERS.contains(&f.as_str())) {
        objects.finalize(APPLICATIONS, &namespace, &name, finalizer);
    }
}
