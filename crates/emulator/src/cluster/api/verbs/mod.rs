//! What can be done with objects over HTTP.

pub(crate) mod delete;
