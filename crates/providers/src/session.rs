//! A full-access Spaces key for one run.
//!
//! Only full access makes and configures buckets, and nothing that stays should have it. So a key is
//! made when the first bucket is touched and removed when the run ends; one that a killed run left is
//! removed by the next, by its name. The name holds the record's lineage, and the record is locked:
//! nobody else's live session can be meant.

use crate::DigitalOcean;
use pontoon_core::{
    call::{Call, Class, Listing},
    secret::Secret,
    value::Value,
};
use pontoon_engine::{Clock, Provider, Refusal, ports::Boxed};
use std::{cell::RefCell, rc::Rc, time::Duration};

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

/// Makes a key when it is first needed.
pub struct SessionKeys {
    client: Rc<DigitalOcean>,
    clock: Rc<dyn Clock>,
    prefix: String,
    name: String,
    made: RefCell<Option<SpacesKey>>,
    making: futures::lock::Mutex<()>,
}

impl SessionKeys {
    /// For one run. `nonce` tells this run's key from those of others.
    pub fn new(client: Rc<DigitalOcean>, clock: Rc<dyn Clock>, platform: &str, lineage: &str, nonce: &str) -> SessionKeys {
        let prefix = format!("pontoon-{platform}-{lineage}-session-");
        let name = format!("{prefix}{nonce}");
        SessionKeys { client, clock, prefix, name, made: RefCell::new(None), making: futures::lock::Mutex::new(()) }
    }

    async fn make(&self) -> Result<SpacesKey, Refusal> {
        self.sweep().await?;
        let grant = Value::map([("bucket", "".into()), ("permission", "fullaccess".into())]);
        let body = Value::map([("name", self.name.as_str().into()), ("grants", Value::List(vec![grant]))]);
        let call = Call::new("digitalocean", "POST", "/v2/spaces/keys", "spaces_key:create_credentials").body(body);
        let mut tries = 0;
        loop {
            match self.client.send(&call, DEADLINE).await {
                Ok(reply) => {
                    let text = |p: &str| reply.body.at(p).and_then(Value::as_text).map(str::to_owned);
                    let (Some(access), Some(secret)) = (text("key.access_key"), text("key.secret_key")) else {
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
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        }
    }

    /// Removes the session keys of earlier runs.
    async fn sweep(&self) -> Result<(), Refusal> {
        let call = Call::new("digitalocean", "GET", "/v2/spaces/keys", "spaces_key:read").query("per_page", 200i64);
        let listing = Listing { call, items: "keys".into(), paged: true, absent_is_empty: false };
        let mut tries = 0;
        let keys = loop {
            match self.client.list(&listing).await {
                Ok((keys, _)) => break keys,
                Err(r) if tries < 5 && !matches!(r.class, Class::Denied | Class::Invalid) => {
                    self.clock.sleep(r.retry_after.unwrap_or(Duration::from_secs(1 << tries))).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        };
        for key in keys {
            let name = key.at("name").and_then(Value::as_text).unwrap_or_default();
            if let Some(access) = key.at("access_key").and_then(Value::as_text).filter(|_| name.starts_with(&self.prefix)) {
                self.delete(access).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, access: &str) -> Result<(), Refusal> {
        let call = Call::new("digitalocean", "DELETE", format!("/v2/spaces/keys/{access}"), "spaces_key:delete");
        let mut tries = 0;
        loop {
            match self.client.send(&call, DEADLINE).await {
                Ok(_) => return Ok(()),
                Err(r) if r.class == Class::NotFound => return Ok(()),
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
        match made {
            // The sweep also finds keys of this run whose creation was unclear.
            Some(_) => self.sweep().await,
            None => Ok(()),
        }
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
