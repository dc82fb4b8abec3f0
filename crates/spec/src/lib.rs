//! The language of `platform.yaml`.
//!
//! A document is read as a tree with byte spans ([`tree`]); shorthands, blueprint and environment
//! are merged on the tree ([`layers`]); one macro per section gives types, decoder, schema and
//! reference ([`sections`], [`shape`], [`decode`]). Knows no catalog, does no I/O, and never stops
//! at the first problem.
//!
//! Begin with [`Document::parse`], then [`Document::resolve`].

pub mod accept;
pub mod codes;
mod credentials;
pub mod decode;
pub mod document;
pub mod explain;
pub mod files;
pub mod init;
pub mod layers;
pub mod reference;
pub mod references;
pub mod release;
pub mod report;
mod schema;
mod section;
pub mod sections;
pub mod shape;
pub mod tree;
pub mod types;
pub mod walk;

pub use decode::Located;
pub use document::{Document, Parsed, Resolved};
pub use files::{Files, NoFiles};
pub use release::Release;
pub use schema::schema;
pub use sections::spec::Spec;

/// The language's version.
pub const API_VERSION: &str = "pontoon.dev/v1alpha1";
