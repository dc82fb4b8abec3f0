//! Signing in: what asks, and whom it lets in.

use super::{
    page::{error, example},
    say::{at, each, list},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{Spec, sections::apps::Login};

pub(super) const MATTERMOST: CodePage = error(
    "PT4003",
    "Mattermost with OpenID Connect",
    "Mattermost speaks OpenID Connect in its paid editions only. The open one would show its own form and let nobody of the identity provider in.",
    example!(
        "ingress: { controller: traefik }",
        "identity: { provider: keycloak, database: main, realm: shop }",
        "apps: { chat: { catalog: mattermost, host: chat, login: oidc, uses: [ databases.main ] } }",
    ),
    "Write `login: proxy`: a proxy in front of it asks.",
);

pub(super) const ALLOWS_ALL: CodePage = error(
    "PT4004",
    "groups that nothing asks for",
    "`allow` says which groups may sign in, and without `login` nobody has to. The app would be open to everybody, while the document reads as if it were not.",
    example!(
        "ingress: { controller: traefik }",
        "identity: { provider: keycloak, database: main, realm: shop, groups: [ staff ] }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2, allow: [ staff ] } }",
    ),
    "Add `login: proxy` (or `login: oidc`), or remove `allow`.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, app) in spec.apps.iter() {
            let Some(login) = &app.login else {
                if !app.allow.is_empty() {
                    let groups: Vec<String> = app.allow.iter().map(ToString::to_string).collect();
                    let message = format!("`{name}` allows {} only, but has no `login`: it is open to everybody", list(&groups));
                    out.push(at(ALLOWS_ALL, &app.allow, message).hint("add login: proxy"));
                }
                continue;
            };
            let mattermost = app.catalog.as_ref().is_some_and(|c| c.as_str() == "mattermost");
            if mattermost && **login == Login::Oidc {
                let message = format!("`{name}`: Mattermost's open edition has no OpenID Connect");
                out.push(at(MATTERMOST, login, message).hint("write login: proxy"));
            }
        }
    });
}
