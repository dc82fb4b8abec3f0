//! `pontoon-test simulate`: as many lives as there is time for.

use pontoon_test::simulation::{
    many::{Tally, play_many},
    scenario::folder,
};
use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// So many lives tell how often a person is asked.
const MANY: u64 = 100;

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// First number and the one after the last, such as 1..1000001.
    #[arg(long, value_name = "A..B", default_value = "1..2001", value_parser = seeds)]
    seeds: (u64, u64),
    /// Ends after so many minutes, wherever it is then.
    #[arg(long)]
    minutes: Option<u64>,
    /// How many at a time; as many as there are cores unless said.
    #[arg(long)]
    threads: Option<usize>,
    /// Where scenarios of broken rules are written.
    #[arg(long, value_name = "FOLDER", default_value_os_t = folder())]
    out: PathBuf,
}

fn seeds(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").ok_or("two numbers, such as 1..2001")?;
    let number = |n: &str| n.parse::<u64>().map_err(|e| format!("{n}: {e}"));
    Ok((number(from)?, number(to)?))
}

/// Runs it; whether no rule was broken.
///
/// # Errors
/// Where a scenario cannot be written.
#[expect(clippy::disallowed_methods, reason = "how long it runs is a person's time")]
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let (from, to) = arguments.seeds;
    let threads = super::threads(arguments.threads);
    let began = Instant::now();
    let told = AtomicU64::new(0);
    let goes_on = |tally: &Tally| {
        let passed = began.elapsed();
        let tens = passed.as_secs() / 10;
        if told.fetch_max(tens, Ordering::Relaxed) < tens {
            println!("{}", line(tally, passed));
        }
        arguments.minutes.is_none_or(|m| passed < Duration::from_secs(m * 60))
    };
    let tally = play_many(from..to, threads, &goes_on);
    println!("{}", line(&tally, began.elapsed()));
    for (seed, said) in &tally.waits {
        println!("  seed {seed} waits: {said}");
    }
    for found in &tally.broken {
        println!("\n{found}");
        std::fs::create_dir_all(&arguments.out)?;
        let path = arguments.out.join(format!("seed-{}.yaml", found.seed));
        std::fs::write(&path, found.scenario().to_yaml()?)?;
        println!("written: {}\nagain: pontoon-test replay {}", path.display(), path.display());
    }
    // A judge who always asks a person finds nothing.
    let asks_too_often = tally.played() >= MANY && tally.waits.len() as u64 * 5 > tally.well;
    if asks_too_often {
        println!("too many wait for a person");
    }
    Ok(tally.broken.is_empty() && !asks_too_often)
}

fn line(tally: &Tally, passed: Duration) -> String {
    let (played, seconds) = (tally.played(), passed.as_secs_f64());
    format!(
        "{played} lives in {seconds:.0} s ({:.0} a second): {} well, {} wait for a person, {} broke a rule",
        played as f64 / seconds.max(0.001),
        tally.well,
        tally.waits.len(),
        tally.broken.len()
    )
}
