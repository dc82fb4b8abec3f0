//! State, journal, operation log and locks in a local directory
