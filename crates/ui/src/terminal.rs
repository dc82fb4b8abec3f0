//! The live view: a bar for the whole, a line for each thing under way, what waits for what.

use crate::{
    style::{Ink, Style},
    time::seconds,
    view::View,
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// Lines for what runs; more than fit are counted.
const LINES: usize = 12;

/// A live view on standard error.
pub struct Live {
    all: MultiProgress,
    bar: ProgressBar,
    lines: Vec<ProgressBar>,
    style: Style,
}

impl Live {
    /// A view that draws to a terminal of its own choice.
    pub fn new(total: usize, style: Style, target: ProgressDrawTarget) -> Live {
        let all = MultiProgress::with_draw_target(target);
        let bar = all.add(ProgressBar::new(total as u64));
        // The templates are constants; where one were wrong, the default look remains.
        if let Ok(look) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(look.progress_chars("━╸ "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Live { all, bar, lines: Vec::new(), style }
    }

    /// Draws what is.
    pub fn draw(&mut self, view: &View) {
        self.bar.set_position(view.ended.len() as u64);
        let left = view.seconds_left();
        let waiting = view.waiting();
        let mut message = if left > 0 { format!("about {} left", seconds(left.cast_signed())) } else { String::new() };
        if let Some(next) = waiting.iter().find(|w| !w.for_what.is_empty()) {
            let more = if next.for_what.len() > 1 { format!(" and {} more", next.for_what.len() - 1) } else { String::new() };
            message.push_str(&format!(
                "; then {}, after {}{more}",
                next.title,
                next.for_what.first().map(String::as_str).unwrap_or_default()
            ));
        }
        self.bar.set_message(self.style.paint(Ink::Faint, &message));
        let mut rows: Vec<String> = view
            .running
            .values()
            .take(LINES)
            .map(|r| {
                let time = seconds(view.elapsed(r).cast_signed());
                let state = if r.state.is_empty() { String::new() } else { format!(": {}", r.state) };
                format!("  {} {}{state} {}", self.style.paint(Ink::Notice, "●"), r.title, self.style.paint(Ink::Faint, &time))
            })
            .collect();
        if view.running.len() > LINES {
            rows.push(format!("  and {} more", view.running.len() - LINES));
        }
        while self.lines.len() < rows.len() {
            let line = self.all.add(ProgressBar::new_spinner());
            if let Ok(look) = ProgressStyle::with_template("{msg}") {
                line.set_style(look);
            }
            self.lines.push(line);
        }
        while self.lines.len() > rows.len() {
            if let Some(line) = self.lines.pop() {
                line.finish_and_clear();
                self.all.remove(&line);
            }
        }
        for (line, row) in self.lines.iter().zip(rows) {
            line.set_message(row);
        }
    }

    /// A line that stays, above the live ones.
    pub fn keep(&self, line: &str) {
        // Where the terminal is gone there is nobody to tell.
        let _ = self.all.println(line);
    }

    /// Takes the live lines away.
    pub fn end(&self) {
        self.lines.iter().for_each(ProgressBar::finish_and_clear);
        self.bar.finish_and_clear();
    }
}
