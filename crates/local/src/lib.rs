//! Engine, providers and the embedded cloud composed in one process
