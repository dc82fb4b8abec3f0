//! Who owns which field of an object: server-side apply and `managedFields`.
//!
//! An applier owns what it applies. What it no longer applies, and nobody else owns, is taken away; what somebody else
//! owns and it would change is a conflict, unless it is told to take it over. Everybody else owns what they change.

mod manage;
mod set;
#[cfg(test)]
mod tests;
mod typed;

pub(crate) use manage::{Manager, apply, keep_times, update};
