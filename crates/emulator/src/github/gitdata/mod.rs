//! Git's own objects through the API.

pub(crate) mod blobs;
pub(crate) mod branches;
pub(crate) mod commits;
pub(crate) mod log;
pub(crate) mod refs;
pub(crate) mod tags;
pub(crate) mod trees;

use super::accounts;
use super::ask::{Ask, mistyped};
use super::git::{Git, Person};
use super::problem::Problem;
use crate::Cx;
use crate::clock::Moment;
use serde_json::Value;

/// The path's repository, which must have commits.
///
/// # Errors
/// 409 for an empty one.
pub(crate) fn filled(cx: &Cx, ask: &Ask) -> Result<Git, Problem> {
    let git = Git::of(&ask.repo_id());
    if git.is_empty(cx) { Err(Problem::conflict("Git Repository is empty.")) } else { Ok(git) }
}

/// The path's repository, to be written.
///
/// # Errors
/// 409 for an empty one, 403 for an archived one.
pub(crate) fn writable(cx: &Cx, ask: &Ask) -> Result<Git, Problem> {
    unlocked(ask)?;
    filled(cx, ask)
}

/// # Errors
/// 403 for an archived repository.
pub(crate) fn unlocked(ask: &Ask) -> Result<(), Problem> {
    if ask.repo["archived"] == true {
        return Err(Problem::forbidden("Repository was archived so is read-only."));
    }
    Ok(())
}

/// Whoever asks, as the author of a commit: with the address that GitHub gives those who hide theirs.
pub(crate) fn caller(cx: &Cx, ask: &Ask) -> Person {
    let login = ask.login().to_owned();
    let email = format!("{}+{login}@users.noreply.github.com", accounts::number_of(&login));
    Person { name: login, email, seconds: cx.now().seconds(), zone: "+0000".to_owned() }
}

/// A person of the body, with `fallback` for what it leaves out.
///
/// # Errors
/// 422 for what is no person.
pub(crate) fn person(ask: &Ask, name: &str, fallback: &Person) -> Result<Person, Problem> {
    let Some(given) = ask.field(name) else { return Ok(fallback.clone()) };
    if !given.is_object() {
        return Err(mistyped(name, given, "object"));
    }
    let text = |key: &str| given[key].as_str().filter(|t| !t.is_empty());
    let mut person = fallback.clone();
    match (text("name"), text("email")) {
        (Some(name), Some(email)) => {
            name.clone_into(&mut person.name);
            email.clone_into(&mut person.email);
        }
        (None, None) => {}
        (None, _) => return Err(Problem::unprocessable("Invalid request.\n\n\"name\" wasn't supplied.")),
        (_, None) => return Err(Problem::unprocessable("Invalid request.\n\n\"email\" wasn't supplied.")),
    }
    if let Some(date) = text("date") {
        let parsed: Option<jiff::Timestamp> = date.parse().ok();
        let Some(moment) = parsed else {
            return Err(Problem::unprocessable(format!("Invalid request.\n\n{date} is not a valid date-time.")));
        };
        person.seconds = moment.as_second();
        "+0000".clone_into(&mut person.zone);
    }
    Ok(person)
}

/// A message as a commit keeps it: the API does not add a line break.
pub(crate) fn message(ask: &Ask) -> Result<String, Problem> {
    let text = ask.text("message")?;
    if text.trim().is_empty() {
        Err(Problem::unprocessable("Invalid request.\n\nmessage is empty."))
    } else {
        Ok(text.to_owned())
    }
}

/// The moment of a commit.
pub(crate) fn moment(person: &Person) -> Moment {
    Moment(person.seconds.saturating_mul(1000))
}

/// A text of a JSON object; empty when it is missing.
pub(crate) fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}
