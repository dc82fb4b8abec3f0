//! Named passes from resolved specs to the platform: lints, then resources.
//!
//! Pure. A pass reads specs and writes resources or diagnostics; none stops at a problem. What the
//! document asks for and this version does not build is listed by name, never dropped. [`raise`] goes the other way: from an
//! account to a first document.

pub mod contents;
pub mod lints;
mod lower;
mod raise;

pub use lower::{Options, compile, shared_scope, targets};
pub use raise::{Choice, NotRaised, Objects, Raised, raise};
