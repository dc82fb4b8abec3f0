//! The project, and what belongs to it.

use super::{How, Kind, Part};
use crate::{
    hcl::{Body, Expr},
    scene::Fields,
};
use pontoon_core::{platform::Resource, value::Value};

/// `digitalocean_project`.
pub const PROJECT: Kind = Kind {
    kind: "digitalocean.project",
    outputs: &[("name", "name")],
    how: How::Block {
        resource: "digitalocean_project",
        part: Part::Project,
        write: |f| {
            let body = Body::new().set("name", f.must("name")).maybe("description", f.get("description"));
            Some(body.maybe("purpose", f.get("purpose")).maybe("environment", f.get("environment")))
        },
    },
};

/// `digitalocean_project_resources`: adds to what the project holds.
pub const MEMBERS: Kind = Kind {
    kind: "digitalocean.project_resources",
    outputs: &[],
    how: How::Block {
        resource: "digitalocean_project_resources",
        part: Part::Project,
        write: |f| {
            let urns = f.value("urns").and_then(Value::as_list).unwrap_or_default();
            let members = urns.iter().map(|u| urn(f, u).unwrap_or_else(|| f.scene.expr(f.resource, u)));
            Some(Body::new().set("project", f.parent()).set("resources", Expr::List(members.collect())))
        },
    },
};

/// The `urn` of a member, where the member's own block has one and it says the same.
fn urn(f: &Fields<'_, '_>, value: &Value) -> Option<Expr> {
    let address = &value.references().first()?.address;
    let member: &Resource = f.scene.platform.resources.get(address)?;
    let kind = pontoon_catalog::find(address.kind())?;
    let args = pontoon_catalog::Args::new(Value::of(address, "id"), Value::Null, &member.attributes);
    (kind.urn?(&args) == *value).then(|| f.scene.attribute(address, "urn")).flatten()
}
