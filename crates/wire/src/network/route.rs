//! What an organization puts between its people and the network.

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::{fmt, sync::Arc};

/// The way out: straight, or through a proxy that is asked with CONNECT.
///
/// Only what goes by TLS goes through it: nothing else leaves this machine, and a proxy that cannot read along needs no
/// trust. Addresses for which there is no proxy are written as for curl: names, names of domains, addresses, ranges, `*`.
#[derive(Clone, Default)]
pub struct Route(Option<Arc<Matcher>>);

/// A proxy that cannot be used. Its address is not shown: there may be a password in it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RouteError {
    /// It is no address.
    #[error("the proxy is no address")]
    Address,
    /// It is spoken to in a way that is not built.
    #[error("proxies are spoken to over http://, not {0}://")]
    Scheme(String),
}

impl Route {
    /// Straight to every address.
    pub fn direct() -> Route {
        Route(None)
    }

    /// Through the proxy at an address (`http://user:password@proxy.example.com:3128`; a host and port are enough), but to
    /// what `except` lists.
    ///
    /// # Errors
    /// Where the address cannot be used.
    pub fn through(proxy: &str, except: &str) -> Result<Route, RouteError> {
        let matcher = |except: &str| Matcher::builder().https(proxy.to_owned()).no(except.to_owned()).build();
        let any = http::Uri::from_static("https://example.com");
        let meant = matcher("").intercept(&any).ok_or(RouteError::Address)?;
        match meant.uri().scheme_str() {
            Some("http") => Ok(Route(Some(Arc::new(matcher(except))))),
            Some(other) => Err(RouteError::Scheme(other.to_owned())),
            None => Err(RouteError::Address),
        }
    }

    /// The proxy for an address, if there is one.
    pub(super) fn proxy(&self, address: &http::Uri) -> Option<Intercept> {
        self.0.as_ref()?.intercept(address)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "through a proxy" } else { "direct" })
    }
}
