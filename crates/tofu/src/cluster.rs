//! The stacks `2-cluster` and `3-environment`: what makes a cluster usable, and the apps, where no repository brings them.
//!
//! With Flux or Argo CD there is one, which installs that and the first Secrets; everything else the repository brings, and the
//! modules only render it. The cluster is reached through a data source that is asked anew by every run.

use crate::{
    LeftOut, Part, Tree, folder,
    frame::{self, DIGITALOCEAN, HELM},
    hcl::{Body, Expr},
    inside::{Follower, Inside, Unit},
    modules::{ARGOCD, FLUXCD, Modules, NAMESPACES},
    names::LocalNames,
    readme,
    secrets::{self, Values},
    stack::INFRA,
};
use pontoon_core::{address::Scope, content::SecretSpec};
use std::collections::{BTreeMap, BTreeSet};

/// What makes the cluster usable.
pub const CLUSTER: &str = "2-cluster";
/// The apps.
pub const ENVIRONMENT: &str = "3-environment";
/// What the states hold that nobody else may read.
const HOLDS: &str = "passwords and a token of the cluster";
/// The module of the apps.
const APPS: &str = "apps";
/// GitHub's own host key. Source: GitHub documentation, "GitHub's SSH key fingerprints".
const KNOWN_HOSTS: &str = "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

/// A stack on its way.
pub struct Stack<'a> {
    /// Its name.
    pub name: &'static str,
    /// The modules that it calls, in order.
    pub calls: Vec<Call<'a>>,
    /// The Secrets that it writes.
    pub secrets: Vec<&'a SecretSpec>,
}

/// A call of a module.
pub struct Call<'a> {
    /// The module.
    pub module: String,
    /// The units of this environment that it is about.
    pub units: Vec<&'a Unit<'a>>,
    /// The modules of this stack that come first.
    pub after: BTreeSet<String>,
}

/// Writes the stacks of what runs in an environment's cluster.
pub fn write(part: &Part<'_>, inside: &Inside<'_>, all: &Modules<'_>, tree: &mut Tree) {
    let cluster = part.platform.resources.keys().find(|a| *a.scope() == part.scope && a.kind() == "digitalocean.cluster");
    let names = LocalNames::of(part.platform, &part.scope);
    let Some(cluster) = cluster.and_then(|a| names.get(a)) else { return };
    let split = |stack: &'static str, of: &dyn Fn(&str) -> bool| stack_of(stack, &part.scope, inside, all, of);
    let stacks = if inside.follower == Follower::Nobody {
        vec![split(CLUSTER, &|m| m != APPS && m != FLUXCD), split(ENVIRONMENT, &|m| m == APPS)]
    } else {
        vec![split(CLUSTER, &|_| true)]
    };
    for (stack, left_out) in stacks {
        tree.left_out.extend(left_out);
        if !stack.calls.is_empty() {
            files(part, inside, cluster, &stack, tree);
        }
    }
}

/// The stack of those modules that `of` takes.
fn stack_of<'a>(
    name: &'static str,
    scope: &Scope,
    inside: &'a Inside<'a>,
    all: &Modules<'_>,
    of: &dyn Fn(&str) -> bool,
) -> (Stack<'a>, Vec<LeftOut>) {
    let owner = |unit: &str| all.iter().find(|(_, units)| units.contains_key(unit)).map(|(module, _)| module.as_str());
    let mut stack = Stack { name, calls: Vec::new(), secrets: Vec::new() };
    let mut left_out = Vec::new();
    for unit in &inside.units {
        let Some(module) = owner(unit.name).filter(|m| of(m)) else { continue };
        match stack.calls.iter_mut().find(|c| c.module == module) {
            Some(call) => call.units.push(unit),
            None => stack.calls.push(Call { module: module.into(), units: vec![unit], after: BTreeSet::new() }),
        }
        stack.secrets.extend(unit.secrets);
    }
    let follower = match inside.follower {
        Follower::Nobody => None,
        Follower::Flux { .. } => Some(FLUXCD),
        Follower::Argo { .. } => Some(ARGOCD),
    };
    if let Some(module) = follower.filter(|f| !stack.calls.iter().any(|c| c.module == *f)) {
        stack.calls.insert(0, Call { module: module.into(), units: Vec::new(), after: BTreeSet::new() });
    }
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for unit in &inside.units {
        let Some(module) = owner(unit.name).filter(|m| of(m)) else { continue };
        for before in unit.after.iter().filter_map(|a| owner(a)).filter(|m| of(m) && *m != module) {
            if leads(&edges, before, module) {
                let what = format!("its order after {before}: the modules would wait for each other");
                left_out.push(LeftOut { scope: scope.clone(), path: unit.name.into(), what });
            } else {
                edges.entry(module.to_owned()).or_default().insert(before.to_owned());
            }
        }
    }
    for call in &mut stack.calls {
        call.after = edges.remove(&call.module).unwrap_or_default();
    }
    (stack, left_out)
}

/// Whether the way from one module to what it waits for leads to another.
fn leads(edges: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    from == to || edges.get(from).into_iter().flatten().any(|next| leads(edges, next, to))
}

fn files(part: &Part<'_>, inside: &Inside<'_>, cluster: &str, stack: &Stack<'_>, tree: &mut Tree) {
    let at = format!("{}/{}", folder(&part.scope), stack.name);
    let mut values = Values::of(part);
    let main = calls(part, inside, stack, &mut values);
    let mut variables = values.blocks();
    if inside.follower != Follower::Nobody {
        variables = variables.and(first_secrets(inside));
    }
    let from = format!("clusters/{}/", inside.environment);
    let own: BTreeSet<&str> = stack.calls.iter().flat_map(|c| &c.units).map(|u| u.folder.as_str()).collect();
    for (path, text) in inside.tree.range(from.clone()..).take_while(|(path, _)| path.starts_with(&from)) {
        let path = &path[from.len()..];
        let ours = own.iter().any(|f| path.strip_prefix(f).is_some_and(|rest| rest.starts_with('/')));
        if ours || inside.follower != Follower::Nobody {
            tree.files.insert(format!("{at}/manifests/{path}"), text.clone());
        }
    }
    let mut write = |name: &str, text: String| tree.files.insert(format!("{at}/{name}"), text);
    match &inside.follower {
        Follower::Nobody => {}
        Follower::Flux { root, .. } => {
            write("root.yaml", root.clone());
        }
        Follower::Argo { root, values, .. } => {
            write("root.yaml", root.clone());
            write("argocd.yaml", values.clone());
        }
    }
    write("main.tf", main.text());
    write("infra.tf", infra(part, cluster).and(values.sources()).text());
    if variables != Body::new() {
        write("variables.tf", variables.text());
    }
    if inside.follower != Follower::Nobody {
        write("outputs.tf", rendered(stack).text());
    }
    write("terraform.tf", frame::terraform(part, stack.name, &[DIGITALOCEAN, HELM]).text());
    write("providers.tf", providers().text());
    write("encryption.tofu", frame::encryption(HOLDS, Some("infra")).text());
    write("encryption.tf", frame::readable(HOLDS).text());
    write("README.md", readme::inside(part, inside, stack, &values.variables));
}

/// What of `1-infra` is read, and how the cluster is reached.
fn infra(part: &Part<'_>, cluster: &str) -> Body {
    let state = part.backend.reader(&part.scope, INFRA);
    let locals = Body::new()
        .set("infra", Expr::path("data.terraform_remote_state.infra.outputs"))
        .set("kubernetes", Expr::path(format!("data.digitalocean_kubernetes_cluster.{cluster}.kube_config[0]")));
    let found = Body::new()
        .set("name", Expr::path(format!("local.infra.cluster_{cluster}.name")))
        .comment("Asked anew by every run, and of no use an hour later.")
        .set("kubeconfig_expire_seconds", Expr::Number(3600.into()));
    Body::new()
        .block("locals", &[], locals)
        .comment(format!("What {INFRA} made: its outputs, as it left them."))
        .block("data", &["terraform_remote_state", "infra"], state)
        .block("data", &["digitalocean_kubernetes_cluster", cluster], found)
}

fn providers() -> Body {
    let reach = |key: &str, value: &str| (key.to_owned(), Expr::path(value));
    let kubernetes = Expr::Map(vec![
        reach("host", "local.kubernetes.host"),
        reach("cluster_ca_certificate", "base64decode(local.kubernetes.cluster_ca_certificate)"),
        reach("token", "local.kubernetes.token"),
    ]);
    Body::new()
        .comment("The token is read from DIGITALOCEAN_TOKEN: it never stands in a file.")
        .block("provider", &["digitalocean"], Body::new())
        .block("provider", &["helm"], Body::new().set("kubernetes", kubernetes))
}

/// The calls of modules, and before them the Secrets.
fn calls(part: &Part<'_>, inside: &Inside<'_>, stack: &Stack<'_>, values: &mut Values<'_>) -> Body {
    let applied = inside.follower == Follower::Nobody;
    let mut body = Body::new();
    let with_secrets = applied && !stack.secrets.is_empty();
    let here = |module: &str| stack.calls.iter().any(|c| c.module == module);
    if with_secrets {
        let name = if stack.name == CLUSTER { "secrets" } else { "secrets-of-apps" };
        let mut secrets = Body::new()
            .set("source", "../../../modules/objects")
            .gap()
            .set("name", name)
            .set("secrets", values.text(&stack.secrets));
        if here(NAMESPACES) {
            secrets = secrets.gap().set("depends_on", Expr::List(vec![Expr::path("module.namespaces")]));
        }
        body = body.comment("What nobody else brings. Never readable in a file: variables, or what the vendor tells.").block(
            "module",
            &["secrets"],
            secrets,
        );
    }
    for call in &stack.calls {
        let mut after: BTreeSet<String> = if applied { call.after.clone() } else { BTreeSet::new() };
        if with_secrets && call.module != NAMESPACES {
            after.insert("secrets".into());
        }
        let mut inner = Body::new()
            .set("source", format!("../../../modules/{}", call.module))
            .gap()
            .set("environment", part.scope.as_str())
            .set("mode", if applied || matches!(call.module.as_str(), FLUXCD | ARGOCD) { "apply" } else { "render" })
            .set("manifests", Expr::Join(vec![Expr::path("path.module"), "/manifests".into()]));
        if call.module == FLUXCD || call.module == ARGOCD {
            inner = inner.and(followed(inside));
        } else if applied {
            inner = inner.set("units", Expr::List(call.units.iter().map(|u| u.name.into()).collect()));
            inner = inner.maybe("sensitive_values", charts(call, &stack.secrets, values));
        }
        if !after.is_empty() {
            let list = after.iter().map(|m| Expr::path(format!("module.{m}"))).collect();
            inner = inner.gap().set("depends_on", Expr::List(list));
        }
        body = body.block("module", &[&call.module], inner);
    }
    body
}

/// What the module of Flux or Argo CD is told.
fn followed(inside: &Inside<'_>) -> Body {
    let here = |name: &str| Expr::path(format!("file(\"${{path.module}}/{name}\")"));
    let body = Body::new().set("root", here("root.yaml"));
    match &inside.follower {
        Follower::Nobody => Body::new(),
        Follower::Argo { repository, .. } => body
            .set("values", here("argocd.yaml"))
            .set("repository", repository.as_str())
            .set("git_identity", Expr::path("var.git_identity")),
        Follower::Flux { encrypted, .. } => {
            let body = body
                .set("git_identity", Expr::path("var.git_identity"))
                .set("git_identity_public", Expr::path("var.git_identity_public"))
                .set("git_known_hosts", Expr::path("var.git_known_hosts"))
                .set("encrypted", *encrypted);
            body.maybe("age_key", encrypted.then(|| Expr::path("var.age_key")))
        }
    }
}

/// The first Secrets of a cluster that follows a repository.
fn first_secrets(inside: &Inside<'_>) -> Body {
    let plain = |text: &str| Body::new().set("description", text).set("type", Expr::path("string"));
    let key = "The private half of the repository's deploy key.";
    let body = Body::new().block("variable", &["git_identity"], secrets::sensitive(key));
    let Follower::Flux { encrypted, .. } = &inside.follower else { return body };
    let hosts = plain("The host keys of the repository's host.").set("default", KNOWN_HOSTS);
    let body = body.block("variable", &["git_identity_public"], plain("The public half of the repository's deploy key.")).block(
        "variable",
        &["git_known_hosts"],
        hosts,
    );
    if *encrypted {
        body.block("variable", &["age_key"], secrets::sensitive("The age key that opens what is encrypted in the repository."))
    } else {
        body
    }
}

/// The values of a module's charts that are secret, by release and place.
fn charts(call: &Call<'_>, all: &[&SecretSpec], values: &mut Values<'_>) -> Option<Expr> {
    let mut releases = Vec::new();
    for release in call.units.iter().flat_map(|u| &u.releases).filter(|r| !r.values_from.is_empty()) {
        let mut entries = Vec::new();
        for from in &release.values_from {
            let Some((owner, field)) = secrets::field(all, &release.namespace, &from.secret, &from.key) else { continue };
            entries.push((from.target.clone(), values.value(owner, field)));
        }
        releases.push((release.name.clone(), Expr::Map(entries)));
    }
    (!releases.is_empty()).then_some(Expr::Map(releases))
}

/// The files of the GitOps tree, as the modules render them.
fn rendered(stack: &Stack<'_>) -> Body {
    let each = stack.calls.iter().map(|c| Expr::path(format!("module.{}.rendered_manifests", c.module)));
    let value = Expr::Call(
        "merge",
        vec![Expr::path(format!(
            "[\n{}  ]...",
            each.map(|e| match e {
                Expr::Path(path) => format!("    {path},\n"),
                _ => String::new(),
            })
            .collect::<String>()
        ))],
    );
    let text = "What the cluster follows, by its path in the repository.";
    Body::new().block("output", &["rendered_manifests"], Body::new().set("description", text).set("value", value))
}
