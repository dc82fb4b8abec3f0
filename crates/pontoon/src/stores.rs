//! Which store keeps a platform's secrets, and how it is opened.

use crate::{
    args::Where,
    compose::{Composition, RealClock, VALUES, address, drawn, outside, route},
    contents::folder,
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_core::{address::SHARED, secret::Secret};
use pontoon_deliver::{
    keys::{AGE_KEY, OWNER},
    values::Keeper,
};
use pontoon_engine::{Clock, secret_store::SecretStore, secret_store::StoreRefusal};
use pontoon_local::LocalSecrets;
use pontoon_providers::{
    Budget,
    vault::{Proof, Vault, VaultStore},
};
use pontoon_secrets::Draw;
use pontoon_spec::{
    Spec,
    sections::secrets::{self, SecretHome},
};
use pontoon_wire::network_trusting;
use std::{collections::BTreeMap, rc::Rc};

/// Where AppRole is mounted.
const APPROLE: &str = "approle";

/// An opened store with what belongs to it.
pub struct Opened {
    /// The store.
    pub store: Box<dyn SecretStore>,
    /// The clock of the place.
    pub clock: Rc<dyn Clock>,
    /// The local world, where it is one.
    pub composition: Option<Composition>,
}

/// Opens the store of an environment. Needs no token of DigitalOcean.
pub fn open(settings: &Settings, place: &Where, spec: &Spec) -> Outcome<Opened> {
    if place.local {
        // The engine of a local world keeps its values in the file beside it, whatever the document names.
        let composition = Composition::open(settings, place, spec.platform.as_str(), None)?;
        let store = Box::new(composition.values());
        return Ok(Opened { store, clock: composition.clock.clone(), composition: Some(composition) });
    }
    let clock: Rc<dyn Clock> = Rc::new(RealClock);
    let store = real(settings, spec, clock.clone())?;
    Ok(Opened { store, clock, composition: None })
}

/// Makes sure that the store that the document names is one that this version writes to.
pub fn built(spec: &Spec) -> Outcome<()> {
    let name = match spec.secrets.home() {
        SecretHome::Store(secrets::SecretStore::Doppler(_)) => "Doppler",
        SecretHome::Store(secrets::SecretStore::AwsSecretsManager(_)) => "AWS Secrets Manager",
        SecretHome::Store(_) | SecretHome::Git | SecretHome::Cluster => return Ok(()),
    };
    Err(Trouble::new(
        format!("writing to {name} is not built yet"),
        format!("give the value there, in the tool of {name}; or keep secrets in Vault: secrets.store.provider: vault"),
    ))
}

/// The store of a real platform.
pub fn real(settings: &Settings, spec: &Spec, clock: Rc<dyn Clock>) -> Outcome<Box<dyn SecretStore>> {
    built(spec)?;
    Ok(match spec.secrets.home() {
        SecretHome::Store(secrets::SecretStore::Vault(v)) => Box::new(vault(settings, v, clock)?),
        // In Git they stand encrypted, and in a cluster readable to it; the values that they are made of are kept here.
        _ => Box::new(LocalSecrets::new(settings.own().join(VALUES)).dated(clock)),
    })
}

/// Makes sure that the store of a real platform takes what a vendor is about to show once.
pub async fn tried(settings: &Settings, spec: &Spec, clock: Rc<dyn Clock>) -> Outcome<()> {
    let store = real(settings, spec, clock)?;
    let path = format!("{}/{SHARED}/{OWNER}/{AGE_KEY}", spec.platform);
    store.get(&path).await.map(|_| ()).map_err(|e| refused(&e))
}

/// Vault, with a person's own proof.
fn vault(settings: &Settings, declared: &secrets::Vault, clock: Rc<dyn Clock>) -> Outcome<VaultStore> {
    let address = address(settings, "VAULT_ADDR")?.unwrap_or_else(|| declared.address.to_string());
    let proof = match (settings.variable("VAULT_TOKEN"), settings.variable("VAULT_ROLE_ID"), settings.variable("VAULT_SECRET_ID"))
    {
        (Some(token), ..) => Proof::Token(Secret::new(token)),
        (None, Some(role_id), Some(secret_id)) => {
            Proof::AppRole { mount: APPROLE.into(), role_id: role_id.into(), secret_id: Secret::new(secret_id) }
        }
        _ => {
            return Err(Trouble::new(
                format!("there is nothing to prove ourselves to Vault at {address} with"),
                "export VAULT_TOKEN=…, or VAULT_ROLE_ID=… and VAULT_SECRET_ID=…",
            ));
        }
    };
    let route = route(settings)?;
    let wire = match &declared.ca {
        Some(ca) => {
            let path = folder(settings).join(ca.as_str());
            let trouble = |e: String| {
                let next = "put the certificate of Vault's authority there, in PEM";
                Trouble::new(format!("{}: cannot be used", path.display()), next).because(e)
            };
            let pem = std::fs::read(&path).map_err(|e| trouble(e.to_string()))?;
            network_trusting(&pem, &route).map_err(|e| trouble(e.to_string()))?
        }
        None => outside(&route)?,
    };
    let client = Vault::new(wire, &address, Rc::new(Budget::new(clock)));
    Ok(VaultStore::new(client, &address, declared.mount.as_str(), proof))
}

impl Opened {
    /// The same as what keeps an environment's values.
    pub fn keeper(&self, settings: &Settings, spec: &Spec) -> Outcome<Box<dyn Keeper>> {
        if let Some(world) = &self.composition {
            return world.keeper(settings, spec);
        }
        let store = real(settings, spec, self.clock.clone())?;
        Ok(Box::new(crate::keeper::Store { store, proof: BTreeMap::new(), platform: spec.platform.to_string() }))
    }

    /// A source of drawn bytes for one purpose: the world's, or the system's.
    pub fn draw(&self, purpose: &str) -> Outcome<Draw> {
        let mut seed = [0u8; 32];
        match &self.composition {
            Some(world) => {
                let hex = world.draw(purpose, 64)?;
                for (byte, pair) in seed.iter_mut().zip(hex.as_bytes().chunks(2)) {
                    *byte = std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok()).unwrap_or_default();
                }
            }
            None => {
                for half in seed.chunks_mut(16) {
                    half.copy_from_slice(&drawn()?);
                }
            }
        }
        Ok(Draw::new(seed))
    }
}

/// What a person reads of a store's refusal.
pub fn refused(e: &StoreRefusal) -> Trouble {
    Trouble::new(e.message.clone(), e.next.clone())
}
