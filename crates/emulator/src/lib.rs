//! The embedded cloud: HTTP services that behave like the vendors', carried inside the program.
//!
//! It knows nothing of Pontoon's model and shares no type with a client: documents are JSON, a request is an HTTP
//! request, and what is refused, defaulted, delayed or lost is what the vendor refuses, defaults, delays or loses.
//!
//! [`Cloud`] is the whole of it: [`Cloud::call`] answers one request in process, [`Cloud::serve`] the same on a socket.
//! [`World`] is every knob, as data. One request is one transaction ([`Cx`]) over the world's documents.

pub mod clock;
pub mod cloud;
pub mod cluster;
pub mod cx;
pub mod digitalocean;
pub mod exchange;
pub mod faults;
pub mod github;
mod inner;
mod late;
pub mod limits;
mod looks;
mod objects;
pub mod random;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod route;
pub mod serve;
pub mod spaces;
pub mod state;
pub mod storage;
mod stream;
pub mod vault;
pub mod world;

pub use clock::{Clock, Moment};
pub use cloud::{Cloud, OpenError, Snapshot};
pub use cx::Cx;
pub use exchange::{Cut, TraceEntry, Vendor};
pub use refusal::Refusal;
pub use reply::Reply;
pub use request::Req;
pub use route::{Handler, Route};
pub use world::World;
