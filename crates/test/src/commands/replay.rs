//! `pontoon-test replay`: one story, told.

use pontoon_test::simulation::{draw, paused, play, scenario::Scenario};
use std::{io, path::PathBuf};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// The scenario's file.
    #[arg(required_unless_present = "seed")]
    file: Option<PathBuf>,
    /// The story of this number instead.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs it; whether no rule was broken.
///
/// # Errors
/// Where the scenario cannot be read.
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let story = match (&arguments.file, arguments.seed) {
        (Some(file), _) => Scenario::read(file)?.story,
        (None, seed) => draw::story(seed.unwrap_or_default()),
    };
    match paused(play(&story, None)) {
        Ok(ended) => println!("{ended:?}"),
        Err(broken) => {
            println!("{}\n{}\n{}", broken.told.join("\n"), broken.rule, broken.detail);
            return Ok(false);
        }
    }
    Ok(true)
}
