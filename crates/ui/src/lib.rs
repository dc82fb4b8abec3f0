//! One plain view model from events; what draws it knows nothing else.
//!
//! [`view::View`] folds events into what a person wants to know: what runs, what waits for what, how
//! long it may take. [`path`] what its time went to. [`lines`] writes one line an event for logs and pipes, [`terminal`] draws the
//! view live. [`mod@table`] is what a look at a platform is shown as. Nothing here reaches into the engine or prints by itself.

pub mod lines;
pub mod path;
pub mod screen;
pub mod style;
pub mod table;
pub mod terminal;
pub mod time;
pub mod view;
