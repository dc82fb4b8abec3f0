//! Blobs.

use super::{filled, writable};
use crate::github::ask::Ask;
use crate::github::git::Kind;
use crate::github::problem::{Problem, document};
use crate::github::render::node;
use crate::github::routes::Op;
use crate::{Cx, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/git/blobs", needs: "contents:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/blobs/{file_sha}", needs: "contents:read", run: read },
];

/// Base64 in lines of sixty characters, as the API writes it.
pub(crate) fn base64_lines(data: &[u8]) -> String {
    let text = STANDARD.encode(data);
    let lines = text.as_bytes().chunks(60).map(|l| format!("{}\n", String::from_utf8_lossy(l)));
    lines.collect()
}

/// Base64 as clients send it: blanks and line breaks do not count.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(tight).ok()
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let content = ask.text("content")?;
    let data = match ask.opt("encoding")?.unwrap_or("utf-8") {
        "utf-8" => content.as_bytes().to_vec(),
        "base64" => decoded(content).ok_or_else(|| Problem::unprocessable("content is not valid Base64"))?,
        other => return Err(Problem::unprocessable(format!("Invalid request.\n\n{other} is not a valid encoding."))),
    };
    let id = git.put(cx, Kind::Blob, &data);
    let url = ask.url(&format!("/git/blobs/{id}"));
    Ok(document(201, &json!({ "sha": id, "url": url })).with("location", url))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let id = ask.param("file_sha");
    let data = git.blob(cx, id).ok_or_else(Problem::not_found)?;
    if ask.header("accept").is_some_and(|a| a.contains(".raw")) {
        return Ok(Reply::raw(200, "application/vnd.github.raw; charset=utf-8", data));
    }
    Ok(document(
        200,
        &json!({
            "sha": id, "node_id": node("Blob", format!("{}:{id}", ask.repo_id())), "size": data.len(),
            "url": ask.url(&format!("/git/blobs/{id}")), "content": base64_lines(&data), "encoding": "base64",
        }),
    ))
}
