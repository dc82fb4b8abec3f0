//! Printing: plans, reports, costs, errors. Standard output is data, standard error everything else.

pub mod contents;
pub mod drift;
pub mod error;
pub mod json;
pub mod plan;
pub mod progress;
pub mod report;
pub mod status;
pub mod typed;
pub mod upgrade;

use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether an answer could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Writes to standard output. A reader that left early (`| head`) is no error; a full disk is one,
/// which the program ends with once everything else is done.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if let Err(e) = stdout.write_all(typed::typed(text).as_bytes()).and_then(|()| stdout.flush())
        && e.kind() != std::io::ErrorKind::BrokenPipe
    {
        LOST.store(true, Ordering::Relaxed);
    }
}

/// Whether an answer could not be written.
pub fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// Writes a line to standard output.
pub fn line(text: &str) {
    out(&format!("{text}\n"));
}

/// Whether standard error takes one JSON document a line.
static JSON: AtomicBool = AtomicBool::new(false);

/// From now on standard error takes one JSON document a line.
pub fn in_json() {
    JSON.store(true, Ordering::Relaxed);
}

/// Tells a person something on standard error.
pub fn note(text: &str) {
    let text = typed::typed(text);
    if JSON.load(Ordering::Relaxed) {
        document(&serde_json::json!({"note": text}));
    } else {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// Writes a JSON document as a line of standard error.
pub fn document(document: &serde_json::Value) {
    let _ = writeln!(std::io::stderr().lock(), "{}", typed::typed(&document.to_string()));
}

/// Writes a question to standard error; the answer follows on the same line.
pub fn prompt(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}
