//! `git-upload-pack` over HTTP: what `ls-remote`, `clone` and `fetch` talk to, in protocol versions 0 and 2.
//!
//! Every request stands for itself, as HTTP wants it: what the client has and wants comes with each of them. Source:
//! Git documentation, protocol-v2 and http-protocol.

use super::history::{self, Held, Wanted};
use super::packet::{self, DELIMITER, FLUSH, Packet};
use super::store::Git;
use super::{Kind, pack};
use crate::Cx;

const AGENT: &str = "agent=git/github-embedded";

/// The first answer: references (version 0) or capabilities (version 2).
pub(crate) fn advertise(cx: &Cx, git: &Git, default_branch: &str, version: u8) -> Vec<u8> {
    let mut out = Vec::new();
    packet::line(&mut out, "# service=git-upload-pack\n");
    out.extend(FLUSH);
    if version == 2 {
        for capability in ["version 2", AGENT, "ls-refs=unborn", "fetch=shallow", "server-option", "object-format=sha1"] {
            packet::line(&mut out, format!("{capability}\n"));
        }
        out.extend(FLUSH);
        return out;
    }
    let head = format!("refs/heads/{default_branch}");
    let symref = format!(" symref=HEAD:{head}");
    let capabilities = format!(
        "shallow deepen-since side-band-64k ofs-delta no-progress include-tag allow-tip-sha1-in-want \
         allow-reachable-sha1-in-want{symref} object-format=sha1 {AGENT}"
    );
    references(cx, git, Some(&head), &capabilities, true, &mut out);
    out.extend(FLUSH);
    out
}

/// Lines of references, `HEAD` first when `head` exists, the capabilities behind the first of them.
pub(crate) fn references(cx: &Cx, git: &Git, head: Option<&str>, capabilities: &str, peel: bool, out: &mut Vec<u8>) {
    let mut lines: Vec<String> = head.and_then(|h| git.reference(cx, h)).map(|id| format!("{id} HEAD")).into_iter().collect();
    for (name, id) in git.references(cx, "refs/") {
        lines.push(format!("{id} {name}"));
        if peel && let Some(tag) = git.tag(cx, &id) {
            lines.push(format!("{} {name}^{{}}", tag.object));
        }
    }
    if lines.is_empty() {
        lines.push(format!("{} capabilities^{{}}", "0".repeat(40)));
    }
    for (index, text) in lines.iter().enumerate() {
        let text = if index == 0 { format!("{text}\0{capabilities}\n") } else { format!("{text}\n") };
        packet::line(out, text);
    }
}

/// What a client asks for.
#[derive(Debug, Default)]
struct Asked {
    wants: Vec<String>,
    haves: Vec<String>,
    shallow: Vec<String>,
    depth: Option<usize>,
    done: bool,
    side_band: bool,
}

impl Asked {
    fn read(lines: &[Packet]) -> Self {
        let mut asked = Self::default();
        for packet in lines {
            let text = packet.text();
            let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
            let id = rest.split([' ', '\0']).next().unwrap_or_default().to_owned();
            match word {
                "want" => {
                    asked.side_band |= rest.contains("side-band");
                    asked.wants.push(id);
                }
                "have" => asked.haves.push(id),
                "shallow" => asked.shallow.push(id),
                "deepen" => asked.depth = rest.parse().ok().filter(|d| *d > 0),
                "done" => asked.done = true,
                _ => {}
            }
        }
        asked
    }
}

/// Answers a POST.
pub(crate) fn answer(cx: &Cx, git: &Git, default_branch: &str, version: u8, body: &[u8]) -> Vec<u8> {
    let (packets, _) = packet::read(body, false);
    if version != 2 {
        return fetch_0(cx, git, &Asked::read(&packets));
    }
    let command = packets.first().map(Packet::text).unwrap_or_default();
    match command.as_str() {
        "command=ls-refs" => ls_refs(cx, git, default_branch, &packets),
        "command=fetch" => fetch_2(cx, git, &Asked::read(&packets)),
        other => error(&format!("unknown command '{}'", other.trim_start_matches("command="))),
    }
}

fn error(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    packet::line(&mut out, format!("ERR {text}\n"));
    out
}

fn ls_refs(cx: &Cx, git: &Git, default_branch: &str, packets: &[Packet]) -> Vec<u8> {
    let texts: Vec<String> = packets.iter().map(Packet::text).collect();
    let has = |word: &str| texts.iter().any(|t| t == word);
    let prefixes: Vec<&str> = texts.iter().filter_map(|t| t.strip_prefix("ref-prefix ")).collect();
    let fits = |name: &str| prefixes.is_empty() || prefixes.iter().any(|p| name.starts_with(p));
    let head = format!("refs/heads/{default_branch}");
    let mut out = Vec::new();
    if fits("HEAD") {
        let symref = if has("symrefs") { format!(" symref-target:{head}") } else { String::new() };
        match git.reference(cx, &head) {
            Some(id) => packet::line(&mut out, format!("{id} HEAD{symref}\n")),
            None if has("unborn") => packet::line(&mut out, format!("unborn HEAD{symref}\n")),
            None => {}
        }
    }
    for (name, id) in git.references(cx, "refs/").into_iter().filter(|(name, _)| fits(name)) {
        let peeled = if has("peel") { git.tag(cx, &id).map(|t| format!(" peeled:{}", t.object)) } else { None };
        packet::line(&mut out, format!("{id} {name}{}\n", peeled.unwrap_or_default()));
    }
    out.extend(FLUSH);
    out
}

/// The objects, or what a client that wants what is not there is told.
fn collect(cx: &Cx, git: &Git, asked: &Asked) -> Result<Wanted, Vec<u8>> {
    let reachable = |id: &String| git.kind(cx, id).is_some_and(|kind| kind != Kind::Blob);
    if let Some(missing) = asked.wants.iter().find(|id| !reachable(id)) {
        return Err(error(&format!("upload-pack: not our ref {missing}")));
    }
    let haves = common(cx, git, asked);
    Ok(history::wanted(cx, git, &asked.wants, Held { haves: &haves, shallow: &asked.shallow }, asked.depth))
}

fn common(cx: &Cx, git: &Git, asked: &Asked) -> Vec<String> {
    asked.haves.iter().filter(|id| git.kind(cx, id).is_some()).cloned().collect()
}

fn shallow_lines(wanted: &Wanted, out: &mut Vec<u8>) {
    for id in &wanted.shallow {
        packet::line(out, format!("shallow {id}"));
    }
    for id in &wanted.deepened {
        packet::line(out, format!("unshallow {id}"));
    }
}

fn fetch_0(cx: &Cx, git: &Git, asked: &Asked) -> Vec<u8> {
    let wanted = match collect(cx, git, asked) {
        Ok(wanted) => wanted,
        Err(told) => return told,
    };
    let mut out = Vec::new();
    if asked.depth.is_some() {
        shallow_lines(&wanted, &mut out);
        out.extend(FLUSH);
    }
    let common = common(cx, git, asked);
    let acknowledged = |id: Option<&String>| id.map_or_else(|| "NAK\n".to_owned(), |id| format!("ACK {id}\n"));
    if !asked.done {
        // A first round of a shallow fetch asks only where the history is cut.
        if asked.depth.is_none() || !asked.haves.is_empty() {
            packet::line(&mut out, acknowledged(common.first()));
        }
        return out;
    }
    packet::line(&mut out, acknowledged(common.last()));
    let pack = pack::write(cx, git, &wanted.objects);
    if asked.side_band {
        packet::band(&mut out, 1, &pack);
        out.extend(FLUSH);
    } else {
        out.extend(pack);
    }
    out
}

fn fetch_2(cx: &Cx, git: &Git, asked: &Asked) -> Vec<u8> {
    let wanted = match collect(cx, git, asked) {
        Ok(wanted) => wanted,
        Err(told) => return told,
    };
    let mut out = Vec::new();
    if !asked.done {
        packet::line(&mut out, "acknowledgments\n");
        let common = common(cx, git, asked);
        if common.is_empty() {
            packet::line(&mut out, "NAK\n");
            out.extend(FLUSH);
            return out;
        }
        for id in &common {
            packet::line(&mut out, format!("ACK {id}\n"));
        }
        packet::line(&mut out, "ready\n");
        out.extend(DELIMITER);
    }
    if asked.depth.is_some() && !(wanted.shallow.is_empty() && wanted.deepened.is_empty()) {
        packet::line(&mut out, "shallow-info\n");
        shallow_lines(&wanted, &mut out);
        out.extend(DELIMITER);
    }
    packet::line(&mut out, "packfile\n");
    packet::band(&mut out, 1, &pack::write(cx, git, &wanted.objects));
    out.extend(FLUSH);
    out
}
