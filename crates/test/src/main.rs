//! `pontoon-test`: drivers that run for hours, and how fast they are.
//!
//! Everything that it finds is found by a number, and is written as a scenario that `cargo test` plays from then on.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod commands;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Drivers of Pontoon's simulation.
#[derive(Parser)]
#[command(name = "pontoon-test")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays whole lives, and writes the smallest story of each broken rule as a scenario.
    Simulate(commands::simulate::Arguments),
    /// Plays whole deliveries through a repository.
    Deliver(commands::deliver::Arguments),
    /// Dies at every point of a bootstrap and of a destroy, of every example.
    Points(commands::points::Arguments),
    /// Lets everything that reads bytes read what is nearly right.
    Inputs(commands::inputs::Arguments),
    /// Plays one scenario, and tells what happens.
    Replay(commands::replay::Arguments),
    /// Measures how many bootstraps a second one core simulates.
    Measure(commands::measure::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Deliver(arguments) => commands::deliver::run(&arguments),
        Command::Points(arguments) => commands::points::run(&arguments),
        Command::Inputs(arguments) => commands::inputs::run(&arguments),
        Command::Replay(arguments) => commands::replay::run(&arguments),
        Command::Measure(arguments) => commands::measure::run(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            println!("{e}");
            ExitCode::FAILURE
        }
    }
}
