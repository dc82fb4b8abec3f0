//! Composition: which vendors, which clock, which store, which randomness a command runs with.
//!
//! Three settings, one shape: a real account; a local world in this process, on a paused clock or a
//! scaled one; a local world that `pontoon local start` serves.

use crate::{
    args::{Speed, Where},
    exit::{Outcome, Trouble},
    settings::Settings,
    shared,
};
use jiff::Timestamp;
use pontoon_core::{digest, secret::Secret};
use pontoon_deliver::values::Keeper;
use pontoon_emulator::{Cloud, OpenError, Vendor, storage::StorageError};
use pontoon_engine::{Clock, Secrets, ports::Boxed};
use pontoon_local::{Home, LocalSecrets, Served, WorldClock};
use pontoon_operate::Way;
use pontoon_providers::{
    Endpoints, SpacesKey,
    github::GitHub,
    vault::{Proof, Vault, VaultStore},
};
use pontoon_secrets::Draw;
use pontoon_spec::Spec;
use pontoon_store::Store;
use pontoon_wire::{Route, Wire, network, network_trusting};
use std::{path::PathBuf, rc::Rc};

/// The file of values, beside the records, where no other store is declared.
pub const VALUES: &str = "values.json";

/// The vendor's own address of its API.
const API: &str = "https://api.digitalocean.com";

/// GitHub's API.
const GITHUB_API: &str = "https://api.github.com";
/// What the GitHub of a local world accepts.
const LOCAL_GITHUB_TOKEN: &str = "pontoon-local-github-token";

/// What the Vault of a local world accepts.
const LOCAL_VAULT_TOKEN: &str = "pontoon-local-vault-token";

/// Where drawn texts come from.
enum Entropy {
    /// The system.
    System,
    /// A world's seed and the number of operations so far: the same run in the same world draws the same.
    Seeded(u64, usize),
}

/// Everything that a run touches.
pub struct Composition {
    /// Where records, journals and operations are.
    pub store: Store,
    /// The clock.
    pub clock: Rc<dyn Clock>,
    /// Where secrets go that are shown once.
    pub secrets: Box<dyn Secrets>,
    /// In one line, where this runs.
    pub place: String,
    /// Whether time jumps from one event to the next, so that nobody can watch it pass.
    pub jumps: bool,
    values: LocalSecrets,
    way: Source,
    route: Route,
    entropy: Entropy,
}

enum Source {
    Real { base: String, token: Secret, spaces_key: Option<SpacesKey>, endpoints: Endpoints },
    Served(Box<Served>),
    InProcess { cloud: Cloud, token: Secret },
}

/// The real time, read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the binary is where time comes in")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// What the system draws, read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the binary is where randomness comes in")]
pub fn drawn() -> Outcome<[u8; 16]> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| Trouble::new(format!("the system gives no randomness: {e}"), "run it again"))?;
    Ok(bytes)
}

/// Time as it is.
pub struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        now()
    }
    fn sleep(&self, duration: std::time::Duration) -> Boxed<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Whether time has to be paused for this place: a local world in this process, at instant speed.
pub fn paused(settings: &Settings, place: &Where) -> bool {
    place.local && place.speed == Speed::Instant && Home::new(settings.local()).served().is_none()
}

/// Lets what a composition left behind end, so that the next one can open the same local world.
///
/// A client of Kubernetes works in a task of its own, which holds the world until it has seen that its client is gone.
pub async fn let_go() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

impl Composition {
    /// Puts a command's surroundings together. Has to be called within the runtime.
    pub fn open(settings: &Settings, place: &Where, platform: &str, token: Option<&str>) -> Outcome<Composition> {
        let opened = if place.local { Self::local(settings, place, platform)? } else { Self::real(settings, platform, token)? };
        let values = opened.values.dated(opened.clock.clone());
        Ok(Composition { values, ..opened })
    }

    /// The file that keeps values where no other store does.
    pub fn values(&self) -> LocalSecrets {
        self.values.clone()
    }

    /// Keeps what a vendor shows once in the store that the document names; a local world has its own.
    #[must_use]
    pub fn keeping(mut self, settings: &Settings, spec: &Spec) -> Composition {
        if let Source::Real { .. } = self.way {
            let store = crate::stores::real(settings, spec, self.clock.clone()).map_err(|t| t.what);
            self.secrets = Box::new(crate::keeper::Once { store, platform: spec.platform.to_string() });
        }
        self
    }

    fn real(settings: &Settings, platform: &str, token: Option<&str>) -> Outcome<Composition> {
        let (base, token) = digitalocean(settings, token)?;
        let store = own_store(settings, platform)?;
        let spaces_key = match (settings.variable("SPACES_ACCESS_KEY_ID"), settings.variable("SPACES_SECRET_ACCESS_KEY")) {
            (Some(access), Some(secret)) => Some(SpacesKey { access: access.into(), secret: Secret::new(secret) }),
            _ => None,
        };
        let endpoints = address(settings, "SPACES_ENDPOINT_URL")?.map_or(Endpoints::ByRegion, Endpoints::One);
        Ok(Composition {
            store,
            clock: Rc::new(RealClock),
            secrets: Box::new(LocalSecrets::new(settings.own().join(VALUES))),
            values: LocalSecrets::new(settings.own().join(VALUES)),
            place: format!("DigitalOcean at {base}"),
            jumps: false,
            way: Source::Real { base, token, spaces_key, endpoints },
            route: route(settings)?,
            entropy: Entropy::System,
        })
    }

    fn local(settings: &Settings, place: &Where, platform: &str) -> Outcome<Composition> {
        let (home, recorded) = (Home::new(settings.local()), settings.recorded());
        let store = open_store(recorded.store(), platform)?;
        let operations = store.operations().map_err(|e| trouble_of_store(&e))?.len();
        let secrets = Box::new(LocalSecrets::new(recorded.secrets()));
        if let Some(served) = home.served() {
            let clock = WorldClock::new(served.time(now()), served.scale);
            return Ok(Composition {
                store,
                clock: Rc::new(clock),
                secrets,
                values: LocalSecrets::new(recorded.secrets()),
                place: format!("the local cloud that process {} serves", served.pid),
                jumps: false,
                entropy: Entropy::Seeded(served.seed, operations),
                way: Source::Served(Box::new(served)),
                route: Route::direct(),
            });
        }
        let world = home
            .read_world(place.world.as_deref())
            .map_err(|e| Trouble::new(e.to_string(), "correct the world file, or start anew: pontoon local reset").caused(&e))?;
        let (seed, token) = (world.seed, world.tokens.first().map(|t| t.token.clone()).unwrap_or_default());
        let scale = match place.speed {
            Speed::Instant => None,
            Speed::Times(n) => Some(n),
        };
        let clock = pontoon_local::world::world_clock(scale);
        let cloud = Cloud::open(world, Some(home.world()), clock).map_err(|e| trouble_of_world(&home, &e))?;
        let base = Timestamp::from_millisecond(cloud.now().0).unwrap_or_default();
        Ok(Composition {
            store,
            clock: Rc::new(WorldClock::new(base, scale.unwrap_or(1.0))),
            secrets,
            values: LocalSecrets::new(recorded.secrets()),
            place: "the local cloud".into(),
            jumps: scale.is_none(),
            way: Source::InProcess { cloud, token: Secret::new(token) },
            route: Route::direct(),
            entropy: Entropy::Seeded(seed, operations),
        })
    }

    /// The ways to the vendors.
    pub fn way(&self) -> Outcome<Way> {
        Ok(match &self.way {
            Source::Real { base, token, spaces_key, endpoints } => {
                let wire = outside(&self.route)?;
                Way {
                    digitalocean: wire.clone(),
                    digitalocean_base: base.clone(),
                    token: token.clone(),
                    spaces: wire,
                    endpoints: endpoints.clone(),
                    spaces_key: spaces_key.clone(),
                }
            }
            Source::Served(served) => {
                let wire = outside(&self.route)?;
                Way {
                    digitalocean: wire.clone(),
                    digitalocean_base: format!("http://{}", served.digitalocean),
                    token: Secret::new(served.token.as_str()),
                    spaces: wire,
                    endpoints: Endpoints::One(format!("http://{}", served.spaces)),
                    spaces_key: None,
                }
            }
            Source::InProcess { cloud, token } => Way {
                digitalocean: pontoon_local::wire(cloud, Vendor::DigitalOcean),
                digitalocean_base: "http://digitalocean.local".into(),
                token: token.clone(),
                spaces: pontoon_local::wire(cloud, Vendor::Spaces),
                endpoints: Endpoints::One("http://spaces.local".into()),
                spaces_key: None,
            },
        })
    }

    /// The way to a cluster's API server, whose certificate this authority signed (PEM, in base64).
    pub fn kubernetes(&self, authority: &str) -> Outcome<Wire> {
        match &self.way {
            Source::InProcess { cloud, .. } => Ok(pontoon_local::wire(cloud, Vendor::Kubernetes)),
            Source::Real { .. } | Source::Served(_) => {
                use base64::{Engine as _, engine::general_purpose::STANDARD};
                let pem = STANDARD.decode(authority).unwrap_or_default();
                network_trusting(&pem, &self.route).map_err(|e| {
                    Trouble::new(
                        format!("the cluster's certificate authority cannot be used: {e}"),
                        "what is wrong: pontoon doctor",
                    )
                })
            }
        }
    }

    /// The way to GitHub, and to what is published there.
    pub fn github(&self) -> Outcome<Wire> {
        match &self.way {
            Source::InProcess { cloud, .. } => Ok(pontoon_local::wire(cloud, Vendor::GitHub)),
            Source::Real { .. } | Source::Served(_) => outside(&self.route),
        }
    }

    /// Where GitHub's pages and files are.
    pub fn github_base(&self) -> String {
        match &self.way {
            Source::InProcess { .. } => "http://github.local".into(),
            Source::Served(served) => format!("http://{}", served.github),
            Source::Real { .. } => "https://github.com".into(),
        }
    }

    /// The client of GitHub's API.
    pub fn github_client(&self, settings: &Settings) -> Outcome<GitHub> {
        let (base, token) = match &self.way {
            Source::InProcess { .. } => ("http://api.github.local".to_owned(), Secret::new(LOCAL_GITHUB_TOKEN)),
            Source::Served(served) => (format!("http://{}", served.github), Secret::new(LOCAL_GITHUB_TOKEN)),
            Source::Real { .. } => {
                let token = settings.variable("GITHUB_TOKEN").or_else(|| settings.variable("GH_TOKEN"));
                let token = token.ok_or_else(|| {
                    Trouble::new(
                        "there is no token for GitHub: GITHUB_TOKEN is not set",
                        "export GITHUB_TOKEN=…, such as: gh auth token",
                    )
                })?;
                (address(settings, "GITHUB_API_URL")?.unwrap_or_else(|| GITHUB_API.into()), Secret::new(token))
            }
        };
        Ok(GitHub::new(self.github()?, &base, token, Rc::new(pontoon_providers::Budget::new(self.clock.clone()))))
    }

    /// A source of drawn bytes: the system's, or the world's own.
    pub fn source(&self) -> Outcome<Draw> {
        use sha2::{Digest, Sha256};
        let mut seed = Sha256::new();
        match self.entropy {
            Entropy::Seeded(world, operations) => seed.update(format!("{world} {operations}")),
            Entropy::System => {
                seed.update(drawn()?);
                seed.update(drawn()?);
            }
        }
        Ok(Draw::new(seed.finalize().into()))
    }

    /// Where values of Secrets are kept.
    pub fn keeper(&self, settings: &Settings, spec: &Spec) -> Outcome<Box<dyn Keeper>> {
        let own = self.own_keeper(settings, spec)?;
        let Some(prefix) = settings.trial() else { return Ok(own) };
        let platform = settings.of_platform();
        let file =
            if matches!(self.way, Source::Real { .. }) { platform.own().join(VALUES) } else { platform.recorded().secrets() };
        Ok(Box::new(crate::keeper::Trial { own, declared: LocalSecrets::new(file), lead: format!("{prefix}-") }))
    }

    fn own_keeper(&self, settings: &Settings, spec: &Spec) -> Outcome<Box<dyn Keeper>> {
        use pontoon_spec::sections::secrets::{SecretHome, SecretStore as Declared};
        let vault = match spec.secrets.home() {
            SecretHome::Store(Declared::Vault(vault)) => Some(vault),
            _ => None,
        };
        let (wire, base) = match &self.way {
            Source::Real { .. } => {
                let store = crate::stores::real(settings, spec, self.clock.clone())?;
                let own = |name: &&'static str| Some((*name, Secret::new(settings.variable(name)?)));
                let proof = crate::keeper::PROOF.iter().filter_map(own).collect();
                return Ok(Box::new(crate::keeper::Store { store, proof, platform: spec.platform.to_string() }));
            }
            Source::InProcess { cloud, .. } => (pontoon_local::wire(cloud, Vendor::Vault), "http://vault.local".to_owned()),
            Source::Served(served) => (self.github()?, format!("http://{}", served.vault)),
        };
        let vault = vault.map(|declared| {
            let client = Vault::new(wire, &base, Rc::new(pontoon_providers::Budget::new(self.clock.clone())));
            VaultStore::new(client, "the local Vault", declared.mount.as_str(), Proof::Token(Secret::new(LOCAL_VAULT_TOKEN)))
        });
        Ok(Box::new(crate::keeper::File { secrets: self.values(), vault, stand_ins: self.stand_ins() }))
    }

    /// What a local world accepts where a real one asks a person.
    fn stand_ins(&self) -> Option<Secret> {
        match &self.way {
            Source::InProcess { token, .. } => Some(token.clone()),
            Source::Served(served) => Some(Secret::new(served.token.as_str())),
            Source::Real { .. } => None,
        }
    }

    /// Draws letters and digits for a purpose.
    pub fn draw(&self, purpose: &str, letters: usize) -> Outcome<String> {
        Ok(match self.entropy {
            Entropy::Seeded(seed, operations) => digest::hex(format!("{seed} {operations} {purpose}").as_bytes(), letters),
            Entropy::System => digest::hex(&drawn()?, letters),
        })
    }
}

impl pontoon_deliver::values::Source for Composition {
    fn password(&self, path: &str, length: u32) -> Result<Secret, String> {
        let mut text = String::new();
        let mut part = 0;
        while text.len() < length as usize {
            text.push_str(&self.draw(&format!("password {path} {part}"), 32).map_err(|t| t.what)?);
            part += 1;
        }
        text.truncate(length as usize);
        Ok(Secret::new(text))
    }
}

/// The way to whoever the system's authorities vouch for.
pub fn outside(route: &Route) -> Outcome<Wire> {
    network(route)
        .map_err(|e| Trouble::new(e.to_string(), "install the system's CA certificates: apt install ca-certificates").caused(&e))
}

/// Where DigitalOcean's API is, and the token for it: from its own variable, or from the one of this name.
pub fn digitalocean(settings: &Settings, token: Option<&str>) -> Outcome<(String, Secret)> {
    let names = token.unwrap_or("DIGITALOCEAN_TOKEN");
    let token = settings.token(token).ok_or_else(|| {
        Trouble::new(
            format!("there is no API token: {names} is not set, and the keyring has none"),
            format!("export {names}=…, or try it without an account: pontoon up --local"),
        )
    })?;
    Ok((address(settings, "DIGITALOCEAN_API_URL")?.unwrap_or_else(|| API.into()), token))
}

/// The way out that the environment asks for, by the names that curl and others have for it.
pub fn route(settings: &Settings) -> Outcome<Route> {
    let first = |names: &[&'static str]| names.iter().find_map(|n| Some((*n, settings.variable(n)?)));
    let Some((name, proxy)) = first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]) else {
        return Ok(Route::direct());
    };
    let except = first(&["no_proxy", "NO_PROXY"]).map_or("", |(_, v)| v);
    Route::through(proxy, except).map_err(|e| {
        Trouble::new(
            format!("{name} cannot be used: {e}"),
            format!("write one such as http://proxy.example.com:3128, or unset {name}"),
        )
    })
}

/// A base address from a variable, if it is set. One with a user in it is refused, and not shown: addresses are printed.
pub fn address(settings: &Settings, variable: &str) -> Outcome<Option<String>> {
    let Some(text) = settings.variable(variable) else { return Ok(None) };
    if text.contains('@') {
        return Err(Trouble::new(
            format!("{variable} holds a user or a password, which no vendor takes from an address"),
            format!("write one such as https://api.example.com, or unset {variable}"),
        ));
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let whole = rest.is_some_and(|r| !r.is_empty() && !r.starts_with('/') && text.bytes().all(|b| b.is_ascii_graphic()));
    match whole {
        true => Ok(Some(text.to_owned())),
        false => Err(Trouble::new(
            format!("{variable} is no address: {text}"),
            format!("write one such as https://api.example.com, or unset {variable}"),
        )),
    }
}

/// The store of a platform in this place.
pub fn store(settings: &Settings, place: &Where, platform: &str) -> Outcome<Store> {
    if place.local { open_store(settings.recorded().store(), platform) } else { own_store(settings, platform) }
}

/// The store of real accounts: beside the document, or the one that the document names.
fn own_store(settings: &Settings, platform: &str) -> Outcome<Store> {
    match shared::wanted(settings)? {
        Some(wanted) => {
            none_left(settings, platform)?;
            Ok(shared::open(settings, &wanted, platform)?.store.clone())
        }
        None => open_store(settings.own(), platform),
    }
}

/// Makes sure that no state is left beside the document, where it says that the state is shared.
pub fn none_left(settings: &Settings, platform: &str) -> Outcome<()> {
    let here = open_store(settings.own(), platform)?;
    let said = |e| trouble_of_store(&e);
    if here.moved().map_err(said)?.is_some() || here.scopes().map_err(said)?.is_empty() {
        return Ok(());
    }
    Err(Trouble::new(
        format!("{}: the state is still here, and platform.yaml says that it is shared", here.dir().display()),
        "move it: pontoon state move --from local",
    ))
}

/// Opens a store.
pub fn open_store(dir: PathBuf, platform: &str) -> Outcome<Store> {
    Store::open(&dir, platform).map_err(|e| trouble_of_store(&e))
}

/// What a person reads where a local cloud cannot be opened.
pub fn trouble_of_world(home: &Home, e: &OpenError) -> Trouble {
    let folder = home.folder().display();
    let anew = "the local cloud can only be started anew: pontoon local reset".to_owned();
    let next = match e {
        OpenError::Storage(StorageError::Busy(_)) => {
            "wait until the other pontoon ends, or serve the cloud to both: pontoon local start".into()
        }
        OpenError::Storage(StorageError::Corrupt { .. }) => anew,
        OpenError::Storage(StorageError::Io { .. }) => {
            format!("make room and make it writable, then run it again; see what is full: df -h {folder}")
        }
        OpenError::Start(_) | OpenError::Teams(_) | OpenError::Preload { .. } => {
            "correct the world file and name it: --world FILE; or start anew: pontoon local reset".into()
        }
    };
    Trouble::new(format!("{folder}: the local cloud cannot be opened: {e}"), next).caused(e)
}

/// What a person reads of a store's error.
pub fn trouble_of_store(e: &pontoon_store::StoreError) -> Trouble {
    Trouble::new(e.to_string(), e.remedy()).caused(e)
}
