//! The one way out: every vendor is reached through a [`Wire`], a cloneable tower service.
//!
//! Real runs put hyper with rustls behind it ([`network`]), local runs, drills and tests the embedded
//! cloud's own front in the same process. Knows no vendor's resources and never retries.

mod aside;
mod deadline;
mod network;
pub mod signature;

pub use aside::{Aside, aside, pause};
pub use deadline::within;
pub use network::{NetworkError, Route, RouteError, network, network_trusting};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};

/// An answer's body: read it with [`collect`].
pub type Body = UnsyncBoxBody<Bytes, WireError>;

/// The way to one vendor.
pub type Wire = tower::util::BoxCloneSyncService<Request<Bytes>, Response<Body>, WireError>;

/// The most that an answer may hold, in bytes.
pub const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nothing was sent: no connection could be made.
    #[error("cannot connect to {host}")]
    Unsent {
        /// Where to.
        host: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something was sent, and no whole answer came back: it may have had its effect.
    #[error("the connection was lost before an answer came")]
    Lost {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The deadline passed: it may have had its effect.
    #[error("no answer within {0} s")]
    Late(u64),
    /// The answer is larger than anything sensible.
    #[error("the answer is larger than {BODY_LIMIT} bytes")]
    TooLarge,
    /// The request could not be built.
    #[error("the request cannot be sent: {0}")]
    Malformed(String),
}

impl WireError {
    /// Whether it is certain that nothing was sent.
    pub fn unsent(&self) -> bool {
        matches!(self, WireError::Unsent { .. } | WireError::Malformed(_))
    }
    /// What happened, with its causes, in one line.
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !line.contains(&text) {
                line = format!("{line}: {text}");
            }
            source = cause.source();
        }
        line
    }
}

/// A header that holds a credential: what prints requests leaves it out.
///
/// # Errors
/// Where the text cannot stand in a header; it is not shown.
pub fn credential(text: &str) -> Result<HeaderValue, WireError> {
    let mut value: HeaderValue = text.parse().map_err(|_| WireError::Malformed("the credential is no header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A body of bytes that are all there.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|e| match e {}).boxed_unsync()
}

/// Reads a body to its end.
///
/// # Errors
/// Where the connection is lost or the body is larger than [`BODY_LIMIT`].
pub async fn collect(mut body: Body) -> Result<Bytes, WireError> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if read.len() + data.len() > BODY_LIMIT {
                return Err(WireError::TooLarge);
            }
            read.extend_from_slice(&data);
        }
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_not_printed_with_its_request() {
        let request = |value| Request::builder().header("authorization", value).body(Bytes::new());
        let printed = format!("{:?}", request(credential("Bearer hunter2").unwrap()));
        assert!(printed.contains("Sensitive") && !printed.contains("hunter2"), "{printed}");
        let refused = credential("hunter2\n").unwrap_err();
        assert!(!format!("{refused:?} {}", refused.line()).contains("hunter2"));
    }
}
