//! Worlds of the embedded cloud, as the binary uses them: where one is kept, a wire to each of its vendors in this process
//! or to the one that is served on loopback, its clock as the engine's, and the file that keeps secrets beside it.

pub mod clock;
pub mod front;
mod private;
pub mod secrets;
pub mod world;

pub use clock::WorldClock;
pub use front::wire;
pub use secrets::LocalSecrets;
pub use world::{Home, Served, WorldError};
