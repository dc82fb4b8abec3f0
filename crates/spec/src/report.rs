//! Diagnostics as texts: for terminals, as JSON, SARIF and GitHub annotations. Nothing here prints.

mod github;
mod json;
mod sarif;
mod text;

pub use github::github;
pub use json::json;
pub use sarif::sarif;
pub use text::{Look, summary, text};

#[cfg(test)]
mod tests;
