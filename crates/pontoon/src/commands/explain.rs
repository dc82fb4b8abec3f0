//! `pontoon explain`

use crate::{
    args::Explain as Args,
    exit::{Exit, Outcome, Trouble},
    settings::Settings,
};

/// Shows the resolved document, or the page of a code.
pub fn explain(_settings: &Settings, _args: &Args) -> Outcome<Exit> {
    Err(Trouble::new("explain is being written", "pontoon check"))
}
