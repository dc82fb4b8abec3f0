//! Archives of databases in a platform's buckets, filled as CloudNativePG's plugin fills them: a base backup and what
//! changed since, every day. Whoever writes them removes what is older than the document keeps, and keeps what is needed to
//! go back to any moment of that time. Nobody else may remove any of it, unless its bucket is destroyed by name.

use super::{
    stage::{Broken, Stage},
    story::{Base, Story},
};
use crate::platforms::{self, NAME};
use pontoon_core::{call::Call, value::Value};
use pontoon_engine::Provider;
use pontoon_spec::sections::databases::Database;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const DAY: Duration = Duration::from_secs(86_400);
const DEADLINE: Duration = Duration::from_secs(60);
/// How often a request is sent again that got no answer.
const TRIES: usize = 6;
/// What the document's databases would keep, where there is no document.
const KEEP: u64 = 30;

/// Where a database is backed up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    bucket: String,
    region: String,
    folder: String,
    /// For how many days.
    keep: u64,
}

/// What is there, by the day on which it was written.
#[derive(Debug, Default)]
pub struct Written {
    /// When the bucket was made: another one of the name is empty.
    born: String,
    bases: BTreeMap<u64, Vec<String>>,
    logs: BTreeMap<u64, String>,
}

impl Written {
    /// Removes from here what no recovery within that time needs; returns what that was.
    fn forget(&mut self, today: u64, keep: u64) -> Vec<String> {
        let oldest = today.saturating_sub(keep);
        // The last base before the time begins is where a recovery to its first moment begins.
        let first = self.bases.keys().copied().filter(|d| *d <= oldest).max().unwrap_or(0);
        let (bases, logs) = (self.bases.split_off(&first), self.logs.split_off(&first));
        let old_bases = std::mem::replace(&mut self.bases, bases);
        let old_logs = std::mem::replace(&mut self.logs, logs);
        old_bases.into_values().flatten().chain(old_logs.into_values()).collect()
    }

    fn keys(&self) -> BTreeSet<&str> {
        self.bases.values().flatten().chain(self.logs.values()).map(String::as_str).collect()
    }
}

/// Where the databases of a base are backed up.
fn places(base: &Base) -> Vec<Place> {
    let platform = base.platform();
    let text = |v: Option<&Value>| v.and_then(Value::as_text).map(str::to_owned);
    let buckets = platform.resources.values().filter(|r| r.address.kind() == "spaces.bucket");
    let place = |inside: &str, folder: String, keep: u64| {
        let bucket = buckets.clone().find(|r| r.address.name() == inside)?;
        let (name, region) = (text(bucket.attributes.get("name"))?, text(bucket.attributes.get("region"))?);
        Some(Place { bucket: name, region, folder, keep })
    };
    match base {
        Base::Kinds(_) => {
            let names: Vec<String> = buckets.clone().map(|r| r.address.name().to_string()).collect();
            names.iter().filter_map(|name| place(name, "databases/main".into(), KEEP)).collect()
        }
        Base::Example(example, environment) => {
            let specs = platforms::example_specs(example);
            let databases = specs[*environment].databases.iter();
            let backups = databases.filter_map(|(name, database)| match &database.value {
                Database::CloudnativePg(pg) => Some((name.to_string(), &pg.backups.as_ref()?.value)),
                Database::Digitalocean(_) => None,
            });
            backups
                .filter_map(|(name, b)| {
                    let path = b.path.as_ref().map_or_else(|| "databases".to_owned(), |p| p.to_string());
                    place(b.bucket.as_str(), format!("{path}/{name}"), b.keep.in_days())
                })
                .collect()
        }
    }
}

impl Stage {
    /// So many days pass, on each of which the databases write.
    ///
    /// # Errors
    /// What was needed and is not there any more.
    pub async fn days(&self, story: &Story, days: u64) -> Result<(), Broken> {
        let places = places(&story.base);
        if places.is_empty() {
            self.context.clock.sleep(Duration::from_secs(3600)).await;
            return Ok(());
        }
        for _ in 0..days {
            self.context.clock.sleep(DAY).await;
            let today = u64::try_from(self.context.cloud.now().seconds()).unwrap_or(0) / DAY.as_secs();
            for place in &places {
                self.write(place, today).await;
            }
        }
        for place in &places {
            self.restorable(place).await?;
        }
        Ok(())
    }

    /// When the bucket was made that is there now.
    fn born(&self, bucket: &str) -> Option<String> {
        let objects = self.context.cloud.objects();
        let mut all = objects["spaces.bucket"].as_array().into_iter().flatten();
        all.find(|b| b["name"] == bucket).map(|b| b["created_at"].to_string())
    }

    async fn write(&self, place: &Place, today: u64) {
        let Some(born) = self.born(&place.bucket) else { return };
        let mut written = self.archives.borrow_mut().remove(place).unwrap_or_default();
        if written.born != born {
            written = Written { born, ..Written::default() };
        }
        let base = |file: &str| format!("{}/base/{today:08}/{file}", place.folder);
        let files = vec![base("data.tar.gz"), base("backup.info")];
        let log = format!("{}/wals/{today:08}.gz", place.folder);
        let calls: Vec<Call> = files.iter().chain([&log]).map(|key| object(place, "PUT", key)).collect();
        // What did not arrive as a whole is no backup, and nobody counts on it.
        if self.send(&calls).await.iter().all(Option::is_some) {
            written.bases.insert(today, files);
            written.logs.insert(today, log);
        }
        let old: Vec<Call> = written.forget(today, place.keep).iter().map(|key| object(place, "DELETE", key)).collect();
        self.send(&old).await;
        self.archives.borrow_mut().insert(place.clone(), written);
    }

    /// Sends calls one after the other, each until it is answered, as a database would; the answers.
    async fn send(&self, calls: &[Call]) -> Vec<Option<Value>> {
        let vendors = self.context.vendors(NAME);
        let spaces = vendors.spaces();
        let mut answers = Vec::new();
        for call in calls {
            let mut answer = None;
            for _ in 0..TRIES {
                answer = spaces.send(call, DEADLINE).await.ok().map(|reply| reply.body);
                if answer.is_some() {
                    break;
                }
            }
            answers.push(answer);
        }
        let _ = vendors.close().await;
        answers
    }

    /// Every file that a recovery may need is there.
    async fn restorable(&self, place: &Place) -> Result<(), Broken> {
        let list = Call::new("spaces", "GET", format!("/{}", place.bucket), "").region(place.region.as_str());
        let list = list.query("list-type", "2").query("prefix", format!("{}/", place.folder));
        let Some(Some(listed)) = self.send(&[list]).await.pop() else { return Ok(()) };
        let archives = self.archives.borrow();
        let Some(written) = archives.get(place).filter(|w| self.born(&place.bucket).as_ref() == Some(&w.born)) else {
            return Ok(());
        };
        let there = listed.at("Contents").and_then(Value::as_list).unwrap_or_default();
        let there: BTreeSet<&str> = there.iter().filter_map(|o| o.at("Key")?.as_text()).collect();
        let lost: Vec<&str> = written.keys().difference(&there).copied().collect();
        match lost.is_empty() {
            true => Ok(()),
            false => Err(self.broken("no restorable backup's data expires", format!("{} lacks {lost:?}", place.bucket))),
        }
    }
}

fn object(place: &Place, method: &str, key: &str) -> Call {
    let call = Call::new("spaces", method, format!("/{}/{key}", place.bucket), "").region(place.region.as_str());
    if method == "PUT" { call.body("written by a database".into()) } else { call }
}
