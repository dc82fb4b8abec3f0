//! Whole lives of a platform, each drawn from one number: the real planner, engine, clients and store against the embedded
//! cloud in one process, on paused time, with everything that can go wrong going wrong. A few runs later everything has to
//! be as in an undisturbed life; and some things must never be, at no moment.
//!
//! [`draw`] draws a [`story`], [`stage`] carries it out ([`later`] what is done with a platform that is there, [`archive`] what
//! databases write meanwhile), [`judge`] holds the rules, [`many`] plays many of them, [`shrink`]
//! makes a story that breaks a rule smaller, [`scenario`] keeps it, and [`mutants`] break the engine to show that the rules
//! would notice. [`points`] dies at every point of one run; [`delivery`] plays
//! what comes after the cloud.

pub mod archive;
pub mod delivery;
pub mod disk;
pub mod draw;
pub mod eyes;
pub mod judge;
pub mod later;
pub mod many;
pub mod mutants;
pub mod neighbour;
pub mod points;
pub mod scenario;
pub mod shrink;
pub mod stage;
pub mod story;

use mutants::Mutant;
use stage::{Broken, Ended, Stage};
use story::Story;

/// Runs a future to its end on paused time: timers fire in their order, and at once.
///
/// # Panics
/// Where no runtime can be made, or one is entered already.
pub fn paused<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread").block_on(future)
}

/// Plays a story from its beginning to its end, on a paused runtime of its own.
///
/// # Errors
/// The rule that it breaks.
pub async fn play(story: &Story, mutant: Option<Mutant>) -> Result<Ended, Broken> {
    let stage = Stage::set(story, false, mutant);
    for act in &story.acts {
        stage.act(story, act).await?;
    }
    judge::at_last(&stage, story).await
}
