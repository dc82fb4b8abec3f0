//! Engine, providers and the embedded cloud composed in one process: local runs, drills, simulation.

pub mod clock;
pub mod front;

pub use clock::WorldClock;
pub use front::wire;
