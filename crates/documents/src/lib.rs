//! From a compiled environment to pages and pictures about it: architecture, inventory, cost, objectives, runbooks, decisions.
//!
//! Everything is taken from what is built: the resolved document, the resources of the cloud and the components of the cluster.
//! What is left out of these stands in a list of its own and in no picture. Pages and pictures are values first
//! ([`page::Page`], [`diagram::Diagram`]) and are written afterwards, as Markdown, Mermaid and SVG.
//!
//! Pure: the same environment gives the same bytes, on every machine.

pub mod diagram;
mod facts;
pub mod layout;
pub mod mermaid;
pub mod page;
mod pages;
pub mod svg;
mod views;

use pontoon_core::{
    content::Contents,
    platform::{Deferred, Platform},
};
use pontoon_spec::{Spec, explain::Explained};
use std::collections::BTreeMap;

/// The folder that holds all documents; the paths of [`files`] begin inside of it.
pub const ROOT: &str = "docs";

/// One environment, as it is built.
pub struct Environment<'a> {
    /// Its spec.
    pub spec: &'a Spec,
    /// Its resources, those that exist once, and what its cluster buys.
    pub platform: &'a Platform,
    /// What runs in its cluster.
    pub contents: &'a Contents,
    /// What the document asks for and this version does not build.
    pub deferred: &'a [Deferred],
    /// Each value of the document, with where it comes from.
    pub explained: Option<&'a Explained>,
}

/// The pictures of an environment, in the order of the architecture page.
pub fn diagrams(environment: &Environment<'_>) -> Vec<diagram::Diagram> {
    views::all(&facts::Facts::new(environment))
}

/// The pages of an environment, by file name.
pub fn pages(environment: &Environment<'_>) -> Vec<page::Page> {
    pages::all(&facts::Facts::new(environment))
}

/// The documents of these environments, by path below [`ROOT`]; the pages of an environment stand in a folder of its name.
/// `all` are the environments' names, with those that are not written now.
pub fn files(platform: &str, all: &[String], environments: &[Environment<'_>]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("README.md".to_owned(), pages::index(platform, all).markdown())]);
    for environment in environments {
        let folder = environment.spec.environment.as_str();
        for page in pages(environment) {
            for picture in page.pictures() {
                files.insert(format!("{folder}/{}", page::picture_path(picture)), svg::svg(picture));
            }
            files.insert(format!("{folder}/{}.md", page.name), page.markdown());
        }
    }
    files
}
