//! `--watch`: the same look again and again. A terminal shows it on its other screen, so that what was there before comes
//! back untouched; a pipe gets a block whenever something has changed.

use crate::{
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_ui::screen::{ENTER, LEAVE, frame};
use std::{pin::Pin, time::Duration};

/// A look: what is printed of it, and what tells whether something has changed.
pub struct Shown {
    /// The block.
    pub text: String,
    /// The same without what only ages.
    pub essence: String,
}

/// The terminal's other screen, left whatever happens.
struct Screen;

impl Screen {
    fn enter() -> Screen {
        print::out(ENTER);
        Screen
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        print::out(LEAVE);
    }
}

/// Looks every so many seconds until it is interrupted. A look that is under way is let to end: it may hold something that
/// exists for the run only.
pub fn watch(settings: &Settings, seconds: u64, look: impl Fn() -> Outcome<Shown>) -> Outcome<Exit> {
    let mut interrupts = Interrupts::new()?;
    let screen = settings.width.map(|_| Screen::enter());
    let mut last: Option<Shown> = None;
    let mut refused = String::new();
    loop {
        match look() {
            Ok(shown) => {
                refused.clear();
                match settings.height {
                    Some(height) => print::out(&frame(&shown.text, height, &foot(seconds))),
                    None if last.as_ref().is_none_or(|l| l.essence != shown.essence) => print::out(&shown.text),
                    None => {}
                }
                last = Some(shown);
            }
            // The first look says what is wrong; later ones may fail for a while.
            Err(t) if last.is_none() => {
                drop(screen);
                return Err(t);
            }
            Err(t) if t.what != refused => {
                print::note(&format!("no look now: {}", t.what));
                refused = t.what;
            }
            Err(_) => {}
        }
        if interrupts.within(Duration::from_secs(seconds)) {
            break;
        }
    }
    let terminal = screen.is_some();
    drop(screen);
    if let Some(shown) = last.filter(|_| terminal) {
        print::out(&shown.text);
    }
    Ok(Exit::Interrupted)
}

/// Whether an interrupt comes while nothing is looked at, or came during the look. Once it was asked the first time,
/// interrupts do not end the program by themselves.
struct Interrupts {
    runtime: tokio::runtime::Runtime,
    next: Pin<Box<dyn Future<Output = std::io::Result<()>>>>,
}

impl Interrupts {
    fn new() -> Outcome<Interrupts> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Trouble::new(format!("the runtime cannot start: {e}"), "free some file descriptors: ulimit -n"))?;
        let mut interrupts = Interrupts { runtime, next: Box::pin(tokio::signal::ctrl_c()) };
        interrupts.within(Duration::ZERO);
        Ok(interrupts)
    }

    fn within(&mut self, duration: Duration) -> bool {
        let next = &mut self.next;
        self.runtime.block_on(async { tokio::time::timeout(duration, next).await.is_ok() })
    }
}

fn foot(seconds: u64) -> String {
    format!("again every {}; Ctrl-C ends it", pontoon_ui::time::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
}
