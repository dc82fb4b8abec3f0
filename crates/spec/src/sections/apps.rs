//! Apps: what the platform is for.

use super::{List, Values, Words, cluster::at_most};
use crate::{
    codes,
    decode::Cx,
    section::{choice, section},
    tree::Node,
    types::{
        ChartName, FilePath, GroupRef, Host, ImageName, ImageRepository, ImageTag, LocationRef, SecretName, Slug, Template, Text,
        UrlPath, Uses, Version, Whole,
    },
};
use pontoon_core::quantity::{Cpu, Percentage, Size};

section! {
    /// An app: an image, a chart, a kustomization, or an entry of the catalog.
    pub struct App validate one_kind {
        /// An image, run by Pontoon's own chart.
        image "image": Image = optional,
        /// A chart.
        chart "chart": Chart = optional,
        /// A kustomization beside the document. Written as one path, it is `path`.
        kustomize "kustomize": Kustomize = optional,
        /// An entry of the catalog, such as nextcloud.
        catalog "catalog": Slug = optional,
        /// How its image is built.
        build "build": Build = optional,
        /// Its host, relative to the environment's domain; `@` is the domain itself. Without one,
        /// nothing from outside reaches it.
        host "host": Host = optional,
        /// The requests that reach it, all of its host's where nothing is written.
        routes "routes": List<Route> = default "[]",
        /// The port that it listens on.
        port "port": Whole<1, 65535> = optional,
        /// How many replicas run: a number, or `min` and `max` with the use of CPU that adds one.
        replicas "replicas": Replicas = optional,
        /// What each replica needs.
        resources "resources": Resources = optional,
        /// Environment variables, which may hold `${…}` references to what it uses.
        env "env": Words<Template> = default "{}",
        /// Values of its chart, which may hold `${…}` references to what it uses.
        values "values": Values = optional,
        /// What it uses. This is the only way to get access, and the access is the least that is needed.
        uses "uses": List<Uses> = default "[]",
        /// The secrets that it needs, by name; `pontoon secret set` gives them values.
        secrets "secrets": List<SecretName> = default "[]",
        /// How people sign in.
        login "login": Login = optional,
        /// The groups that may sign in; everybody with an account where nothing is written.
        allow "allow": List<GroupRef> = default "[]",
        /// Where it runs; in the cloud where nothing is written.
        runs_on "runsOn": List<LocationRef> = default "[]",
        /// Whether it receives mail from outside; for mail servers of the catalog.
        receive "receive": bool = optional,
        /// What keeps spam out; for mail servers of the catalog.
        antispam "antispam": Antispam = optional,
    }
}

section! {
    /// An image.
    pub struct Image validate whose {
        /// Its name in the platform's own registry.
        name "name": ImageName = optional,
        /// Its whole name in another registry.
        repository "repository": ImageRepository = optional,
        /// Its tag.
        tag "tag": ImageTag = required,
    }
}

section! {
    /// A chart: of a registry by name and version, or a folder beside the document.
    pub struct Chart validate where_from {
        /// Its name: `oci://…` or `https://…`.
        name "name": ChartName = optional,
        /// Its version.
        version "version": Version = optional,
        /// A folder beside the document.
        path "path": FilePath = optional,
    }
}

section! {
    /// A kustomization beside the document.
    pub struct Kustomize shorthand ["path"] {
        /// The folder.
        path "path": FilePath = required,
    }
}

section! {
    /// How an image is built.
    pub struct Build {
        /// The folder that is built.
        context "context": FilePath = required,
        /// The Dockerfile; `Dockerfile` in the folder where nothing is written.
        dockerfile "dockerfile": FilePath = optional,
        /// A command that must succeed first.
        test "test": Text = optional,
    }
}

section! {
    /// Requests that reach an app.
    pub struct Route {
        /// The path that they begin with.
        path "path": UrlPath = default "/",
        /// Their methods; all where nothing is written.
        methods "methods": List<Method> = default "[]",
        /// Headers that they must have.
        headers "headers": Words<Text> = default "{}",
    }
}

choice! {
    /// A method of HTTP.
    pub enum Method {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
        /// POST.
        Post = "POST",
        /// PUT.
        Put = "PUT",
        /// PATCH.
        Patch = "PATCH",
        /// DELETE.
        Delete = "DELETE",
        /// OPTIONS.
        Options = "OPTIONS",
    }
}

section! {
    /// How many replicas run. Written as one number, it is both.
    pub struct Replicas shorthand ["min", "max"] validate in_order {
        /// At least.
        min "min": Whole<0, 1000> = required,
        /// At most; the autoscaler is on where it is more than `min`.
        max "max": Whole<1, 1000> = optional,
        /// The use of CPU that adds a replica.
        cpu "cpu": Percentage = optional,
    }
}

impl Replicas {
    /// The most replicas.
    pub fn most(&self) -> u32 {
        self.max.as_ref().map_or(self.min.get(), |m| m.get())
    }
    /// The fewest replicas.
    pub fn least(&self) -> u32 {
        self.min.get()
    }
}

section! {
    /// What each replica needs.
    pub struct Resources {
        /// CPU.
        cpu "cpu": Cpu = required,
        /// Memory.
        memory "memory": Size = required,
    }
}

choice! {
    /// How people sign in.
    pub enum Login {
        /// The app speaks OpenID Connect itself.
        Oidc = "oidc",
        /// A proxy in front of the app asks.
        Proxy = "proxy",
    }
}

choice! {
    /// What keeps spam out.
    pub enum Antispam {
        /// Rspamd.
        Rspamd = "rspamd",
        /// Nothing.
        None = "none",
    }
}

fn in_order(replicas: &Replicas, node: &Node, cx: &mut Cx) {
    at_most(replicas.least(), replicas.most(), node, cx);
}

/// Refuses none or several of some keys, of which there is exactly one.
fn exactly_one(keys: &[(&str, bool)], node: &Node, cx: &mut Cx) {
    let written: Vec<&str> = keys.iter().filter(|(_, there)| *there).map(|(k, _)| *k).collect();
    let all = keys.iter().map(|(k, _)| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    match written.as_slice() {
        [_] => {}
        [] => cx.error(codes::ONE_OF, node, format!("{} has none of {all}", cx.subject()), "write exactly one of them"),
        [first, second, ..] => {
            let place = node.get(second).unwrap_or(node);
            cx.error(
                codes::ONE_OF,
                place,
                format!("{} has both `{first}` and `{second}`, of which there is one", cx.subject()),
                format!("remove `{first}` or `{second}`"),
            );
        }
    }
}

fn one_kind(app: &App, node: &Node, cx: &mut Cx) {
    let kinds = [
        ("image", app.image.is_some()),
        ("chart", app.chart.is_some()),
        ("kustomize", app.kustomize.is_some()),
        ("catalog", app.catalog.is_some()),
    ];
    exactly_one(&kinds, node, cx);
    if app.build.is_some() && app.image.is_none() {
        let place = node.get("build").unwrap_or(node);
        cx.error(
            codes::CONTRADICTION,
            place,
            format!("{}: `build` makes an image, and the app has none", cx.subject()),
            "add `image: { name: web, tag: \"1.0.0\" }`, or remove `build`",
        );
    }
}

fn whose(image: &Image, node: &Node, cx: &mut Cx) {
    exactly_one(&[("name", image.name.is_some()), ("repository", image.repository.is_some())], node, cx);
}

fn where_from(chart: &Chart, node: &Node, cx: &mut Cx) {
    exactly_one(&[("name", chart.name.is_some()), ("path", chart.path.is_some())], node, cx);
    if chart.name.is_some() && chart.version.is_none() {
        cx.error(codes::MISSING, node, format!("{} lacks `version`: charts are pinned", cx.subject()), "add `version: 1.2.3`");
    }
}
