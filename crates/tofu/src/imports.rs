//! What exists already, taken over: `import` blocks for what a record knows, with the ids by which the provider reads each thing.
//!
//! Source of the ids: the provider's documentation, "Import" of each resource.

use crate::{
    hcl::{Body, Expr},
    kinds::cluster::is_first_pool,
    scene::Scene,
};
use pontoon_core::{
    platform::Resource,
    record::{Record, Recorded},
};

/// The file of a stack that holds them.
pub const FILE: &str = "imports.tf";

/// The blocks for a scope's resources. What cannot be taken over is left out by name.
pub fn blocks(scene: &Scene<'_>, record: &Record) -> Body {
    let mut body = Body::new();
    for resource in scene.resources() {
        let Some(recorded) = record.resources.get(&resource.address) else { continue };
        // What its parent's block holds comes with it.
        let Some(to) = scene.block(&resource.address).filter(|_| !is_first_pool(scene, resource)) else { continue };
        match id(resource, recorded, record) {
            Ok(id) => body = body.block("import", &[], Body::new().set("to", Expr::path(to)).set("id", id)),
            Err(why) => scene.leave_out(resource, format!("taking over {}: {why}", resource.address)),
        }
    }
    body
}

/// The provider's id of a thing, or why it has none.
fn id(resource: &Resource, recorded: &Recorded, record: &Record) -> Result<String, &'static str> {
    let own = recorded.id.as_str();
    let parent = || {
        let parent = resource.parent.as_ref().and_then(|p| record.resources.get(p));
        parent.map(|p| p.id.as_str()).ok_or("what it lives in is not in the record")
    };
    let said = |field: &str| resource.attributes.get(field).and_then(|v| v.as_text()).ok_or("its region is not known");
    Ok(match resource.address.kind() {
        "digitalocean.database_firewall" | "digitalocean.database_config" => parent()?.to_owned(),
        "digitalocean.database_db" | "digitalocean.database_user" | "digitalocean.database_pool" => {
            format!("{},{own}", parent()?)
        }
        "spaces.bucket" => format!("{},{own}", said("region")?),
        "spaces.bucket_cors" => format!("{},{}", said("region")?, parent()?),
        "digitalocean.spaces_key" => {
            return Err(
                "its secret was shown once, and a state would not have it: the next apply makes another key, and removes none",
            );
        }
        "digitalocean.project_resources" => {
            return Err("the provider cannot: the next apply assigns the same resources once more");
        }
        _ => own.to_owned(),
    })
}
