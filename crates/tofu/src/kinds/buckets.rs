//! Buckets, what is configured on them, and their keys.

use super::{How, Kind, Part};
use crate::{
    hcl::{Body, Expr},
    scene::Fields,
};
use pontoon_core::value::Value;

/// `digitalocean_spaces_bucket`, with its versions and its lifecycle. Without `acl` it is private, and without
/// `force_destroy` one that holds anything is not removed.
pub const BUCKET: Kind = Kind {
    kind: "spaces.bucket",
    outputs: &[],
    how: How::Block { resource: "digitalocean_spaces_bucket", part: Part::Buckets, write: bucket },
};

/// `digitalocean_spaces_bucket_cors_configuration`: the rules inside of the bucket's own block are deprecated.
pub const CORS: Kind = Kind {
    kind: "spaces.bucket_cors",
    outputs: &[],
    how: How::Block { resource: "digitalocean_spaces_bucket_cors_configuration", part: Part::Buckets, write: cors },
};

/// `digitalocean_cdn`.
pub const CDN: Kind = Kind {
    kind: "digitalocean.cdn",
    outputs: &[("endpoint", "endpoint"), ("origin", "origin")],
    how: How::Block {
        resource: "digitalocean_cdn",
        part: Part::Buckets,
        write: |f| {
            let origin = f.value("origin")?;
            // The bucket's address is made of its name: it is the bucket that this comes after.
            let bucket = f.resource.needs.iter().find(|a| a.kind() == "spaces.bucket");
            let own = bucket.filter(|a| {
                let name = f.scene.platform.resources.get(*a).and_then(|r| r.attributes.get("name")).and_then(Value::as_text);
                let host = origin.as_text().and_then(|o| o.split_once('.')).map(|(name, _)| name);
                name.is_some() && name == host
            });
            let origin = own.and_then(|a| f.scene.attribute(a, "bucket_domain_name"));
            let body = Body::new().set("origin", origin.unwrap_or_else(|| f.must("origin"))).maybe("ttl", f.get("ttl"));
            Some(body.maybe("custom_domain", f.get("custom_domain")))
        },
    },
};

/// `digitalocean_spaces_key`. Its secret is kept in the state.
pub const KEY: Kind = Kind {
    kind: "digitalocean.spaces_key",
    outputs: &[("access_key", "access_key"), ("name", "name")],
    how: How::Block {
        resource: "digitalocean_spaces_key",
        part: Part::Buckets,
        write: |f| {
            let grants = f.value("grants").and_then(Value::as_list).unwrap_or_default();
            Some(grants.iter().fold(Body::new().set("name", f.must("name")), |body, grant| {
                let bucket = grant.at("bucket").unwrap_or(&Value::Null);
                let own = f.refer(bucket, "spaces.bucket", "name", "name");
                let permission = f.scene.expr(f.resource, grant.at("permission").unwrap_or(&Value::Null));
                let grant = Body::new().set("bucket", own.unwrap_or_else(|| f.scene.expr(f.resource, bucket)));
                body.block("grant", &[], grant.set("permission", permission))
            }))
        },
    },
};

fn bucket(f: &Fields<'_, '_>) -> Option<Body> {
    let scene = f.scene;
    let mut body = Body::new().set("name", f.must("name")).set("region", f.must("region"));
    // Both are where the bucket is.
    let enabled = |v: &Fields<'_, '_>| {
        v.value("region");
        v.value("status").and_then(Value::as_text) == Some("Enabled")
    };
    for enabled in scene.inside(&f.resource.address, "spaces.bucket_versioning", enabled) {
        body = body.block("versioning", &[], Body::new().set("enabled", enabled));
    }
    let rules = |l: &Fields<'_, '_>| {
        l.value("region");
        let rules = l.value("rules").and_then(Value::as_list).unwrap_or_default();
        rules.iter().map(|rule| lifecycle_rule(l, rule)).collect::<Vec<_>>()
    };
    for rule in scene.inside(&f.resource.address, "spaces.bucket_lifecycle", rules).into_iter().flatten() {
        body = body.block("lifecycle_rule", &[], rule);
    }
    Some(body.block("lifecycle", &[], Body::new().set("prevent_destroy", true)))
}

/// What a rule may say, in S3's words.
const RULE: &[&str] = &["ID", "Status", "Filter", "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"];

/// One rule, in the provider's words.
fn lifecycle_rule(f: &Fields<'_, '_>, rule: &Value) -> Body {
    for key in rule.as_map().into_iter().flat_map(|r| r.keys()).filter(|k| !RULE.contains(&k.as_str())) {
        f.scene.leave_out(f.resource, format!("`{key}` of a lifecycle rule, which the provider has no word for"));
    }
    let at = |path: &str| rule.at(path).map(|v| f.scene.expr(f.resource, v));
    let prefix = at("Filter.Prefix").filter(|p| *p != Expr::from(""));
    let enabled = rule.at("Status").and_then(Value::as_text) == Some("Enabled");
    let mut body = Body::new().maybe("id", at("ID")).set("enabled", enabled).maybe("prefix", prefix);
    body = body.maybe("abort_incomplete_multipart_upload_days", at("AbortIncompleteMultipartUpload.DaysAfterInitiation"));
    if let Some(days) = at("Expiration.Days") {
        body = body.block("expiration", &[], Body::new().set("days", days));
    }
    if let Some(days) = at("NoncurrentVersionExpiration.NoncurrentDays") {
        body = body.block("noncurrent_version_expiration", &[], Body::new().set("days", days));
    }
    body
}

fn cors(f: &Fields<'_, '_>) -> Option<Body> {
    let mut body = Body::new().set("bucket", f.parent()).set("region", f.must("region"));
    for rule in f.value("rules").and_then(Value::as_list).unwrap_or_default() {
        let at = |key: &str| rule.at(key).map(|v| f.scene.expr(f.resource, v));
        let one = Body::new()
            .maybe("id", at("ID"))
            .maybe("allowed_origins", at("AllowedOrigin"))
            .maybe("allowed_methods", at("AllowedMethod"))
            .maybe("allowed_headers", at("AllowedHeader"))
            .maybe("expose_headers", at("ExposeHeader"))
            .maybe("max_age_seconds", at("MaxAgeSeconds"));
        body = body.block("cors_rule", &[], one);
    }
    Some(body)
}
