//! A cluster's settings that creation and update share.

use crate::request::wrong_type;
use crate::{Cx, Refusal, Req};
use serde_json::{Value, json};

/// Settings of the form `{enabled}`, off when left out.
const SWITCHES: &[&str] = &[
    "routing_agent",
    "amd_gpu_device_plugin",
    "amd_gpu_device_metrics_exporter_plugin",
    "nvidia_gpu_device_plugin",
    "rdma_shared_dev_plugin",
    "coredns_autoscaler",
    "p2p_oci_registry_plugin",
];

const DAYS: &[&str] = &["any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a cluster has when nothing is said. `surge_upgrade` is off in the API (DigitalOcean documentation, Kubernetes).
pub(super) fn defaults(cx: &mut Cx, doc: &mut Value) {
    for switch in SWITCHES {
        doc[*switch] = json!({ "enabled": false });
    }
    doc["auto_upgrade"] = false.into();
    doc["surge_upgrade"] = false.into();
    doc["control_plane_firewall"] = json!({ "enabled": false, "allowed_addresses": [] });
    // Without a policy the vendor chooses a window of four hours.
    let start = format!("{:02}:00", cx.below(24));
    doc["maintenance_policy"] = json!({ "start_time": start, "duration": "4h0m0s", "day": "any" });
}

/// Takes over what the request says; what it leaves out stays.
pub(super) fn apply(req: &Req, doc: &mut Value) -> Result<(), Refusal> {
    for flag in ["auto_upgrade", "surge_upgrade"] {
        if let Some(on) = req.opt_flag(flag)? {
            doc[flag] = on.into();
        }
    }
    for switch in SWITCHES {
        if let Some(setting) = req.opt_object(switch)? {
            let on = setting.get("enabled").unwrap_or(&Value::Bool(false));
            let on = on.as_bool().ok_or_else(|| wrong_type(&format!("{switch}.enabled"), "a boolean"))?;
            doc[*switch] = json!({ "enabled": on });
        }
    }
    if let Some(policy) = req.opt_object("maintenance_policy")? {
        let text = |key: &str, default: &str| {
            policy.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).unwrap_or(default).to_owned()
        };
        let (start, day) = (text("start_time", "00:00"), text("day", "any"));
        if !DAYS.contains(&day.as_str()) {
            return Err(Refusal::unprocessable("maintenance_policy.day is invalid"));
        }
        if !time_of_day(&start) {
            return Err(Refusal::unprocessable("maintenance_policy.start_time must be HH:MM"));
        }
        doc["maintenance_policy"] = json!({ "start_time": start, "duration": "4h0m0s", "day": day });
    }
    if let Some(firewall) = req.opt_object("control_plane_firewall")? {
        let enabled = firewall.get("enabled").and_then(Value::as_bool).unwrap_or(false);
        let addresses = firewall.get("allowed_addresses").cloned().unwrap_or_else(|| json!([]));
        for address in addresses.as_array().into_iter().flatten() {
            let text = address.as_str().unwrap_or("");
            if text.parse::<ipnet::IpNet>().is_err() && text.parse::<std::net::IpAddr>().is_err() {
                return Err(Refusal::unprocessable(format!("control_plane_firewall: {text} is no address")));
            }
        }
        doc["control_plane_firewall"] = json!({ "enabled": enabled, "allowed_addresses": addresses });
    }
    for setting in ["cluster_autoscaler_configuration", "sso"] {
        if let Some(value) = req.opt_object(setting)? {
            doc[setting] = Value::Object(value.clone());
        }
    }
    Ok(())
}

fn time_of_day(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else {
        return false;
    };
    matches!((hours.parse::<u8>(), minutes.parse::<u8>()), (Ok(h), Ok(m)) if h < 24 && m < 60)
}
