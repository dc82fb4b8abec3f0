//! The YAML that encrypted files are written in: one document, read with strings as strings, written so that every reader
//! (YAML 1.1, 1.2, Go's) takes each value for what it is.

mod node;
mod read;
mod write;

pub use node::Node;
pub use read::{YamlError, read};
pub use write::write;
