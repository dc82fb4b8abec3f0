//! Flux: what it installs, and its controllers.

mod install;
mod kinds;

pub use install::install_manifest;

#[cfg(test)]
mod tests;
