//! What people and programs say about commits and plans: statuses, check runs, issues.

pub(crate) mod checks;
pub(crate) mod issues;
pub(crate) mod statuses;
