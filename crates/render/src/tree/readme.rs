//! The tree's own page, for whoever opens the repository.

use super::Environment;
use std::fmt::Write;

/// What is where, what waits for what, and where to change something.
pub fn text(platform: &str, environments: &[Environment]) -> String {
    let mut t = String::new();
    let _ = writeln!(t, "# {platform}\n");
    let _ = writeln!(
        t,
        "What runs in the clusters of {platform}, written by Pontoon from `platform.yaml`, followed by Flux.\n\n\
         | path | holds |\n| --- | --- |\n\
         | `clusters/<env>/` | what the environment's cluster follows: its layers, values, versions and Secrets |\n\
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
