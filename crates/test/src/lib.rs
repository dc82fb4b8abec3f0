//! Contexts, scenarios, contract checks, crash and fault drivers: a dev-dependency only.

pub mod binary;
pub mod changes;
pub mod context;
pub mod crash;
pub mod normal;
pub mod openapi;
pub mod platforms;
pub mod witness;
