//! The document: read, checked by layers, and resolved for each environment.

mod blueprint;
mod check;
mod environments;
mod ephemeral;

pub use blueprint::{BUILT_IN, builtin};

use crate::{
    accept::{self, Accepted},
    codes, credentials,
    decode::{Cx, Kind, Mode},
    files::Files,
    layers,
    references::Index,
    sections::spec::Spec,
    tree::{self, Data, Node, Origin, Style},
};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostic, Diagnostics, Source, Sources},
    name::Name,
};
use std::collections::BTreeMap;

/// A `platform.yaml`, read.
#[derive(Debug, Clone)]
pub struct Document {
    sources: Sources,
    /// The document without `environments`, shorthands expanded, over its blueprint.
    base: Node,
    /// The overrides of each environment, shorthands expanded, in the order of promotion.
    environments: Vec<(Name, Node)>,
    accepted: Vec<Accepted>,
    /// What is wrong with the layers, each for itself.
    problems: Diagnostics,
    /// What exists in any environment.
    everywhere: Index,
    /// Which paths beside the document are not there.
    absent: BTreeMap<String, bool>,
}

/// What reading a file gives.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The document, where there is a tree to speak of.
    pub document: Option<Document>,
    /// What is wrong with its layers, each for itself.
    pub diagnostics: Diagnostics,
    /// The sources that the diagnostics point into.
    pub sources: Sources,
}

/// One environment of the platform, resolved.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Typed.
    pub spec: Spec,
    /// As a tree, with the origin of every value.
    pub tree: Node,
}

impl Document {
    /// Reads a document of the bytes of a file. `name` is how the user calls the file; `files` reads
    /// what stands beside it.
    ///
    /// Whatever is wrong with the document's layers is in the diagnostics; what is wrong only when
    /// they are merged comes with [`Document::resolve`]. No document comes back where there is no
    /// tree to speak of.
    pub fn parse(name: &str, bytes: &[u8], files: &dyn Files) -> Parsed {
        match tree::read(name, bytes) {
            Ok(source) => Document::parse_source(source, files),
            Err(problem) => Parsed { document: None, diagnostics: Diagnostics::from_iter([*problem]), sources: Sources::new() },
        }
    }

    /// Reads a document of a source, as [`Document::parse`] does.
    pub fn parse_source(source: Source, files: &dyn Files) -> Parsed {
        let mut problems = Diagnostics::new();
        let mut sources = Sources::new();
        let root = tree::parse(&source, &mut problems);
        sources.add(source);
        let root = root.filter(|root| {
            let mut cx = Cx::new(Mode::Layer);
            if root.map().is_none() {
                cx.wrong_kind(root, "a mapping with keys", "write one with: pontoon init");
            }
            problems.extend(cx.diagnostics);
            root.map().is_some()
        });
        match root {
            Some(root) => {
                let document = Document::layers(root, sources, problems, files);
                Parsed { diagnostics: document.problems.clone(), sources: document.sources.clone(), document: Some(document) }
            }
            None => Parsed { document: None, diagnostics: problems, sources },
        }
    }

    fn layers(mut root: Node, mut sources: Sources, mut problems: Diagnostics, files: &dyn Files) -> Document {
        credentials::check(&root, &mut problems);
        let mut accepted = Vec::new();
        accept::collect(&root, "", "", &mut accepted);

        let written = root.map_mut().and_then(|m| m.shift_remove("environments"));
        layers::expand(&mut root, &Spec::SHAPE);
        let mut cx = Cx::new(Mode::Layer);
        check::document(&root, &mut cx);
        let mut environments = check::environments(&root, written, &mut cx);
        problems.extend(cx.diagnostics);

        let blueprint = blueprint::load(&root, files, &mut sources, &mut problems);
        let base = match blueprint {
            Some(mut below) => {
                accept::collect(&below, "", "", &mut accepted);
                layers::prune(&mut below, &root, &Spec::SHAPE);
                layers::merge(below, root)
            }
            None => {
                layers::drop_nulls(&mut root);
                root
            }
        };
        environments::sort(&base, &mut environments);
        let mut everywhere = Index::of(&base);
        for (_, own) in &environments {
            everywhere.add(&layers::merge(base.clone(), own.clone()));
        }
        let mut absent = BTreeMap::new();
        for layer in std::iter::once(&base).chain(environments.iter().map(|(_, n)| n)) {
            crate::files::look(layer, files, &mut absent);
        }
        accept::apply(&accepted, &mut problems);
        problems.sort();
        Document { sources, base, environments, accepted, problems, everywhere, absent }
    }

    /// The sources that diagnostics point into.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
    /// The platform's name, if it is one.
    pub fn platform(&self) -> Option<&str> {
        self.base.get("platform").and_then(Node::scalar)
    }
    /// The names of the environments, in the order of promotion.
    pub fn environments(&self) -> Vec<Name> {
        self.environments.iter().map(|(n, _)| n.clone()).collect()
    }
    /// The environments that a change reaches one after the other; empty where each follows the
    /// document by itself.
    pub fn promotion(&self) -> Vec<Name> {
        environments::promotion(&self.base)
    }
    /// The document over its blueprint, without any environment: what a release carries.
    pub fn base(&self) -> &Node {
        &self.base
    }
    /// What an environment says for itself.
    pub fn overrides(&self, environment: &str) -> Option<&Node> {
        self.environments.iter().find(|(n, _)| n.as_str() == environment).map(|(_, n)| n)
    }

    /// Resolves one environment: everything merged and filled in, typed, references checked.
    pub fn resolve(&self, environment: &str) -> (Option<Resolved>, Diagnostics) {
        match self.overrides(environment) {
            Some(own) => self.resolve_layers(environment, &self.base, own),
            None => {
                let names: Vec<String> = self.environments().iter().map(ToString::to_string).collect();
                let hint = if names.is_empty() {
                    "add one: environments: { production: { region: nyc3 } }".into()
                } else {
                    format!("there are: {}", names.join(", "))
                };
                (
                    None,
                    Diagnostics::from_iter([Diagnostic::error(
                        codes::NOWHERE,
                        format!("there is no environment `{environment}`"),
                    )
                    .hint(hint)]),
                )
            }
        }
    }

    /// Resolves an environment over another base, such as a release's.
    pub(crate) fn resolve_layers(&self, environment: &str, base: &Node, own: &Node) -> (Option<Resolved>, Diagnostics) {
        let tree = self.merged(environment, base, own);
        let mut cx = Cx::new(Mode::Whole);
        cx.environment = Some((environment.to_owned(), own.place().cloned()));
        let spec = Spec::decode(&tree, &mut cx);
        let mut problems = cx.diagnostics;
        let here = Index::of(&tree);
        crate::references::check(&tree, environment, &here, &self.everywhere, &self.absent, &mut problems);
        if let Some(spec) = &spec {
            crate::references::typed(spec, &mut problems);
        }
        let mut accepted = Vec::new();
        accept::collect(&tree, "", "", &mut accepted);
        accept::apply(&accepted, &mut problems);
        accept::apply(&self.accepted, &mut problems);
        problems.sort();
        (spec.filter(|_| !problems.has_errors()).map(|spec| Resolved { spec, tree }), problems)
    }

    /// The tree of an environment: merged, derived values added, filled in.
    fn merged(&self, environment: &str, base: &Node, own: &Node) -> Node {
        let mut tree = layers::merge(base.clone(), own.clone());
        layers::drop_nulls(&mut tree);
        let zone = base.get("domain").cloned();
        let domain = environments::domain(self, environment, own, zone.as_ref());
        let order = self
            .environments
            .iter()
            .map(|(n, _)| Node::text(n.as_str(), Origin::Derived("environments and delivery.promotion".into())));
        let order = Data::List(order.collect());
        if let Some(map) = tree.map_mut() {
            let how = || Origin::Derived("environments".into());
            map.insert("environment".into(), Node::text(environment, how()));
            map.insert("order".into(), Node::made(order, how()));
            map.extend(zone.map(|z| ("zone".to_owned(), z)));
            map.extend(domain.map(|d| ("domain".to_owned(), d)));
        }
        layers::fill(&mut tree, &Spec::SHAPE);
        tree
    }

    /// The tree of an environment, merged and filled in, whatever is wrong with it.
    pub fn tree(&self, environment: &str) -> Option<Node> {
        Some(self.merged(environment, &self.base, self.overrides(environment)?))
    }

    /// Resolves every environment, in the order of promotion, with all diagnostics of the document.
    pub fn resolve_all(&self) -> (Vec<(Name, Option<Resolved>)>, Diagnostics) {
        let mut problems = self.problems.clone();
        let mut all = Vec::new();
        for (name, _) in &self.environments {
            let (resolved, found) = self.resolve(name);
            problems.extend(found);
            all.push((name.clone(), resolved));
        }
        crate::references::domains(all.iter().filter_map(|(_, r)| Some(&r.as_ref()?.spec)), &mut problems);
        check::drop_echoes(&mut problems);
        problems.sort();
        (all, problems)
    }

    /// What is wrong with the layers, each for itself; part of [`Document::resolve_all`].
    pub fn problems(&self) -> &Diagnostics {
        &self.problems
    }
    /// Marks the warnings of later passes that the document accepts.
    pub fn accept(&self, diagnostics: &mut Diagnostics) {
        accept::apply(&self.accepted, diagnostics);
    }
    /// Checks what the document accepts against all codes that there are: `pages` are those of
    /// every pass.
    pub fn check_accepted(&self, pages: &[&CodePage]) -> Diagnostics {
        accept::check(&self.accepted, pages)
    }
}

/// A text node of something that is derived.
fn derived(text: String, how: &str) -> Node {
    Node::made(Data::Scalar(text, Style::Quoted), Origin::Derived(how.into()))
}
