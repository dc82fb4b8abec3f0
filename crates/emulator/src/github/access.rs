//! Whose token it is, and what it allows.

use super::accounts;
use super::ask::Ask;
use super::knobs::GithubToken;
use super::problem::Problem;
use crate::{Cx, Req};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The token of a request: `Bearer`, `token`, or the password of `Basic`; nobody without the header.
///
/// # Errors
/// 401 for a token that nobody has.
pub(crate) fn token(cx: &Cx, req: &Req) -> Result<Option<GithubToken>, Problem> {
    let Some(header) = req.header("authorization") else { return Ok(None) };
    let (kind, rest) = header.split_once(' ').unwrap_or((header, ""));
    let sent = match kind.to_ascii_lowercase().as_str() {
        "bearer" | "token" => rest.trim().to_owned(),
        "basic" => {
            let pair = STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            let (user, password) = pair.split_once(':').unwrap_or((&pair, ""));
            // `https://<token>@github.com` and `https://x-access-token:<token>@github.com` are both used.
            if password.is_empty() || password == "x-oauth-basic" { user.to_owned() } else { password.to_owned() }
        }
        _ => String::new(),
    };
    let known = named(cx, &sent);
    known.map(Some).ok_or_else(|| Problem::new(401, "Bad credentials"))
}

/// The token of the world with that text.
pub(crate) fn named(cx: &Cx, text: &str) -> Option<GithubToken> {
    cx.world().github.tokens.iter().find(|t| t.token == text && !text.is_empty()).cloned()
}

/// What an operation needs of its caller: a fine-grained permission with its level, as in `contents:write`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Permission; empty needs nothing.
    pub permission: &'static str,
    /// `read`, `write`.
    pub level: &'static str,
}

impl Need {
    /// Reads `contents:write`.
    pub(crate) fn of(text: &'static str) -> Self {
        let (permission, level) = text.split_once(':').unwrap_or((text, "read"));
        Self { permission, level }
    }

    /// The role in the repository that it takes. Source: GitHub documentation, repository roles for an organization.
    fn role(self) -> &'static str {
        match (self.permission, self.level) {
            ("secrets" | "variables" | "environments" | "repository_hooks" | "administration", "write" | "admin") => "admin",
            ("secrets" | "variables" | "repository_hooks" | "administration", _) => "admin",
            ("issues" | "pull_requests", _) | (_, "read") => "read",
            _ => "write",
        }
    }
}

/// Whether the caller may do in the path's repository what needs `need`.
///
/// # Errors
/// 404 where the repository is hidden, 401 for nobody, 403 for too little.
pub(crate) fn repository(cx: &Cx, ask: &Ask, need: Need) -> Result<(), Problem> {
    let hidden = Problem::not_found;
    let Some(held) = accounts::role(cx, &ask.repo, ask.login()) else { return Err(hidden()) };
    let public = ask.repo["private"] == false;
    let Some(token) = &ask.token else {
        let read = need.permission.is_empty() || (need.level == "read" && need.role() == "read");
        return if read { Ok(()) } else { Err(Problem::new(401, "Requires authentication")) };
    };
    if ask.fine_grained() {
        let full = ask.full_name();
        let reached = token.repositories.is_empty() || token.repositories.iter().any(|r| r.eq_ignore_ascii_case(&full));
        if !reached && !public {
            return Err(hidden());
        }
        let reads = public && need.level == "read";
        let allowed = reads || need.permission.is_empty() || (reached && ask.permission(need.permission, need.level));
        if !allowed {
            let accepted = format!("{}={}", need.permission, need.level);
            return Err(Problem::forbidden("Resource not accessible by personal access token")
                .with("x-accepted-github-permissions", accepted));
        }
    } else if !ask.scope("repo") {
        // Without `repo`, a classic token sees what is public, and changes it with `public_repo`.
        if !public || (need.level != "read" && !ask.scope("public_repo")) {
            return Err(hidden().with("x-accepted-oauth-scopes", "repo"));
        }
    }
    if need.permission.is_empty() {
        return Ok(());
    }
    let wanted = accounts::ROLES.iter().position(|r| *r == need.role()).unwrap_or(0);
    match (held >= wanted, need.role()) {
        (true, _) => Ok(()),
        (false, "admin") if held == 0 => Err(hidden()),
        (false, role) => Err(Problem::forbidden(format!("Must have {role} rights to Repository."))),
    }
}
