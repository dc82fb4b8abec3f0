//! What a repository is set up with besides its files.

pub(crate) mod collaborators;
pub(crate) mod environments;
pub(crate) mod hooks;
pub(crate) mod keys;
pub(crate) mod protection;
pub(crate) mod rules;
pub(crate) mod rulesets;
pub(crate) mod sealed;
pub(crate) mod secrets;
pub(crate) mod variables;
pub(crate) mod workflows;

use super::problem::Problem;

/// True for a name that a secret or variable can have. Source: GitHub documentation, secrets reference.
fn legal(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    letters
        && !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.to_ascii_uppercase().starts_with("GITHUB_")
}

/// The name as it is stored: in capitals.
///
/// # Errors
/// 422 for what is no name.
fn stored_name(what: &str, name: &str) -> Result<String, Problem> {
    if legal(name) {
        return Ok(name.to_ascii_uppercase());
    }
    let text = format!(
        "{what} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not \
         allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_), and not with GITHUB_."
    );
    Err(Problem::unprocessable(text))
}
