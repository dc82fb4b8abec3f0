//! `pontoon schema`

use crate::exit::{Exit, Outcome, Trouble};

/// Prints the JSON Schema of the document.
pub fn schema() -> Outcome<Exit> {
    Err(Trouble::new("schema is being written", "pontoon check"))
}
