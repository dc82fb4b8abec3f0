//! What comes from outside may be anything: vendors that change their replies, documents and files that were damaged or
//! written by somebody who means harm. Nothing of it ends in a panic, and nothing is destroyed because of it.

#[path = "trust/changed.rs"]
mod changed;
#[path = "trust/inputs.rs"]
mod inputs;
#[path = "trust/properties.rs"]
mod properties;
#[path = "trust/replies.rs"]
mod replies;
