//! `git-receive-pack` over HTTP: what `git push` talks to.

use super::object::is_id;
use super::packet::{self, FLUSH, Packet};
use super::store::Git;
use super::{unpack, upload};
use crate::Cx;

const CAPABILITIES: &str = "report-status delete-refs side-band-64k quiet ofs-delta object-format=sha1 agent=git/github-embedded";

/// One reference that a push moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    /// Where the client believes it to be; nothing for one that is new.
    pub old: Option<String>,
    /// Where it is to be; nothing to delete it.
    pub new: Option<String>,
    /// Full name.
    pub name: String,
}

/// The first answer.
pub(crate) fn advertise(cx: &Cx, git: &Git) -> Vec<u8> {
    let mut out = Vec::new();
    packet::line(&mut out, "# service=git-receive-pack\n");
    out.extend(FLUSH);
    upload::references(cx, git, None, CAPABILITIES, false, &mut out);
    out.extend(FLUSH);
    out
}

/// A push: what is to move, and the objects, which are in the repository now.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(cx: &mut Cx, git: &Git, body: &[u8]) -> Result<Vec<Update>, String> {
    let (packets, pack) = packet::read(body, true);
    let mut updates = Vec::new();
    for packet in &packets {
        let Packet::Line(_) = packet else { continue };
        let text = packet.text();
        let text = text.split('\0').next().unwrap_or_default().trim_end();
        let mut words = text.splitn(3, ' ');
        let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
            return Err("protocol error: expected old/new/ref".to_owned());
        };
        if !is_id(old) || !is_id(new) {
            return Err(format!("protocol error: expected old/new/ref, got '{text}'"));
        }
        let some = |id: &str| id.chars().any(|c| c != '0').then(|| id.to_owned());
        updates.push(Update { old: some(old), new: some(new), name: name.to_owned() });
    }
    if !pack.is_empty() {
        unpack::unpack(cx, git, pack)?;
    }
    Ok(updates)
}

/// The answer to a push: what became of each reference, and what people see beside it.
pub(crate) fn report(unpacked: &Result<(), String>, results: &[(String, Result<(), String>)], said: &str) -> Vec<u8> {
    let mut status = Vec::new();
    match unpacked {
        Ok(()) => packet::line(&mut status, "unpack ok\n"),
        Err(why) => packet::line(&mut status, format!("unpack {why}\n")),
    }
    for (name, result) in results {
        match result {
            Ok(()) => packet::line(&mut status, format!("ok {name}\n")),
            Err(why) => packet::line(&mut status, format!("ng {name} {why}\n")),
        }
    }
    status.extend(FLUSH);
    let mut out = Vec::new();
    packet::band(&mut out, 2, said.as_bytes());
    packet::band(&mut out, 1, &status);
    out.extend(FLUSH);
    out
}
