//! The environment's project, and everything that can belong to one.

use super::{Lower, section};
use pontoon_catalog::{Args, find};
use pontoon_core::value::Value;

const MAIN: &str = "main";

pub fn lower(l: &mut Lower<'_>) {
    let origin = section(&format!("environments.{}", l.scope));
    let project = l.address("digitalocean.project", MAIN);
    let stage = match l.scope.as_str() {
        _ if l.spec.is_last() => "Production",
        name if name.starts_with("stag") => "Staging",
        _ => "Development",
    };
    let resource = l
        .resource("digitalocean.project", MAIN, origin.clone())
        .with("name", l.name("digitalocean.project", MAIN))
        .with("purpose", "Service or API")
        .with("environment", stage);
    l.platform.add(resource);
    let urns: Vec<Value> = l
        .platform
        .resources
        .values()
        .filter(|r| *r.address.scope() == l.scope)
        .filter_map(|r| {
            let urn = find(r.address.kind())?.urn.filter(|_| joins(r.address.kind()))?;
            // Pending even where the name is the id: a member must exist first.
            Some(urn(&Args::new(Value::of(&r.address, "id"), Value::Null, &r.attributes)))
        })
        .collect();
    let members = l.resource("digitalocean.project_resources", MAIN, origin).inside(&project).with("urns", Value::List(urns));
    l.platform.add(members);
}

/// Kinds that a project can hold. Source: API reference, "Project Resources".
fn joins(kind: &str) -> bool {
    matches!(
        kind,
        "digitalocean.cluster" | "digitalocean.database" | "spaces.bucket" | "digitalocean.droplet" | "digitalocean.volume"
    )
}
