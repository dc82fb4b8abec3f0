//! Buckets: each with its versions, its rules, its copy in another region, its CDN.

use super::Lower;
use pontoon_core::{address::Address, platform::Origin, quantity::Duration, value::Value};
use pontoon_spec::sections::buckets::Bucket;

/// What the name of a bucket's copy ends in.
const COPY: &str = "copy";
/// Days after which an upload that nobody finished is removed.
const UNFINISHED: i64 = 7;

pub fn lower(l: &mut Lower<'_>) {
    let spec = l.spec;
    for (name, bucket) in spec.buckets.iter() {
        let origin = bucket.trace();
        let region = bucket.region.as_ref().map_or_else(|| l.region(), |r| r.to_string());
        let address = add(l, name.as_str(), &region, bucket, &origin);
        if !bucket.cors.is_empty() {
            let rules: Vec<Value> = bucket.cors.iter().map(|c| cors(l, c)).collect();
            let resource = l
                .resource("spaces.bucket_cors", name.as_str(), bucket.cors.trace())
                .inside(&address)
                .with("rules", Value::List(rules))
                .with("region", region.as_str());
            l.platform.add(resource);
        }
        if *bucket.cdn {
            let origin_host = format!("{}.{region}.digitaloceanspaces.com", l.name("spaces.bucket", name.as_str()));
            let cdn = l
                .resource("digitalocean.cdn", name.as_str(), bucket.cdn.trace())
                .after(&address)
                .with("origin", origin_host)
                .with("ttl", 3600i64);
            l.platform.add(cdn);
        }
        if let Some(copy) = &bucket.copy_to {
            add(l, &format!("{name}-{COPY}"), copy.region.as_str(), bucket, &copy.trace());
            l.defer(&format!("buckets.{name}.copyTo"), "copying objects to the second region (its bucket is made)");
        }
    }
}

/// The bucket with its versions and rules.
fn add(l: &mut Lower<'_>, name: &str, region: &str, bucket: &Bucket, origin: &Origin) -> Address {
    let address = l.address("spaces.bucket", name);
    let resource =
        l.resource("spaces.bucket", name, origin.clone()).with("name", l.name("spaces.bucket", name)).with("region", region);
    l.platform.add(resource);
    if *bucket.versioning {
        let versioning = l
            .resource("spaces.bucket_versioning", name, bucket.versioning.trace())
            .inside(&address)
            .with("status", "Enabled")
            .with("region", region);
        l.platform.add(versioning);
    }
    let rules = l
        .resource("spaces.bucket_lifecycle", name, origin.clone())
        .inside(&address)
        .with("rules", lifecycle(bucket))
        .with("region", region);
    l.platform.add(rules);
    address
}

fn days(d: &Duration) -> i64 {
    i64::try_from(d.in_days().max(1)).unwrap_or(i64::MAX)
}

fn lifecycle(bucket: &Bucket) -> Value {
    let rule = |id: &str, what: &str, how: Value| {
        Value::map([
            ("ID", id.into()),
            ("Status", "Enabled".into()),
            ("Filter", Value::map([("Prefix", "".into())])),
            (what, how),
        ])
    };
    let mut rules = vec![rule(
        "unfinished-uploads",
        "AbortIncompleteMultipartUpload",
        Value::map([("DaysAfterInitiation", UNFINISHED.into())]),
    )];
    if let Some(keep) = &bucket.keep_versions {
        let how = Value::map([("NoncurrentDays", days(keep).into())]);
        rules.push(rule("earlier-versions", "NoncurrentVersionExpiration", how));
    }
    if let Some(expire) = &bucket.expire {
        rules.push(rule("objects", "Expiration", Value::map([("Days", days(expire).into())])));
    }
    Value::List(rules)
}

fn cors(l: &Lower<'_>, c: &pontoon_spec::sections::buckets::Cors) -> Value {
    let origins: Vec<Value> = c.origins.iter().filter_map(|o| l.spec.origin(o)).map(Value::from).collect();
    let methods: Vec<Value> = c.methods.iter().map(|m| m.to_string().into()).collect();
    let headers: Vec<Value> = c.headers.iter().map(|h| h.to_string().into()).collect();
    let age = i64::try_from(c.max_age.seconds()).unwrap_or(i64::MAX);
    let mut rule =
        vec![("AllowedOrigin", Value::List(origins)), ("AllowedMethod", Value::List(methods)), ("MaxAgeSeconds", age.into())];
    if !headers.is_empty() {
        rule.push(("AllowedHeader", Value::List(headers)));
    }
    Value::map(rule)
}
