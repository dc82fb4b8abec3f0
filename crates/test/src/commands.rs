//! What `pontoon-test` does, a file each.

pub mod deliver;
pub mod inputs;
pub mod measure;
pub mod points;
pub mod replay;
pub mod simulate;

/// How many lives are played at a time.
pub fn threads(said: Option<usize>) -> usize {
    said.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}
