//! `pontoon-test deliver`: whole deliveries through a repository.

use pontoon_test::simulation::{delivery, paused};
use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
    /// How many at a time; as many as there are cores unless said.
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs it; whether no rule was broken.
///
/// # Errors
/// Where a story cannot be printed.
#[expect(clippy::disallowed_methods, reason = "how long it runs is a person's time")]
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let began = Instant::now();
    let most = arguments.minutes.map(|m| Duration::from_secs(m * 60));
    let (next, well, broken) = (AtomicU64::new(arguments.first), AtomicU64::new(0), Mutex::new(Vec::new()));
    let end = arguments.first.saturating_add(arguments.count);
    let work = || {
        while most.is_none_or(|most| began.elapsed() < most) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let story = delivery::story(seed);
            match paused(delivery::play(&story)) {
                Ok(_) => drop(well.fetch_add(1, Ordering::Relaxed)),
                Err(found) => broken.lock().unwrap_or_else(PoisonError::into_inner).push((seed, story, found)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..super::threads(arguments.threads) {
            scope.spawn(work);
        }
    });
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (seed, story, found) in &broken {
        let story = serde_json::to_string_pretty(story)?;
        println!("delivery {seed}: {}\n{}\n{}\n{story}", found.rule, found.detail, found.told.join("\n"));
    }
    let (well, seconds) = (well.into_inner(), began.elapsed().as_secs_f64());
    println!("{well} deliveries ended healthy, {} broke a rule, in {seconds:.0} s", broken.len());
    Ok(broken.is_empty())
}
