//! Whether a pod can be Ready: what it names must exist, its images be had, and everything that it connects to be open
//! in the policies, answered, and accept its login.
//!
//! | looks at | file | what a pod says when it is missing |
//! |---|---|---|
//! | Secrets, ConfigMaps and their keys | `references` | `CreateContainerConfigError`, `FailedMount` |
//! | registries | `images` | `ErrImagePull`, `InvalidImageName` |
//! | what a pod connects to | `needs`, `environment`, `address` | |
//! | names and where they lead | `targets` | `no such host` |
//! | policies | `policies`, `cilium`, `peers` | `connection timed out (egress denied by policy …)` |
//! | endpoints and logins | `links`, `databases` | `connection refused`, `password authentication failed` |

pub(crate) mod address;
mod cilium;
mod databases;
pub(crate) mod environment;
pub(crate) mod images;
pub(crate) mod links;
pub(crate) mod needs;
mod peers;
mod policies;
pub(crate) mod references;
pub(crate) mod sql;
pub(crate) mod targets;
