//! All providers behind one port, by the name that calls give.

use pontoon_core::{
    call::{Call, Class, Listing},
    value::Value,
};
use pontoon_engine::{Provider, Refusal, Reply, ports::Boxed};
use std::{collections::BTreeMap, time::Duration};

/// Sends each call to the provider that it names.
#[derive(Default)]
pub struct Router<'a>(BTreeMap<&'static str, &'a dyn Provider>);

impl<'a> Router<'a> {
    /// A router that knows nobody.
    pub fn new() -> Self {
        Router::default()
    }
    /// With a provider.
    #[must_use]
    pub fn with(mut self, name: &'static str, provider: &'a dyn Provider) -> Self {
        self.0.insert(name, provider);
        self
    }
    fn to(&self, name: &str) -> Result<&'a dyn Provider, Refusal> {
        self.0.get(name).copied().ok_or_else(|| Refusal {
            class: Class::Invalid,
            message: format!("there is no provider {name} in this run"),
            retry_after: None,
        })
    }
}

impl Provider for Router<'_> {
    fn send<'a>(&'a self, call: &'a Call, deadline: Duration) -> Boxed<'a, Result<Reply, Refusal>> {
        match self.to(&call.provider) {
            Ok(provider) => provider.send(call, deadline),
            Err(refusal) => Box::pin(async { Err(refusal) }),
        }
    }
    fn list<'a>(&'a self, listing: &'a Listing) -> Boxed<'a, Result<(Vec<Value>, i64), Refusal>> {
        match self.to(&listing.call.provider) {
            Ok(provider) => provider.list(listing),
            Err(refusal) => Box::pin(async { Err(refusal) }),
        }
    }
    fn skew(&self, provider: &str) -> i64 {
        self.0.get(provider).map_or(0, |p| p.skew(provider))
    }
}
