//! Instances: one after the other, each with a claim, a Job that fills it, and a pod.

use super::cluster::labels;
use super::{MANAGER, archive, recovery};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, namespace, number, text};
use crate::cluster::controllers::pods::{over, ready};
use crate::cluster::operators::own::{keep, make};
use serde_json::{Value, json};

/// PostgreSQL's image when nobody says. Source: CloudNativePG 1.30, default operand image.
const IMAGE: &str = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie";

/// The image, named directly or through a catalog.
pub(super) fn image(objects: &Objects, cluster: &Value) -> String {
    let spec = &cluster["spec"];
    let reference = &spec["imageCatalogRef"];
    if reference.is_object() {
        let (resource, home) = if reference["kind"] == "ClusterImageCatalog" {
            ("clusterimagecatalogs.postgresql.cnpg.io", "")
        } else {
            ("imagecatalogs.postgresql.cnpg.io", namespace(cluster))
        };
        let found = objects.get(resource, home, text(&reference["name"])).and_then(|c| {
            let images = items(&c["spec"]["images"]).iter();
            images.clone().find(|i| i["major"] == reference["major"]).and_then(|i| i["image"].as_str().map(str::to_owned))
        });
        return found.unwrap_or_default();
    }
    spec["imageName"].as_str().unwrap_or(IMAGE).to_owned()
}

/// The pods, in the order of their numbers.
pub(super) fn pods(objects: &Objects, cluster: &Value) -> Vec<Value> {
    let own = objects.list_in("pods", namespace(cluster)).into_iter().filter(|p| {
        let labels = &p["metadata"]["labels"];
        labels["cnpg.io/cluster"] == name(cluster) && labels["cnpg.io/podRole"] == "instance" && !leaving(p)
    });
    let mut all: Vec<Value> = own.cloned().collect();
    all.sort_by_key(|p| {
        text(&p["metadata"]["labels"]["cnpg.io/instanceName"]).rsplit('-').next().and_then(|n| n.parse::<u64>().ok())
    });
    all
}

/// One step nearer to as many instances as are wanted; gives the phase and its reason.
pub(super) fn step(objects: &mut Objects, cluster: &Value) -> (&'static str, String) {
    let wanted = number(&cluster["spec"]["instances"], 1);
    for pod in pods(objects, cluster).iter().filter(|p| over(p)) {
        objects.delete("pods", namespace(pod), name(pod));
    }
    for n in 1..=wanted {
        let own = format!("{}-{n}", name(cluster));
        if let Some(pod) = objects.get("pods", namespace(cluster), &own).cloned() {
            if !ready(&pod) {
                return (
                    "Waiting for the instances to become active",
                    "Some instances are not yet active. Please wait.".to_owned(),
                );
            }
            continue;
        }
        return grow(objects, cluster, n, &own);
    }
    // What is too much goes, the newest first, never the primary.
    let extra = pods(objects, cluster).into_iter().rev().find(|p| {
        text(&p["metadata"]["labels"]["cnpg.io/instanceName"])
            .rsplit('-')
            .next()
            .and_then(|t| t.parse::<i64>().ok())
            .is_some_and(|t| t > wanted)
    });
    if let Some(pod) = extra {
        objects.delete("pods", namespace(&pod), name(&pod));
        objects.delete("persistentvolumeclaims", namespace(&pod), name(&pod));
        return ("Scaling down cluster", "Deleting an instance".to_owned());
    }
    ("Cluster in healthy state", String::new())
}

fn grow(objects: &mut Objects, cluster: &Value, n: i64, own: &str) -> (&'static str, String) {
    let home = namespace(cluster);
    let first = n == 1;
    let phase = if first { "Setting up primary" } else { "Creating a new replica" };
    let reason = if first { "Creating primary instance ".to_owned() + own } else { format!("Creating replica {own}") };
    let known = objects.get("persistentvolumeclaims", home, own).is_some();
    let filled = objects
        .get("persistentvolumeclaims", home, own)
        .is_some_and(|c| c["metadata"]["annotations"]["cnpg.io/pvcStatus"] == "ready");
    if !known && let Err(error) = keep(objects, cluster, MANAGER, claim(cluster, own)) {
        objects.event(cluster, "Warning", "FailedCreate", &error.message);
        return (phase, error.message);
    }
    if filled {
        return match make(objects, cluster, pod(objects, cluster, n, own)) {
            Ok(()) => (phase, reason),
            Err(error) => {
                objects.event(cluster, "Warning", "FailedCreate", &error.message);
                (phase, error.message)
            }
        };
    }
    let what = match (first, recovery::wanted(cluster)) {
        (true, true) => "full-recovery",
        (true, false) => "initdb",
        (false, _) => "join",
    };
    let job = format!("{own}-{what}");
    match objects.get("jobs.batch", home, &job).cloned() {
        None => {
            let filling = fill(objects, cluster, own, &job, what);
            if let Err(error) = make(objects, cluster, filling) {
                objects.event(cluster, "Warning", "FailedCreate", &error.message);
                return (phase, error.message);
            }
            objects.event(
                cluster,
                "Normal",
                "CreatingInstance",
                &format!("{} {own}", if first { format!("Primary instance ({what})") } else { "Creating instance".to_owned() }),
            );
        }
        Some(done) if number(&done["status"]["succeeded"], 0) > 0 => {
            objects.edit("persistentvolumeclaims", home, own, |c| {
                c["metadata"]["annotations"]["cnpg.io/pvcStatus"] = "ready".into()
            });
            objects.delete("jobs.batch", home, &job);
            let left: Vec<String> = objects
                .list_in("pods", home)
                .iter()
                .filter(|p| p["metadata"]["labels"]["batch.kubernetes.io/job-name"] == job.as_str())
                .map(|p| name(p).to_owned())
                .collect();
            left.iter().for_each(|p| {
                objects.delete("pods", home, p);
            });
        }
        Some(_) => {}
    }
    (phase, reason)
}

fn claim(cluster: &Value, own: &str) -> Value {
    let storage = &cluster["spec"]["storage"];
    let mut spec = storage["pvcTemplate"].clone();
    if !spec.is_object() {
        spec = json!({});
    }
    if spec["accessModes"].is_null() {
        spec["accessModes"] = json!(["ReadWriteOnce"]);
    }
    if let Some(size) = storage["size"].as_str() {
        spec["resources"]["requests"]["storage"] = size.into();
    }
    if let Some(class) = storage["storageClass"].as_str() {
        spec["storageClassName"] = class.into();
    }
    let mut labels = labels(cluster);
    labels["cnpg.io/instanceName"] = own.into();
    labels["cnpg.io/pvcRole"] = "PG_DATA".into();
    json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": own, "namespace": namespace(cluster), "labels": labels, "annotations": { "cnpg.io/pvcStatus": "initializing" } }, "spec": spec })
}

/// What the pods of instances and of their Jobs have in common.
fn common(cluster: &Value, own: &str) -> Value {
    let spec = &cluster["spec"];
    let mut pod = json!({
        "serviceAccountName": name(cluster),
        "securityContext": { "fsGroup": 26, "runAsGroup": 26, "runAsUser": 26, "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
        "volumes": [{ "name": "pgdata", "persistentVolumeClaim": { "claimName": own } }],
    });
    for field in ["tolerations", "nodeSelector", "topologyKey"] {
        let value = &spec["affinity"][field];
        if !value.is_null() && field != "topologyKey" {
            pod[field] = value.clone();
        }
    }
    if spec["affinity"]["enablePodAntiAffinity"] != false {
        let key = spec["affinity"]["topologyKey"].as_str().unwrap_or("kubernetes.io/hostname");
        let term = json!({ "labelSelector": { "matchLabels": { "cnpg.io/cluster": name(cluster), "cnpg.io/podRole": "instance" } }, "topologyKey": key });
        pod["affinity"] = if spec["affinity"]["podAntiAffinityType"] == "required" {
            json!({ "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [term] } })
        } else {
            json!({ "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 100, "podAffinityTerm": term }] } })
        };
    }
    for field in ["topologySpreadConstraints", "priorityClassName", "imagePullSecrets"] {
        if !spec[field].is_null() {
            pod[field] = spec[field].clone();
        }
    }
    pod
}

fn container(objects: &Objects, cluster: &Value, called: &str) -> Value {
    json!({
        "name": called, "image": image(objects, cluster), "resources": cluster["spec"]["resources"],
        "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "privileged": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true },
        "volumeMounts": [{ "name": "pgdata", "mountPath": "/var/lib/postgresql/data" }],
    })
}

fn pod(objects: &Objects, cluster: &Value, n: i64, own: &str) -> Value {
    let mut spec = common(cluster, own);
    let mut main = container(objects, cluster, "postgres");
    main["ports"] = json!([{ "name": "postgresql", "containerPort": 5432, "protocol": "TCP" }, { "name": "metrics", "containerPort": 9187, "protocol": "TCP" }, { "name": "status", "containerPort": 8000, "protocol": "TCP" }]);
    main["readinessProbe"] = json!({ "httpGet": { "path": "/readyz", "port": 8000, "scheme": "HTTPS" } });
    spec["containers"] = json!([main]);
    spec["hostname"] = own.into();
    spec["terminationGracePeriodSeconds"] = cluster["spec"]["stopDelay"].as_i64().unwrap_or(1800).into();
    let mut connects = vec![json!({ "to": "kubernetes" })];
    if let Some((endpoint, resources)) = archive::sidecar(objects, cluster) {
        spec["initContainers"] = json!([{
            "name": "plugin-barman-cloud", "image": "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0", "restartPolicy": "Always", "resources": resources,
            "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "readOnlyRootFilesystem": true, "runAsNonRoot": true },
        }]);
        connects.push(json!({ "to": endpoint, "tls": true, "protocol": "https" }));
    }
    let mut labels = labels(cluster);
    let role = if n == 1 { "primary" } else { "replica" };
    for (key, value) in
        [("cnpg.io/instanceName", own), ("cnpg.io/podRole", "instance"), ("cnpg.io/instanceRole", role), ("role", role)]
    {
        labels[key] = value.into();
    }
    for (key, value) in cluster["spec"]["inheritedMetadata"]["labels"].as_object().into_iter().flatten() {
        labels[key.as_str()] = value.clone();
    }
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": own, "namespace": namespace(cluster), "labels": labels }, "spec": spec, "_connects": connects })
}

/// The Job that makes the data directory: anew, from an archive, or as a copy of the primary.
fn fill(objects: &mut Objects, cluster: &Value, own: &str, job: &str, what: &str) -> Value {
    let mut spec = common(cluster, own);
    let mut main = container(objects, cluster, what);
    main["command"] = json!([
        "/controller/manager",
        "instance",
        match what {
            "initdb" => "init",
            "join" => "join",
            _ => "restore",
        }
    ]);
    spec["containers"] = json!([main]);
    spec["restartPolicy"] = "Never".into();
    let mut connects = vec![json!({ "to": "kubernetes" })];
    if what == "join" {
        connects.push(json!({ "to": format!("{}-rw.{}.svc.cluster.local:5432", name(cluster), namespace(cluster)), "user": "streaming_replica", "password": super::users::BY_CERTIFICATE }));
    }
    if what == "full-recovery" {
        if let Some((endpoint, _)) = archive::sidecar(objects, cluster) {
            connects.push(json!({ "to": endpoint, "tls": true, "protocol": "https" }));
        }
        if let Err(why) = recovery::look(objects, cluster) {
            connects.push(json!({ "otherwise": why }));
        }
    }
    let mut labels = labels(cluster);
    labels["cnpg.io/jobRole"] = what.into();
    let template = json!({ "metadata": { "labels": labels }, "spec": spec, "_connects": connects });
    json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": job, "namespace": namespace(cluster), "labels": labels }, "spec": { "template": template } })
}
