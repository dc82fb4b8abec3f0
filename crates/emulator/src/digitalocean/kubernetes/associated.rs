//! What Kubernetes made in the account, and deletion of a cluster together with it.

use super::{CLUSTERS, clusters};
use crate::digitalocean::{load_balancers, snapshots, volumes};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

struct Made {
    load_balancers: Vec<String>,
    volumes: Vec<String>,
    snapshots: Vec<String>,
}

fn made(cx: &Cx, cluster: &str) -> Made {
    let (volumes, snapshots) = volumes::of_cluster(cx, cluster);
    Made { load_balancers: load_balancers::of_cluster(cx, cluster), volumes, snapshots }
}

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    cx.find(CLUSTERS, id)?;
    let made = made(cx, id);
    let entries = |collection: &str, ids: &[String]| -> Value {
        ids.iter()
            .map(|id| {
                let name = cx.get(collection, id).and_then(|d| d["name"].as_str()).unwrap_or("");
                json!({ "id": id, "name": name })
            })
            .collect()
    };
    Ok(Reply::json(
        200,
        json!({
            "load_balancers": entries("load_balancers", &made.load_balancers),
            "volumes": entries("volumes", &made.volumes),
            "volume_snapshots": entries("snapshots", &made.snapshots),
        }),
    ))
}

pub(super) fn selective(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let wanted = |field: &str| Ok::<_, Refusal>(req.opt_texts(field)?.unwrap_or_default());
    let chosen =
        Made { load_balancers: wanted("load_balancers")?, volumes: wanted("volumes")?, snapshots: wanted("volume_snapshots")? };
    remove(cx, req, |all| Made {
        load_balancers: kept(all.load_balancers, &chosen.load_balancers),
        volumes: kept(all.volumes, &chosen.volumes),
        snapshots: kept(all.snapshots, &chosen.snapshots),
    })
}

fn kept(all: Vec<String>, chosen: &[String]) -> Vec<String> {
    all.into_iter().filter(|id| chosen.contains(id)).collect()
}

pub(super) fn dangerous(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    remove(cx, req, |all| all)
}

fn remove(cx: &mut Cx, req: &Req, choose: impl Fn(Made) -> Made) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    cx.find(CLUSTERS, id)?;
    let doomed = choose(made(cx, id));
    for balancer in doomed.load_balancers {
        load_balancers::destroy(cx, &balancer);
    }
    for volume in doomed.volumes {
        volumes::destroy(cx, &volume);
    }
    for snapshot in doomed.snapshots {
        snapshots::forget(cx, &snapshot);
    }
    clusters::destroy(cx, id);
    Ok(Reply::no_content())
}
