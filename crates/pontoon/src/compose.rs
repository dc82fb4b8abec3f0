//! Composition: which vendors, which clock, which store, which randomness a command runs with.
//!
//! Three settings, one shape: a real account; a local world in this process, on a paused clock or a
//! scaled one; a local world that `pontoon local start` serves.

use crate::{
    args::{Speed, Where},
    exit::{Outcome, Trouble},
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_core::{address::Address, digest, secret::Secret};
use pontoon_emulator::{Cloud, Vendor};
use pontoon_engine::{Clock, Secrets, ports::Boxed};
use pontoon_local::{Home, LocalSecrets, Served, WorldClock};
use pontoon_operate::Way;
use pontoon_providers::{Endpoints, SpacesKey};
use pontoon_store::Store;
use pontoon_wire::network;
use std::{path::PathBuf, rc::Rc};

/// The vendor's own address of its API.
const API: &str = "https://api.digitalocean.com";

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
    way: Source,
    entropy: Entropy,
}

enum Source {
    Real { base: String, token: Secret, spaces_key: Option<SpacesKey>, endpoints: Endpoints },
    Served(Box<Served>),
    InProcess { cloud: Cloud, token: Secret },
}

/// Secrets have nowhere to go yet: stores come with the cluster's contents.
struct Nowhere;

impl Secrets for Nowhere {
    fn put<'a>(&'a self, _: &'a Address, _: &'a str, _: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async { Err("no secret store is built yet for real accounts".into()) })
    }
}

/// The real time, read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the binary is where time comes in")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// What the system draws, read here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "the binary is where randomness comes in")]
fn drawn() -> Outcome<[u8; 16]> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| Trouble::new(format!("the system gives no randomness: {e}"), "run it again"))?;
    Ok(bytes)
}

/// Time as it is.
struct RealClock;

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

impl Composition {
    /// Puts a command's surroundings together. Has to be called within the runtime.
    pub fn open(settings: &Settings, place: &Where, platform: &str, token: Option<&str>) -> Outcome<Composition> {
        if place.local { Self::local(settings, place, platform) } else { Self::real(settings, platform, token) }
    }

    fn real(settings: &Settings, platform: &str, token: Option<&str>) -> Outcome<Composition> {
        let store = open_store(settings.own(), platform)?;
        let names = token.unwrap_or("DIGITALOCEAN_TOKEN");
        let token = settings.token(token).ok_or_else(|| {
            Trouble::new(
                format!("there is no API token: {names} is not set, and the keyring has none"),
                format!("export {names}=…, or try it without an account: pontoon up --local"),
            )
        })?;
        let spaces_key = match (settings.variable("SPACES_ACCESS_KEY_ID"), settings.variable("SPACES_SECRET_ACCESS_KEY")) {
            (Some(access), Some(secret)) => Some(SpacesKey { access: access.into(), secret: Secret::new(secret) }),
            _ => None,
        };
        let base = settings.variable("DIGITALOCEAN_API_URL").unwrap_or(API).to_owned();
        let endpoints = match settings.variable("SPACES_ENDPOINT_URL") {
            Some(one) => Endpoints::One(one.into()),
            None => Endpoints::ByRegion,
        };
        Ok(Composition {
            store,
            clock: Rc::new(RealClock),
            secrets: Box::new(Nowhere),
            place: format!("DigitalOcean at {base}"),
            way: Source::Real { base, token, spaces_key, endpoints },
            entropy: Entropy::System,
        })
    }

    fn local(settings: &Settings, place: &Where, platform: &str) -> Outcome<Composition> {
        let home = Home::new(settings.local());
        let store = open_store(home.store(), platform)?;
        let operations = store.operations().map_err(|e| trouble_of_store(&e))?.len();
        let secrets = Box::new(LocalSecrets::new(home.secrets()));
        if let Some(served) = home.served() {
            let clock = WorldClock::new(served.time(now()), served.scale);
            return Ok(Composition {
                store,
                clock: Rc::new(clock),
                secrets,
                place: format!("the local cloud that process {} serves", served.pid),
                entropy: Entropy::Seeded(served.seed, operations),
                way: Source::Served(Box::new(served)),
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
        let cloud = Cloud::open(world, Some(home.world()), pontoon_local::world::world_clock(scale)).map_err(|e| {
            Trouble::new(
                format!("{}: the local cloud cannot be opened: {e}", home.folder().display()),
                "if another pontoon is using it, wait for it, or serve it to both: pontoon local start; to start anew: pontoon local reset",
            )
            .caused(&e)
        })?;
        let base = Timestamp::from_millisecond(cloud.now().0).unwrap_or_default();
        Ok(Composition {
            store,
            clock: Rc::new(WorldClock::new(base, scale.unwrap_or(1.0))),
            secrets,
            place: "the local cloud".into(),
            way: Source::InProcess { cloud, token: Secret::new(token) },
            entropy: Entropy::Seeded(seed, operations),
        })
    }

    /// The ways to the vendors.
    pub fn way(&self) -> Outcome<Way> {
        let network = || {
            network().map_err(|e| {
                Trouble::new(e.to_string(), "install the system's CA certificates: apt install ca-certificates").caused(&e)
            })
        };
        Ok(match &self.way {
            Source::Real { base, token, spaces_key, endpoints } => {
                let wire = network()?;
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
                let wire = network()?;
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

    /// Draws letters and digits for a purpose.
    pub fn draw(&self, purpose: &str, letters: usize) -> Outcome<String> {
        Ok(match self.entropy {
            Entropy::Seeded(seed, operations) => digest::hex(format!("{seed} {operations} {purpose}").as_bytes(), letters),
            Entropy::System => digest::hex(&drawn()?, letters),
        })
    }
}

/// Opens a store.
pub fn open_store(dir: PathBuf, platform: &str) -> Outcome<Store> {
    Store::open(&dir, platform).map_err(|e| trouble_of_store(&e))
}

/// What a person reads of a store's error.
pub fn trouble_of_store(e: &pontoon_store::StoreError) -> Trouble {
    Trouble::new(e.to_string(), e.remedy()).caused(e)
}
