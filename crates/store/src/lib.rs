//! State, journals, operation log and lock in a local directory.
//!
//! ```text
//! lock                          held while somebody writes; says who
//! records/production.json       what exists, and how far each operation is folded in
//! records/production.json.previous
//! operations/ID/plan.json       stored before the operation begins
//! operations/ID/journal         what happened, frame by frame
//! operations/ID/rescued.json    frames that a failing disk did not take, if that ever happened
//! operations/ID/summary.json    written last: closed, and folded into every record
//! ```
//!
//! The truth about a scope is its record file plus whatever frames of operations that file does not
//! hold yet; `Store` reads that, `Writer` (a store and its lock) adds to it. No format leaks.

pub mod disk;
mod envelope;
mod error;
mod frames;
mod id;
mod journal;
mod lock;
mod moving;
mod operations;
pub mod remote;
mod rescue;
mod snapshot;
mod store;
mod writer;

pub use error::StoreError;
pub use id::operation_id;
pub use journal::OpenJournal;
pub use lock::{Holder, Who};
pub use operations::{Counts, OperationSummary, StoredOperation};
pub use rescue::Rescue;
pub use store::Store;
pub use writer::{Answer, Writer};
