//! A value together with where it is written and who gave it.

use super::{Cx, Kind};
use crate::{
    shape::Shape,
    tree::{Node, Origin},
};
use pontoon_core::diagnostic::{Code, Diagnostic, Place};
use std::ops::Deref;

/// A value of the document. Behaves like the value; compares by the value only.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it is written, or the nearest thing around it that is.
    pub at: Option<Place>,
    /// Who gave it.
    pub origin: Origin,
    /// Its path, such as `databases.main.version`.
    pub path: String,
}

impl<T> Located<T> {
    /// Where it comes from, for resources that are made of it.
    pub fn trace(&self) -> pontoon_core::platform::Origin {
        let line = |at: &Place| format!("{}:{}", at.file, at.line);
        let place = match (&self.origin, &self.at) {
            (Origin::Document | Origin::Environment(_), Some(at)) => line(at),
            (origin, _) => origin.to_string(),
        };
        pontoon_core::platform::Origin { path: self.path.clone(), place }
    }
    /// An error at this value.
    pub fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(self.at.clone()).path(self.path.clone())
    }
    /// A warning at this value.
    pub fn warning(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(code, message).at(self.at.clone()).path(self.path.clone())
    }
    /// Whether somebody wrote it, in the document or in an environment.
    pub fn is_written(&self) -> bool {
        matches!(self.origin, Origin::Document | Origin::Environment(_))
    }
}

impl<T> Deref for Located<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Located<T>) -> bool {
        self.value == other.value
    }
}
impl<T: Eq> Eq for Located<T> {}

impl<T: std::fmt::Display> std::fmt::Display for Located<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Kind> Kind for Located<T> {
    const SHAPE: Shape = T::SHAPE;
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = T::decode(node, cx)?;
        Some(Located { value, at: cx.place(node), origin: node.origin.clone(), path: cx.path() })
    }
}
