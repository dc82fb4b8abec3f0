//! Commands that a message suggests, as they have to be typed by whoever reads it.
//!
//! Messages are written far from where anybody knows whether this run is one of the local cloud: `then: pontoon up staging`.
//! Typed like that it would go to an account. So what is printed by a run with `--local` has it added here, at the edge, to
//! every command that takes it. A suggestion follows a colon (`run it again: pontoon up`) and goes on until the sentence
//! does; a mere mention (`which pontoon up writes`) gets it behind the name of the command.

use crate::args::Cli;
use clap::{ArgMatches, CommandFactory};
use std::{
    borrow::Cow,
    sync::atomic::{AtomicBool, Ordering},
};

/// What follows the name of this program in a suggestion.
const LEAD: &str = "pontoon ";
/// The switch.
const SWITCH: &str = " --local";
/// What ends a suggestion.
const ENDS: &[&str] = &["\n", ";", ")", "`", "\"", "\u{1b}", ", ", ". ", " < ", " > ", " | ", " && "];
/// What stands before one.
const BEFORE: &[&str] = &[": ", "? ", "(", "`", "\"", "\n"];

/// Whether this run is one of the local cloud.
static LOCAL: AtomicBool = AtomicBool::new(false);

/// Takes note of what was typed.
pub fn follow(matches: &ArgMatches) {
    LOCAL.store(is_local(matches), Ordering::Relaxed);
}

fn is_local(matches: &ArgMatches) -> bool {
    let here = matches.try_get_one::<bool>("local").ok().flatten().copied().unwrap_or_default();
    here || matches.subcommand().is_some_and(|(_, inner)| is_local(inner))
}

/// A text with its suggestions as this run's reader has to type them.
pub fn typed(text: &str) -> Cow<'_, str> {
    if LOCAL.load(Ordering::Relaxed) && text.contains(LEAD) { complete(text).into() } else { text.into() }
}

fn complete(text: &str) -> String {
    let program = Cli::command();
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(LEAD) {
        let (before, after) = rest.split_at(at + LEAD.len());
        out.push_str(before);
        let lead = out.get(..out.len() - LEAD.len()).unwrap_or_default();
        let suggested = lead.trim_end_matches(' ').is_empty() || BEFORE.iter().any(|b| lead.ends_with(b));
        let end = ENDS.iter().filter_map(|e| after.find(e)).min().unwrap_or(after.len());
        let (command, _) = after.split_at(end);
        let named = name(&program, command);
        match named {
            Some(len) if !command.contains(SWITCH) => {
                let whole = if suggested { command.trim_end_matches(['.', ' ']).len() } else { len };
                let (typed, left) = after.split_at(whole);
                out.push_str(typed);
                out.push_str(SWITCH);
                rest = left;
            }
            _ => rest = after,
        }
    }
    out.push_str(rest);
    out
}

/// How long the name of a command at the beginning of a text is; nothing where it does not take the switch.
fn name(program: &clap::Command, text: &str) -> Option<usize> {
    let (mut at, mut len) = (program, 0);
    for word in text.split(' ') {
        let word = word.trim_end_matches([':', ',', '.']);
        let Some(inner) = at.find_subcommand(word) else { break };
        len += word.len() + usize::from(len > 0);
        at = inner;
    }
    (len > 0 && at.get_arguments().any(|a| a.get_id() == "local")).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_takes_it_gets_the_switch_where_it_belongs() {
        for (said, typed) in [
            ("run it again: pontoon up", "run it again: pontoon up --local"),
            ("merge it, then: pontoon up staging", "merge it, then: pontoon up staging --local"),
            ("pontoon op show 2026-a", "pontoon op show 2026-a --local"),
            (
                "what is wrong: pontoon op log; then: pontoon up",
                "what is wrong: pontoon op log --local; then: pontoon up --local",
            ),
            ("did you mean A? pontoon secret set A --app web", "did you mean A? pontoon secret set A --app web --local"),
            ("pipe it in: pontoon secret set A < FILE", "pipe it in: pontoon secret set A --local < FILE"),
            ("see which there are (pontoon secret list)", "see which there are (pontoon secret list --local)"),
            ("by: pontoon promote staging production\nand more", "by: pontoon promote staging production --local\nand more"),
            ("written by pontoon up, which has them", "written by pontoon up --local, which has them"),
            // What has it already, does not take it, or is no command of ours.
            ("then: pontoon up production --local", "then: pontoon up production --local"),
            ("correct it: pontoon check", "correct it: pontoon check"),
            ("start anew: pontoon local reset", "start anew: pontoon local reset"),
            ("the pontoon is not there", "the pontoon is not there"),
        ] {
            assert_eq!(complete(said), typed);
        }
    }

    #[test]
    fn the_switch_is_seen_in_any_command() {
        let matches = |line: &str| Cli::command().try_get_matches_from(line.split(' ')).expect("it can be typed");
        assert!(is_local(&matches("pontoon up --local")) && is_local(&matches("pontoon op show a --local")));
        assert!(!is_local(&matches("pontoon up")) && !is_local(&matches("pontoon schema")));
    }
}
