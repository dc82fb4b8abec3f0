//! `pontoon-test measure`: how many bootstraps of an example's cloud layer one core simulates in a second.

use pontoon_core::operation::Ending;
use pontoon_emulator::World;
use pontoon_test::{context::Context, platforms, simulation::disk::MemoryDisk, simulation::paused};
use std::{
    io,
    rc::Rc,
    time::{Duration, Instant},
};

/// Its arguments.
#[derive(clap::Args)]
pub struct Arguments {
    /// Which example.
    #[arg(long, default_value = "single-cluster")]
    example: String,
    /// For how many seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// Runs it.
///
/// # Errors
/// Where one did not end well.
#[expect(clippy::disallowed_methods, reason = "how long it takes is a person's time")]
pub fn run(arguments: &Arguments) -> io::Result<bool> {
    let platform = platforms::example(&arguments.example, 0);
    let began = Instant::now();
    let mut done = 0u32;
    while began.elapsed() < Duration::from_secs(arguments.seconds) {
        let world = World { seed: u64::from(done), ..World::default() };
        let ended = paused(async {
            let mut context = Context::unwatched(world);
            context.me.disk = Rc::new(MemoryDisk::default());
            context.up(&platform).await.ok().flatten().is_some_and(|r| r.ending == Ending::Done)
        });
        if !ended {
            return Err(io::Error::other(format!("the bootstrap of world {done} did not end well")));
        }
        done += 1;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{}: {done} bootstraps in {seconds:.1} s, {:.0} a second and core", arguments.example, f64::from(done) / seconds);
    Ok(true)
}
