//! Clients on the wire that implement the engine's Provider port
