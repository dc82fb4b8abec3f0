//! The vendors of one run: clients on their wires, with their credentials.

use pontoon_core::secret::Secret;
use pontoon_engine::{Clock, Refusal};
use pontoon_providers::{
    Account, Budget, Counts, DigitalOcean, Endpoints, KeySource, Router, SessionKeys, Spaces, SpacesKey, account,
};
use pontoon_wire::Wire;
use std::rc::Rc;

/// How the vendors are reached.
pub struct Way {
    /// To DigitalOcean's API.
    pub digitalocean: Wire,
    /// Its base address.
    pub digitalocean_base: String,
    /// The token.
    pub token: Secret,
    /// To Spaces.
    pub spaces: Wire,
    /// Its addresses.
    pub endpoints: Endpoints,
    /// A full-access key that a person gave; otherwise one is made for the run.
    pub spaces_key: Option<SpacesKey>,
}

/// Clients for one run.
pub struct Vendors {
    /// DigitalOcean's API.
    pub digitalocean: Rc<DigitalOcean>,
    spaces_wire: Wire,
    endpoints: Endpoints,
    spaces_budget: Rc<Budget>,
    given: Option<SpacesKey>,
    session: SessionKeys,
}

impl Vendors {
    /// Clients that spend new budgets. `lineage` and `nonce` name the run's own Spaces key.
    pub fn new(way: Way, clock: &Rc<dyn Clock>, platform: &str, lineage: &str, nonce: &str) -> Vendors {
        let budget = Rc::new(Budget::new(clock.clone()));
        let digitalocean = Rc::new(DigitalOcean::new(way.digitalocean, &way.digitalocean_base, way.token, budget));
        let session = SessionKeys::new(digitalocean.clone(), clock.clone(), platform, lineage, nonce);
        Vendors {
            digitalocean,
            spaces_wire: way.spaces,
            endpoints: way.endpoints,
            spaces_budget: Rc::new(Budget::new(clock.clone())),
            given: way.spaces_key,
            session,
        }
    }

    /// The client of Spaces.
    pub fn spaces(&self) -> Spaces<'_> {
        let keys: &dyn KeySource = match &self.given {
            Some(key) => key,
            None => &self.session,
        };
        Spaces::new(self.spaces_wire.clone(), self.endpoints.clone(), keys, self.spaces_budget.clone())
    }

    /// Everybody behind one port.
    pub fn router<'a>(&'a self, spaces: &'a Spaces<'a>) -> Router<'a> {
        Router::new().with("digitalocean", self.digitalocean.as_ref()).with("spaces", spaces)
    }

    /// Whose account it is.
    ///
    /// # Errors
    /// Where the vendor refuses.
    pub async fn account(&self) -> Result<Account, Refusal> {
        account(&self.digitalocean).await
    }

    /// What was called so far, by vendor.
    pub fn counts(&self) -> [(&'static str, Counts); 2] {
        [("digitalocean", self.digitalocean.budget().counts()), ("spaces", self.spaces_budget.counts())]
    }

    /// From now on the run holds the record's lock: what other writers left behind is this run's to remove.
    pub fn hold(&self) {
        self.session.hold();
    }

    /// From now on nothing of the platform exists: what other runs that only looked left behind is this run's to remove too.
    pub fn over(&self) {
        self.session.over();
    }

    /// Removes what killed runs left behind, before a run that holds the lock does anything else.
    ///
    /// # Errors
    /// Where the vendor refuses.
    pub async fn sweep_first(&self) -> Result<(), Refusal> {
        self.session.sweep_first().await
    }

    /// Removes what earlier runs made for themselves and left behind.
    ///
    /// # Errors
    /// Where the vendor refuses; the next run removes it then.
    pub async fn sweep(&self) -> Result<(), Refusal> {
        self.session.sweep().await
    }

    /// Removes what was made for this run only.
    ///
    /// # Errors
    /// Where the vendor refuses; the next run removes it then.
    pub async fn close(&self) -> Result<(), Refusal> {
        self.session.close().await
    }
}
