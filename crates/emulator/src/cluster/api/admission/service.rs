//! Addresses and node ports of Services.

use super::super::error::{ApiError, Cause, Result};
use crate::cluster::Objects;
use ipnet::Ipv4Net;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// DOKS' service range where the cluster names none. Source: DOKS documentation, VPC-native networking.
const RANGE: &str = "10.245.0.0/16";

/// Gives a Service its cluster address and its node ports.
pub(super) fn allocate(objects: &mut Objects, service: &mut Value) -> Result<()> {
    let name = service["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let sort = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    if sort == "ExternalName" {
        if let Some(spec) = service["spec"].as_object_mut() {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        return Ok(());
    }
    let uid = service["metadata"]["uid"].clone();
    let others: Vec<&Value> =
        objects.list("services").into_iter().filter(|s| uid.is_null() || s["metadata"]["uid"] != uid).collect();
    let taken: BTreeSet<String> =
        others.iter().filter_map(|s| s["spec"]["clusterIP"].as_str()).filter(|a| *a != "None").map(str::to_owned).collect();
    let mut ports: BTreeSet<i64> = others
        .iter()
        .flat_map(|s| s["spec"]["ports"].as_array().into_iter().flatten())
        .filter_map(|p| p["nodePort"].as_i64())
        .collect();
    let wanted = service["spec"]["clusterIP"].as_str().unwrap_or("").to_owned();
    if wanted.is_empty() {
        let range: Ipv4Net = range(objects).parse().unwrap_or_else(|_| Ipv4Net::new_assert(Ipv4Addr::new(10, 245, 0, 0), 16));
        let size = 1_u64 << (32 - range.prefix_len());
        let base = u64::from(u32::from(range.network()));
        // The first 256 are kept for those who choose an address themselves.
        let start = 256.min(size / 4) + objects.cx().below(size / 2);
        let free = (0..size)
            .map(|i| (start + i) % (size - 2) + 1)
            .filter_map(|i| u32::try_from(base + i).ok())
            .map(|n| Ipv4Addr::from(n).to_string())
            .find(|a| !taken.contains(a));
        let address = free.ok_or_else(|| ApiError::new(500, "InternalError", "failed to allocate a serviceIP: range is full"))?;
        service["spec"]["clusterIP"] = address.clone().into();
        service["spec"]["clusterIPs"] = json!([address]);
    } else if wanted != "None" && taken.contains(&wanted) {
        let value = json!([wanted]);
        let why = format!("failed to allocate IP {wanted}: provided IP is already allocated");
        return Err(ApiError::invalid("", "Service", &name, &[Cause::invalid("spec.clusterIPs", &value, &why)]));
    } else {
        service["spec"]["clusterIPs"] = json!([wanted]);
    }
    let opens = sort == "NodePort" || (sort == "LoadBalancer" && service["spec"]["allocateLoadBalancerNodePorts"] != false);
    let count = service["spec"]["ports"].as_array().map_or(0, Vec::len);
    for i in 0..count {
        let given = service["spec"]["ports"][i]["nodePort"].as_i64().filter(|p| *p > 0);
        match given {
            _ if !opens => {
                if let Some(port) = service["spec"]["ports"][i].as_object_mut() {
                    port.remove("nodePort");
                }
            }
            Some(port) if ports.contains(&port) => {
                let cause =
                    Cause::invalid(format!("spec.ports[{i}].nodePort"), &port.into(), "provided port is already allocated");
                return Err(ApiError::invalid("", "Service", &name, &[cause]));
            }
            Some(port) => {
                ports.insert(port);
            }
            None => {
                let mut port = 30_000 + i64::try_from(objects.cx().below(2768)).unwrap_or(0);
                while ports.contains(&port) {
                    port = if port >= 32_767 { 30_000 } else { port + 1 };
                }
                ports.insert(port);
                service["spec"]["ports"][i]["nodePort"] = port.into();
            }
        }
    }
    Ok(())
}

fn range(objects: &Objects) -> String {
    let cluster = objects.world().get("kubernetes_clusters", objects.cluster());
    cluster.and_then(|c| c["service_subnet"].as_str()).filter(|r| !r.is_empty()).unwrap_or(RANGE).to_owned()
}
