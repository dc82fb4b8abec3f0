//! What the document asks for and this version does not build, by name. What runs in the cluster and has nothing to stand
//! on is found when its contents are put in order.

use super::Lower;

pub fn lower(l: &mut Lower<'_>) {
    let spec = l.spec;
    for (name, _) in spec.apps.iter().filter(|(_, app)| app.catalog.is_some()) {
        l.defer(&format!("apps.{name}"), "apps of the catalog");
    }
    for name in spec.sites.keys() {
        l.defer(&format!("sites.{name}"), "sites on premises (Talos)");
    }
    for name in spec.links.keys() {
        l.defer(&format!("links.{name}"), "tunnels between sites (WireGuard)");
    }
    if spec.identity.is_some() {
        l.defer("identity", "single sign-on (Keycloak)");
    }
}
