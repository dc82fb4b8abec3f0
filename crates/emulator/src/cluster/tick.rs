//! The beat of a cluster: every controller looks at the whole, one after the other.

use super::Objects;
use crate::Cx;
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::Value;

/// A controller: looks at the cluster's objects and brings something nearer to what they say.
pub(crate) type Controller = fn(&mut Objects);

/// Every controller, in the order in which they look.
const CONTROLLERS: &[&[Controller]] = &[
    super::api::definitions::CONTROLLERS,
    super::controllers::CONTROLLERS,
    super::operators::CONTROLLERS,
    super::flux::CONTROLLERS,
    super::argo::CONTROLLERS,
];

/// Event: a beat that was asked for. Beats that were overtaken by an earlier one do nothing.
pub(crate) fn run(cx: &mut Cx, args: &Value) {
    let cluster = args["cluster"].as_str().unwrap_or("");
    // A control plane that is being taken down makes nothing any more: what was deleted along with it stays away.
    if cx.get(CLUSTERS, cluster).is_some_and(|c| c["status"]["state"] == "deleting") {
        return;
    }
    let mut objects = Objects::new(cx, cluster);
    if !objects.begin_beat() {
        return;
    }
    for (number, controller) in CONTROLLERS.iter().copied().flatten().enumerate() {
        objects.look(format!("controller/{number}"), controller);
    }
    objects.end_beat();
}
