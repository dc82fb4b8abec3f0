//! What an archive of a database in the cluster holds, read from its bucket: servers, backups, how far the changes go; and
//! which of it a wish leads to.

use crate::exit::{Outcome, Trouble};
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use pontoon_core::{
    call::{Call, Class},
    record::{Archived, Until},
    value::Value,
};
use pontoon_engine::{Clock, Provider};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

/// How often a question is asked again that was not answered: a key that was just made is not known everywhere at once.
const TRIES: u32 = 6;

/// An archive in a bucket, and the way there.
pub struct Archive<'a> {
    /// Who asks.
    pub spaces: &'a dyn Provider,
    /// Time, between two questions.
    pub clock: &'a dyn Clock,
    /// The bucket's region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The folder in which each server has its own.
    pub folder: String,
}

/// A backup that ended well.
#[derive(Debug, Clone)]
pub struct Base {
    /// Barman's id of it: when it began.
    pub id: String,
    /// When it ended: nothing earlier can be restored from it.
    pub ended: Timestamp,
    /// The major version of PostgreSQL that it is of.
    pub major: u32,
}

/// What one server wrote.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Its backups, oldest first.
    pub bases: Vec<Base>,
    /// When its last segment of changes was written.
    pub last: Option<Timestamp>,
}

impl Server {
    /// From when to when it can be restored to any moment.
    fn window(&self) -> Option<(Timestamp, Timestamp)> {
        let (first, newest) = (self.bases.first()?.ended, self.bases.last()?.ended);
        Some((first, self.last.map_or(newest, |last| last.max(newest))))
    }
    fn told(&self) -> String {
        let ids = self.bases.iter().map(|b| b.id.as_str()).collect::<Vec<_>>().join(", ");
        match self.window() {
            Some((first, last)) => format!("from {first} to {last}, and backups {ids} ({})", self.name),
            None => format!("nothing ({})", self.name),
        }
    }
}

/// What a person wants.
#[derive(Debug, Clone, Copy)]
pub enum Wish {
    /// As it was then.
    At(Timestamp),
    /// As that backup has it: when it began.
    Backup(Timestamp),
    /// As the newest backup has it.
    Newest,
}

/// What is restored.
#[derive(Debug, PartialEq)]
pub struct Chosen {
    /// From where, and how far.
    pub from: Archived,
    /// The backup with which it begins.
    pub base: String,
}

/// Finds what a wish leads to. `servers`: in the order in which they are asked. `major`: what the document asks for.
pub fn choose(what: &str, servers: &[Server], wish: Wish, major: Option<u32>) -> Outcome<Chosen> {
    let whole: Vec<&Server> = servers.iter().filter(|s| s.window().is_some()).collect();
    if whole.is_empty() {
        return Err(Trouble::new(
            format!("there is no backup of {what} yet"),
            "the first one is made some minutes after the database: see how it stands: pontoon status",
        ));
    }
    let possible = || format!("it can be restored {}", whole.iter().map(|s| s.told()).collect::<Vec<_>>().join("; "));
    let (server, base, until) = match wish {
        Wish::At(at) => {
            let within =
                whole.iter().filter_map(|s| Some((s, s.window()?))).find(|(_, (first, last))| *first <= at && at <= *last);
            let Some((server, _)) = within else {
                let windows = || whole.iter().filter_map(|s| s.window());
                let why = if windows().all(|(first, _)| at < first) {
                    "before its first backup ended"
                } else if windows().all(|(_, last)| last < at) {
                    "after the last change that is archived"
                } else {
                    "at a time of which nothing is archived"
                };
                return Err(Trouble::new(format!("{what} cannot be restored as it was at {at}: that is {why}"), possible()));
            };
            let base = server.bases.iter().rev().find(|b| b.ended <= at);
            (*server, base, Until::Moment(at.to_string()))
        }
        Wish::Backup(at) => {
            let id = strtime::format("%Y%m%dT%H%M%S", &at.to_zoned(TimeZone::UTC)).unwrap_or_default();
            let found = whole.iter().find_map(|s| Some((*s, s.bases.iter().find(|b| b.id == id)?)));
            let (server, base) = found.ok_or_else(|| Trouble::new(format!("there is no backup {id} of {what}"), possible()))?;
            (server, Some(base), Until::Backup(id))
        }
        Wish::Newest => {
            let found = whole.iter().find_map(|s| Some((*s, s.bases.last()?)));
            let (server, base) = found.ok_or_else(|| Trouble::new(format!("there is no backup of {what}"), possible()))?;
            (server, Some(base), Until::Backup(base.id.clone()))
        }
    };
    let base = base.ok_or_else(|| Trouble::new(format!("there is no backup of {what} that ended before that"), possible()))?;
    if let Some(major) = major.filter(|m| *m != base.major) {
        return Err(Trouble::new(
            format!("backup {} of {what} is of PostgreSQL {}, and platform.yaml asks for {major}", base.id, base.major),
            format!("write version: \"{}\" there, restore, and ask for {major} again afterwards", base.major),
        ));
    }
    Ok(Chosen { from: Archived { server: server.name.clone(), until }, base: base.id.clone() })
}

impl Archive<'_> {
    /// The names of the servers that have a folder in it.
    pub async fn servers(&self) -> Outcome<Vec<String>> {
        let lead = format!("{}/", self.folder);
        let (folders, _) = self.list(&lead).await?;
        Ok(folders.iter().filter_map(|f| Some(f.strip_prefix(&lead)?.trim_end_matches('/').to_owned())).collect())
    }

    /// What a server wrote. Source: Barman's documentation, "Object store layout": `base/ID/backup.info`, `wals/LOG/SEGMENT`.
    pub async fn look(&self, name: &str) -> Outcome<Server> {
        let root = format!("{}/{name}", self.folder);
        let mut bases = Vec::new();
        for folder in self.list(&format!("{root}/base/")).await?.0 {
            // One that is still being made has none.
            if let Some(info) = self.ask(&self.get(&format!("/{}/{folder}backup.info", self.bucket))).await? {
                bases.extend(base(info.as_text().unwrap_or_default(), &folder));
            }
        }
        bases.sort_by_key(|b| b.ended);
        // Folders are named by timeline and log, so the last one holds the newest segments.
        let logs = self.list(&format!("{root}/wals/")).await?.0;
        let last = match logs.iter().max() {
            Some(newest) => self.list(newest).await?.1.into_iter().max(),
            None => None,
        };
        Ok(Server { name: name.to_owned(), bases, last })
    }

    /// The folders right below a prefix, and when the objects right below it were written. Page after page.
    async fn list(&self, prefix: &str) -> Outcome<(Vec<String>, Vec<Timestamp>)> {
        let (mut folders, mut written, mut after) = (Vec::new(), Vec::new(), String::new());
        loop {
            let mut call = self.get(&format!("/{}", self.bucket));
            if !after.is_empty() {
                call = call.query("continuation-token", after.as_str());
            }
            let call = call.query("delimiter", "/").query("list-type", "2").query("prefix", prefix);
            let body = self.ask(&call).await?.unwrap_or_default();
            let items = |name: &str| body.at(name).and_then(Value::as_list).unwrap_or_default().to_vec();
            let text = |v: &Value, name: &str| v.at(name).and_then(Value::as_text).unwrap_or_default().to_owned();
            folders.extend(items("CommonPrefixes").iter().map(|p| text(p, "Prefix")));
            written.extend(items("Contents").iter().filter_map(|o| text(o, "LastModified").parse::<Timestamp>().ok()));
            after = text(&body, "NextContinuationToken");
            if text(&body, "IsTruncated") != "true" || after.is_empty() {
                return Ok((folders, written));
            }
        }
    }

    fn get(&self, path: &str) -> Call {
        Call::new("spaces", "GET", path, "").region(self.region.as_str())
    }

    /// The answer; none where there is nothing.
    async fn ask(&self, call: &Call) -> Outcome<Option<Value>> {
        let mut tries = 0;
        loop {
            match self.spaces.send(call, DEADLINE).await {
                Ok(reply) => return Ok(Some(reply.body)),
                Err(r) if r.class == Class::NotFound => return Ok(None),
                Err(r) if tries < TRIES && !matches!(r.class, Class::Denied | Class::Invalid) => {
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => {
                    return Err(Trouble::new(
                        format!("the archive in the bucket {} cannot be read: {}", self.bucket, r.message),
                        "what is wrong: pontoon doctor",
                    ));
                }
            }
        }
    }
}

/// Reads a `backup.info`; none of a backup that did not end well. Source: Barman, `barman/infofile.py`.
fn base(text: &str, folder: &str) -> Option<Base> {
    let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('='));
    if field("status")? != "DONE" {
        return None;
    }
    let ended: Timestamp = field("end_time")?.replacen(' ', "T", 1).parse().ok()?;
    let version: u32 = field("version")?.parse().ok()?;
    let id = folder.trim_end_matches('/').rsplit('/').next()?.to_owned();
    Some(Base { id, ended, major: version / 10_000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    fn server(name: &str, bases: &[&str], last: &str, major: u32) -> Server {
        let one = |ended: &&str| Base { id: ended.replace(['-', ':'], ""), ended: at(ended), major };
        Server { name: name.into(), bases: bases.iter().map(one).collect(), last: Some(at(last)) }
    }

    #[test]
    fn a_moment_leads_to_the_first_server_that_knows_it_and_what_is_outside_is_named() {
        // The present one, restored on the third day; the first one, which goes on.
        let servers = [
            server("main-r2-x", &["03T12:00:00"], "05T00:00:00", 17),
            server("main-x", &["01T02:00:00", "02T02:00:00"], "04T00:00:00", 17),
        ];
        let from = |wish| choose("databases.main", &servers, wish, Some(17)).map(|c| (c.from.server, c.base));
        let moment = |text: &str| from(Wish::At(at(text)));
        let is = |server: &str, base: &str| (server.to_owned(), base.to_owned());
        assert_eq!(moment("03T12:00:00").unwrap(), is("main-r2-x", "03T120000"));
        assert_eq!(moment("03T11:59:59").unwrap(), is("main-x", "02T020000"), "before the restored one's first backup");
        assert_eq!(moment("02T01:59:59").unwrap(), is("main-x", "01T020000"), "the newest backup that ended before");
        assert_eq!(from(Wish::Newest).unwrap(), is("main-r2-x", "03T120000"));
        for (text, why) in
            [("01T01:59:59", "before its first backup ended"), ("05T00:00:01", "after the last change that is archived")]
        {
            let e = moment(text).unwrap_err();
            assert!(e.what.contains(why) && e.next.contains("from 2026-11-01T02:00:00Z to 2026-11-04T00:00:00Z"), "{e:?}");
        }
        let gap = [server("b", &["04T00:00:00"], "05T00:00:00", 17), server("a", &["01T00:00:00"], "02T00:00:00", 17)];
        let e = choose("databases.main", &gap, Wish::At(at("03T00:00:00")), None).unwrap_err();
        assert!(e.what.contains("of which nothing is archived"), "{e:?}");
        let e = choose("databases.main", &servers, Wish::Newest, Some(18)).unwrap_err();
        assert!(e.what.contains("is of PostgreSQL 17, and platform.yaml asks for 18"), "{e:?}");
        assert!(choose("databases.main", &[], Wish::Newest, None).unwrap_err().what.contains("no backup of databases.main yet"));
        let e = from(Wish::Backup(at("09T00:00:00"))).unwrap_err();
        assert!(e.what.contains("no backup 20261109T000000"), "{e:?}");
    }

    #[test]
    fn only_backups_that_ended_well_count() {
        let text = "backup_id=x\nbegin_time=2026-11-02 02:00:00.123456+00:00\nend_time=2026-11-02 02:00:41.5+00:00\nstatus=DONE\nversion=170002\n";
        let read = base(text, "databases/main/base/20261102T020000/").unwrap();
        assert_eq!(
            (read.id.as_str(), read.ended.to_string().as_str(), read.major),
            ("20261102T020000", "2026-11-02T02:00:41.5Z", 17)
        );
        assert!(base(&text.replace("DONE", "FAILED"), "x/").is_none() && base("", "x/").is_none());
        assert!(base(&text.replace("end_time=2026", "end_time=None"), "x/").is_none());
    }
}
