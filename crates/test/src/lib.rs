//! Contexts, scenarios, contract checks, crash and fault drivers
