//! Claims of pods.

use crate::cluster::Objects;
use serde_json::Value;

/// Why a pod's volume cannot be attached.
pub(crate) fn unattached(_objects: &Objects, _pod: &Value) -> Option<String> {
    None
}

/// Whether a pod's volumes are attached.
pub(crate) fn attached(_objects: &mut Objects, _pod: &Value) -> bool {
    true
}
