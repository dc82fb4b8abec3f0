//! Releases: what an environment runs, frozen at one revision, as `releases/<env>.yaml`.
//!
//! A release has two parts. `carried` is what the document and its blueprint say for every
//! environment, with every default written out, so that a newer Pontoon changes nothing; promotion
//! carries it on. `own` is what stands under `environments.<name>`: region, network, domain, and
//! whatever the environment overrides (sizes, hosts …); promotion leaves the target's own part
//! alone. What exists once for the platform is in neither: it follows the document.

use crate::{
    codes,
    document::{Document, Resolved},
    layers,
    sections::spec::{SHAPE, Spec},
    shape::{Scope, Shape},
    tree::{self, Data, Node, Origin, to_json, to_yaml},
};
use indexmap::IndexMap;
use pontoon_core::{
    diagnostic::{Diagnostic, Diagnostics, Source},
    digest,
    name::Name,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// A release.
#[derive(Debug, Clone)]
pub struct Release {
    /// The platform's name.
    pub platform: String,
    /// The environment that runs it.
    pub environment: Name,
    /// What the caller calls this revision: a commit, or a number.
    pub revision: String,
    /// What promotion carries.
    pub carried: Node,
    /// What belongs to the environment alone.
    pub own: Node,
    /// The file that it was read of, for diagnostics that point into it.
    pub source: Option<Source>,
}

/// One value that differs between two releases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its path.
    pub path: String,
    /// What it was; none where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; none where it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Document {
    /// The release of the document as it stands, for an environment. None for an environment that
    /// does not exist.
    pub fn release(&self, environment: &str, revision: &str) -> Option<Release> {
        let own = self.own(environment)?;
        let mut carried = self.base().clone();
        layers::fill(&mut carried, &SHAPE);
        let carried = part(carried, &SHAPE, Part::Environment)?;
        let platform = self.platform().unwrap_or_default().to_owned();
        let environment = environment.parse().ok()?;
        Some(Release { platform, environment, revision: revision.into(), carried, own, source: None })
    }

    /// What belongs to an environment alone: what it says for itself, over what the blueprint gives
    /// each environment, such as the address ranges.
    fn own(&self, environment: &str) -> Option<Node> {
        let own = self.overrides(environment)?.clone();
        let mut below = Node::made(Data::Map(IndexMap::new()), Origin::Document);
        for (key, value) in self.base().map().into_iter().flatten() {
            if Spec::SECTION.key(key).is_some_and(|k| k.scope == Scope::Own) {
                below.map_mut()?.insert(key.clone(), value.clone());
            }
        }
        Some(layers::merge(below, own))
    }

    /// Resolves an environment as a release says. What exists once for the platform comes of this
    /// document.
    pub fn resolve_release(&self, release: &Release) -> (Option<Resolved>, Diagnostics) {
        let platform = part(self.base().clone(), &SHAPE, Part::Platform)
            .unwrap_or_else(|| Node::made(Data::Map(IndexMap::new()), Origin::Document));
        let base = layers::merge(release.carried.clone(), platform);
        self.resolve_layers(&release.environment, &base, &release.own)
    }
}

impl Release {
    /// The release of another environment that carries what this one carries. The target's own part
    /// is what the document says for it now.
    pub fn promote(&self, document: &Document, to: &str, revision: &str) -> Option<Release> {
        let own = document.own(to)?;
        Some(Release {
            environment: to.parse().ok()?,
            revision: revision.into(),
            own,
            carried: self.carried.clone(),
            ..self.clone()
        })
    }

    /// The file: stable bytes for the same release.
    pub fn to_yaml(&self) -> String {
        let text = |t: &str| Node::text(t, Origin::Document);
        let mut map = IndexMap::new();
        for (key, value) in [
            ("apiVersion", text(crate::API_VERSION)),
            ("kind", text("Release")),
            ("platform", text(&self.platform)),
            ("environment", text(&self.environment)),
            ("revision", text(&self.revision)),
            ("digest", text(&self.digest())),
            ("carried", self.carried.clone()),
            ("own", self.own.clone()),
        ] {
            map.insert(key.to_owned(), value);
        }
        let body = to_yaml(&Node::made(Data::Map(map), Origin::Document));
        format!(
            "# What {} runs. Written by Pontoon: `carried` goes along with a promotion, `own` never does.\n{body}",
            self.environment
        )
    }

    /// A fingerprint of both parts: twelve hexadecimal digits.
    pub fn digest(&self) -> String {
        let text = format!("{}\0{}", to_json(&self.carried), to_json(&self.own));
        digest::hex(text.as_bytes(), 12)
    }

    /// Reads a release's file.
    ///
    /// # Errors
    /// What is wrong with it: a release is written by Pontoon, and a digest that does not fit means
    /// that somebody else wrote it.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Release, Diagnostics> {
        let source = tree::read(name, bytes).map_err(|p| Diagnostics::from_iter([*p]))?;
        let mut problems = Diagnostics::new();
        let node = tree::parse(&source, &mut problems);
        let root = node.filter(|_| !problems.has_errors()).ok_or(problems)?;
        let refused = |node: &Node, why: String| {
            let place = node.place().cloned().or_else(|| Some(source.place(0..0)));
            Diagnostics::from_iter([Diagnostic::error(codes::RELEASE, why)
                .at(place)
                .hint(format!("restore it: git checkout {name}"))])
        };
        let word = |key: &str| -> Result<String, Diagnostics> {
            root.get(key)
                .and_then(Node::scalar)
                .map(str::to_owned)
                .ok_or_else(|| refused(&root, format!("the release lacks `{key}`")))
        };
        let map = |key: &str| -> Result<Node, Diagnostics> {
            root.get(key)
                .filter(|n| n.map().is_some())
                .cloned()
                .ok_or_else(|| refused(&root, format!("the release lacks `{key}`")))
        };
        if word("apiVersion")? != crate::API_VERSION || word("kind")? != "Release" {
            return Err(refused(&root, "this is no release of this version".into()));
        }
        let environment = word("environment")?;
        let environment: Name = environment.parse().map_err(|_| refused(&root, format!("`{environment}` is no environment")))?;
        let (mut carried, mut own, revision) = (map("carried")?, map("own")?, word("revision")?);
        carried.mark(&Origin::Release(revision.as_str().into()));
        own.mark(&Origin::Environment(environment.as_str().into()));
        let platform = word("platform")?;
        let digest = word("digest")?;
        let release = Release { platform, environment, revision, carried, own, source: Some(source.clone()) };
        if release.digest() != digest {
            let node = root.get("digest").unwrap_or(&root);
            return Err(refused(
                node,
                format!("the release does not fit its digest (it is {}): it was changed by hand", release.digest()),
            ));
        }
        Ok(release)
    }

    /// The paths that belong to the environment alone, which promotion leaves out.
    pub fn own_paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        leaves(&self.own, String::new(), &mut |path, _| paths.push(path.to_owned()));
        paths
    }

    /// What this release changes against an earlier one of any environment: of what is carried, and
    /// of what is the environment's own where both are of the same one.
    pub fn differences(&self, before: &Release) -> Vec<Difference> {
        let mut found = compare(&before.carried, &self.carried);
        if before.environment == self.environment {
            found.extend(compare(&before.own, &self.own));
        }
        found
    }
}

/// The leaves that differ, by path.
fn compare(before: &Node, after: &Node) -> Vec<Difference> {
    let mut paths = BTreeSet::new();
    for tree in [before, after] {
        leaves(tree, String::new(), &mut |path, _| {
            paths.insert(path.to_owned());
        });
    }
    let differs = |path: String| {
        let (was, is) = (before.find(&path), after.find(&path));
        let same = matches!((was, is), (Some(a), Some(b)) if a.same(b));
        // A leaf on one side that is a branch on the other is told by its leaves.
        let leaf = |n: Option<&Node>| n.filter(|n| n.map().is_none_or(IndexMap::is_empty)).map(to_json);
        let (before, after) = (leaf(was), leaf(is));
        (!same && (before.is_some() || after.is_some())).then_some(Difference { path, before, after })
    };
    paths.into_iter().filter_map(differs).collect()
}

fn leaves(node: &Node, path: String, f: &mut dyn FnMut(&str, &Node)) {
    match &node.data {
        Data::Map(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, f);
            }
        }
        _ => f(&path, node),
    }
}

/// Which part of a tree is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Environment,
    Platform,
}

/// A part of a tree: what is of environment scope, or what exists once.
fn part(mut node: Node, shape: &Shape, wanted: Part) -> Option<Node> {
    let section = match shape {
        Shape::Section(s) => Some(*s),
        Shape::Tagged(t) => t.variant_of(&node),
        _ => None,
    };
    let (Some(section), Some(map)) = (section, node.map_mut()) else {
        return (wanted == Part::Environment).then_some(node);
    };
    let mut kept = IndexMap::new();
    for (key, value) in std::mem::take(map) {
        let root = section.name == "Spec";
        let (scope, shape) = section.key(&key).map_or((Scope::Environment, Shape::Any), |k| (k.scope, k.shape));
        // The zone's domain is the document's, though an environment may have its own.
        let scope = if root && key == "domain" { Scope::Platform } else { scope };
        let value = match (scope, wanted) {
            (Scope::Platform, Part::Platform) => Some(value),
            (Scope::Platform, Part::Environment) | (Scope::Own, _) => None,
            _ => part(value, &shape, wanted),
        };
        kept.extend(value.map(|v| (key, v)));
    }
    let empty = kept.is_empty();
    *map = kept;
    (wanted == Part::Environment || !empty).then_some(node)
}
