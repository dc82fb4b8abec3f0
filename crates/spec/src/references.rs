//! References: does everything that is named exist, is it of the right kind, and does this
//! environment have it?
//!
//! The check walks the resolved tree along its shape, so that a new key that refers to something is
//! checked without a line here.

mod index;
pub mod template;

pub use index::Index;

use crate::{
    codes,
    decode::nearest,
    sections::{
        dns::Dns,
        identity::Identity,
        registry::Registry,
        spec::{self, Spec},
    },
    shape::{Role, Shape, Target},
    tree::{Data, Node},
    types::{Scalar, Uses, UsesKind},
    walk::{Visit, walk},
};
use pontoon_core::diagnostic::{Diagnostic, Diagnostics};
use std::collections::BTreeMap;

/// Checks every reference of a resolved tree. `elsewhere` is what exists in other environments.
pub(crate) fn check(
    tree: &Node,
    environment: &str,
    here: &Index,
    elsewhere: &Index,
    absent: &BTreeMap<String, bool>,
    problems: &mut Diagnostics,
) {
    let cx = Cx { tree, environment, here, elsewhere };
    walk(tree, &spec::SHAPE, &mut |visit| {
        let Some(text) = visit.node.scalar() else { return };
        match visit.shape {
            Shape::Scalar(s) => match s.role {
                Role::Refers(target) => cx.bare(visit, target, text, problems),
                Role::Uses => {
                    if let Ok(uses) = Uses::read(text) {
                        cx.uses(visit, &uses, problems);
                    }
                }
                Role::Path if absent.get(text) == Some(&true) => {
                    let missing =
                        at(visit, Diagnostic::error(codes::NO_FILE, format!("nothing is at `{text}`, beside the document")));
                    problems.push(missing.hint("correct the path, which is relative to the document's folder, or create it"));
                }
                Role::Template => template::check(&cx, visit, text, problems),
                Role::Plain | Role::Path => {}
            },
            Shape::Any => template::check(&cx, visit, text, problems),
            _ => {}
        }
        if let (Shape::Scalar(s), Some(app)) = (visit.shape, text.strip_prefix("apps."))
            && s.name == <crate::types::CorsOrigin as Scalar>::SCALAR.name
        {
            cx.bare(visit, Target::App, app, problems);
        }
    });
}

/// What a check knows.
struct Cx<'a> {
    tree: &'a Node,
    environment: &'a str,
    here: &'a Index,
    elsewhere: &'a Index,
}

fn at(visit: Visit<'_>, problem: Diagnostic) -> Diagnostic {
    problem.at(visit.node.place().cloned()).path(visit.path)
}

impl Cx<'_> {
    /// A bare name.
    fn bare(&self, visit: Visit<'_>, target: Target, name: &str, problems: &mut Diagnostics) {
        if name.parse::<pontoon_core::name::Name>().is_ok() && !self.here.has(target, name) {
            problems.push(at(visit, self.missing(target, name, name)));
        }
    }

    /// A path of `uses:`.
    fn uses(&self, visit: Visit<'_>, uses: &Uses, problems: &mut Diagnostics) {
        let problem = match &uses.0 {
            UsesKind::Email if !self.here.has(Target::Email, "email") => {
                Diagnostic::error(codes::NOWHERE, "`email` leads nowhere: the document has no outgoing mail")
                    .hint("add `email: { provider: ses, region: us-east-1 }`")
            }
            UsesKind::Queue(queue, vhost) if self.here.has(Target::Queue, queue) => {
                let vhosts = self.here.vhosts(queue);
                if vhosts.iter().any(|v| *v == vhost.as_str()) {
                    return;
                }
                let problem = Diagnostic::error(codes::NOWHERE, format!("`queues.{queue}` has no virtual host `{vhost}`"));
                problem.hint(listing(&vhosts, vhost, &format!("queues.{queue}.vhosts."), Target::Queue))
            }
            _ => match uses.target() {
                (target, Some(name)) if !self.here.has(target, name) => self.missing(target, name, &uses.to_string()),
                _ => return,
            },
        };
        problems.push(at(visit, problem));
    }

    /// What is wrong with a name that is not here: it is elsewhere, it is something else, or it is
    /// nothing.
    fn missing(&self, target: Target, name: &str, written: &str) -> Diagnostic {
        let all = self.here.all(target);
        let what = noun(target);
        let prefix = if written == name { String::new() } else { written.strip_suffix(name).unwrap_or_default().to_owned() };
        let list = listing(&all, name, &prefix, target);
        if self.elsewhere.has(target, name) {
            return Diagnostic::error(
                codes::LACKING,
                format!("`{written}`: the environment `{}` has no {what} `{name}`, though others do", self.environment),
            )
            .label(self.elsewhere.place(target, name), "taken away or written for others only")
            .hint(format!("give {} its own, or take this reference away there. {list}", self.environment));
        }
        match self.here.kinds_of(name).into_iter().find(|k| *k != target) {
            Some(other) => Diagnostic::error(
                codes::OTHER_KIND,
                format!("`{written}`: `{name}` is {}, and here {} is meant", with_article(other), with_article(target)),
            )
            .label(self.here.place(other, name), format!("{} of this name", with_article(other)))
            .hint(list),
            None => {
                Diagnostic::error(codes::NOWHERE, format!("`{written}` leads nowhere: there is no {what} `{name}`")).hint(list)
            }
        }
    }

    /// What an app uses, by path of the app.
    fn uses_of(&self, app: &str) -> Vec<Uses> {
        match self.tree.find(&format!("{app}.uses")).map(|n| &n.data) {
            Some(Data::List(items)) => items.iter().filter_map(|n| Uses::read(n.scalar()?).ok()).collect(),
            _ => Vec::new(),
        }
    }
}

/// What exists, with the nearest name first.
fn listing(all: &[&str], name: &str, prefix: &str, target: Target) -> String {
    let near = nearest(name, all).map(|n| format!("did you mean `{prefix}{n}`? ")).unwrap_or_default();
    if all.is_empty() {
        return format!("there is no {} at all: add one under `{}`", noun(target), home(target));
    }
    let names: Vec<String> = all.iter().map(|n| format!("{prefix}{n}")).collect();
    format!("{near}There is: {}", names.join(", "))
}

/// What a kind of thing is called.
fn noun(target: Target) -> &'static str {
    match target {
        Target::Database => "database",
        Target::Cache => "cache",
        Target::Queue => "queue",
        Target::Bucket => "bucket",
        Target::Email => "outgoing mail",
        Target::App => "app",
        Target::Site => "site",
        Target::Location => "place",
        Target::StorageClass => "storage class",
        Target::Environment => "environment",
        Target::Group => "group",
    }
}

fn with_article(target: Target) -> String {
    let noun = noun(target);
    match target {
        Target::Email => noun.to_owned(),
        Target::App | Target::Environment => format!("an {noun}"),
        _ => format!("a {noun}"),
    }
}

/// Where a kind of thing is written.
fn home(target: Target) -> &'static str {
    match target {
        Target::Database => "databases",
        Target::Cache => "caches",
        Target::Queue => "queues",
        Target::Bucket => "buckets",
        Target::Email => "email",
        Target::App => "apps",
        Target::Site | Target::Location => "sites",
        Target::StorageClass => "storage.classes",
        Target::Environment => "environments",
        Target::Group => "identity.groups",
    }
}

/// Checks what needs types: hosts, sign-on, images of the platform's registry, the domain.
pub(crate) fn typed(spec: &Spec, problems: &mut Diagnostics) {
    hosts(spec, problems);
    let registry = matches!(spec.registry.as_ref().map(|r| &r.value), Some(Registry::Digitalocean(_)));
    let identity = matches!(spec.identity.as_ref().map(|i| &i.value), Some(Identity::Keycloak(_)));
    for (name, app) in spec.apps.iter() {
        if let Some(login) = app.login.as_ref().filter(|_| !identity && app.allow.is_empty()) {
            let message = format!("`{name}` asks people to sign in, and the platform has no `identity`");
            problems.push(
                login
                    .error(codes::NO_IDENTITY, message)
                    .hint("add `identity: { provider: keycloak, database: main, realm: main }`, or remove `login`"),
            );
        }
        if let Some(image) = app.image.as_ref().and_then(|i| i.name.as_ref()).filter(|_| !registry) {
            let message = format!("`{}` is an image of the platform's own registry, and the platform has none", **image);
            problems.push(
                image
                    .error(codes::NO_REGISTRY, message)
                    .hint("add `registry: { tier: basic }`, or write `repository` with the whole name of an image elsewhere"),
            );
        }
    }
    let (domain, zone) = (spec.domain.as_str(), spec.zone.as_str());
    let below = domain == zone || domain.strip_suffix(zone).is_some_and(|d| d.ends_with('.'));
    if !below && !matches!(*spec.dns, Dns::None(_)) {
        let problem = spec.domain.error(
            codes::OUTSIDE_ZONE,
            format!("`{domain}` is outside of the platform's zone `{zone}`, so no record of it can be made"),
        );
        problems.push(
            problem.label(spec.zone.at.clone(), "the zone").hint(format!("write a domain such as {}.{zone}", *spec.environment)),
        );
    }
}

/// Refuses a domain that two environments have.
pub(crate) fn domains<'a>(specs: impl Iterator<Item = &'a Spec>, problems: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &Spec> = BTreeMap::new();
    for spec in specs {
        match seen.get(spec.domain.as_str()) {
            Some(first) => {
                // Whoever wrote it is to change it; the default is the other's by right.
                let (written, other) = if spec.domain.origin == first.zone.origin { (*first, spec) } else { (spec, *first) };
                let message = format!("`{}` is the domain of `{}` too", written.domain, *other.environment);
                let problem = written.domain.error(codes::TWO_DOMAINS, message);
                problems.push(problem.hint(format!("remove it: the default is {}.{}", *written.environment, *written.zone)));
            }
            None => {
                seen.insert(spec.domain.as_str(), spec);
            }
        }
    }
}

/// Refuses two apps with one host and one path.
fn hosts(spec: &Spec, problems: &mut Diagnostics) {
    let mut seen: BTreeMap<(String, String), &crate::decode::Located<crate::types::Host>> = BTreeMap::new();
    for app in spec.apps.values() {
        let Some(host) = &app.host else { continue };
        let mut paths: Vec<String> = app.routes.iter().map(|r| r.path.to_string()).collect();
        if paths.is_empty() {
            paths.push("/".into());
        }
        paths.dedup();
        for path in paths {
            match seen.get(&(host.to_string(), path.clone())) {
                Some(first) if first.path != host.path => {
                    let problem = host
                        .error(codes::TWO_HOSTS, format!("`{}{path}` belongs to two apps", spec.host(host)))
                        .label(first.at.clone(), "the other app")
                        .hint("give one of them another host, or routes with different paths");
                    problems.push(problem);
                }
                _ => {
                    seen.insert((host.to_string(), path), host);
                }
            }
        }
    }
}
