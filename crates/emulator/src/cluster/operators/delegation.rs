//! Whether the world finds a zone at DigitalOcean's name servers: that is a person's job at the registrar.

use crate::cluster::Objects;
use serde_json::Value;

/// When each zone is delegated, in milliseconds since the Unix epoch.
const DELEGATIONS: &str = "global/_delegations";

/// Whether the zone is delegated by now. The first question starts the time that it takes (`delegation`), unless the
/// world says that nobody does it (`dns.delegated = false`).
pub(crate) fn delegated(objects: &mut Objects, zone: &str) -> bool {
    if !objects.world().world().dns.delegated {
        // Somebody may open the world again with another knob.
        objects.wake_in(std::time::Duration::from_secs(60));
        return false;
    }
    let now = objects.world().now();
    let known = objects.world().get(DELEGATIONS, zone).and_then(Value::as_i64);
    let at = known.unwrap_or_else(|| {
        let at = now.plus(objects.cx().draw("delegation")).0;
        objects.cx().put_settled(DELEGATIONS, zone, at.into());
        at
    });
    let cluster_timer = format!("delegation/{zone}");
    objects.reached(&cluster_timer, crate::Moment(at))
}
