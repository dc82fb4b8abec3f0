//! The commands, one module each.

pub mod adopt;
pub mod bootstrap;
pub mod check;
pub mod completions;
pub mod cost;
pub mod deliver;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod ephemeral;
pub mod explain;
pub mod forget;
pub mod gitops;
pub mod ground;
pub mod init;
pub mod kubeconfig;
pub mod leaks;
pub mod local;
pub mod lock;
pub mod op;
pub mod plan;
pub mod promote;
pub mod render;
pub mod schema;
pub mod secret;
pub mod state;
pub mod status;
pub mod up;
pub mod upgrade;
pub mod why;

mod change;
pub mod inside;
pub mod reachable;
mod run;
mod runs;
mod sweep;
