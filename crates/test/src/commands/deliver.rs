//! `pontoon-test deliver`: whole deliveries through a repository.

use pontoon_test::simulation::{delivery, paused};
use std::{
    io,
    time::{Duration, Instant},
};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// First number.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// How many.
    #[arg(long, default_value_t = 200)]
    count: u64,
    /// Ends after so many minutes, wherever it is then.
    #[arg(long)]
    minutes: Option<u64>,
}

/// Runs it; whether no rule was broken.
///
/// # Errors
/// Where a story cannot be printed.
#[expect(clippy::disallowed_methods, reason = "how long it runs is a person's time")]
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let (began, mut well, mut broken) = (Instant::now(), 0u32, 0u32);
    let most = arguments.minutes.map(|m| Duration::from_secs(m * 60));
    for seed in (arguments.first..).take(usize::try_from(arguments.count).unwrap_or(usize::MAX)) {
        if most.is_some_and(|most| began.elapsed() > most) {
            break;
        }
        let story = delivery::story(seed);
        match paused(delivery::play(&story)) {
            Ok(_) => well += 1,
            Err(found) => {
                broken += 1;
                let story = serde_json::to_string_pretty(&story)?;
                println!("delivery {seed}: {}\n{}\n{}\n{story}", found.rule, found.detail, found.told.join("\n"));
            }
        }
    }
    println!("{well} deliveries ended healthy, {broken} broke a rule, in {:.0} s", began.elapsed().as_secs_f64());
    Ok(broken == 0)
}
