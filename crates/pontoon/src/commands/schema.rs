//! `pontoon schema`

use crate::{exit::{Exit, Outcome}, print};

/// Prints the JSON Schema of the document.
pub fn schema() -> Outcome {
    print::line(&serde_json::to_string_pretty(&pontoon_spec::schema()).unwrap_or_default());
    Ok(Exit::Done)
}
