//! The node autoscaler: nodes for pods that would find room on a new one, and none for those that would not.
//! Source: DigitalOcean documentation, node pool autoscaling; Kubernetes cluster-autoscaler, for words and times.

mod down;
mod pool;
mod up;

use crate::cluster::Objects;

/// Looks every ten seconds while a pod waits, and at idle nodes at most as often.
pub(crate) fn run(objects: &mut Objects) {
    let pools = pool::scaled(objects);
    if pools.is_empty() {
        return;
    }
    up::run(objects, &pools);
    down::run(objects, &pools);
}
