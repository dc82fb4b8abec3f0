//! The catalog's components against the examples, the charts' values and the definitions of custom resources.

mod contracts;
mod graph;
mod objects;
mod schema;
mod support;
