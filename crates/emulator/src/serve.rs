//! The cloud on a socket: HTTP/1.1 on a listener, one vendor each. A cut ends the connection.

use crate::{Cloud, Vendor, stream};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// No request of an API or of object storage is larger: a part of an upload is at most 5 GiB at the vendor, 64 MiB here.
const BODY_LIMIT: usize = 64 << 20;

type Error = Box<dyn std::error::Error + Send + Sync>;

impl Cloud {
    /// Answers for `vendor` on `listener` until it is dropped or accepting fails. Connections outlive the future by
    /// as long as they last. Kubernetes is served with TLS ([`Cloud::identity`]), the others without.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, vendor: Vendor, listener: TcpListener) -> io::Result<()> {
        let tls = if vendor == Vendor::Kubernetes { Some(acceptor(&self)?) } else { None };
        loop {
            let (stream, _) = listener.accept().await?;
            let _ = stream.set_nodelay(true);
            let (cloud, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => converse(cloud, vendor, stream).await,
                    // A client that does not trust the certificate leaves: that is its affair.
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            converse(cloud, vendor, stream).await;
                        }
                    }
                }
            });
        }
    }
}

async fn converse(cloud: Cloud, vendor: Vendor, stream: impl AsyncRead + AsyncWrite + Unpin + Send) {
    let service = service_fn(move |request| answer(cloud.clone(), vendor, request));
    // An error here is a client that left or a cut of ours: neither is news.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    cloud: Cloud,
    vendor: Vendor,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<BoxBody<Bytes, Infallible>>, Error> {
    let (parts, body) = request.into_parts();
    let bytes = Limited::new(body, BODY_LIMIT).collect().await?.to_bytes();
    let request = http::Request::from_parts(parts, bytes);
    if vendor == Vendor::Kubernetes && stream::is_watch(&request) {
        return Ok(stream::watch(cloud, request).await?);
    }
    // A task of its own: when the client goes away, what it asked for is done all the same.
    let call = cloud.call(vendor, request);
    let response = tokio::spawn(call).await??;
    Ok(response.map(|bytes| Full::new(bytes).boxed()))
}

fn acceptor(cloud: &Cloud) -> io::Result<TlsAcceptor> {
    let identity = cloud.identity();
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes()).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(io::Error::other)?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
