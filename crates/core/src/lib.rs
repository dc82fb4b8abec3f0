//! Vocabulary and artefacts of Pontoon, shared by every other crate.
//!
//! Knows no vendor, does no I/O, reads no clock and no environment: everything here is plain data
//! and pure functions over it. The five artefacts (Document, Spec, Platform, Plan, Operation) meet
//! here as types; the crates around it make and read them.

pub mod address;
pub mod call;
pub mod cidr;
pub mod content;
pub mod diagnostic;
pub mod digest;
pub mod event;
pub mod graph;
pub mod money;
pub mod name;
pub mod operation;
pub mod plan;
pub mod platform;
pub mod quantity;
pub mod record;
pub mod secret;
pub mod value;
