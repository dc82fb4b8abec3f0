//! Ports, refresh, execute, recover, events
