//! What stands beside the document. The crate reads no file itself: the binary passes a reader.

use crate::{
    shape::{Role, Shape},
    tree::Node,
    walk::{Visit, walk},
};
use std::collections::BTreeMap;

/// Reads files beside the document. Paths are relative to its folder; those of charts, builds and
/// certificates stay in it, a blueprint's may lead elsewhere.
pub trait Files {
    /// The bytes of a file. May stop one byte after [`crate::tree::LARGEST`].
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Whether a file or folder is there; none where nobody can say.
    fn exists(&self, path: &str) -> Option<bool>;
}

/// No files at all: a document that is read by itself. Paths are taken to exist.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("there are no files beside this document, and so no {path}"))
    }
    fn exists(&self, _: &str) -> Option<bool> {
        None
    }
}

/// Looks every path of a layer up, and remembers those that are not there.
pub(crate) fn look(layer: &Node, files: &dyn Files, absent: &mut BTreeMap<String, bool>) {
    walk(layer, &crate::sections::spec::SHAPE, &mut |visit: Visit<'_>| {
        if let (Shape::Scalar(s), Some(path)) = (visit.shape, visit.node.scalar())
            && s.role == Role::Path
            && !absent.contains_key(path)
        {
            absent.insert(path.to_owned(), files.exists(path) == Some(false));
        }
    });
}
