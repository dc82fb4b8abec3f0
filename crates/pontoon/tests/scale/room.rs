//! A world and a store on the disk of one test, and runs in them.

use crate::Look;
use pontoon_core::{address::Address, event::What, plan::Command, platform::Platform, secret::Secret};
use pontoon_emulator::{Clock as Speed, Cloud, Vendor, World, world::DEFAULT_TOKEN};
use pontoon_engine::{Clock, Secrets, Stop, ports::Boxed};
use pontoon_local::{WorldClock, wire};
use pontoon_operate::{Setting, Vendors, Way, apply, inspect, look};
use pontoon_plan::Options;
use pontoon_providers::Endpoints;
use pontoon_store::{Store, Who};
use std::{collections::BTreeMap, path::PathBuf, rc::Rc};

const LINEAGE: &str = "scale001";

/// Secrets that nobody asks for again.
struct Taken;

impl Secrets for Taken {
    fn put<'a>(&'a self, _: &'a Address, _: &'a str, _: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}

/// Where one platform is built and looked at.
pub struct Room<'a> {
    folder: PathBuf,
    platform: &'a Platform,
}

impl<'a> Room<'a> {
    /// An empty one.
    pub fn new(name: &str, platform: &'a Platform) -> Room<'a> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("scale-{}", name.replace([',', ' '], "-")));
        let _ = std::fs::remove_dir_all(&folder);
        Room { folder, platform }
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(future)
    }

    /// A world that allows so much; it goes on where an earlier opening left it.
    fn cloud(&self) -> Cloud {
        let mut world = World::default();
        for team in &mut world.teams {
            team.limits.droplets = 200;
        }
        Cloud::open(world, Some(self.folder.join("world")), Speed::REAL).expect("a world")
    }

    fn store(&self) -> Store {
        Store::open(&self.folder.join("store"), &self.platform.name).expect("a store")
    }

    fn vendors(&self, cloud: &Cloud, clock: &Rc<dyn Clock>, nonce: &str) -> Vendors {
        let way = Way {
            digitalocean: wire(cloud, Vendor::DigitalOcean),
            digitalocean_base: "http://digitalocean.local".into(),
            token: Secret::new(DEFAULT_TOKEN),
            spaces: wire(cloud, Vendor::Spaces),
            endpoints: Endpoints::One("http://spaces.local".into()),
            spaces_key: None,
        };
        Vendors::new(way, clock, &self.platform.name, LINEAGE, nonce)
    }

    /// Builds the platform.
    pub fn build(&self) {
        self.run(async {
            let cloud = self.cloud();
            let clock = clock(&cloud);
            let vendors = self.vendors(&cloud, &clock, "build");
            let observer = |e: pontoon_core::event::Event| {
                if let What::Failed { address, message, .. } = e.what {
                    panic!("{address}: {message}");
                }
            };
            let setting = setting(&vendors, &clock, &observer, "build");
            let mut store = self.store().lock(who(), clock.now()).expect("the lock");
            let records = look(&store, &self.platform.name, &self.platform.scopes, LINEAGE).expect("records");
            let options = Options::default();
            let prepared = inspect(&setting, &records, self.platform, Command::Up, &options).await.expect("a plan");
            let report = apply(&setting, &mut store, &prepared.plan).await.expect("a run");
            assert!(report.failures.is_empty() && report.skipped.is_empty(), "{report:?}");
            vendors.close().await.expect("the run's key is removed");
        });
    }

    /// Opens world and store again, plans, and finds nothing to do.
    pub fn look(&self) -> Look {
        #[expect(clippy::disallowed_methods, reason = "what a person waits for is measured")]
        let from = std::time::Instant::now();
        let (calls, by_path) = self.run(async {
            let cloud = self.cloud();
            let clock = clock(&cloud);
            let vendors = self.vendors(&cloud, &clock, "look");
            let observer = |_| {};
            let setting = setting(&vendors, &clock, &observer, "look");
            let records = look(&self.store(), &self.platform.name, &self.platform.scopes, LINEAGE).expect("records");
            let options = Options::default();
            let prepared = inspect(&setting, &records, self.platform, Command::Up, &options).await.expect("a plan");
            let left: Vec<String> =
                prepared.plan.changes.iter().map(|c| format!("{} {}: {}", c.action, c.address, c.because)).collect();
            assert!(prepared.plan.is_empty(), "{} changes are left: {:#?}", left.len(), &left[..left.len().min(10)]);
            vendors.close().await.expect("the run's key is removed");
            counted(&vendors)
        });
        Look { resources: self.platform.resources.len(), calls, by_path, seconds: from.elapsed().as_secs_f64() }
    }
}

fn clock(cloud: &Cloud) -> Rc<dyn Clock> {
    let now = jiff::Timestamp::from_millisecond(cloud.now().0).expect("a date");
    Rc::new(WorldClock::new(now, 1.0))
}

fn setting<'s>(
    vendors: &'s Vendors,
    clock: &'s Rc<dyn Clock>,
    observer: &'s dyn Fn(pontoon_core::event::Event),
    nonce: &str,
) -> Setting<'s> {
    Setting { vendors, clock, secrets: &Taken, observer, stop: Stop::new(), who: "test@here".into(), nonce: nonce.into() }
}

fn who() -> Who {
    Who { user: "test".into(), host: "here".into(), pid: 1, command: "scale".into() }
}

fn counted(vendors: &Vendors) -> (u64, BTreeMap<String, u64>) {
    let mut by_path = BTreeMap::new();
    for (vendor, counts) in vendors.counts() {
        for (path, count) in counts {
            *by_path.entry(format!("{vendor} {path}")).or_default() += count;
        }
    }
    (by_path.values().sum(), by_path)
}
