//! What `pontoon-test` can be asked.

pub mod deliver;
pub mod measure;
pub mod replay;
pub mod simulate;
