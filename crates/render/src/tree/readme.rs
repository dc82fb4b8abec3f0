//! The tree's own page, for whoever opens the repository.

use super::{Environment, Follower};
use std::fmt::Write;

/// What is where, what waits for what, and where to change something.
pub fn text(platform: &str, environments: &[Environment], follower: &Follower) -> String {
    let (who, holds) = match follower {
        Follower::Flux { .. } => ("Flux", "its layers, values, versions and Secrets"),
        Follower::Argo(_) => ("Argo CD", "its Applications, values and versions"),
    };
    let mut t = String::new();
    let _ = writeln!(t, "# {platform}\n");
    let _ = writeln!(
        t,
        "What runs in the clusters of {platform}, written by Pontoon from `platform.yaml`, followed by {who}.\n\n\
         | path | holds |\n| --- | --- |\n\
         | `clusters/<env>/` | what the environment's cluster follows: {holds} |\n\
         | `platform/` | the platform's services, without any environment's value or version |\n\
         | `apps/` | the apps, the same way |\n\
         | `releases/` | which state of `platform.yaml` each environment runs |\n\
         | `.pontoon/inventory.json` | which of these files Pontoon wrote |\n"
    );
    let _ = writeln!(
        t,
        "## To change something\n\n\
         Change `platform.yaml` and run `pontoon up`. A chart's values stand in `clusters/<env>/…/values.yaml`; what is\n\
         changed there by hand is kept as long as `platform.yaml` says nothing new about it, and `pontoon render` names it.\n\
         Files that Pontoon did not write are never touched.\n"
    );
    for (environment, units) in environments {
        let _ = writeln!(t, "## {environment}\n\n| layer | unit | is | comes after |\n| --- | --- | --- | --- |");
        for unit in units {
            let after: Vec<&str> = unit.after.iter().map(String::as_str).collect();
            let _ = writeln!(t, "| {} | {} | {} | {} |", unit.layer, unit.name, unit.title, after.join(", "));
        }
        let _ = writeln!(t);
    }
    t.truncate(t.trim_end().len());
    t.push('\n');
    t
}
