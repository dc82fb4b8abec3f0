//! The embedded cloud as a wire: no socket, the same thread, a clock that may be paused.

use bytes::Bytes;
use http::Request;
use pontoon_emulator::{Cloud, Vendor};
use pontoon_wire::{Wire, WireError, full};
use tower::{service_fn, util::BoxCloneSyncService};

/// The way to one vendor of a world.
///
/// The vendor's side is a task of its own: a caller that gives up undoes nothing.
pub fn wire(cloud: &Cloud, vendor: Vendor) -> Wire {
    let cloud = cloud.clone();
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let call = tokio::spawn(cloud.call(vendor, request));
        async move {
            match call.await {
                Ok(Ok(response)) => Ok(response.map(full)),
                Ok(Err(cut)) => Err(WireError::Lost { source: Box::new(cut) }),
                Err(panicked) => Err(WireError::Lost { source: Box::new(panicked) }),
            }
        }
    }))
}
