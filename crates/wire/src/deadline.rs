//! Deadlines.

use crate::{Wire, WireError, collect};
use bytes::Bytes;
use http::{Request, Response};
use std::time::Duration;
use tower::ServiceExt;

/// Sends a request and reads the whole answer, or gives up. The time is tokio's, which is paused in
/// drills and tests.
///
/// # Errors
/// Where no whole answer comes in time.
pub async fn within(wire: &Wire, request: Request<Bytes>, deadline: Duration) -> Result<Response<Bytes>, WireError> {
    let answer = async {
        let (parts, body) = wire.clone().oneshot(request).await?.into_parts();
        Ok(Response::from_parts(parts, collect(body).await?))
    };
    tokio::time::timeout(deadline, answer).await.unwrap_or(Err(WireError::Late(deadline.as_secs())))
}
