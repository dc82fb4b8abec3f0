//! Changes of the catalog's examples: every kind that can be changed where it stands, and what has to
//! be made anew.

use pontoon_core::plan::Action;
use serde_json::json;

/// What can be changed of a kind's example, and by what it is then done.
pub fn changes() -> Vec<(&'static str, serde_json::Value, Action)> {
    use Action::{Replace, Update};
    let allow = |range: &str| json!([{"protocol": "tcp", "ports": "22", "sources": {"addresses": [range]}}]);
    let entry = |port: u16| json!([{"entry_protocol": "tcp", "entry_port": port, "target_protocol": "tcp", "target_port": port}]);
    let expire =
        |days: u16| json!([{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": days}}]);
    let told = json!({"email": ["other@example.com"], "slack": []});
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::sample/*"}]}"#;
    vec![
        ("digitalocean.vpc", json!({"name": "other", "description": "Words."}), Update),
        ("digitalocean.vpc", json!({"ip_range": "10.251.0.0/20"}), Replace),
        ("digitalocean.cluster", json!({"name": "other", "ha": true, "surge_upgrade": false, "auto_upgrade": false}), Update),
        ("digitalocean.cluster", json!({"maintenance_policy": {"day": "monday", "start_time": "05:00"}}), Update),
        ("digitalocean.cluster", json!({"routing_agent": {"enabled": true}}), Update),
        (
            "digitalocean.cluster",
            json!({"control_plane_firewall": {"enabled": true, "allowed_addresses": ["192.0.2.1/32"]}}),
            Update,
        ),
        (
            "digitalocean.node_pool",
            json!({"count": 3, "labels": {"tier": "other"}, "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}),
            Update,
        ),
        ("digitalocean.node_pool", json!({"size": "s-4vcpu-8gb"}), Replace),
        ("digitalocean.database", json!({"size": "db-s-2vcpu-4gb", "num_nodes": 2}), Update),
        ("digitalocean.database", json!({"size": "db-s-1vcpu-1gb"}), Replace),
        ("digitalocean.database_pool", json!({"mode": "session", "size": 5}), Update),
        ("digitalocean.database_firewall", json!({"rules": [{"type": "ip_addr", "value": "192.0.2.2"}]}), Update),
        ("digitalocean.database_maintenance", json!({"day": "monday", "hour": "05:00"}), Update),
        ("digitalocean.database_eviction_policy", json!({"eviction_policy": "volatile_ttl"}), Update),
        ("digitalocean.database_config", json!({"config": {"autovacuum_naptime": 90}}), Update),
        ("digitalocean.spaces_key", json!({"name": "other", "grants": [{"bucket": "sample", "permission": "read"}]}), Update),
        ("digitalocean.spaces_key", json!({"grants": [{"bucket": "", "permission": "fullaccess"}]}), Replace),
        ("digitalocean.cdn", json!({"ttl": 60}), Update),
        ("digitalocean.registry", json!({"subscription_tier_slug": "professional"}), Update),
        ("digitalocean.record", json!({"name": "web", "data": "192.0.2.11", "ttl": 300}), Update),
        ("digitalocean.record", json!({"type": "CNAME", "data": "other.example.com"}), Replace),
        ("digitalocean.ssh_key", json!({"name": "other"}), Update),
        ("digitalocean.droplet", json!({"name": "other", "backups": true}), Update),
        ("digitalocean.droplet", json!({"size": "s-1vcpu-2gb"}), Replace),
        ("digitalocean.firewall", json!({"name": "other", "inbound_rules": allow("198.51.100.0/24")}), Update),
        ("digitalocean.load_balancer", json!({"name": "other", "forwarding_rules": entry(443)}), Update),
        ("digitalocean.load_balancer", json!({"network": "INTERNAL"}), Replace),
        ("digitalocean.volume", json!({"size_gigabytes": 20}), Update),
        ("digitalocean.volume", json!({"size_gigabytes": 5}), Replace),
        ("digitalocean.certificate", json!({"dns_names": ["api.example.com"]}), Replace),
        ("digitalocean.uptime_check", json!({"target": "https://example.com", "enabled": false, "regions": ["se_asia"]}), Update),
        ("digitalocean.uptime_alert", json!({"period": "5m", "notifications": told}), Update),
        (
            "digitalocean.alert_policy",
            json!({"value": 90, "window": "10m", "description": "Other words.", "alerts": told}),
            Update,
        ),
        ("digitalocean.project", json!({"name": "other", "purpose": "Pontoon", "environment": "Staging"}), Update),
        ("spaces.bucket_versioning", json!({"status": "Suspended"}), Update),
        ("spaces.bucket_lifecycle", json!({"rules": expire(7)}), Update),
        ("spaces.bucket_cors", json!({"rules": [{"AllowedOrigin": ["*"], "AllowedMethod": ["GET"]}]}), Update),
        ("spaces.bucket_policy", json!({"policy": policy}), Update),
    ]
}
