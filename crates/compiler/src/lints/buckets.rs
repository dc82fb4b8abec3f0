//! Buckets: what they must not forget, and who writes where.

use super::{
    page::{error, example, warning},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        databases::{Database, DatabaseBackups},
        observability::{Logs, Traces},
    },
    types::BucketRef,
};
use std::collections::BTreeMap;

pub(super) const EXPIRES: CodePage = error(
    "PT2109",
    "a bucket that deletes what it keeps",
    "`expire` deletes every object after a time, whatever it is. Backups of databases and clusters, logs and traces are many objects that need each other: kopia, barman and Loki keep indexes that never change and are never written again. When those are deleted, everything that they lead to is lost. Each of these has a time of its own.",
    example!(
        "databases: { main: { provider: cloudnative-pg, storage: 10Gi, backups: { bucket: backups, keep: 30d } } }",
        "buckets: { backups: { expire: 30d } }",
    ),
    "Remove `expire`, and say how long things are kept where they are written: `keep` and `retention`. For replaced and deleted objects: versioning: true, keepVersions: 30d",
);

pub(super) const ONE_FOLDER: CodePage = error(
    "PT2110",
    "two databases that write their backups into one folder",
    "A database refuses to write into a folder that holds another's archive, and one that did would destroy it.",
    example!(
        "databases:",
        "  main: { provider: cloudnative-pg, storage: 10Gi, backups: { bucket: backups, path: all } }",
        "  users: { provider: cloudnative-pg, storage: 10Gi, backups: { bucket: backups, path: all } }",
        "buckets: { backups: {} }",
    ),
    "Remove `path`: each database then has a folder of its own.",
);

pub(super) const SAME_REGION: CodePage = warning(
    "PT2111",
    "a copy in the same region",
    "A second bucket in the region of the first is lost together with it.",
    example!("buckets: { files: { copyTo: { region: nyc3 } } }"),
    "Write another region, such as copyTo: { region: sfo3 }",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (bucket, what) in writers(spec) {
            let Some(expire) = spec.buckets.get(bucket.as_str()).and_then(|b| b.expire.as_ref()) else { continue };
            let message = format!("`{}` deletes its objects after {}, and {what} are written there", bucket.value, **expire);
            let problem = at(EXPIRES, expire, message).label(bucket.at.clone(), what);
            out.push(problem.hint("remove `expire`; what is written there says itself how long it is kept"));
        }
        one_folder(spec, out);
        for (name, bucket) in spec.buckets.iter() {
            let region = bucket.region.as_ref().unwrap_or(&spec.region);
            if let Some(copy) = bucket.copy_to.as_ref().filter(|c| c.region.value == region.value) {
                let message = format!("`{name}` is copied to {}, where it is itself", *copy.region);
                let other = if region.as_str() == "sfo3" { "nyc3" } else { "sfo3" };
                let problem = at(SAME_REGION, &copy.region, message).label(region.at.clone(), "its own region");
                out.push(problem.hint(format!("write another region, such as region: {other}")));
            }
        }
    });
}

/// Who backs a database up, by the database's name.
pub fn database_backups(spec: &Spec) -> impl Iterator<Item = (&str, &Located<DatabaseBackups>)> {
    spec.databases.iter().filter_map(|(name, database)| match &database.value {
        Database::CloudnativePg(pg) => Some((name.as_str(), pg.backups.as_ref()?)),
        Database::Digitalocean(_) => None,
    })
}

/// What is written into buckets that must not be deleted by age.
fn writers(spec: &Spec) -> Vec<(&Located<BucketRef>, &'static str)> {
    let mut all: Vec<(&Located<BucketRef>, &'static str)> =
        database_backups(spec).map(|(_, b)| (&b.value.bucket, "backups of a database")).collect();
    all.extend(spec.backups.velero.as_ref().map(|v| (&v.value.bucket, "backups of the cluster")));
    if let Logs::Loki(loki) = &spec.observability.logs.value {
        all.push((&loki.bucket, "logs"));
    }
    if let Traces::Tempo(tempo) = &spec.observability.traces.value {
        all.extend(tempo.bucket.as_ref().map(|b| (b, "traces")));
    }
    all
}

fn one_folder(spec: &Spec, out: &mut Diagnostics) {
    let mut owners: BTreeMap<(&str, &str), (&str, &Located<DatabaseBackups>)> = BTreeMap::new();
    for (name, backups) in database_backups(spec) {
        let Some(path) = &backups.value.path else { continue };
        let place = (backups.value.bucket.as_str(), path.value.as_str());
        match owners.get(&place) {
            Some((other, first)) => {
                let message = format!("`{name}` and `{other}` both write their backups into `{}` of `{}`", place.1, place.0);
                let label = first.value.path.as_ref().and_then(|p| p.at.clone());
                out.push(at(ONE_FOLDER, path, message).label(label, "the other").hint("remove `path`"));
            }
            None => {
                owners.insert(place, (name, backups));
            }
        }
    }
}
