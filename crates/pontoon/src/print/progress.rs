//! Progress: live on a terminal, a line an event elsewhere.

use crate::{
    print::{document, note},
    settings::Settings,
};
use indicatif::ProgressDrawTarget;
use pontoon_core::{
    event::{Event, What},
    plan::Plan,
};
use pontoon_ui::{lines::line, path::Path, style::Style, terminal::Live, view::View};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

/// Takes a run's events.
pub struct Progress {
    style: Style,
    json: bool,
    state: RefCell<(View, Option<Live>)>,
    /// What the time went to.
    path: RefCell<Path>,
    /// The last reason that each step had to be tried again: the same one is said once.
    said: RefCell<BTreeMap<Option<u32>, String>>,
}

impl Progress {
    /// For a run that has no plan yet.
    pub fn new(settings: &Settings) -> Progress {
        Progress {
            style: settings.err,
            json: settings.json,
            state: RefCell::default(),
            path: RefCell::default(),
            said: RefCell::default(),
        }
    }

    /// A plan is about to be carried out.
    pub fn follow(&self, plan: &Plan, settings: &Settings) {
        let live = settings.live.then(|| Live::new(plan.steps.len(), self.style, ProgressDrawTarget::stderr()));
        *self.state.borrow_mut() = (View::of(plan), live);
        self.path.borrow_mut().plan(plan);
    }

    /// What the run's time went to, for a person and for a program: the longest chain of what waited for what.
    pub fn path(&self) -> (Option<String>, Value) {
        let path = self.path.borrow();
        let links = path.chain().into_iter().map(|l| json!({ "what": l.what, "seconds": l.seconds }));
        (path.text(), links.collect())
    }

    /// Time passes without news: the live view goes on counting.
    pub fn tick(&self, now: jiff::Timestamp) {
        let mut state = self.state.borrow_mut();
        let (view, live) = &mut *state;
        if let (Some(live), None) = (live, view.ending) {
            view.tick(now);
            live.draw(view);
        }
    }

    /// Takes an event.
    pub fn take(&self, event: &Event) {
        if let What::Retrying { step, message, .. } = &event.what
            && self.said.borrow_mut().insert(*step, message.clone()).as_ref() == Some(message)
        {
            return;
        }
        self.path.borrow_mut().take(event);
        let mut state = self.state.borrow_mut();
        state.0.take(event);
        let (view, live) = &mut *state;
        match live {
            Some(live) => {
                live.draw(view);
                let keeps = !matches!(event.what, What::Began { .. } | What::Waiting { .. } | What::Retrying { .. });
                if let Some(text) = line(event, self.style).filter(|_| keeps) {
                    live.keep(&text);
                }
                if view.ending.is_some() {
                    live.end();
                }
            }
            // Events are for people here; the answer on standard output stays one document.
            None if self.json => document(&serde_json::to_value(event).unwrap_or_default()),
            None => {
                if let Some(text) = line(event, self.style) {
                    note(&text);
                }
            }
        }
    }
}
