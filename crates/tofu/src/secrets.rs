//! Secrets that a stack writes itself: what a person gives is a sensitive variable, what a vendor tells is looked up.

use crate::{
    Part,
    hcl::{Body, Expr},
    names::LocalNames,
};
use pontoon_core::{
    address::Address,
    content::{Field, SecretSpec},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the Secrets of a stack need besides themselves.
pub struct Values<'a> {
    part: &'a Part<'a>,
    names: LocalNames,
    /// Sensitive variables: the name and what it is.
    pub variables: BTreeMap<String, String>,
    data: BTreeMap<(&'static str, String), Body>,
}

impl<'a> Values<'a> {
    /// Nothing is needed yet.
    pub fn of(part: &'a Part<'a>) -> Values<'a> {
        let names = LocalNames::of(part.platform, &part.scope);
        Values { part, names, variables: BTreeMap::new(), data: BTreeMap::new() }
    }

    /// The Secrets as YAML, put together when the stack is evaluated.
    pub fn text(&mut self, secrets: &[&SecretSpec]) -> Expr {
        let objects = secrets.iter().map(|s| Expr::Call("yamlencode", vec![self.object(s)])).collect();
        Expr::Call("join", vec!["\n---\n".into(), Expr::List(objects)])
    }

    fn object(&mut self, secret: &SecretSpec) -> Expr {
        let entry = |key: &str, value: Expr| (key.to_owned(), value);
        let texts = |map: &BTreeMap<String, String>| Expr::Map(map.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect());
        let mut metadata = vec![entry("name", secret.name.as_str().into()), entry("namespace", secret.namespace.as_str().into())];
        if !secret.labels.is_empty() {
            metadata.push(entry("labels", texts(&secret.labels)));
        }
        let data = secret.fields.iter().map(|(key, field)| (key.clone(), self.value(&secret.owner, field))).collect();
        Expr::Map(vec![
            entry("apiVersion", "v1".into()),
            entry("kind", "Secret".into()),
            entry("metadata", Expr::Map(metadata)),
            entry("type", secret.kind.as_str().into()),
            entry("stringData", Expr::Map(data)),
        ])
    }

    /// A field's value; `owner` is whose it is.
    pub fn value(&mut self, owner: &str, field: &Field) -> Expr {
        match field {
            Field::Text(text) => text.as_str().into(),
            Field::Given(name) => self.variable(owner, name, "Given by a person"),
            Field::Made { name, length } => self.variable(owner, name, &format!("{length} letters and digits, drawn once")),
            Field::Encoded(inner) => Expr::Call("urlencode", vec![self.value(owner, inner)]),
            Field::Of { owner, field } => self.value(owner, field),
            Field::Join(parts) => Expr::Join(parts.iter().map(|p| self.value(owner, p)).collect()),
            Field::Output { address, output } => self.output(owner, field, address, output),
        }
    }

    fn variable(&mut self, owner: &str, name: &str, what: &str) -> Expr {
        let label = crate::names::local(&format!("{owner}_{name}").to_lowercase());
        let text = format!("{what}: {name} of {owner}.");
        self.variables.entry(label.clone()).or_insert(text);
        Expr::path(format!("var.{label}"))
    }

    /// What a vendor tells: as it is known already, from a data source, or where there is none from a person.
    fn output(&mut self, owner: &str, field: &Field, address: &Address, output: &str) -> Expr {
        let resource = self.part.platform.resources.get(address);
        if let Some(known) = resource.and_then(|r| r.attributes.get(output)).and_then(|v| v.as_text()) {
            return known.into();
        }
        let parent = resource.and_then(|r| r.parent.as_ref());
        let found = match (address.kind(), output) {
            ("digitalocean.database", "host" | "private_host" | "port" | "password") => self.database(address, output),
            ("digitalocean.database", "username") => self.database(address, "user"),
            ("digitalocean.database", "admin_uri") => self.database(address, "private_uri"),
            ("digitalocean.database", "ca") => {
                self.of_cluster("digitalocean_database_ca", address, Body::new(), address, "certificate")
            }
            ("digitalocean.database", "metrics_username") => self.metrics("username"),
            ("digitalocean.database", "metrics_password") => self.metrics("password"),
            ("digitalocean.database_user", "password") => {
                let name = resource.and_then(|r| r.attributes.get("name")).and_then(|v| v.as_text());
                let named = Body::new().set("name", name.unwrap_or_default());
                parent.and_then(|p| self.of_cluster("digitalocean_database_user", p, named, address, "password"))
            }
            _ => None,
        };
        let stored = field.stored().unwrap_or_else(|| output.to_uppercase());
        let text = format!("Shown once by the vendor: `{output}` of {}", address.kind());
        let found = found.unwrap_or_else(|| self.variable(owner, &stored, &text));
        if output == "port" { Expr::Call("tostring", vec![found]) } else { found }
    }

    fn shown(&self, address: &Address) -> Option<String> {
        Some(format!("local.infra.database_{}", self.names.get(address)?))
    }
    fn database(&mut self, address: &Address, attribute: &str) -> Option<Expr> {
        let (name, shown) = (self.names.get(address)?.to_owned(), self.shown(address)?);
        let body = Body::new().set("name", Expr::path(format!("{shown}.name")));
        Some(self.data("digitalocean_database_cluster", name, body, attribute))
    }
    fn of_cluster(&mut self, kind: &'static str, cluster: &Address, body: Body, of: &Address, attribute: &str) -> Option<Expr> {
        let (name, shown) = (self.names.get(of)?.to_owned(), self.shown(cluster)?);
        let body = Body::new().set("cluster_id", Expr::path(format!("{shown}.id"))).and(body);
        Some(self.data(kind, name, body, attribute))
    }
    fn metrics(&mut self, attribute: &str) -> Option<Expr> {
        Some(self.data("digitalocean_database_metrics_credentials", "account".into(), Body::new(), attribute))
    }
    fn data(&mut self, kind: &'static str, name: String, body: Body, attribute: &str) -> Expr {
        let path = Expr::path(format!("data.{kind}.{name}.{attribute}"));
        self.data.entry((kind, name)).or_insert(body);
        path
    }

    /// The data sources.
    pub fn sources(&self) -> Body {
        let block =
            |body: Body, ((kind, name), inside): (&(&str, String), &Body)| body.block("data", &[kind, name], inside.clone());
        self.data.iter().fold(Body::new(), block)
    }
    /// The variables.
    pub fn blocks(&self) -> Body {
        self.variables.iter().fold(Body::new(), |body, (name, text)| body.block("variable", &[name], sensitive(text)))
    }
}

/// A sensitive text.
pub fn sensitive(text: &str) -> Body {
    Body::new().set("description", text).set("type", Expr::path("string")).set("sensitive", true)
}

/// Values of charts that stand in Secrets, by the Secret's key: what a chart takes directly is the same text.
pub fn field<'s>(secrets: &[&'s SecretSpec], namespace: &str, name: &str, key: &str) -> Option<(&'s str, &'s Field)> {
    let secret = secrets.iter().find(|s| s.namespace == namespace && s.name == name)?;
    Some((secret.owner.as_str(), secret.fields.get(key)?))
}

/// The names of the Secrets, for a page.
pub fn listed(secrets: &[&SecretSpec]) -> BTreeSet<String> {
    secrets.iter().map(|s| format!("{}/{}", s.namespace, s.name)).collect()
}
