//! Crashes at a chosen call: the process is gone before the call leaves, or after the vendor acted.

use crate::context::{Context, Wrap};
use bytes::Bytes;
use http::Request;
use pontoon_emulator::Vendor;
use pontoon_wire::{Wire, WireError};
use std::{
    future::Future,
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// When a run dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before call `n` (counted from 0) leaves.
    Before(usize),
    /// After the vendor has carried call `n` out, before its reply is read.
    After(usize),
}

/// Runs a future and lets it die; `None` where it died. What it had asked of the vendor goes on.
pub async fn dies<T>(context: &Context, when: When, future: impl Future<Output = T>) -> Option<T> {
    let (death, calls, dead) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let wrap: Wrap = Rc::new({
        let (death, calls, dead) = (death.clone(), calls.clone(), dead.clone());
        move |_: Vendor, wire: Wire| {
            let (death, calls, dead) = (death.clone(), calls.clone(), dead.clone());
            BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
                let (wire, death, calls, dead) = (wire.clone(), death.clone(), calls.clone(), dead.clone());
                async move {
                    let n = calls.fetch_add(1, Ordering::SeqCst);
                    let die = || {
                        dead.store(true, Ordering::SeqCst);
                        death.notify_one();
                        std::future::pending::<Result<_, WireError>>()
                    };
                    if dead.load(Ordering::SeqCst) || when == When::Before(n) {
                        return die().await;
                    }
                    let reply = wire.oneshot(request).await;
                    if dead.load(Ordering::SeqCst) || when == When::After(n) {
                        return die().await;
                    }
                    reply
                }
            }))
        }
    });
    context.wrap(wrap);
    let ended = {
        let (future, death) = (pin!(future), pin!(death.notified()));
        match futures::future::select(death, future).await {
            futures::future::Either::Left(_) => None,
            futures::future::Either::Right((done, _)) => Some(done),
        }
    };
    context.unwrap();
    ended
}
