//! A Cluster that begins from an archive: which backup of it, how far, and what stands in the way.
//!
//! Source: CloudNativePG, "Recovery": the newest backup that ended before the target; Barman's `backup.info`; PostgreSQL's own
//! words where the log of changes ends too early.

use super::archive::{self, Archive};
use super::instances::image;
use crate::clock::Moment;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace, text};
use serde_json::Value;

/// What a `backup.info` says of a backup that ended well.
pub(super) struct Info {
    /// When it began; its id is this.
    pub began: Moment,
    /// When it ended: nothing earlier can be restored from it.
    pub ended: Moment,
    /// The server's version, as PostgreSQL numbers it: 170002.
    pub version: u32,
}

impl Info {
    /// The file.
    pub(super) fn text(&self, id: &str) -> String {
        let time = |at: Moment| at.rfc3339().replace('T', " ").replace('Z', "+00:00");
        let (began, ended, version) = (time(self.began), time(self.ended), self.version);
        format!(
            "backup_id={id}\nbackup_label=None\nbegin_time={began}\nend_time={ended}\nmode=concurrent\nstatus=DONE\nversion={version}\n"
        )
    }

    /// Reads one; none where it did not end well.
    fn read(text: &str) -> Option<Info> {
        let field = |name: &str| text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('='));
        let time = |name: &str| Moment::parse(&field(name)?.replace(' ', "T").replace("+00:00", "Z"));
        let done = field("status") == Some("DONE");
        done.then_some(())?;
        Some(Info { began: time("begin_time")?, ended: time("end_time")?, version: field("version")?.parse().ok()? })
    }
}

/// The major version of PostgreSQL in an image's tag.
pub(super) fn major(image: &str) -> u32 {
    let tag = image.rsplit(':').next().unwrap_or_default();
    tag.split(['.', '-']).next().and_then(|n| n.parse().ok()).unwrap_or(18)
}

/// Whether a Cluster begins from an archive.
pub(super) fn wanted(cluster: &Value) -> bool {
    cluster["spec"]["bootstrap"]["recovery"].is_object()
}

/// What the recovery's Job finds.
///
/// # Errors
/// What it says before it gives up.
pub(super) fn look(objects: &mut Objects, cluster: &Value) -> Result<(), String> {
    // The new server's own archive is looked at before anything is fetched.
    if let Some(own) = archive::open(objects, cluster) {
        own.map_err(|why| format!("rpc error: code = Unknown desc = {why}"))?.empty(objects.world())?;
    }
    let recovery = &cluster["spec"]["bootstrap"]["recovery"];
    let source = text(&recovery["source"]);
    let external = items(&cluster["spec"]["externalClusters"]).iter().find(|c| c["name"] == source);
    let external = external.ok_or_else(|| format!("missing external cluster: {source}"))?;
    let origin = archive::reach(objects, namespace(cluster), &external["plugin"]["parameters"], name(cluster));
    let origin = origin.ok_or("requested plugin is not available: barman")?.map_err(|why| format!("rpc error: {why}"))?;
    let target = &recovery["recoveryTarget"];
    let until =
        target["targetTime"].as_str().map(|at| Moment::parse(at).ok_or(format!("invalid target time: {at}"))).transpose()?;
    let fits = |(id, info): &(String, Info)| match target["backupID"].as_str() {
        Some(wanted) => id == wanted,
        None => until.is_none_or(|at| info.ended <= at),
    };
    let found = backups(objects, &origin).into_iter().filter(fits).max_by_key(|(_, info)| info.ended);
    let (_, info) = found.ok_or("no target backup found")?;
    let (was, is) = (info.version / 10_000, major(&image(objects, cluster)));
    if was != is {
        return Err(format!(
            "FATAL:  database files are incompatible with server; the data directory was initialized by PostgreSQL version {was}, \
             which is not compatible with this version {is}"
        ));
    }
    let last =
        origin.segments(objects.world()).iter().filter_map(|k| origin.bucket.read(objects.world(), k)).map(|(at, _)| at).max();
    if let Some(at) = until.filter(|at| last.is_none_or(|last| last < *at)) {
        return Err(format!("FATAL:  recovery ended before configured recovery target was reached ({})", at.rfc3339()));
    }
    Ok(())
}

/// The backups of an archive that ended well.
fn backups(objects: &Objects, archive: &Archive) -> Vec<(String, Info)> {
    let base = format!("{}/base/", archive.folder);
    let infos = archive.bucket.keys(objects.world(), &base).into_iter().filter(|k| k.ends_with("/backup.info"));
    let read = |key: String| {
        let (_, bytes) = archive.bucket.read(objects.world(), &key)?;
        let id = key[base.len()..].split('/').next()?.to_owned();
        Some((id, Info::read(&String::from_utf8_lossy(&bytes))?))
    };
    infos.filter_map(read).collect()
}
