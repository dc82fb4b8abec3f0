//! A full-access Spaces key for one run.
//!
//! Only full access makes and configures buckets, and nothing that stays should have it. So a key is
//! made when the first bucket is touched and removed when the run ends; one that a killed run left is
//! removed by a later run, by its name. The name holds the record's lineage. Who holds the record's
//! lock is the only one who writes, so whatever other writer's key there is was left behind. Who only
//! looks holds no lock: its key has another name, it removes no other, and its own is taken for left
//! behind when it is an hour old; so is that of a run that ended before its lineage was recorded. When
//! nothing of the platform exists any more there is nothing to look at, and every key of it goes.

use crate::DigitalOcean;
use pontoon_core::{
    call::{Call, Class, Listing},
    secret::Secret,
    value::Value,
};
use pontoon_engine::{Clock, Provider, Refusal, ports::Boxed};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

/// A key for Spaces.
#[derive(Debug, Clone)]
pub struct SpacesKey {
    /// The access key's id.
    pub access: String,
    /// The secret key.
    pub secret: Secret,
}

/// Where the key comes from.
pub trait KeySource {
    /// The key, made now if need be.
    fn key(&self) -> Boxed<'_, Result<SpacesKey, Refusal>>;
}

impl KeySource for SpacesKey {
    fn key(&self) -> Boxed<'_, Result<SpacesKey, Refusal>> {
        Box::pin(async { Ok(self.clone()) })
    }
}

const DEADLINE: Duration = Duration::from_secs(60);
/// No run that only looks takes as long, in seconds.
const ABANDONED: i64 = 3600;
/// After a request without an answer, this much later a list shows what it made.
const CERTAIN: Duration = Duration::from_secs(120);
const WRITER: &str = "session";
const LOOKER: &str = "look";

/// Makes a key when it is first needed.
pub struct SessionKeys {
    client: Rc<DigitalOcean>,
    clock: Rc<dyn Clock>,
    platform: String,
    lineage: String,
    nonce: String,
    writes: Cell<bool>,
    over: Cell<bool>,
    made: RefCell<Option<SpacesKey>>,
    unclear: Cell<bool>,
    swept: Cell<bool>,
    making: futures::lock::Mutex<()>,
}

impl SessionKeys {
    /// For one run that looks. `nonce` tells this run's key from those of others.
    pub fn new(client: Rc<DigitalOcean>, clock: Rc<dyn Clock>, platform: &str, lineage: &str, nonce: &str) -> SessionKeys {
        SessionKeys {
            client,
            clock,
            platform: platform.into(),
            lineage: lineage.into(),
            nonce: nonce.into(),
            writes: Cell::new(false),
            over: Cell::new(false),
            made: RefCell::new(None),
            unclear: Cell::new(false),
            swept: Cell::new(false),
            making: futures::lock::Mutex::new(()),
        }
    }

    /// From now on the run holds the record's lock.
    pub fn hold(&self) {
        self.writes.set(true);
    }

    /// From now on nothing of the platform exists, so that nobody has anything to look at.
    pub fn over(&self) {
        self.over.set(true);
    }

    /// Removes what killed runs left behind, where this run holds the lock and has not done so; its own key stays.
    ///
    /// # Errors
    /// Where the vendor refuses.
    pub async fn sweep_first(&self) -> Result<(), Refusal> {
        match self.writes.get() && !self.swept.get() && self.made.borrow().is_none() {
            true => self.sweep().await,
            false => Ok(()),
        }
    }

    fn name(&self) -> String {
        let word = if self.writes.get() { WRITER } else { LOOKER };
        format!("pontoon-{}-{}-{word}-{}", self.platform, self.lineage, self.nonce)
    }

    /// Whether a key was left behind by another run, or is this run's own.
    fn is_left(&self, name: &str, age: i64) -> bool {
        let rest = name.strip_prefix("pontoon-").and_then(|r| r.strip_prefix(self.platform.as_str()));
        let parts: Vec<&str> = rest.and_then(|r| r.strip_prefix('-')).map(|r| r.split('-').collect()).unwrap_or_default();
        match parts[..] {
            [lineage, word, nonce] if lineage == self.lineage && nonce == self.nonce => word == WRITER || word == LOOKER,
            _ if !self.writes.get() => false,
            [lineage, WRITER, _] if lineage == self.lineage => true,
            [lineage, LOOKER, _] if lineage == self.lineage && self.over.get() => true,
            [_, WRITER | LOOKER, _] => age > ABANDONED,
            _ => false,
        }
    }

    async fn make(&self) -> Result<SpacesKey, Refusal> {
        self.sweep_first().await?;
        let grant = Value::map([("bucket", "".into()), ("permission", "fullaccess".into())]);
        let body = Value::map([("name", self.name().into()), ("grants", Value::List(vec![grant]))]);
        let call = Call::new("digitalocean", "POST", "/v2/spaces/keys", "spaces_key:create_credentials").body(body);
        let mut tries = 0;
        loop {
            match self.client.send(&call, DEADLINE).await {
                Ok(reply) => {
                    let text = |p: &str| reply.body.at(p).and_then(Value::as_text).map(str::to_owned);
                    let (Some(access), Some(secret)) = (text("key.access_key"), text("key.secret_key")) else {
                        // It was made all the same, and opens every bucket: it is looked for by its name at the end.
                        self.unclear.set(true);
                        return Err(Refusal {
                            class: Class::Unreadable,
                            message: "the new Spaces key came without its secret".into(),
                            retry_after: None,
                        });
                    };
                    return Ok(SpacesKey { access, secret: Secret::new(secret) });
                }
                // A key whose reply was lost is swept by its name; the next try makes another.
                Err(r) if tries < 5 && !matches!(r.class, Class::Denied | Class::Invalid) => {
                    self.unclear.set(self.unclear.get() || r.class == Class::Indeterminate);
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        }
    }

    /// Removes what other runs left behind, and what is this run's own.
    ///
    /// # Errors
    /// Where the vendor refuses.
    pub async fn sweep(&self) -> Result<(), Refusal> {
        let call = Call::new("digitalocean", "GET", "/v2/spaces/keys", "spaces_key:read").query("per_page", 200i64);
        let listing = Listing { call, items: "keys".into(), paged: true, absent_is_empty: false };
        let mut tries = 0;
        let (keys, now) = loop {
            match self.client.list(&listing).await {
                Ok(found) => break found,
                Err(r) if tries < 5 && !matches!(r.class, Class::Denied | Class::Invalid) => {
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        };
        for key in keys {
            let text = |p: &str| key.at(p).and_then(Value::as_text).unwrap_or_default();
            let made = text("created_at").parse::<jiff::Timestamp>().map_or(now, jiff::Timestamp::as_second);
            if self.is_left(text("name"), now - made) {
                self.delete(text("access_key")).await?;
            }
        }
        self.swept.set(true);
        Ok(())
    }

    /// Removes a key; tells whether the vendor knew it.
    async fn delete(&self, access: &str) -> Result<bool, Refusal> {
        let call = Call::new("digitalocean", "DELETE", format!("/v2/spaces/keys/{access}"), "spaces_key:delete");
        let mut tries = 0;
        loop {
            match self.client.send(&call, DEADLINE).await {
                Ok(_) => return Ok(true),
                Err(r) if r.class == Class::NotFound => return Ok(false),
                Err(r) if tries < 5 && !matches!(r.class, Class::Denied | Class::Invalid) => {
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        }
    }

    /// Removes what was made, at the end of the run.
    ///
    /// # Errors
    /// Where the vendor refuses; the next run removes it then.
    pub async fn close(&self) -> Result<(), Refusal> {
        let made = self.made.borrow_mut().take();
        if let Some(key) = &made
            && !self.delete(&key.access).await?
        {
            // What was just made may not be known everywhere yet.
            self.clock.sleep(CERTAIN).await;
            self.delete(&key.access).await?;
        }
        if self.unclear.take() {
            self.clock.sleep(CERTAIN).await;
            return self.sweep().await;
        }
        Ok(())
    }
}

impl KeySource for SessionKeys {
    fn key(&self) -> Boxed<'_, Result<SpacesKey, Refusal>> {
        Box::pin(async {
            let _turn = self.making.lock().await;
            if let Some(key) = self.made.borrow().clone() {
                return Ok(key);
            }
            let key = self.make().await?;
            *self.made.borrow_mut() = Some(key.clone());
            Ok(key)
        })
    }
}
