//! Contexts, scenarios, contract checks, crash and fault drivers: a dev-dependency only.

pub mod context;
pub mod crash;
pub mod openapi;
pub mod platforms;
