//! `pontoon-test inputs`: damaged inputs into everything that reads bytes, for as long as there is time.
//!
//! Each is read by a process of its own kind: this one, started again, so that one that ends or hangs is found and named.

use pontoon_test::inputs::{TARGETS, Target, mutated, peak, seeds};
use std::{
    io, panic,
    process::Command,
    time::{Duration, Instant},
};

/// Memory that is enough for everything that is read here, in KiB.
const BOUND: u64 = 2 << 20;
/// The longest that one input may take.
const SLOW: Duration = Duration::from_secs(10);

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// Which readers; every one unless said.
    readers: Vec<String>,
    /// For how many seconds each.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// The first number.
    #[arg(long, default_value_t = 1)]
    first: u64,
}

/// Runs it; whether all of them came back.
///
/// # Errors
/// Where a reader is unknown, or cannot be started.
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let known: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
    if let Some(unknown) = arguments.readers.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(io::Error::other(format!("there is no reader {unknown}; there are {}", known.join(", "))));
    }
    if let [one] = arguments.readers.as_slice() {
        return TARGETS.iter().find(|t| t.name == one).map_or(Ok(false), |t| reads(t, arguments));
    }
    let mut well = true;
    for name in known.iter().filter(|n| arguments.readers.is_empty() || arguments.readers.iter().any(|r| r == *n)) {
        let mut again = Command::new(std::env::current_exe()?);
        again.args(["inputs", name, "--seconds", &arguments.seconds.to_string(), "--first", &arguments.first.to_string()]);
        well &= again.status()?.success();
    }
    Ok(well)
}

#[expect(clippy::disallowed_methods, reason = "how long it runs is a person's time")]
fn reads(target: &Target, arguments: &Arguments) -> io::Result<bool> {
    let (began, seeds) = (Instant::now(), seeds(target.name));
    if seeds.is_empty() {
        return Err(io::Error::other(format!("{} has nothing to begin with", target.name)));
    }
    let most = Duration::from_secs(arguments.seconds);
    let (mut number, mut broken, mut slowest) = (arguments.first, 0u32, Duration::ZERO);
    // What a process that does not come back was reading.
    let last = std::env::temp_dir().join(format!("pontoon-input-{}", target.name));
    while began.elapsed() < most {
        let (input, at) = (mutated(&seeds, number), Instant::now());
        std::fs::write(&last, &input)?;
        if panic::catch_unwind(|| (target.read)(&input)).is_err() {
            broken += 1;
            println!("{} {number} panicked on:\n{}", target.name, String::from_utf8_lossy(&input));
        }
        slowest = slowest.max(at.elapsed());
        if at.elapsed() > SLOW {
            broken += 1;
            println!("{} {number} took {:?} for:\n{}", target.name, at.elapsed(), String::from_utf8_lossy(&input));
        }
        number += 1;
    }
    std::fs::remove_file(&last)?;
    let most = peak().unwrap_or_default();
    println!(
        "{}: {} inputs in {:.0} s, {broken} broke it, the slowest took {:.2} s, at most {} MiB",
        target.name,
        number - arguments.first,
        began.elapsed().as_secs_f64(),
        slowest.as_secs_f64(),
        most / 1024
    );
    Ok(broken == 0 && most < BOUND)
}
