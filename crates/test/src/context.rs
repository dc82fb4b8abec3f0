//! A world, a store and clients for one test, all in one process on paused time.

use crate::openapi::Watch;
use jiff::Timestamp;
use pontoon_core::{
    address::{Address, Scope},
    event::Event,
    plan::{Command, Plan},
    platform::Platform,
    record::Record,
};
use pontoon_emulator::{Clock as Speed, Cloud, Vendor, World};
use pontoon_engine::{Clock, Report, Stop, ports::Boxed};
use pontoon_local::{LocalSecrets, WorldClock};
use pontoon_operate::{
    Drifting, Failed, Prepared, Setting, Vendors, Way, apply, drifting, everything, inspect, look, recover_all,
};
use pontoon_plan::Options;
use pontoon_providers::Endpoints;
use pontoon_store::{
    Store, StoreError, Who,
    disk::{Disk, RealDisk},
};
use pontoon_wire::Wire;
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

static FOLDERS: AtomicU64 = AtomicU64::new(0);

/// A folder that goes away with its owner.
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty one.
    pub fn new() -> Folder {
        let n = FOLDERS.fetch_add(1, Ordering::SeqCst);
        // Thousands of journals are synced here: in memory, where the system has such a place.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let path = base.join(format!("pontoon-test-{}-{n}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Folder(path)
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Folder::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What changes a wire on its way: crashes, faults, watchers.
pub type Wrap = Rc<dyn Fn(Vendor, Wire) -> Wire>;

/// Sleeps on tokio's time, which is paused and jumps, and always says the same moment.
pub struct Jumping;

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Somebody who runs Pontoon: a store, a token, a clock.
#[derive(Clone)]
pub struct Operator {
    /// Where the store is.
    pub folder: Rc<Folder>,
    /// What it stands on.
    pub disk: Rc<dyn Disk>,
    /// The API token.
    pub token: String,
    /// The lineage of a new record.
    pub lineage: String,
    /// The clock on the wall.
    pub clock: Rc<dyn Clock>,
}

/// A run of the tests', which nobody stops.
fn setting<'a>(
    vendors: &'a Vendors,
    clock: &'a Rc<dyn Clock>,
    secrets: &'a LocalSecrets,
    observer: &'a dyn Fn(Event),
    nonce: String,
) -> Setting<'a> {
    Setting { vendors, clock, secrets, observer, stop: Stop::new(), who: "test@local".into(), nonce }
}

/// A world, a store and clients.
pub struct Context {
    /// The world.
    pub cloud: Cloud,
    /// Who runs it.
    pub me: Operator,
    /// The world's clock.
    pub clock: Rc<dyn Clock>,
    /// What was told.
    pub events: Rc<RefCell<Vec<Event>>>,
    runs: Cell<u32>,
    wraps: RefCell<Vec<Wrap>>,
    watch: Option<Watch>,
}

impl Operator {
    /// The store.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn store(&self, platform: &str) -> Result<Store, StoreError> {
        Store::on(self.disk.clone(), self.folder.path(), platform)
    }
}

impl Drop for Context {
    /// Every request and reply of every test is held against the vendor's published document.
    fn drop(&mut self) {
        if let (Some(watch), false) = (&self.watch, std::thread::panicking()) {
            watch.assert_clean();
        }
    }
}

impl Context {
    /// In a world of its own. Has to be made within a runtime, which should be paused.
    pub fn new(world: World) -> Context {
        let mut context = Context::unwatched(world);
        context.watch = Some(Watch::begin(&context.cloud, "requests and replies of this test"));
        context
    }

    /// The same, and nobody holds what is said against the vendor's document: for thousands of runs.
    pub fn unwatched(world: World) -> Context {
        let cloud = Cloud::open(world.clone(), None, Speed::REAL).expect("the world makes sense");
        Context::of(cloud, &world)
    }

    /// In a world that is there already, with its first token.
    pub fn of(cloud: Cloud, world: &World) -> Context {
        let token = world.tokens.first().map(|t| t.token.clone()).unwrap_or_default();
        let base = jiff::Timestamp::from_millisecond(cloud.now().0).expect("worlds live in our time");
        let clock: Rc<dyn Clock> = Rc::new(WorldClock::new(base, 1.0));
        let (folder, disk) = (Rc::new(Folder::new()), Rc::new(RealDisk));
        let me = Operator { folder, disk, token, lineage: "abcd1234".into(), clock: clock.clone() };
        Context { cloud, me, clock, events: Rc::default(), runs: Cell::new(0), wraps: RefCell::default(), watch: None }
    }

    /// From now on every wire goes through this as well, outside of what was put there before.
    pub fn wrap(&self, wrap: Wrap) {
        self.wraps.borrow_mut().push(wrap);
    }

    /// Takes off what was put on last.
    pub fn unwrap(&self) {
        self.wraps.borrow_mut().pop();
    }

    /// The way to a vendor, through everything that was put on it.
    pub fn wire(&self, vendor: Vendor) -> Wire {
        let wire = pontoon_local::wire(&self.cloud, vendor);
        self.wraps.borrow().iter().fold(wire, |wire, wrap| wrap(vendor, wire))
    }

    /// Clients of a new run.
    pub fn vendors(&self, platform: &str) -> Vendors {
        self.vendors_of(&self.me, platform)
    }

    fn vendors_of(&self, operator: &Operator, platform: &str) -> Vendors {
        let way = Way {
            digitalocean: self.wire(Vendor::DigitalOcean),
            digitalocean_base: "http://digitalocean.local".into(),
            token: pontoon_core::secret::Secret::new(operator.token.as_str()),
            spaces: self.wire(Vendor::Spaces),
            endpoints: Endpoints::One("http://spaces.local".into()),
            spaces_key: None,
        };
        Vendors::new(way, &operator.clock, platform, &operator.lineage, &self.nonce())
    }

    /// So many runs came before: what each draws is drawn once.
    pub fn after_runs(&self, runs: u32) {
        self.runs.set(runs);
    }

    fn nonce(&self) -> String {
        format!("n{}", self.runs.get())
    }

    /// The store.
    pub fn store(&self, platform: &str) -> Store {
        self.me.store(platform).expect("the store opens")
    }

    /// One run of somebody: recover, look, plan, and with `carry_out` also apply.
    ///
    /// # Errors
    /// Where the run ended before its end.
    pub async fn run(
        &self,
        operator: &Operator,
        platform: &Platform,
        command: Command,
        options: &Options,
        carry_out: bool,
    ) -> Result<(Prepared, Option<Report>), Failed> {
        self.runs.set(self.runs.get() + 1);
        let nonce = self.nonce();
        let vendors = self.vendors_of(operator, &platform.name);
        let secrets = LocalSecrets::new(operator.folder.path().join("secrets.json"));
        let events = self.events.clone();
        let observer = move |e: Event| events.borrow_mut().push(e);
        let setting = setting(&vendors, &operator.clock, &secrets, &observer, nonce);
        let store = operator.store(&platform.name)?;
        let result = if carry_out {
            let who = Who { user: "test".into(), host: "local".into(), pid: std::process::id(), command: "up".into() };
            let mut writer = store.lock(who, operator.clock.now())?;
            async {
                recover_all(&setting, &mut writer).await?;
                let records = look(&writer, &platform.name, &platform.scopes, &operator.lineage)?;
                let prepared = inspect(&setting, &records, platform, command, options).await?;
                let report = match prepared.plan.is_empty() {
                    true => None,
                    false => Some(apply(&setting, &mut writer, &prepared.plan).await?),
                };
                Ok((prepared, report))
            }
            .await
        } else {
            let records = look(&store, &platform.name, &platform.scopes, &operator.lineage)?;
            inspect(&setting, &records, platform, command, options).await.map(|p| (p, None))
        };
        // A key that cannot be removed now is removed by the next run.
        let _ = vendors.close().await;
        result
    }

    /// Forgets these, as somebody.
    ///
    /// # Errors
    /// Where the run ended before its end.
    pub async fn forget(&self, operator: &Operator, platform: &Platform, wanted: &BTreeSet<Address>) -> Result<Report, Failed> {
        self.runs.set(self.runs.get() + 1);
        let vendors = self.vendors_of(operator, &platform.name);
        let secrets = LocalSecrets::new(operator.folder.path().join("secrets.json"));
        let observer = |_: Event| {};
        let setting = setting(&vendors, &operator.clock, &secrets, &observer, self.nonce());
        let store = operator.store(&platform.name)?;
        let who = Who { user: "test".into(), host: "local".into(), pid: std::process::id(), command: "forget".into() };
        let mut writer = store.lock(who, operator.clock.now())?;
        let result = async {
            recover_all(&setting, &mut writer).await?;
            let records = look(&writer, &platform.name, &platform.scopes, &operator.lineage)?;
            apply(&setting, &mut writer, &pontoon_plan::forget(platform, &records, wanted)).await
        }
        .await;
        let _ = vendors.close().await;
        result
    }

    /// Looks for drift.
    ///
    /// # Errors
    /// Where the account cannot be read.
    pub async fn drifting(&self, platform: &Platform) -> Result<Drifting, Failed> {
        let vendors = self.vendors(&platform.name);
        let secrets = LocalSecrets::new(self.me.folder.path().join("secrets.json"));
        let observer = |_: Event| {};
        let setting = setting(&vendors, &self.clock, &secrets, &observer, self.nonce());
        let records = self.records(platform);
        let found = drifting(&setting, &records, &records, platform).await;
        let _ = vendors.close().await;
        found
    }

    /// What the account holds, by kind.
    pub async fn everything(&self) -> BTreeMap<&'static str, Vec<pontoon_core::value::Value>> {
        let vendors = self.vendors("account");
        let secrets = LocalSecrets::new(self.me.folder.path().join("secrets.json"));
        let observer = |_: Event| {};
        let setting = setting(&vendors, &self.clock, &secrets, &observer, self.nonce());
        everything(&setting, &Default::default()).await.expect("the account can be read").0
    }

    /// What is recorded of a platform.
    pub fn records(&self, platform: &Platform) -> BTreeMap<Scope, Record> {
        let store = self.store(&platform.name);
        look(&store, &platform.name, &platform.scopes, &self.me.lineage).expect("the records can be read")
    }

    /// Plans.
    pub async fn plan(&self, platform: &Platform) -> Result<Plan, Failed> {
        self.run(&self.me, platform, Command::Up, &Options::default(), false).await.map(|(p, _)| p.plan)
    }

    /// Builds; `None` where there was nothing to do.
    pub async fn up(&self, platform: &Platform) -> Result<Option<Report>, Failed> {
        self.run(&self.me, platform, Command::Up, &Options::default(), true).await.map(|(_, r)| r)
    }

    /// Builds, with options.
    pub async fn up_with(&self, platform: &Platform, options: &Options) -> Result<Option<Report>, Failed> {
        self.run(&self.me, platform, Command::Up, options, true).await.map(|(_, r)| r)
    }

    /// Takes everything down.
    pub async fn destroy(&self, platform: &Platform) -> Result<Option<Report>, Failed> {
        let options = Options { include_stateful: true, ..Options::default() };
        self.run(&self.me, platform, Command::Destroy, &options, true).await.map(|(_, r)| r)
    }

    /// How many objects of each collection exist.
    pub fn census(&self) -> std::collections::BTreeMap<String, usize> {
        let Value::Object(all) = self.cloud.objects() else { return Default::default() };
        all.into_iter().map(|(k, v)| (k, v.as_array().map_or(0, Vec::len))).filter(|(_, n)| *n > 0).collect()
    }
}
