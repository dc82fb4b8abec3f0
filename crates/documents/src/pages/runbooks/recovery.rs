//! How each thing that holds data is brought back, and what is lost.

use crate::{
    facts::Facts,
    page::{Page, code},
};
use pontoon_spec::sections::databases::{CloudnativePg, Database};

/// One part for each database, and one for what holds no data.
pub fn write(facts: &Facts<'_>, page: &mut Page) {
    for (database, spec) in facts.spec.databases.iter() {
        match &spec.value {
            Database::Digitalocean(_) => managed(facts, page, database.as_str()),
            Database::CloudnativePg(pg) if facts.component(&format!("database-{database}")).is_some() => {
                inside(facts, page, database.as_str(), pg);
            }
            Database::CloudnativePg(_) => {}
        }
    }
    let name = facts.name();
    page.heading("A pool or the cluster is lost");
    page.text("What is missing is made again, in the order of its needs. What stands outside of the cluster (managed databases, buckets, the zone) stays; volumes that the vendor lost come back empty.");
    page.shell(vec![format!("pontoon drift {name} --layer cloud"), format!("pontoon plan {name}"), format!("pontoon up {name}")]);
    for component in facts.inner_stores().filter(|c| !c.name.starts_with("database-")) {
        page.text(format!("{} has no backups: where its volumes are lost, it is empty.", code(&component.origin.path)));
    }
}

fn managed(facts: &Facts<'_>, page: &mut Page, database: &str) {
    let name = facts.name();
    page.heading(format!("Recover databases.{database}"));
    page.text("The database as it was at a time of the last 7 days, beside the one that is; what used that one follows in the same run. The one before stays, and is billed, until it is named.");
    page.shell(vec![
        format!("pontoon restore databases.{database} {name} --at 2026-01-31T09:30:00Z"),
        format!("pontoon status {name}"),
        format!("pontoon up {name} --destroy {name}/digitalocean.database.{database}"),
    ]);
}

fn inside(facts: &Facts<'_>, page: &mut Page, database: &str, pg: &CloudnativePg) {
    let name = facts.name();
    page.heading(format!("Recover databases.{database}"));
    let look = vec![
        format!("pontoon kubeconfig {name} > kubeconfig"),
        format!("kubectl --kubeconfig kubeconfig --namespace databases get clusters.postgresql.cnpg.io {database}"),
    ];
    let Some(backups) = &pg.backups else {
        page.text("It runs in the cluster; its operator replaces an instance that is lost. It has no backups: what its volumes lose is lost.");
        page.shell(look);
        return;
    };
    page.text(format!(
        "It runs in the cluster; its operator replaces an instance that is lost. As it was at an earlier time it is made again beside the one that is, from bucket {}; what used that one follows in the same run. The one before stays until it is named.",
        code(backups.bucket.as_str())
    ));
    page.shell(look);
    page.shell(vec![
        format!("pontoon restore databases.{database} {name} --at 2026-01-31T09:30:00Z"),
        format!("pontoon status {name}"),
        format!("pontoon restore databases.{database} {name} --remove-before"),
    ]);
}
