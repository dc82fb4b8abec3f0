//! What a reader saw, so that it need not look again while nothing of it was touched.

use crate::state::Docs;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// What was read, each with the stamp that it had then: by the place of the collection, and by name where there was none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reads {
    at: FxHashMap<usize, Read>,
    absent: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct Read {
    /// The stamp of the whole collection, where all of it was read.
    whole: Option<u64>,
    keys: FxHashMap<String, u64>,
    /// The stamp of the collection when everything in here was last found to be the same; 0 for never.
    same: u64,
}

impl Reads {
    /// Notes a read of a key, or of the whole collection. The first read counts: what is written after it was not seen.
    pub(crate) fn note(&mut self, docs: &Docs, place: usize, key: Option<&str>) {
        let (read, collection) = (self.at.entry(place).or_default(), docs.at(place));
        match key {
            None if read.whole.is_none() => read.whole = Some(collection.stamp()),
            // Whoever read all of it need not remember what he read of it later.
            Some(key) if read.whole.is_none() && !read.keys.contains_key(key) => {
                read.keys.insert(key.to_owned(), collection.stamp_of(key));
            }
            _ => {}
        }
    }

    /// Notes a look for a collection that is not there.
    pub(crate) fn note_absent(&mut self, name: &str) {
        if !self.absent.contains(name) {
            self.absent.insert(name.to_owned());
        }
    }

    /// Notes a read of a key, in place of an earlier one.
    pub(crate) fn note_again(&mut self, docs: &Docs, place: usize, key: &str) {
        if let Some(read) = self.at.get_mut(&place) {
            read.keys.remove(key);
        }
        self.note(docs, place, Some(key));
    }

    /// Takes in what somebody read on this reader's behalf, later than what is here.
    pub(crate) fn merge(&mut self, other: &Reads) {
        for (place, theirs) in &other.at {
            let read = self.at.entry(*place).or_default();
            // They may have looked before this reader was last found to be the same.
            read.same = 0;
            if read.whole.is_some() {
                continue;
            }
            read.whole = theirs.whole;
            for (key, stamp) in &theirs.keys {
                if !read.keys.contains_key(key) {
                    read.keys.insert(key.clone(), *stamp);
                }
            }
        }
        self.absent.extend(other.absent.iter().cloned());
    }

    /// Whether nothing of it was touched since.
    pub(crate) fn same(&mut self, docs: &Docs) -> bool {
        let read_same = |(place, read): (&usize, &mut Read)| {
            let collection = docs.at(*place);
            let stamp = collection.stamp();
            let same = read.same == stamp
                || read.whole.is_none_or(|whole| whole == stamp)
                    && read.keys.iter().all(|(key, stamp)| collection.stamp_of(key) == *stamp);
            if same {
                read.same = stamp;
            }
            same
        };
        self.at.iter_mut().all(read_same) && self.absent.iter().all(|name| docs.place(name).is_none())
    }
}

/// One look of a controller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    /// What it read.
    pub reads: Reads,
    /// Virtual milliseconds at which it wants to look again, whatever happens.
    pub again: Option<i64>,
}

/// The last look of each controller of a cluster, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looks(FxHashMap<String, Look>);

impl Looks {
    pub(crate) fn take(&mut self, name: &str) -> Option<Look> {
        self.0.remove(name)
    }

    pub(crate) fn keep(&mut self, name: String, look: Look) {
        self.0.insert(name, look);
    }

    /// The first moment after `now` at which one of them wants to look again.
    pub(crate) fn again(&self, now: i64) -> Option<i64> {
        self.0.values().filter_map(|look| look.again).filter(|at| *at > now).min()
    }
}
