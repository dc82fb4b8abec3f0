//! What a reader saw, so that it need not look again while nothing of it was touched.

use crate::state::Collection;
use std::collections::BTreeMap;

/// What was read, each with the stamp that it had then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reads(BTreeMap<String, Read>);

#[derive(Debug, Clone, Default)]
struct Read {
    /// The stamp of the whole collection, where all of it was read.
    whole: Option<u64>,
    keys: BTreeMap<String, u64>,
}

impl Reads {
    /// Notes a read of a key, or of the whole collection. The first read counts: what is written after it was not seen.
    pub(crate) fn note(&mut self, docs: &BTreeMap<String, Collection>, name: &str, key: Option<&str>) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Read::default());
        }
        let Some(read) = self.0.get_mut(name) else { return };
        match key {
            None if read.whole.is_none() => read.whole = Some(docs.get(name).map_or(0, Collection::stamp)),
            // Whoever read all of it need not remember what he read of it later.
            Some(key) if read.whole.is_none() && !read.keys.contains_key(key) => {
                read.keys.insert(key.to_owned(), docs.get(name).map_or(0, |c| c.stamp_of(key)));
            }
            _ => {}
        }
    }

    /// Takes in what somebody read on this reader's behalf, later than what is here.
    pub(crate) fn merge(&mut self, other: &Reads) {
        for (name, theirs) in &other.0 {
            let read = self.0.entry(name.clone()).or_default();
            if read.whole.is_some() {
                continue;
            }
            read.whole = theirs.whole;
            for (key, stamp) in &theirs.keys {
                read.keys.entry(key.clone()).or_insert(*stamp);
            }
        }
    }

    /// Forgets a read of a key.
    pub(crate) fn forget(&mut self, name: &str, key: &str) {
        if let Some(read) = self.0.get_mut(name) {
            read.keys.remove(key);
        }
    }

    /// Whether nothing of it was touched since.
    pub(crate) fn same(&self, docs: &BTreeMap<String, Collection>) -> bool {
        self.0.iter().all(|(name, read)| {
            let collection = docs.get(name);
            read.whole.is_none_or(|stamp| collection.map_or(0, Collection::stamp) == stamp)
                && read.keys.iter().all(|(key, stamp)| collection.map_or(0, |c| c.stamp_of(key)) == *stamp)
        })
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
pub(crate) struct Looks(BTreeMap<String, Look>);

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
