//! One run, from the record to the record: recover, survey, plan, execute, fold.
//!
//! The same few functions serve real accounts, local worlds, drills and simulation; what differs is
//! behind [`Setting`]. Knows no document and prints nothing.

mod ephemeral;
mod run;
mod vendors;

pub use ephemeral::{End, end, ranges, trials};
pub use run::{
    Drifting, Everything, Failed, Leftovers, Prepared, Setting, apply, drifting, everything, inspect, leftovers, look,
    recover_all,
};
pub use vendors::{Vendors, Way};
