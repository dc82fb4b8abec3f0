//! Where apps run: in the cloud, at sites, in both; what they reach from there, and what takes over.

use super::{
    page::{error, example, warning},
    say::{at, each, list},
    sites::tunnels,
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        apps::App,
        dns::Dns,
        sites::{Expose, Site},
    },
    types::{LocationRef, Uses, UsesKind},
};

/// The place that every environment has.
const CLOUD: &str = "cloud";

pub(super) const ELSEWHERE: CodePage = error(
    "PT2112",
    "a site of another environment",
    "A site belongs to one environment: the one that it names, or the last. In any other there is no such place to run at.",
    example!(environments
        "environments:",
        "  staging: { region: nyc3, network: 10.20.0.0/20 }",
        "  production: { region: nyc3, network: 10.21.0.0/20 }",
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, runsOn: [ cloud, office ] } }",
    ),
    "Write `runsOn: [ cloud ]` for the app in that environment, or give the environment a site of its own.",
);

pub(super) const NO_TUNNEL: CodePage = error(
    "PT2113",
    "something in the cloud that a site cannot reach",
    "Databases, caches and queues have addresses in the cloud only, and admit the cluster's own network only. An app at a site reaches them through a tunnel, or not at all.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, runsOn: [ office ], uses: [ databases.main ] } }",
    ),
    "Add a tunnel between the cloud and the site under `links`, or run the app in the cloud.",
);

pub(super) const NO_FAILOVER: CodePage = error(
    "PT2114",
    "a failover that cannot happen",
    "When the primary place does not answer, requests go to the secondary one. That has to be another place, and one that the world can reach: a site with `expose: tunnel` or `expose: address`.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "dns: { provider: cloudflare, failover: { primary: cloud, secondary: office } }",
        "ingress: { controller: traefik }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2, runsOn: [ cloud, office ] } }",
    ),
    "Name two places, and let the world reach the site: write `expose: tunnel` there.",
);

pub(super) const NOTHING_FAILS_OVER: CodePage = warning(
    "PT2115",
    "a failover that has nothing to fail over",
    "No app with a host runs in both places, so the secondary place would answer nothing when it takes over.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    expose: tunnel",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "dns: { provider: cloudflare, failover: { primary: cloud, secondary: office } }",
    ),
    "Write `runsOn` with both places for the apps that should survive, or remove `failover`.",
);

pub(super) const DATA_IN_ONE: CodePage = warning(
    "PT3119",
    "an app in two places whose data is in one",
    "The app survives the loss of a place; what it stores does not. Databases, caches and queues are in the cloud only, and nothing copies them to a site: when the cloud is lost, the app at the site answers without them, or fails.",
    example!(
        "sites:",
        "  office:",
        "    version: v1.13",
        "    kubernetes: \"1.36\"",
        "    network: 192.168.10.0/24",
        "    endpoint: 192.168.10.11",
        "    pods: 10.136.0.0/16",
        "    machines: { cp1: { address: 192.168.10.11, role: controlplane, disk: /dev/sda } }",
        "links: { office: { between: [ cloud, office ], network: 10.200.0.0/24, gateway: { site: office, address: 192.168.10.2 } } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, runsOn: [ cloud, office ], uses: [ databases.main ] } }",
    ),
    "Know what the app does without its data, and accept it in the app: accept: [ PT3119 ]; or keep its data where both places reach it without the cloud.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, app) in spec.apps.iter() {
            elsewhere(spec, name, app, out);
            reach(spec, name, app, out);
            data_in_one(name, app, out);
        }
        failover(spec, out);
    });
}

fn own<'a>(spec: &'a Spec, place: &str) -> Option<&'a pontoon_spec::sections::sites::Talos> {
    spec.own_sites().find(|(name, _)| name.as_str() == place).map(|(_, site)| site)
}

fn elsewhere(spec: &Spec, name: &str, app: &App, out: &mut Diagnostics) {
    for place in app.runs_on.iter().filter(|p| p.as_str() != CLOUD && own(spec, p.as_str()).is_none()) {
        let Some(site) = spec.sites.get(place.as_str()) else { continue };
        let owner = match &site.value {
            Site::Talos(talos) => talos.environment.as_ref().map(ToString::to_string),
            Site::None(_) => continue,
        };
        let owner = owner.or_else(|| spec.order.last().map(ToString::to_string)).unwrap_or_default();
        let message = format!("`{name}` runs at `{place}`, which belongs to {owner}");
        let environment = &spec.environment;
        let hint = format!("write environments: {{ {environment}: {{ apps: {{ {name}: {{ runsOn: [ cloud ] }} }} }} }}");
        out.push(at(ELSEWHERE, place, message).label(site.at.clone(), format!("belongs to {owner}")).hint(hint));
    }
}

/// What is in the cloud only, with the words for it.
fn in_cloud(app: &App) -> Vec<&Located<Uses>> {
    let held = |u: &&Located<Uses>| matches!(u.0, UsesKind::Database(_) | UsesKind::Cache(_) | UsesKind::Queue(..));
    app.uses.iter().filter(held).collect()
}

fn reach(spec: &Spec, name: &str, app: &App, out: &mut Diagnostics) {
    for place in app.runs_on.iter().filter(|p| own(spec, p.as_str()).is_some()) {
        let ends = |l: &pontoon_spec::sections::links::Wireguard, end: &str| l.between.iter().any(|e| e.as_str() == end);
        if tunnels(spec).any(|(_, l)| ends(l, CLOUD) && ends(l, place.as_str())) {
            continue;
        }
        for used in in_cloud(app) {
            let message = format!("`{name}` runs at `{place}` and uses {}, to which no tunnel leads from there", used.value);
            let problem = at(NO_TUNNEL, used, message).label(place.at.clone(), "runs here");
            out.push(problem.hint(format!(
                "write runsOn: [ cloud ], or add a tunnel under `links`: {place}: {{ between: [ cloud, {place} ], … }}"
            )));
        }
    }
}

fn data_in_one(name: &str, app: &App, out: &mut Diagnostics) {
    let used = in_cloud(app);
    let places: Vec<&str> = app.runs_on.iter().map(|p| p.as_str()).collect();
    if places.len() < 2 || used.is_empty() {
        return;
    }
    let what: Vec<String> = used.iter().map(|u| u.to_string()).collect();
    let verb = if what.len() == 1 { "is" } else { "are" };
    let message = format!(
        "`{name}` runs in {}, but {} {verb} in the cloud only: when the cloud is lost, so is what it stores there",
        list(&places),
        list(&what)
    );
    let problem = at(DATA_IN_ONE, &app.runs_on, message);
    let problem = used.iter().fold(problem, |p, u| p.label(u.at.clone(), "in the cloud only"));
    out.push(problem.hint("make sure that the app copes without, then accept it in the app: accept: [ PT3119 ]"));
}

fn failover(spec: &Spec, out: &mut Diagnostics) {
    let Dns::Cloudflare(cloudflare) = &spec.dns.value else { return };
    let Some(failover) = &cloudflare.failover else { return };
    let (primary, secondary) = (&failover.primary, &failover.secondary);
    if primary.value == secondary.value {
        let message = format!("`{}` cannot take over from itself", secondary.value);
        let problem = at(NO_FAILOVER, secondary, message).label(primary.at.clone(), "the place that takes over");
        out.push(problem.hint("name another place as `secondary`, such as a site"));
        return;
    }
    // Only the environment that has the site fails over to it.
    let here = |place: &Located<LocationRef>| place.as_str() == CLOUD || own(spec, place.as_str()).is_some();
    if !here(primary) || !here(secondary) {
        return;
    }
    for place in [primary, secondary] {
        if let Some(site) = own(spec, place.as_str()).filter(|s| *s.expose == Expose::None) {
            let message = format!("requests cannot reach `{place}`: the site has `expose: none`");
            let problem = at(NO_FAILOVER, place, message).label(site.expose.at.clone(), "nothing leads in");
            out.push(problem.hint(format!("write sites: {{ {place}: {{ expose: tunnel }} }}")));
        }
    }
    let both = |app: &App| [primary, secondary].iter().all(|p| app.runs_on.iter().any(|r| r.value == p.value));
    if !spec.apps.values().any(|app| app.host.is_some() && both(app)) {
        let message = format!("no app with a host runs in both {} and {}", primary.value, secondary.value);
        let problem = at(NOTHING_FAILS_OVER, failover, message);
        out.push(problem.hint(format!("write runsOn: [ {}, {} ] in an app", primary.value, secondary.value)));
    }
}
