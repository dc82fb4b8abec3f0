//! What the service puts into a cluster when it makes one. Source: DigitalOcean documentation, DOKS.

mod gateway;
mod storage;
mod workloads;

use crate::cluster::Objects;
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::Value;

/// Fills a new cluster; namespaces and definitions are there already.
pub(crate) fn begin(objects: &mut Objects) {
    let cluster = objects.cluster().to_owned();
    let doc = objects.world().get(CLUSTERS, &cluster).cloned().unwrap_or(Value::Null);
    let native = doc["_vpc_native"] == true;
    storage::begin(objects);
    gateway::begin(objects, native);
    workloads::begin(objects, &doc);
    objects.wake();
}
