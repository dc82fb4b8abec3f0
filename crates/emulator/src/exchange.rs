//! What passes between a client and the cloud: vendors, cut connections, and the trace of requests and replies.

use crate::clock::Moment;
use bytes::Bytes;
use http::HeaderMap;

/// A vendor that the cloud stands for; each has an origin (and, served, a port) of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// `api.digitalocean.com`.
    DigitalOcean,
    /// Spaces, the object storage: `<region>.digitaloceanspaces.com`, path style.
    Spaces,
    /// The API servers of clusters: `<cluster id>.k8s.ondigitalocean.com`; served, `/clusters/<cluster id>/…`.
    Kubernetes,
    /// `api.github.com`, and `github.com` for Git and downloads.
    GitHub,
    /// A company's Vault, wherever it is.
    Vault,
}

impl Vendor {
    /// Every vendor, in a stable order.
    pub const ALL: &'static [Self] = &[Self::DigitalOcean, Self::Spaces, Self::Kubernetes, Self::GitHub, Self::Vault];

    /// The name used in world files, logs and traces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DigitalOcean => "digitalocean",
            Self::Spaces => "spaces",
            Self::Kubernetes => "kubernetes",
            Self::GitHub => "github",
            Self::Vault => "vault",
        }
    }

    /// The vendor of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.name() == name)
    }
}

/// A connection that ended without a reply. The client cannot tell which one it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// The request never arrived: nothing was done.
    #[error("connection closed before the request arrived")]
    RequestLost,
    /// The request was carried out (or refused), and its reply was lost.
    #[error("connection closed before the reply")]
    ReplyLost,
    /// The request will be carried out later.
    #[error("connection closed before the request was carried out")]
    Late,
}

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct TraceEntry {
    /// Virtual time at which the request was carried out (or lost).
    pub at: Moment,
    /// Whose origin was called.
    pub vendor: Vendor,
    /// Method, in capitals.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query without the question mark; empty when there is none.
    pub query: String,
    /// Headers of the request.
    pub request_headers: HeaderMap,
    /// Body of the request.
    pub request_body: Bytes,
    /// Status of the reply; for a lost request 0.
    pub status: u16,
    /// Headers of the reply.
    pub reply_headers: HeaderMap,
    /// Body of the reply, the way it left (or would have left).
    pub reply_body: Bytes,
    /// Set when the client saw the connection close instead of the reply.
    pub cut: Option<Cut>,
}

impl TraceEntry {
    /// One line without volatile parts: virtual milliseconds, vendor, method, path and query, status.
    #[must_use]
    pub fn line(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{} {} {} {}{mark}{} {}", self.at.0, self.vendor.name(), self.method, self.path, self.query, self.status)
    }
}
