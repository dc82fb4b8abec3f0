//! Hosts of apps: one owner each, in a zone that is ours, with a way in, over TLS.

use super::{
    page::{error, example, warning},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::ingress::{Controller, Issuer},
    types::Host,
};
use std::collections::BTreeMap;

pub(super) const TWO_ENVIRONMENTS: CodePage = error(
    "PT2106",
    "a host of two environments",
    "A host has one record, and a record leads to one environment. Two that both claim it overwrite each other's record at every change.",
    example!(environments
        "environments:",
        "  staging: { region: nyc3, network: 10.20.0.0/20 }",
        "  production: { region: nyc3, network: 10.21.0.0/20, apps: { preview: { image: { repository: ghcr.io/example-org/web, tag: \"1.1\" }, host: www.staging, replicas: 2 } } }",
        "ingress: { controller: traefik }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: www, replicas: 2 } }",
    ),
    "Give one of them another host, or one of the environments another `domain`.",
);

pub(super) const NO_WAY_IN: CodePage = error(
    "PT2108",
    "a host that no request can reach",
    "With `controller: none` there is neither a load balancer nor anything behind it that answers, and so no address that a host's record could have.",
    example!(
        "ingress: { controller: none }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2 } }",
    ),
    "Remove the app's `host`, or write a controller: ingress: { controller: gateway }",
);

pub(super) const ONE_REPLICA: CodePage = warning(
    "PT3120",
    "one replica behind a host",
    "An app with one replica does not answer while that is moved: at each release, each upgrade of a node, each loss of one. Said of the last environment only, as earlier ones are often small on purpose.",
    example!(
        "ingress: { controller: traefik }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 1 } }",
    ),
    "Write `replicas: 2`, or accept it in the app where it cannot run twice: accept: [ PT3120 ]",
);

pub(super) const NO_TLS: CodePage = warning(
    "PT4009",
    "a host without TLS",
    "With `issuer: none` everything travels readably: passwords, cookies, tokens. Browsers warn, and proxies in between can change pages.",
    example!(
        "ingress: { controller: traefik }",
        "certificates: { issuer: none }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2 } }",
    ),
    "Write certificates: { issuer: letsencrypt }, or accept it there: accept: [ PT4009 ]",
);

pub(super) const UNTRUSTED: CodePage = warning(
    "PT4010",
    "certificates that browsers do not trust",
    "Let's Encrypt's staging is for trying: no browser trusts it. Said of the last environment only.",
    example!(
        "ingress: { controller: traefik }",
        "certificates: { issuer: letsencrypt-staging }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2 } }",
    ),
    "Write certificates: { issuer: letsencrypt } once issuing works.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    two_environments(specs, out);
    each(specs, out, |spec, out| {
        one_replica(spec, out);
        way_in(spec, out);
    });
}

fn hosts(spec: &Spec) -> impl Iterator<Item = (&str, &Located<Host>)> {
    spec.apps.iter().filter_map(|(name, app)| Some((name.as_str(), app.host.as_ref()?)))
}

fn two_environments(specs: &[Spec], out: &mut Diagnostics) {
    let mut owners: BTreeMap<String, (&Spec, &str, &Located<Host>)> = BTreeMap::new();
    for spec in specs {
        for (app, host) in hosts(spec) {
            let full = spec.host(host);
            match owners.get(&full) {
                Some((first, other, label)) if first.environment.value != spec.environment.value => {
                    let message = format!(
                        "`{full}` belongs to `{app}` of {} and to `{other}` of {}",
                        *spec.environment, *first.environment
                    );
                    let problem =
                        at(TWO_ENVIRONMENTS, host, message).label(label.at.clone(), format!("of {}", *first.environment));
                    out.push(problem.hint("give one of them another host, or write `domain` in one of the environments"));
                }
                Some(_) => {}
                None => {
                    owners.insert(full, (spec, app, host));
                }
            }
        }
    }
}

fn one_replica(spec: &Spec, out: &mut Diagnostics) {
    if !spec.is_last() {
        return;
    }
    for (name, app) in spec.apps.iter().filter(|(_, app)| app.host.is_some()) {
        let problem = match &app.replicas {
            Some(replicas) if replicas.least() <= 1 => {
                at(ONE_REPLICA, replicas, format!("`{name}` has a host, and may run with one replica only"))
            }
            // A chart or an entry of the catalog has a number of its own, which is not known here.
            None if app.image.is_some() => {
                at(ONE_REPLICA, app, format!("`{name}` has a host and one replica, as no `replicas` are written"))
            }
            _ => continue,
        };
        out.push(problem.hint("write replicas: 2, or accept it in the app: accept: [ PT3120 ]"));
    }
}

fn way_in(spec: &Spec, out: &mut Diagnostics) {
    let Some((app, host)) = hosts(spec).next() else { return };
    if *spec.ingress.controller == Controller::None {
        for (app, host) in hosts(spec) {
            let message = format!("`{app}` has the host `{}`, and nothing answers requests", spec.host(host));
            let problem = at(NO_WAY_IN, host, message).label(spec.ingress.controller.at.clone(), "nothing comes in");
            out.push(problem.hint("remove `host`, or write ingress: { controller: gateway }"));
        }
        return;
    }
    let issuer = &spec.certificates.issuer;
    match **issuer {
        Issuer::None => {
            let message = "hosts are without TLS: what people type there can be read on the way";
            let problem = at(NO_TLS, issuer, message).label(host.at.clone(), format!("such as that of {app}"));
            out.push(problem.hint("write issuer: letsencrypt"));
        }
        Issuer::LetsencryptStaging if spec.is_last() => {
            let message = "no browser trusts certificates of Let's Encrypt's staging";
            let problem = at(UNTRUSTED, issuer, message).label(host.at.clone(), format!("such as that of {app}"));
            out.push(problem.hint("write issuer: letsencrypt"));
        }
        _ => {}
    }
}
