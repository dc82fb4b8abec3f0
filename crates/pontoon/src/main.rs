//! The binary: arguments, settings, composition, messages, exit codes.
fn main() {}
