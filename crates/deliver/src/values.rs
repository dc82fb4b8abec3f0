//! What stands in Secrets: fields, resolved from what a person gave, what is drawn once, and what vendors tell.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pontoon_catalog::reveal::reveal;
use pontoon_core::{
    address::Address,
    content::{Field, SecretSpec},
    digest,
    record::Record,
    secret::Secret,
    value::Value,
};
use pontoon_engine::{Provider, ports::Boxed};
use pontoon_render::stamps::Stamps;
use serde_json::json;
use std::{cell::RefCell, collections::BTreeMap, time::Duration};
use zeroize::Zeroizing;

/// Keeps values by path, such as `shop/production/web/SLACK_WEBHOOK`.
pub trait Keeper {
    /// The value, if there is one.
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>>;
    /// The value that a person gave, or what stands in for it.
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        self.get(path)
    }
    /// What the store outside holds, which the cluster reads.
    fn published<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        self.get(path)
    }
    /// What a vendor showed once: an output of a resource.
    fn shown<'a>(&'a self, address: &'a Address, output: &'a str) -> Boxed<'a, Result<Option<Secret>, String>>;
    /// Keeps a value, in place of an earlier one; where the cluster reads from a store, there too.
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>>;
    /// Forgets a value; one that is not there is forgotten already.
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), String>>;
}

/// Makes what nobody gave.
pub trait Source {
    /// A password of so many characters, for a path.
    fn password(&self, path: &str, length: u32) -> Result<Secret, String>;
}

/// Why a value is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A person has to give it.
    #[error("{path} has no value yet")]
    Given {
        /// Where it would be kept.
        path: String,
        /// Whose it is: an app's or a component's name.
        owner: String,
        /// Its name.
        name: String,
    },
    /// The vendor did not tell.
    #[error("{what}: {message}")]
    Told {
        /// Of what.
        what: String,
        /// Why not.
        message: String,
    },
    /// The keeper failed.
    #[error("{path}: {message}")]
    Kept {
        /// Which path.
        path: String,
        /// Why.
        message: String,
    },
}

/// Resolves fields for one environment.
pub struct Values<'a> {
    /// `<platform>/<environment>`.
    pub prefix: String,
    /// Keeps what was given and drawn.
    pub keeper: &'a dyn Keeper,
    /// Draws passwords.
    pub source: &'a dyn Source,
    /// Asks the vendor.
    pub provider: &'a dyn Provider,
    /// What exists: the environment's record and the shared one.
    pub records: &'a [Record],
    /// What vendors told already, by `address#output`: each is asked once.
    pub told: RefCell<BTreeMap<String, Secret>>,
}

/// The name of the salt of stamps in the keeper.
pub const SALT: &str = "STAMP_SALT";

impl Values<'_> {
    /// The path under which a kept field of an owner stands.
    pub fn path(&self, owner: &str, name: &str) -> String {
        format!("{}/{owner}/{name}", self.prefix)
    }

    /// A field in full. What is drawn is kept before it is handed out.
    ///
    /// # Errors
    /// Where a person has not given it, or a vendor does not tell.
    pub fn resolve<'a>(&'a self, owner: &'a str, field: &'a Field) -> Boxed<'a, Result<Secret, Missing>> {
        Box::pin(async move {
            match field {
                Field::Text(text) => Ok(Secret::new(text.as_str())),
                Field::Given(name) => {
                    let path = self.path(owner, name);
                    let given =
                        self.keeper.given(&path).await.map_err(|message| Missing::Kept { path: path.clone(), message })?;
                    given.ok_or_else(|| Missing::Given { path, owner: owner.into(), name: name.clone() })
                }
                Field::Made { name, length } => {
                    let path = self.path(owner, name);
                    if let Some(kept) = self.kept(&path).await? {
                        return Ok(kept);
                    }
                    let failed = |message: String| Missing::Kept { path: path.clone(), message };
                    let drawn = self.source.password(&path, *length).map_err(failed)?;
                    self.keeper.put(&path, &drawn).await.map_err(failed)?;
                    Ok(drawn)
                }
                Field::Output { address, output } => self.output(address, output).await,
                Field::Encoded(inner) => {
                    let plain = self.resolve(owner, inner).await?;
                    Ok(Secret::new(utf8_percent_encode(plain.expose(), NON_ALPHANUMERIC).to_string()))
                }
                Field::Of { owner, field } => self.resolve(owner, field).await,
                Field::Join(parts) => {
                    let mut whole = Zeroizing::new(String::new());
                    for part in parts {
                        whole.push_str(self.resolve(owner, part).await?.expose());
                    }
                    Ok(Secret::new(whole.as_str()))
                }
            }
        })
    }

    async fn kept(&self, path: &str) -> Result<Option<Secret>, Missing> {
        self.keeper.get(path).await.map_err(|message| Missing::Kept { path: path.into(), message })
    }

    async fn output(&self, address: &Address, output: &str) -> Result<Secret, Missing> {
        let missing = |message: String| Missing::Told { what: format!("{address} {output}"), message };
        let find = |a: &Address| self.records.iter().find_map(|r| r.resources.get(a));
        let recorded = find(address).ok_or_else(|| missing("it does not exist yet".into()))?;
        if let Some(value) = recorded.outputs.get(output).or_else(|| recorded.attributes.get(output)) {
            return Ok(Secret::new(value.as_text().map_or_else(|| value.to_string(), str::to_owned)));
        }
        if let Some(shown) = self.keeper.shown(address, output).await.map_err(missing)? {
            return Ok(shown);
        }
        let name = format!("{address}#{output}");
        if let Some(told) = self.told.borrow().get(&name) {
            return Ok(told.clone());
        }
        let parent = recorded.parent.as_ref().and_then(find).map(|p| p.id.clone()).unwrap_or_default();
        let (call, at) =
            reveal(address.kind(), output, recorded, &parent).ok_or_else(|| missing("nothing tells it any more".into()))?;
        let reply = self.provider.send(&call, Duration::from_secs(60)).await.map_err(|r| missing(r.message))?;
        let told = reply.body.at(at).and_then(Value::as_text).filter(|t| !t.is_empty());
        let told = told.map(Secret::new).ok_or_else(|| missing("the vendor's answer does not hold it".into()))?;
        self.told.borrow_mut().insert(name, told.clone());
        Ok(told)
    }

    /// The Secret as an object of Kubernetes. It holds secrets: it goes to the API server or is encrypted, nowhere else.
    ///
    /// # Errors
    /// The first field that has no value.
    pub async fn object(&self, secret: &SecretSpec) -> Result<serde_json::Value, Missing> {
        let mut data = BTreeMap::new();
        for (key, field) in &secret.fields {
            data.insert(key.clone(), self.resolve(&secret.owner, field).await?.expose().to_owned());
        }
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": secret.name, "namespace": secret.namespace },
            "type": secret.kind,
            "stringData": data,
        });
        if !secret.labels.is_empty() {
            object["metadata"]["labels"] = json!(secret.labels);
        }
        Ok(object)
    }

    /// The stamps of Secrets, as far as their values are there.
    ///
    /// # Errors
    /// Where the keeper fails.
    pub async fn stamps(&self, secrets: &[SecretSpec]) -> Result<Stamps, Missing> {
        let salt = self.salt().await?;
        let mut stamps = BTreeMap::new();
        for secret in secrets {
            let mut text = Zeroizing::new(salt.expose().to_owned());
            let mut whole = true;
            for (key, field) in &secret.fields {
                match self.resolve(&secret.owner, field).await {
                    Ok(value) => ["\0", key, "\0", value.expose()].iter().for_each(|part| text.push_str(part)),
                    Err(_) => whole = false,
                }
            }
            if whole {
                stamps.insert(format!("{}/{}", secret.namespace, secret.name), digest::hex(text.as_bytes(), 12));
            }
        }
        Ok(Stamps(stamps))
    }

    /// Puts everything that a store outside has to bring into it: what is drawn, and what vendors tell.
    ///
    /// # Errors
    /// The first field that has no value.
    pub async fn fill(&self, secret: &SecretSpec) -> Result<(), Missing> {
        for (owner, field) in secret.fields.values().flat_map(|f| f.values(&secret.owner)) {
            let value = self.resolve(owner, field).await?;
            let Some(name) = field.stored() else { continue };
            let path = self.path(owner, &name);
            let failed = |message: String| Missing::Kept { path: path.clone(), message };
            if self.keeper.published(&path).await.map_err(failed)?.as_ref() != Some(&value) {
                self.keeper.put(&path, &value).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}
