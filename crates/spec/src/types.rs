//! The scalars of the document: quantities of the core, texts with rules, references.

mod quantities;
mod refs;
mod texts;

pub use quantities::Whole;
pub use refs::{AppRef, BucketRef, DatabaseRef, EnvironmentRef, GroupRef, LocationRef, SiteRef, StorageClassRef, Uses, UsesKind};
pub use texts::*;

use crate::{
    codes,
    decode::{Cx, Kind},
    shape::{JsonType, ScalarShape, Shape},
    tree::{CoreType, Data, Node, Style, core_type},
};
use pontoon_core::quantity::Misread;

/// A type that is read of one scalar's text.
pub trait Scalar: Sized {
    /// Its description.
    const SCALAR: &'static ScalarShape;
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with the text, and what to write.
    fn read(text: &str) -> Result<Self, Misread>;
}

impl<T: Scalar> Kind for T {
    const SHAPE: Shape = Shape::Scalar(T::SCALAR);
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Data::Scalar(text, style) = &node.data else {
            let example = T::SCALAR.examples.first().map_or(String::new(), |e| format!("write {} such as {e}", T::SCALAR.name));
            cx.wrong_kind(node, T::SCALAR.name, &example);
            return None;
        };
        let written = core_type(text, *style);
        match T::read(text) {
            Ok(value) => match (T::SCALAR.json, written) {
                (JsonType::Text, CoreType::Int | CoreType::Float | CoreType::Bool) => {
                    unquoted(node, text, written, cx);
                    None
                }
                (JsonType::Integer(..) | JsonType::Boolean, _) if *style == Style::Quoted => {
                    cx.error(
                        codes::WRONG_KIND,
                        node,
                        format!("{} is text, where {} is meant", cx.subject(), T::SCALAR.name),
                        format!("write {text} without quotes"),
                    );
                    None
                }
                _ => Some(value),
            },
            Err(Misread { message, hint }) => {
                cx.error(codes::MISREAD, node, format!("{}: {message}", cx.subject()), hint.unwrap_or_default());
                None
            }
        }
    }
}

/// Text that YAML reads as something else without quotes: `1.30` is the number 1.3.
fn unquoted(node: &Node, text: &str, written: CoreType, cx: &mut Cx) {
    let read = match written {
        CoreType::Bool => format!("the truth value {text}"),
        CoreType::Float => {
            let number = text.parse::<f64>().map_or_else(|_| text.to_owned(), |n| n.to_string());
            format!("the number {number}")
        }
        _ => format!("the number {text}"),
    };
    cx.error(
        codes::UNQUOTED,
        node,
        format!("{}: `{text}` without quotes is {read} to YAML, not text", cx.subject()),
        format!("write \"{text}\""),
    );
}
