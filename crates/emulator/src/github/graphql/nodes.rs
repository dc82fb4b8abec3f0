//! What can be asked of whom.

use super::Fault;
use super::parse::Field;
use crate::Cx;
use crate::github::ask::Ask;
use crate::github::git::{Git, Kind};
use crate::github::render::{self, node};
use crate::github::{access, accounts, repos};
use serde_json::{Map, Value, json};

/// Something in GraphQL's graph; a repository's parts carry it along.
#[derive(Debug, Clone)]
pub(super) enum Node {
    User(String),
    RateLimit,
    Repository(Value),
    Ref(Value, String),
    Object(Value, String),
}

impl Node {
    fn kind(&self, cx: &Cx) -> &'static str {
        match self {
            Self::User(login) if accounts::account(cx, login).is_some_and(|a| a.organization) => "Organization",
            Self::User(_) => "User",
            Self::RateLimit => "RateLimit",
            Self::Repository(_) => "Repository",
            Self::Ref(..) => "Ref",
            Self::Object(repo, id) => match git(repo).kind(cx, id) {
                Some(Kind::Tree) => "Tree",
                Some(Kind::Blob) => "Blob",
                Some(Kind::Tag) => "Tag",
                _ => "Commit",
            },
        }
    }
}

fn git(repo: &Value) -> Git {
    Git::of(&repo["id"].to_string())
}

/// A field of the query itself.
pub(super) fn root(cx: &Cx, ask: &Ask, field: &Field) -> Result<Value, Fault> {
    let text = |name: &str| field.args.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = match field.name.as_str() {
        "viewer" => Some(Node::User(ask.login().to_owned())),
        "rateLimit" => Some(Node::RateLimit),
        "repository" => Some(repository(cx, ask, text("owner"), text("name"), "read")?),
        "organization" | "user" | "repositoryOwner" => {
            let account = accounts::account(cx, text("login"));
            let fits = account.filter(|a| field.name == "repositoryOwner" || a.organization == (field.name == "organization"));
            Some(Node::User(fits.ok_or_else(|| missing("User", text("login")))?.login))
        }
        "__typename" => return Ok("Query".into()),
        other => return Err(Fault::unknown(other, "Query")),
    };
    show(cx, ask, found.as_ref(), &field.fields)
}

fn missing(kind: &str, name: &str) -> Fault {
    Fault::new("NOT_FOUND", format!("Could not resolve to a {kind} with the login of '{name}'."))
}

/// The repository of that name, when whoever asks may read (`read`) or write (`write`) what is in it.
pub(super) fn repository(cx: &Cx, ask: &Ask, owner: &str, name: &str, level: &'static str) -> Result<Node, Fault> {
    let none = || Fault::new("NOT_FOUND", format!("Could not resolve to a Repository with the name '{owner}/{name}'."));
    let repo = repos::stored(cx, owner, name).cloned().ok_or_else(none)?;
    let inner = Ask::new(ask, ask.token.clone()).about(repo);
    let need = access::Need { permission: "contents", level };
    access::repository(cx, &inner, need)
        .map_err(|p| if p.status == 404 { none() } else { Fault::new("FORBIDDEN", p.message) })?;
    Ok(Node::Repository(inner.repo))
}

/// What was asked of a node; null when there is none.
pub(super) fn show(cx: &Cx, ask: &Ask, found: Option<&Node>, fields: &[Field]) -> Result<Value, Fault> {
    let Some(found) = found else { return Ok(Value::Null) };
    let kind = found.kind(cx);
    if fields.is_empty() {
        return Err(Fault::new("undefinedField", format!("Field must have selections (returns {kind} but has no selections)")));
    }
    let mut out = Map::new();
    for field in fields {
        let wanted = field.on.as_deref();
        let fits = wanted.is_none_or(|on| on == kind || matches!(on, "GitObject" | "Node" | "RepositoryOwner" | "Actor"));
        if fits {
            let value = if field.name == "__typename" { kind.into() } else { ask_of(cx, ask, found, kind, field)? };
            out.insert(field.alias.clone(), value);
        }
    }
    Ok(out.into())
}

fn ask_of(cx: &Cx, ask: &Ask, found: &Node, kind: &str, field: &Field) -> Result<Value, Fault> {
    let unknown = || Err(Fault::unknown(&field.name, kind));
    let name = field.name.as_str();
    let text = |name: &str| field.args.get(name).and_then(Value::as_str).unwrap_or_default();
    match found {
        Node::User(login) => match name {
            "login" => Ok(login.as_str().into()),
            "id" => Ok(node(kind, accounts::number_of(login)).into()),
            "databaseId" => Ok(accounts::number_of(login).into()),
            "url" => Ok(format!("https://github.com/{login}").into()),
            _ => unknown(),
        },
        Node::RateLimit => match name {
            "limit" | "remaining" => Ok(5000.into()),
            "cost" => Ok(1.into()),
            "used" => Ok(0.into()),
            _ => unknown(),
        },
        Node::Repository(repo) => {
            let default = format!("refs/heads/{}", repo["default_branch"].as_str().unwrap_or_default());
            let reference = |full: &str| git(repo).reference(cx, full).map(|_| Node::Ref(repo.clone(), full.to_owned()));
            match name {
                "id" => Ok(node("Repository", &repo["id"]).into()),
                "databaseId" => Ok(repo["id"].clone()),
                "name" | "description" => Ok(repo[name].clone()),
                "nameWithOwner" => Ok(repos::full_name(repo).into()),
                "url" => Ok(format!("https://github.com/{}", repos::full_name(repo)).into()),
                "sshUrl" => Ok(format!("git@github.com:{}.git", repos::full_name(repo)).into()),
                "isPrivate" => Ok(repo["private"].clone()),
                "isArchived" => Ok(repo["archived"].clone()),
                "isEmpty" => Ok(git(repo).is_empty(cx).into()),
                "visibility" => Ok(repo["visibility"].as_str().unwrap_or_default().to_uppercase().into()),
                "createdAt" => Ok(repo["created_at"].clone()),
                "pushedAt" => Ok(repo["pushed_at"].clone()),
                "owner" => {
                    let owner = repo["owner"].as_str().unwrap_or_default().to_owned();
                    show(cx, ask, Some(&Node::User(owner)), &field.fields)
                }
                "defaultBranchRef" => show(cx, ask, reference(&default).as_ref(), &field.fields),
                "ref" => {
                    let given = text("qualifiedName");
                    let full = if given.starts_with("refs/") { given.to_owned() } else { format!("refs/heads/{given}") };
                    show(cx, ask, reference(&full).as_ref(), &field.fields)
                }
                "object" => {
                    let id = if field.args.contains_key("oid") {
                        Some(text("oid").to_owned())
                    } else {
                        expression(cx, repo, text("expression"))
                    };
                    let object = id.filter(|id| git(repo).kind(cx, id).is_some()).map(|id| Node::Object(repo.clone(), id));
                    show(cx, ask, object.as_ref(), &field.fields)
                }
                _ => unknown(),
            }
        }
        Node::Ref(repo, full) => match name {
            "id" => Ok(node("Ref", format!("{}:{full}", repo["id"])).into()),
            "name" => Ok(full.splitn(3, '/').nth(2).unwrap_or_default().into()),
            "prefix" => Ok(format!("{}/", full.splitn(3, '/').take(2).collect::<Vec<_>>().join("/")).into()),
            "target" => {
                let target = git(repo).reference(cx, full).map(|id| Node::Object(repo.clone(), id));
                show(cx, ask, target.as_ref(), &field.fields)
            }
            "repository" => show(cx, ask, Some(&Node::Repository(repo.clone())), &field.fields),
            _ => unknown(),
        },
        Node::Object(repo, id) => object(cx, ask, repo, id, kind, field),
    }
}

fn object(cx: &Cx, ask: &Ask, repo: &Value, id: &str, kind: &str, field: &Field) -> Result<Value, Fault> {
    let git = git(repo);
    match (field.name.as_str(), kind) {
        ("oid", _) => return Ok(id.into()),
        ("abbreviatedOid", _) => return Ok(id.get(..7).unwrap_or(id).into()),
        ("id", _) => return Ok(node(kind, format!("{}:{id}", repo["id"])).into()),
        ("text", "Blob") => {
            let text = git.blob(cx, id).and_then(|d| String::from_utf8(d).ok());
            return Ok(text.map_or(Value::Null, Value::from));
        }
        ("byteSize", "Blob") => return Ok(git.blob(cx, id).map_or(0, |d| d.len()).into()),
        ("isBinary", "Blob") => return Ok(git.blob(cx, id).is_some_and(|d| d.contains(&0)).into()),
        _ => {}
    }
    if let (Some(commit), "Commit") = (git.commit(cx, id), kind) {
        match field.name.as_str() {
            "url" => return Ok(format!("https://github.com/{}/commit/{id}", repos::full_name(repo)).into()),
            "message" => return Ok(commit.message.into()),
            "messageHeadline" => return Ok(commit.message.lines().next().unwrap_or_default().into()),
            "committedDate" => return Ok(render::person(&commit.committer)["date"].clone()),
            "authoredDate" => return Ok(render::person(&commit.author)["date"].clone()),
            "tree" => return show(cx, ask, Some(&Node::Object(repo.clone(), commit.tree)), &field.fields),
            _ => {}
        }
    }
    Err(Fault::unknown(&field.name, kind))
}

/// What `main:path/of/file` or a name of a commit means.
fn expression(cx: &Cx, repo: &Value, text: &str) -> Option<String> {
    let git = git(repo);
    let (name, path) = text.split_once(':').map_or((text, None), |(n, p)| (n, Some(p)));
    let name = if name == "HEAD" { repo["default_branch"].as_str()? } else { name };
    let id = git.resolve(cx, name)?;
    match path {
        None => Some(id),
        Some(path) => crate::github::git::tree::at(cx, &git, &git.commit(cx, &id)?.tree, path).map(|e| e.id),
    }
}

/// What a mutation gives back: its own fields, the rest by name.
pub(super) fn payload(cx: &Cx, ask: &Ask, fields: &[Field], nodes: &[(&str, Node)], mutation: &Value) -> Result<Value, Fault> {
    let mut out = Map::new();
    for field in fields {
        let value = match nodes.iter().find(|(name, _)| *name == field.name) {
            Some((_, found)) => show(cx, ask, Some(found), &field.fields)?,
            None if field.name == "clientMutationId" => mutation.clone(),
            None if field.name == "__typename" => "CreateCommitOnBranchPayload".into(),
            None => return Err(Fault::unknown(&field.name, "CreateCommitOnBranchPayload")),
        };
        out.insert(field.alias.clone(), value);
    }
    Ok(json!(out))
}
