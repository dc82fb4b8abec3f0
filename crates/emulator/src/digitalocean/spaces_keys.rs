//! Keys of object storage.

use crate::Route;
use crate::route::EventHandler;

/// Operations.
pub const ROUTES: &[Route] = &[];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];
