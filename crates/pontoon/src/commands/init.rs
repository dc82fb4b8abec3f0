//! `pontoon init`

use crate::{
    args::Init as Args,
    exit::{Exit, Outcome, Trouble},
    settings::Settings,
};

/// Writes a document.
pub fn init(_settings: &Settings, _args: &Args) -> Outcome<Exit> {
    Err(Trouble::new("init is being written", "pontoon check"))
}
