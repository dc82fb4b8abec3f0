//! `pontoon schema`

use crate::{
    exit::{Exit, Outcome},
    print,
};

/// Prints the JSON Schema of the document.
pub fn schema() -> Outcome {
    print::out(&text());
    Ok(Exit::Done)
}

/// The JSON Schema as a file.
pub fn text() -> String {
    format!("{:#}\n", pontoon_spec::schema())
}
