//! Engine, providers and the embedded cloud composed in one process: local runs, drills, simulation.

pub mod clock;
pub mod front;
pub mod secrets;
pub mod world;

pub use clock::WorldClock;
pub use front::wire;
pub use secrets::LocalSecrets;
pub use world::{Home, Served, WorldError};
