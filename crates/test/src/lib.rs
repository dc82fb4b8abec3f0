//! Contexts, scenarios, contract checks, crash and fault drivers: a dev-dependency only.

pub mod openapi;
