//! The real network: hyper with rustls, HTTP/1.1.
//!
//! Trusted are the system's authorities, or those of the file or folder that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as
//! with OpenSSL (rustls-native-certs reads the two). Between us and a vendor there may be a proxy: see [`Route`].

mod connect;
mod route;

pub use route::{Route, RouteError};

use crate::{Wire, WireError};
use bytes::Bytes;
use connect::Connect;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::{service_fn, util::BoxCloneSyncService};

/// A machine that has no usable TLS roots.
#[derive(Debug, thiserror::Error)]
#[error("the system's certificate authorities cannot be read")]
pub struct NetworkError(#[from] std::io::Error);

/// The wire to the real network; `http://` addresses (a local cloud) go without TLS.
///
/// # Errors
/// Where the system's certificate authorities cannot be read.
pub fn network(route: &Route) -> Result<Wire, NetworkError> {
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .wrap_connector(Connect::new(route));
    Ok(wire(https))
}

/// The wire to a server whose certificate one authority signed, and no other: a cluster's.
///
/// # Errors
/// Where `pem` holds no certificate.
pub fn network_trusting(pem: &[u8], route: &Route) -> Result<Wire, NetworkError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let unusable = |e: &dyn std::fmt::Display| NetworkError(std::io::Error::other(e.to_string()));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|e| unusable(&e))?).map_err(|e| unusable(&e))?;
    }
    let config = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|e| unusable(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let https = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1();
    Ok(wire(https.wrap_connector(Connect::new(route))))
}

fn wire(https: HttpsConnector<Connect>) -> Wire {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(https);
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let client = client.clone();
        async move {
            let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
            match client.request(request.map(Full::new)).await {
                Ok(response) => Ok(response.map(|b| b.map_err(|e| WireError::Lost { source: Box::new(e) }).boxed_unsync())),
                Err(e) if e.is_connect() => Err(WireError::Unsent { host, source: Box::new(e) }),
                Err(e) => Err(WireError::Lost { source: Box::new(e) }),
            }
        }
    }))
}

#[cfg(test)]
mod tests;
