//! Backups, at once and by schedule: objects in the archive's bucket, kept as long as its policy says.

use super::{BARMAN, CLUSTERS, MANAGER, archive, cron, healthy, recovery};
use crate::clock::Moment;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, name, namespace, text, uid};
use crate::cluster::operators::own::{keep, with_condition};
use serde_json::{Value, json};

const BACKUPS: &str = "backups.postgresql.cnpg.io";
const SCHEDULED: &str = "scheduledbackups.postgresql.cnpg.io";

/// `20261102T093000`.
fn id(at: Moment) -> String {
    at.rfc3339().chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect()
}

/// Looks at a ScheduledBackup: makes a Backup when its time has come.
pub(super) fn scheduled(objects: &mut Objects, one: &Value) {
    let spec = &one["spec"];
    if spec["suspend"] == true {
        return;
    }
    let now = objects.world().now();
    let status = &one["status"];
    let first = status["lastCheckTime"].is_null();
    let planned = status["nextScheduleTime"].as_str().and_then(Moment::parse);
    let due = match planned {
        Some(at) => objects.reached(&format!("schedule/{}", uid(one)), at),
        None => first && spec["immediate"] == true,
    };
    if !due && !first {
        return;
    }
    let Some(next) = cron::next(text(&spec["schedule"]), now) else {
        let message = format!("invalid schedule: {}", text(&spec["schedule"]));
        objects.event(one, "Warning", "InvalidSchedule", &message);
        return;
    };
    if due {
        let mut object = json!({
            "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
            "metadata": {
                "name": format!("{}-{}", name(one), id(now).replace('T', "").to_lowercase()), "namespace": namespace(one),
                "labels": { "cnpg.io/cluster": spec["cluster"]["name"], "cnpg.io/scheduled-backup": name(one) },
            },
            "spec": { "cluster": spec["cluster"] },
        });
        for field in ["method", "pluginConfiguration", "target", "online"] {
            if !spec[field].is_null() {
                object["spec"][field] = spec[field].clone();
            }
        }
        let owner = match spec["backupOwnerReference"].as_str() {
            Some("self") => one.clone(),
            Some("cluster") => objects.get(CLUSTERS, namespace(one), text(&spec["cluster"]["name"])).cloned().unwrap_or_default(),
            _ => Value::Null,
        };
        if let Err(error) = keep(objects, &owner, MANAGER, object) {
            objects.event(one, "Warning", "BackupCreation", &error.message);
            return;
        }
        objects.event(one, "Normal", "BackupSchedule", &format!("Scheduled first backup by {}", now.rfc3339()));
    }
    objects.edit(SCHEDULED, namespace(one), name(one), |o| {
        o["status"]["lastCheckTime"] = now.rfc3339().into();
        if due {
            o["status"]["lastScheduleTime"] = now.rfc3339().into();
        }
        o["status"]["nextScheduleTime"] = next.rfc3339().into();
    });
    objects.reached(&format!("schedule/{}", uid(one)), next);
}

/// Looks at a Backup that is not over.
pub(super) fn backup(objects: &mut Objects, one: &Value) {
    let phase = text(&one["status"]["phase"]);
    if matches!(phase, "completed" | "failed") {
        return;
    }
    let (home, spec) = (namespace(one), &one["spec"]);
    let target = text(&spec["cluster"]["name"]);
    let Some(cluster) = objects.get(CLUSTERS, home, target).cloned() else {
        objects.event(one, "Warning", "FindingCluster", &format!("Unknown cluster {target}, will retry in 30 seconds"));
        return;
    };
    if !healthy(&cluster) {
        return;
    }
    if spec["method"] != "plugin" || spec["pluginConfiguration"]["name"] != BARMAN {
        let why = "no barmanObjectStore section defined on the target cluster";
        objects.edit(BACKUPS, home, name(one), |b| {
            b["status"] = json!({ "phase": "failed", "error": why, "method": spec["method"] })
        });
        return;
    }
    if phase.is_empty() {
        let now = objects.world().stamp();
        objects.edit(BACKUPS, home, name(one), |b| {
            b["status"] = json!({ "phase": "started", "method": "plugin", "startedAt": now })
        });
        objects.event(one, "Normal", "Starting", &format!("Starting backup for cluster {target}"));
    }
    if !objects.elapsed(&format!("backup/{}", uid(one)), "database_backup") {
        return;
    }
    let archived = cluster["_archive"].is_string();
    let answer = match archive::open(objects, &cluster) {
        Some(Ok(archive)) if archived => {
            let began = one["status"]["startedAt"].as_str().and_then(Moment::parse);
            write(objects, &cluster, &archive, began.unwrap_or_else(|| objects.world().now()))
        }
        Some(Ok(_)) => Err("rpc error: code = Unknown desc = WAL archive is not working".to_owned()),
        Some(Err(why)) => Err(format!("rpc error: code = Unknown desc = {why}")),
        None => Err("requested plugin is not available: barman".to_owned()),
    };
    finish(objects, one, &cluster, answer);
}

/// Writes the backup's objects, and takes away those that are older than the policy keeps.
fn write(objects: &mut Objects, cluster: &Value, archive: &archive::Archive, began: Moment) -> Result<String, String> {
    let now = objects.world().now();
    let backup = id(began);
    let base = format!("{}/base/", archive.folder);
    let major = recovery::major(&super::instances::image(objects, cluster));
    let info = recovery::Info { began, ended: now, version: major * 10_000 }.text(&backup);
    for (file, bytes) in [("data.tar.gz", &b"data"[..]), ("backup.info", info.as_bytes())] {
        archive.bucket.put(objects.cx(), &format!("{base}{backup}/{file}"), bytes)?;
    }
    // The end of a backup goes on to the next segment, so that what it needs is in the archive.
    archive.segment(objects, cluster)?;
    let (number, unit) = archive.retention.split_at(archive.retention.len().saturating_sub(1));
    let days = number.parse::<u32>().ok().map(|n| {
        n * match unit {
            "w" => 7,
            "m" => 30,
            _ => 1,
        }
    });
    let mut ids: Vec<String> = Vec::new();
    for key in archive.bucket.keys(objects.world(), &base) {
        let Some(found) = key[base.len()..].split('/').next().map(str::to_owned) else {
            continue;
        };
        let old = days.is_some_and(|d| found < id(Moment(now.0 - i64::from(d) * 86_400_000)));
        if old {
            archive.bucket.delete(objects.cx(), &key);
        } else if !ids.contains(&found) {
            ids.push(found);
        }
    }
    let first = ids.iter().min().cloned().unwrap_or_else(|| backup.clone());
    archive::window(objects, cluster, archive, &dated(&first), &now.rfc3339());
    Ok(backup)
}

/// `20261102T093000` as RFC 3339.
fn dated(id: &str) -> String {
    let part = |from: usize, to: usize| id.get(from..to).unwrap_or("00");
    format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(9, 11), part(11, 13), part(13, 15))
}

fn finish(objects: &mut Objects, one: &Value, cluster: &Value, answer: Result<String, String>) {
    let now = objects.world().stamp();
    let (home, target) = (namespace(one), name(cluster));
    match &answer {
        Ok(_) => objects.event(one, "Normal", "Completed", "Backup completed"),
        Err(why) => objects.event(one, "Warning", "Error", &format!("Backup failed: {why}")),
    }
    let instance = cluster["status"]["currentPrimary"].clone();
    objects.edit(BACKUPS, home, name(one), |b| {
        let status = &mut b["status"];
        status["stoppedAt"] = now.clone().into();
        match &answer {
            Ok(id) => {
                status["phase"] = "completed".into();
                status["backupId"] = id.clone().into();
                status["backupName"] = format!("backup-{id}").into();
                status["instanceID"] = json!({ "podName": instance });
                status["online"] = true.into();
            }
            Err(why) => {
                status["phase"] = "failed".into();
                status["error"] = why.clone().into();
            }
        }
    });
    objects.edit(CLUSTERS, home, target, |c| {
        let made = match &answer {
            Ok(_) => {
                conditioned(&c["status"], "LastBackupSucceeded", "True", "LastBackupSucceeded", "Backup was successful", &now)
            }
            Err(why) => conditioned(&c["status"], "LastBackupSucceeded", "False", "LastBackupFailed", why, &now),
        };
        c["status"]["conditions"] = with_condition(&c["status"]["conditions"], made);
        if answer.is_ok() {
            c["status"]["lastSuccessfulBackup"] = now.clone().into();
        }
    });
}
