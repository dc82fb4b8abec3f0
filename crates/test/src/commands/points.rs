//! `pontoon-test points`: a death at every point of a bootstrap and of a destroy, of every example.

use pontoon_test::{
    platforms::{EXAMPLES, example},
    simulation::points::Beginning,
};
use std::{io, time::Instant};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// Which examples; every one unless said.
    examples: Vec<String>,
    /// Only the first of each so many points.
    #[arg(long, default_value_t = 1)]
    stride: usize,
    /// How many at a time; as many as there are cores unless said.
    #[arg(long)]
    threads: Option<usize>,
}

/// Runs it; whether every point was survived.
///
/// # Errors
/// Where there is no such example.
#[expect(clippy::disallowed_methods, reason = "how long it runs is a person's time")]
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let named: Vec<&str> = match arguments.examples.is_empty() {
        true => EXAMPLES.to_vec(),
        false => arguments.examples.iter().map(String::as_str).collect(),
    };
    if let Some(unknown) = named.iter().find(|n| !EXAMPLES.contains(n)) {
        return Err(io::Error::other(format!("there is no example {unknown}; there are {}", EXAMPLES.join(", "))));
    }
    let threads = super::threads(arguments.threads);
    let mut well = true;
    for name in named {
        let platform = example(name, 0);
        for (what, beginning) in [("bootstrap", Beginning::bootstrap(&platform)), ("destroy", Beginning::destroy(&platform))] {
            let began = Instant::now();
            let points = beginning.every_point(arguments.stride, threads);
            let (survived, seconds) = (points.survived, began.elapsed().as_secs_f64());
            println!("{name}, {what}: {} points, {survived} deaths survived in {seconds:.0} s", points.all);
            points.broken.iter().for_each(|b| println!("{b}\n"));
            well &= points.broken.is_empty() && survived >= points.all.div_ceil(arguments.stride.max(1));
        }
    }
    Ok(well)
}
