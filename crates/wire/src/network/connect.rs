//! Connections, straight or through a proxy.

use super::Route;
use http::Uri;
use hyper_util::{
    client::legacy::connect::{HttpConnector, proxy::Tunnel},
    rt::TokioIo,
};
use std::{
    error::Error,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::net::TcpStream;
use tower::Service;

/// Connects where the route leads.
#[derive(Clone)]
pub struct Connect {
    tcp: HttpConnector,
    route: Route,
}

/// A proxy that did not let us through.
#[derive(Debug, thiserror::Error)]
#[error("the proxy {proxy} does not let us through")]
struct Refused {
    proxy: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl Connect {
    /// Along this route.
    pub fn new(route: &Route) -> Connect {
        let mut tcp = HttpConnector::new();
        // What is spoken over the connection is TLS's business.
        tcp.enforce_http(false);
        Connect { tcp, route: route.clone() }
    }
}

impl Service<Uri> for Connect {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let mut tcp = self.tcp.clone();
        let proxy = self.route.proxy(&address);
        Box::pin(async move {
            let Some(proxy) = proxy else { return Ok(tcp.call(address).await?) };
            let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            let named = || proxy.uri().authority().map(ToString::to_string).unwrap_or_default();
            tunnel.call(address).await.map_err(|e| Refused { proxy: named(), source: e.into() }.into())
        })
    }
}
