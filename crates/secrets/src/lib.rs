//! The formats that keep secrets: age keys and files, SOPS's YAML, the sealed boxes of Actions secrets, SSH keys, passwords.
//!
//! No I/O and no clock. Randomness comes in as a [`Draw`], so that equal seeds give equal keys, with one exception:
//! the `age` library draws the keys of each file itself, from the system. Nothing here can print a secret.

pub mod draw;
pub mod key;
pub mod password;
pub mod sealed;
pub mod sops;
pub mod ssh;
pub mod yaml;

pub use draw::Draw;
pub use key::{Identity, Opened, Recipient};
