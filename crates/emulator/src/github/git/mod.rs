//! Git: objects with their real ids, references, history, packs, and the protocol of `git clone`, `fetch` and `push`.

pub(crate) mod diff;
pub(crate) mod history;
pub(crate) mod merge;
pub(crate) mod object;
pub(crate) mod pack;
pub(crate) mod packet;
pub(crate) mod receive;
pub(crate) mod store;
pub(crate) mod tree;
pub(crate) mod unpack;
pub(crate) mod upload;

pub(crate) use object::{Commit, Kind, Person, Tag};
pub(crate) use store::Git;
