//! Scoped Spaces keys: one for each writer of a bucket, with the right that it needs on that bucket.

use super::Lower;
use pontoon_core::{platform::Origin, value::Value};
use pontoon_spec::{
    sections::{
        databases::Database,
        observability::{Logs, Traces},
    },
    types::UsesKind,
};
use std::collections::BTreeMap;

/// Who writes a bucket: `(bucket, writer)` and where the document says so.
fn writers(l: &Lower<'_>) -> BTreeMap<(String, String), Origin> {
    let mut writers = BTreeMap::new();
    for (app, declared) in l.spec.apps.iter() {
        for uses in declared.uses.iter() {
            if let UsesKind::Bucket(bucket) = &uses.0 {
                writers.insert((bucket.to_string(), app.to_string()), uses.trace());
            }
        }
    }
    for (name, database) in l.spec.databases.iter() {
        if let Database::CloudnativePg(pg) = &database.value
            && let Some(backups) = &pg.backups
        {
            writers.insert((backups.bucket.to_string(), format!("database-{name}")), backups.bucket.trace());
        }
    }
    if let Some(velero) = &l.spec.backups.velero {
        writers.insert((velero.bucket.to_string(), "velero".into()), velero.bucket.trace());
    }
    if let Traces::Tempo(tempo) = &l.spec.observability.traces.value
        && let Some(bucket) = &tempo.bucket
    {
        writers.insert((bucket.to_string(), "tempo".into()), bucket.trace());
    }
    if let Logs::Loki(loki) = &l.spec.observability.logs.value {
        writers.insert((loki.bucket.to_string(), "loki".into()), loki.bucket.trace());
    }
    writers
}

pub fn lower(l: &mut Lower<'_>) {
    for ((bucket, writer), origin) in writers(l) {
        let name = format!("{bucket}-{writer}");
        let address = l.address("spaces.bucket", &bucket);
        let grant = Value::map([("bucket", l.name("spaces.bucket", &bucket).into()), ("permission", "readwrite".into())]);
        let key = l
            .resource("digitalocean.spaces_key", &name, origin)
            .after(&address)
            .with("name", l.name("digitalocean.spaces_key", &name))
            .with("grants", Value::List(vec![grant]));
        l.platform.add(key);
    }
}
