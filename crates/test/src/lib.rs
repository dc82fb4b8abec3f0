//! Contexts, scenarios, contract checks, crash and fault drivers: a dev-dependency only.

pub mod apiserver;
pub mod binary;
pub mod changes;
pub mod charts;
pub mod conform;
pub mod context;
pub mod crash;
pub mod definitions;
pub mod gitops;
pub mod hand;
pub mod inputs;
pub mod judges;
pub mod normal;
pub mod openapi;
pub mod platforms;
pub mod simulation;
pub mod trees;
pub mod witness;
pub mod yaml;
