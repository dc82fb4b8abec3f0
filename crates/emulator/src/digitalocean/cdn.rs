//! CDN endpoints in front of buckets.

use crate::Route;
use crate::route::EventHandler;

/// Operations.
pub const ROUTES: &[Route] = &[];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];
