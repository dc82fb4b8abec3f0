//! Every call to an embedded cloud, checked while it happens.

use super::exchange::Exchange;
use super::report::Violation;
use super::{Contract, contract_or_skip, github_contract_or_skip};
use pontoon_emulator::{Cloud, TraceEntry};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Looks at every request and reply of a cloud, and keeps what leaves the contract.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    exchanges: usize,
    called: BTreeSet<String>,
    violations: Vec<Violation>,
}

/// A request with this header leaves the contract on purpose, to see it refused; its reply is checked all the same.
pub const ON_PURPOSE: &str = "x-off-contract";

impl Watch {
    /// Begins to watch `cloud`. Where the contract is absent, says so for `test` and sees nothing.
    ///
    /// # Panics
    /// When the contract is absent under `CI=true`.
    #[must_use]
    pub fn begin(cloud: &Cloud, test: &str) -> Self {
        Self::by(cloud, contract_or_skip(test))
    }

    /// The same by GitHub's contract.
    ///
    /// # Panics
    /// As [`Watch::begin`].
    #[must_use]
    pub fn begin_github(cloud: &Cloud, test: &str) -> Self {
        Self::by(cloud, github_contract_or_skip(test))
    }

    fn by(cloud: &Cloud, contract: Option<&'static Contract>) -> Self {
        let watch = Self::default();
        if let Some(contract) = contract {
            let seen = watch.clone();
            cloud.observe(move |entry| seen.look(contract, entry));
        }
        watch
    }

    fn look(&self, contract: &Contract, entry: &TraceEntry) {
        let Some(exchange) = Exchange::with(contract.vendor(), entry) else {
            return;
        };
        let on_purpose = entry.request_headers.contains_key(ON_PURPOSE);
        let found = contract.check(&exchange).into_iter().filter(|v| !(on_purpose && v.part.is_request()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.exchanges += 1;
        seen.called.extend(contract.operation(&exchange.method, &exchange.path).map(|operation| operation.to_string()));
        seen.violations.extend(found);
    }

    /// How many exchanges were checked.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).exchanges
    }

    /// The operations that were called so far, as `GET /v2/vpcs/{vpc_id}`.
    #[must_use]
    pub fn called(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).called.clone()
    }

    /// What was found so far.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).violations.clone()
    }

    /// Fails the test when anything left the contract.
    ///
    /// # Panics
    /// With every different violation, one a line.
    pub fn assert_clean(&self) {
        say(&self.violations());
    }

    /// Fails the test when a reply left the contract. For clients that are not ours: what they send is their business,
    /// and what comes back is the embedded cloud's.
    ///
    /// # Panics
    /// With every different violation, one a line.
    pub fn assert_replies_clean(&self) {
        let found = self.violations();
        say(&found.into_iter().filter(|violation| !violation.part.is_request()).collect::<Vec<_>>());
    }
}

fn say(found: &[Violation]) {
    let mut lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.sort();
    lines.dedup();
    assert!(lines.is_empty(), "{} ways out of the contract:\n{}", lines.len(), lines.join("\n"));
}
