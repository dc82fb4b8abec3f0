//! Connections: how many a database has, and how many apps may open.

use super::{
    databases::gigabytes,
    page::{error, example, warning},
    say::{at, count, each, list},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        apps::App,
        databases::{CloudnativePg, Database, ManagedPostgres},
    },
    types::UsesKind,
};

pub(super) const REPLICAS: CodePage = warning(
    "PT3108",
    "more connections than a database has",
    "A managed PostgreSQL has about 25 connections for each GB, of which 3 are reserved; one in the cluster has its `max_connections` (100). Each replica of an app is taken to hold 10, the default of most libraries' pools; a chart or an entry of the catalog without `replicas` to be one. At the most replicas of all apps that use the database, it would refuse some. A pooler in front of it takes far more.",
    example!(
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: { min: 2, max: 3 }, uses: [ databases.main ] } }",
    ),
    "Put a pooler in front: `pooler: { mode: transaction, size: 15 }` (managed) or `pooler: { mode: transaction, instances: 2 }`; take a larger size; or accept it where each replica holds fewer: accept: [ PT3108 ] in the database.",
);

pub(super) const POOLS: CodePage = error(
    "PT3109",
    "pools that hold more connections than a database has",
    "Each app that uses the database has a pool of connections of its own, of `pooler.size`. The vendor refuses a pool for which no connections are left.",
    example!(
        "databases: { main: { provider: digitalocean, size: db-s-1vcpu-1gb, pooler: { size: 30 } } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2, uses: [ databases.main ] } }",
    ),
    "Lower `pooler.size`, or take a larger size.",
);

/// What each replica is taken to hold.
const A_REPLICA: u32 = 10;
/// A managed PostgreSQL's connections for each GB, and how many are reserved. Source: vendor's documentation, "Connection limits".
const A_GIGABYTE: u32 = 25;
const RESERVED: u32 = 3;
/// PostgreSQL's own default.
const DEFAULT: u32 = 100;

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, database) in spec.databases.iter() {
            let uses = |app: &App| app.uses.iter().any(|u| matches!(&u.0, UsesKind::Database(n) if n == name));
            let users: Vec<(&str, &Located<App>)> =
                spec.apps.iter().filter(|(_, app)| uses(app)).map(|(n, app)| (n.as_str(), app)).collect();
            let (room, pooler) = match &database.value {
                Database::Digitalocean(pg) => {
                    let Some(room) = managed(pg) else { continue };
                    pools(name, pg, room, &users, out);
                    (room, format!("pooler: {{ mode: transaction, size: {} }}", pool_size(room, users.len())))
                }
                Database::CloudnativePg(pg) => (in_cluster(pg), "pooler: { mode: transaction, instances: 2 }".into()),
            };
            if !pooled(&database.value) {
                replicas(name, database, room, &users, &pooler, out);
            }
        }
    });
}

fn pooled(database: &Database) -> bool {
    match database {
        Database::Digitalocean(pg) => pg.pooler.is_some(),
        Database::CloudnativePg(pg) => pg.pooler.is_some(),
    }
}

fn managed(pg: &ManagedPostgres) -> Option<u32> {
    Some((gigabytes(&pg.size)?.checked_mul(A_GIGABYTE)?).saturating_sub(RESERVED))
}

fn in_cluster(pg: &CloudnativePg) -> u32 {
    let written = pg.parameters.get("max_connections").and_then(|p| p.parse::<u32>().ok());
    written.unwrap_or(DEFAULT).saturating_sub(RESERVED)
}

/// A pool's size that leaves a fifth of the connections to people and jobs.
fn pool_size(room: u32, apps: usize) -> u32 {
    let apps = u32::try_from(apps.max(1)).unwrap_or(u32::MAX);
    (room / 5 * 4 / apps).max(1)
}

fn pools(name: &str, pg: &ManagedPostgres, room: u32, users: &[(&str, &Located<App>)], out: &mut Diagnostics) {
    let Some(pooler) = &pg.pooler else { return };
    let apps = u32::try_from(users.len().max(1)).unwrap_or(u32::MAX);
    let wanted = pooler.size.get().saturating_mul(apps);
    if wanted > room {
        let message =
            format!("databases.{name} has about {room} connections, and the pools of {} hold {wanted}", count(apps, "app"));
        let problem = at(POOLS, &pooler.size, message).label(pg.size.at.clone(), format!("about {room} connections"));
        out.push(problem.hint(format!("write size: {}, or take a larger database", pool_size(room, users.len()))));
    }
}

fn replicas(
    name: &str,
    database: &Located<Database>,
    room: u32,
    users: &[(&str, &Located<App>)],
    pooler: &str,
    out: &mut Diagnostics,
) {
    let most = |app: &App| app.replicas.as_ref().map_or(1, |r| r.most());
    let total: u32 = users.iter().map(|(_, app)| most(app)).sum();
    let wanted = total.saturating_mul(A_REPLICA);
    if wanted <= room {
        return;
    }
    let apps: Vec<String> = users.iter().map(|(n, app)| format!("{} of `{n}`", count(most(app), "replica"))).collect();
    let message = format!(
        "{} may open {wanted} connections to databases.{name} ({A_REPLICA} each, as most libraries do), which has about {room}",
        list(&apps)
    );
    let problem = at(REPLICAS, database, message);
    let problem = users.iter().fold(problem, |p, (_, app)| match &app.replicas {
        Some(replicas) => p.label(replicas.at.clone(), format!("up to {}", replicas.most())),
        None => p,
    });
    out.push(problem.hint(format!("add {pooler} to the database, or accept it there: accept: [ PT3108 ]")));
}
