//! The archive: an ObjectStore of the Barman Cloud plugin, the sidecar that fills it, and what goes wrong with it.

use super::{BARMAN, CLUSTERS, healthy};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, items, name, namespace, text};
use crate::cluster::operators::own::{running, secret_text, with_condition};
use crate::spaces::within::{self, Opened};
use serde_json::{Value, json};

const STORES: &str = "objectstores.barmancloud.cnpg.io";

/// The plugin's entry of a Cluster, when it is on.
fn entry(cluster: &Value) -> Option<&Value> {
    items(&cluster["spec"]["plugins"]).iter().find(|p| p["name"] == BARMAN && p["enabled"] != false)
}

fn store<'a>(objects: &'a Objects, cluster: &Value) -> Option<&'a Value> {
    objects.get(STORES, namespace(cluster), text(&entry(cluster)?["parameters"]["barmanObjectName"]))
}

/// Every plugin must be known, and the store that it names be there.
pub(super) fn plugin(objects: &Objects, cluster: &Value) -> Result<(), (&'static str, String)> {
    const UNKNOWN: &str = "Cluster cannot proceed to reconciliation due to an unknown plugin being required";
    for plugin in items(&cluster["spec"]["plugins"]).iter().filter(|p| p["enabled"] != false) {
        let known = plugin["name"] == BARMAN && running(objects, &[("app.kubernetes.io/name", "plugin-barman-cloud")]).is_some();
        // Servers that are up already go on without it.
        if !known && !healthy(cluster) {
            return Err((UNKNOWN, format!("Unknown plugin: '{}'", text(&plugin["name"]))));
        }
    }
    if let (Some(entry), None) = (entry(cluster), store(objects, cluster)) {
        let named = text(&entry["parameters"]["barmanObjectName"]);
        let message = format!("while getting object store: {STORES} \"{named}\" not found");
        return Err(("Setting up primary", message));
    }
    Ok(())
}

/// Where the sidecar connects to, and what resources it asks for.
pub(super) fn sidecar(objects: &Objects, cluster: &Value) -> Option<(String, Value)> {
    let store = store(objects, cluster)?;
    let url = text(&store["spec"]["configuration"]["endpointURL"]);
    let host = url.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let host = if host.is_empty() { "s3.amazonaws.com" } else { host };
    let to = if host.contains(':') { host.to_owned() } else { format!("{host}:443") };
    Some((to, store["spec"]["instanceSidecarConfiguration"]["resources"].clone()))
}

/// An archive that can be reached, and the folder of this server in it.
pub(super) struct Archive {
    /// The bucket.
    pub bucket: Opened,
    /// `path/server`.
    pub folder: String,
    /// Name of the server.
    pub server: String,
    /// Name of the ObjectStore.
    pub store: String,
    /// `30d`, or empty.
    pub retention: String,
}

/// Opens the archive of a cluster; none when it has none.
pub(super) fn open(objects: &mut Objects, cluster: &Value) -> Option<Result<Archive, String>> {
    let parameters = entry(cluster)?["parameters"].clone();
    reach(objects, namespace(cluster), &parameters, name(cluster))
}

/// Opens the archive that a plugin's parameters name; none where the store is not there. `own` is the server's name where
/// they say none.
pub(super) fn reach(objects: &mut Objects, home: &str, parameters: &Value, own: &str) -> Option<Result<Archive, String>> {
    let store = objects.get(STORES, home, text(&parameters["barmanObjectName"]))?.clone();
    let server = match text(&parameters["serverName"]) {
        "" => own.to_owned(),
        given => given.to_owned(),
    };
    let configuration = &store["spec"]["configuration"];
    let place = text(&configuration["destinationPath"]).trim_start_matches("s3://").trim_end_matches('/').to_owned();
    let (bucket, path) = place.split_once('/').unwrap_or((&place, ""));
    let folder = if path.is_empty() { server.clone() } else { format!("{path}/{server}") };
    let credential = |field: &str| {
        let from = &configuration["s3Credentials"][field];
        let (secret, key) = (text(&from["name"]), text(&from["key"]));
        secret_text(objects, home, secret, key)
            .ok_or_else(|| format!("while getting {field}: secret \"{secret}\" has no key \"{key}\""))
    };
    let (access, secret) = match (credential("accessKeyId"), credential("secretAccessKey")) {
        (Ok(access), Ok(secret)) => (access, secret),
        (Err(why), _) | (_, Err(why)) => return Some(Err(why)),
    };
    let opened = within::open(objects.cx(), &access, &secret, bucket);
    let retention = text(&store["spec"]["retentionPolicy"]).to_owned();
    Some(opened.map(|bucket| Archive { bucket, folder, server, store: name(&store).to_owned(), retention }))
}

impl Archive {
    /// Whether nothing was ever written into it, as the check before the first segment wants it.
    ///
    /// # Errors
    /// What that check says.
    pub(super) fn empty(&self, cx: &crate::Cx<'_>) -> Result<(), String> {
        if self.bucket.keys(cx, &format!("{}/", self.folder)).is_empty() {
            return Ok(());
        }
        Err(format!(
            "unexpected failure invoking barman-cloud-check-wal-archive: exit status 1: ERROR: WAL archive check failed for server {}: Expected empty archive",
            self.server
        ))
    }

    /// Writes the next segment of the log of changes, of a timeline: a server that was restored begins the second one.
    pub(super) fn segment(&self, objects: &mut Objects, cluster: &Value) -> Result<(), String> {
        let timeline = if cluster["spec"]["bootstrap"]["recovery"].is_object() { 2 } else { 1 };
        let n = self.segments(objects.world()).len() + 1;
        let (log, segment) = (n / 256, n % 256);
        let key = format!("{}/wals/{timeline:08X}{log:08X}/{timeline:08X}{log:08X}{segment:08X}.gz", self.folder);
        self.bucket.put(objects.cx(), &key, b"wal")
    }

    /// The keys of its segments.
    pub(super) fn segments(&self, cx: &crate::Cx<'_>) -> Vec<String> {
        self.bucket.keys(cx, &format!("{}/wals/", self.folder))
    }
}

/// Whether the archive takes what the primary writes: the condition `ContinuousArchiving`.
pub(super) fn look(objects: &mut Objects, cluster: &Value) {
    let Some(now_there) = objects.get(CLUSTERS, namespace(cluster), name(cluster)).cloned() else {
        return;
    };
    let wanted = entry(cluster).is_some_and(|e| e["isWALArchiver"] == true);
    if !wanted || !healthy(&now_there) {
        return;
    }
    let known = now_there["_archive"].as_str().map(str::to_owned);
    let answer = match open(objects, cluster) {
        None => return,
        Some(Err(why)) => Err(format!("unexpected failure invoking barman-cloud-wal-archive: exit status 2: {why}")),
        Some(Ok(archive)) => begin(objects, cluster, &archive, known.as_deref()).map(|()| archive.folder),
    };
    let now = objects.world().stamp();
    objects.edit(CLUSTERS, namespace(cluster), name(cluster), |c| {
        let made = match &answer {
            Ok(_) => conditioned(
                &c["status"],
                "ContinuousArchiving",
                "True",
                "ContinuousArchivingSuccess",
                "Continuous archiving is working",
                &now,
            ),
            Err(why) => conditioned(&c["status"], "ContinuousArchiving", "False", "ContinuousArchivingFailing", why, &now),
        };
        c["status"]["conditions"] = with_condition(&c["status"]["conditions"], made);
        if let Ok(folder) = answer {
            c["_archive"] = folder.into();
        }
    });
}

/// The first segment is written into an empty folder alone: one that was used belongs to another incarnation.
fn begin(objects: &mut Objects, cluster: &Value, archive: &Archive, known: Option<&str>) -> Result<(), String> {
    if known == Some(archive.folder.as_str()) {
        return Ok(());
    }
    archive.empty(objects.world())?;
    archive.segment(objects, cluster)
}

/// Writes when the first recovery is possible into the store's status.
pub(super) fn window(objects: &mut Objects, cluster: &Value, archive: &Archive, first: &str, last: &str) {
    objects.edit(STORES, namespace(cluster), &archive.store, |s| {
        s["status"]["serverRecoveryWindow"][archive.server.as_str()] =
            json!({ "firstRecoverabilityPoint": first, "lastSuccessfulBackupTime": last });
    });
}
