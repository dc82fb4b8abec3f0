//! Who may reach what.

use super::{
    page::{example, warning},
    say::{at, each, list},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{Spec, sections::databases::Cache, types::UsesKind};

pub(super) const OPEN_API: CodePage = warning(
    "PT4007",
    "an API that is limited to everybody",
    "`apiAccess` says which networks may reach the cluster's API. A range of all addresses among them allows all, whatever else is listed.",
    example!("cluster: { apiAccess: [ 203.0.113.0/24, 0.0.0.0/0 ] }"),
    "Remove that range; or remove `apiAccess`, which then says openly that a token is all that is needed.",
);

pub(super) const SHARED_VALKEY: CodePage = warning(
    "PT4008",
    "apps that share a managed Valkey",
    "A managed Valkey has one user. Apps that share it share its password: each can read, change and empty what the others keep there, and a new password interrupts all of them.",
    example!(
        "caches: { main: { provider: digitalocean } }",
        "apps:",
        "  web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2, uses: [ caches.main ] }",
        "  admin: { image: { repository: ghcr.io/example-org/admin, tag: \"1.0\" }, replicas: 2, uses: [ caches.main ] }",
    ),
    "Give each app a cache of its own, or accept it in the cache: accept: [ PT4008 ]",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for range in spec.cluster.api_access.iter().filter(|r| r.prefix() == 0) {
            let message = format!("`apiAccess` lists {}, which is everybody", **range);
            out.push(at(OPEN_API, range, message).hint("remove it"));
        }
        for (name, cache) in spec.caches.iter().filter(|(_, c)| matches!(c.value, Cache::Digitalocean(_))) {
            let shares = |kind: &UsesKind| matches!(kind, UsesKind::Cache(n) if n == name);
            let users: Vec<_> = spec
                .apps
                .iter()
                .filter_map(|(app, a)| Some((app.as_str(), a.value.uses.iter().find(|u| shares(&u.0))?)))
                .collect();
            if users.len() < 2 {
                continue;
            }
            let names: Vec<String> = users.iter().map(|(app, _)| format!("`{app}`")).collect();
            let message = format!("{} share the one password of caches.{name}", list(&names));
            let problem = at(SHARED_VALKEY, cache, message);
            let problem = users.iter().fold(problem, |p, (app, uses)| p.label(uses.at.clone(), format!("used by `{app}`")));
            out.push(problem.hint("give each its own cache, or accept it in the cache: accept: [ PT4008 ]"));
        }
    });
}
