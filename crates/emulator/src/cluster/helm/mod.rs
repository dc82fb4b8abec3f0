//! Helm: charts as profiles, releases, and what a chart's templates make of values.
//!
//! A published chart is a [`Chart`]: what it is called, where it is published, and a function from a [`Release`] to
//! objects. [`Workload`], [`object`] and [`definition`] write the usual ones briefly.

pub mod chart;
pub mod definition;
pub mod folder;
pub mod object;
pub mod range;
pub mod release;
pub(crate) mod template;
pub mod values;
pub mod workload;

pub use chart::{Chart, Version};
pub use definition::Definition;
pub use release::Release;
pub use values::Values;
pub use workload::Workload;
