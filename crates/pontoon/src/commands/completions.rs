//! `pontoon completions`

use crate::{
    args::{Cli, Completions as Args},
    exit::{Exit, Outcome},
    print,
};
use clap::CommandFactory;

/// Prints a completion script.
pub fn completions(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "pontoon", &mut script);
    print::out(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
