//! What is in the place, as far as it was read: one picture, taken so that everything in it was there
//! at the same time, and kept up by the one who writes.
//!
//! A journal is a folder of batches, `journal/000000` and on, each written once. Whoever takes the
//! place of a writer that is gone puts a *seal* where the next batch would be: an object that holds no
//! frames, and keeps the other one from ever adding to this journal.

use super::{
    lease::VISIBLE,
    place::Place,
    sealed::Keys,
    trouble::{lost, trouble},
};
use pontoon_engine::objects::{Listed, Put, When};
use std::{collections::BTreeMap, io, rc::Rc};

/// What a journal's file is called in the store, and its folder of batches in the place.
const JOURNAL: &str = "/journal";
/// What a seal holds. No batch begins so: the first frame's length has its top bit set.
const SEAL: &[u8] = b"seal\n";
/// How often a picture is taken again because something moved.
const TRIES: u32 = 8;

#[derive(Debug, Clone)]
struct Entry {
    tag: String,
    content: Option<Rc<Vec<u8>>>,
    /// Tags that it had before, as far as we know: a place may show them for a while.
    past: Vec<String>,
}

/// What is in the place.
#[derive(Debug, Default)]
pub(crate) struct Mirror(BTreeMap<String, Entry>);

/// The key of a journal's batch.
pub(crate) fn batch_key(journal: &str, n: usize) -> String {
    format!("{journal}/{n:06}")
}

/// Whether a key is a journal of an operation.
pub(crate) fn is_journal(key: &str) -> bool {
    key.starts_with("operations/") && key.ends_with(JOURNAL)
}

/// The journal that a key is a batch of, and which one.
fn batch_of(key: &str) -> Option<(&str, usize)> {
    let (journal, n) = key.rsplit_once('/')?;
    is_journal(journal).then_some(())?;
    Some((journal, n.parse().ok()?))
}

impl Mirror {
    /// Looks until nothing moved between two looks; what was read before and has not changed is kept.
    pub fn look(&mut self, place: &Place, keys: &Keys) -> io::Result<()> {
        let mut tries = 0;
        let mut listed = stored(place)?;
        loop {
            let mut kept = std::mem::take(&mut self.0);
            for Listed { key, tag } in &listed {
                let entry = match kept.remove(key) {
                    Some(entry) if entry.tag == *tag => entry,
                    Some(Entry { tag: old, mut past, .. }) => {
                        past.push(old);
                        Entry { tag: tag.clone(), content: None, past }
                    }
                    None => Entry { tag: tag.clone(), content: None, past: Vec::new() },
                };
                self.0.insert(key.clone(), entry);
            }
            for key in self.moving() {
                self.fetch(place, keys, &key)?;
            }
            let again = stored(place)?;
            if again.iter().all(|l| self.0.get(&l.key).is_some_and(|e| e.tag == l.tag)) && again.len() == self.0.len() {
                return Ok(());
            }
            tries += 1;
            if tries == TRIES {
                let next = "somebody writes much just now; run the same command again";
                return Err(trouble(format!("{} does not stand still", place.0.name()), next));
            }
            listed = again;
        }
    }

    /// What can still change, and what is not read yet: all but operations that are folded.
    fn moving(&self) -> Vec<String> {
        let folded = |key: &str| {
            let dir = key.strip_prefix("operations/").and_then(|r| r.split('/').next());
            dir.is_some_and(|id| self.0.contains_key(&format!("operations/{id}/summary.json")))
        };
        let unread = self.0.iter().filter(|(key, e)| e.content.is_none() && !folded(key));
        unread.map(|(key, _)| key.clone()).collect()
    }

    /// Reads one object as it is now; whether there is one.
    pub fn fetch(&mut self, place: &Place, keys: &Keys, key: &str) -> io::Result<bool> {
        let Some(object) = place.get(key)? else {
            self.0.remove(key);
            return Ok(false);
        };
        let content = keys.open(place.0.name(), key, &object.bytes)?;
        self.learn(key, object.tag, content);
        Ok(true)
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|e| e.tag.as_str())
    }
    pub fn learn(&mut self, key: &str, tag: String, content: Vec<u8>) {
        let before = self.0.remove(key).map(|e| [e.past, vec![e.tag]].concat()).unwrap_or_default();
        self.0.insert(key.into(), Entry { tag, content: Some(Rc::new(content)), past: before });
    }
    /// Whether a version of an object is one that we know of, be it an earlier one.
    pub fn knows(&self, key: &str, tag: &str) -> bool {
        self.0.get(key).is_some_and(|e| e.tag == tag || e.past.iter().any(|t| t == tag))
    }
    pub fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// An object's content, read now if need be.
    pub fn content(&mut self, place: &Place, keys: &Keys, key: &str) -> io::Result<Option<Rc<Vec<u8>>>> {
        match self.0.get(key) {
            None => return Ok(None),
            Some(Entry { content: Some(content), .. }) => return Ok(Some(content.clone())),
            Some(_) => {}
        }
        self.fetch(place, keys, key)?;
        Ok(self.0.get(key).and_then(|e| e.content.clone()))
    }

    /// The names in a folder; a journal is one.
    pub fn names(&self, dir: &str) -> Vec<String> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut names: Vec<String> =
            self.0.keys().filter_map(|k| Some(k.strip_prefix(&prefix)?.split('/').next()?.to_owned())).collect();
        names.dedup();
        names
    }

    /// How many batches and seals a journal has.
    pub fn batches(&self, journal: &str) -> usize {
        let all = self.0.keys().filter_map(|k| batch_of(k)).filter(|(of, _)| *of == journal);
        all.map(|(_, n)| n + 1).max().unwrap_or(0)
    }

    /// A journal's bytes: its batches, one after the other.
    pub fn journal(&mut self, place: &Place, keys: &Keys, journal: &str) -> io::Result<Option<Vec<u8>>> {
        let count = self.batches(journal);
        let mut bytes = Vec::new();
        for n in 0..count {
            let key = batch_key(journal, n);
            let Some(batch) = self.content(place, keys, &key)? else {
                let at = place.0.name();
                let what = format!("{at}/{key} is missing, and there are batches after it");
                return Err(trouble(what, format!("bring back the version of it that was removed; look: {at}/{journal}/")));
            };
            if *batch != SEAL {
                bytes.extend_from_slice(&batch);
            }
        }
        Ok((count > 0).then_some(bytes))
    }

    /// Adds a batch as the next one of a journal.
    ///
    /// # Errors
    /// Where somebody else has put something there: this writer is not the one any more.
    pub fn add(&mut self, place: &Place, keys: &Keys, journal: &str, bytes: &[u8], conditional: bool) -> io::Result<()> {
        let key = batch_key(journal, self.batches(journal));
        let (closed, when) = (keys.close(bytes)?, if conditional { When::Absent } else { When::Always });
        let taken = || lost(format!("{}/{key} was written by somebody else, who took over", place.0.name()));
        if !conditional && place.get(&key)?.is_some() {
            return Err(taken());
        }
        let Put::Stored(tag) = place.put(&key, &closed, when)? else { return Err(taken()) };
        // What was just written may not be shown yet; somebody else's batch may.
        if !conditional && place.get(&key)?.is_some_and(|o| o.bytes != closed) {
            return Err(taken());
        }
        self.learn(&key, tag, bytes.to_vec());
        Ok(())
    }

    /// Finds every batch of an operation's journal, whatever a list showed, and seals it.
    pub fn seal(&mut self, place: &Place, keys: &Keys, operation: &str, conditional: bool) -> io::Result<()> {
        let folder = format!("operations/{operation}");
        if !conditional {
            // A seal replaces whatever is there: what was written last has to be shown by now.
            place.0.pause(VISIBLE);
        }
        for file in ["plan.json", "summary.json"] {
            self.fetch(place, keys, &format!("{folder}/{file}"))?;
        }
        if self.has(&format!("{folder}/summary.json")) {
            return Ok(());
        }
        let journal = format!("{folder}{JOURNAL}");
        loop {
            let next = batch_key(&journal, self.batches(&journal));
            if self.fetch(place, keys, &next)? {
                continue;
            }
            let closed = keys.close(SEAL)?;
            let when = if conditional { When::Absent } else { When::Always };
            if let Put::Stored(tag) = place.put(&next, &closed, when)? {
                self.learn(&next, tag, SEAL.to_vec());
                return Ok(());
            }
        }
    }
}

/// Everything that is part of the store itself: not its lock, not what it says about itself.
fn stored(place: &Place) -> io::Result<Vec<Listed>> {
    let mut all = place.list("operations/")?;
    all.extend(place.list("records/")?);
    all.extend(place.list(super::MOVED)?);
    Ok(all)
}
