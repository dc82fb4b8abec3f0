//! The cloud on a socket: HTTP/1.1 on a listener, one vendor each. A cut ends the connection.

use crate::{Cloud, Vendor};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::net::TcpListener;

/// No request of an API or of object storage is larger: a part of an upload is at most 5 GiB at the vendor, 64 MiB here.
const BODY_LIMIT: usize = 64 << 20;

impl Cloud {
    /// Answers for `vendor` on `listener` until it is dropped or accepting fails. Connections outlive the future by
    /// as long as they last.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, vendor: Vendor, listener: TcpListener) -> io::Result<()> {
        loop {
            let (stream, _) = listener.accept().await?;
            let _ = stream.set_nodelay(true);
            let cloud = self.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(cloud.clone(), vendor, request));
                // An error here is a client that left or a cut of ours: neither is news.
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }
}

async fn answer(
    cloud: Cloud,
    vendor: Vendor,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let bytes = Limited::new(body, BODY_LIMIT).collect().await?.to_bytes();
    // A task of its own: when the client goes away, what it asked for is done all the same.
    let call = cloud.call(vendor, http::Request::from_parts(parts, bytes));
    let response = tokio::spawn(call).await??;
    Ok(response.map(Full::new))
}
