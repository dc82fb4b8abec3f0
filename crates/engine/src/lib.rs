//! The engine: refresh, execute, recover.
//!
//! Knows no resource kind, no vendor, no HTTP, no file and no terminal: what it does is in the plan,
//! and what it touches is behind the ports. Intent, effect, record, release, in that order.

pub mod entries;
pub mod execute;
pub mod objects;
pub mod ports;
pub mod recover;
pub mod refresh;
pub mod secret_store;
mod settle;
pub mod wait;

pub use execute::{Failure, Report, Unwritten, execute};
pub use objects::Objects;
pub use ports::{Clock, Journal, JournalError, Ports, Provider, Refusal, Reply, Secrets, Stop};
pub use recover::recover;
pub use refresh::{RefreshError, refresh};
pub use secret_store::SecretStore;
