//! Carries a story out, act by act.

use super::{
    archive::{Place, Written},
    disk::{self, MemoryDisk},
    eyes::Eyes,
    judge,
    later::{parent_id, step},
    mutants::{Mutant, Pulse},
    neighbour::{self, OTHER_TOKEN, QUIET},
    story::{Act, Fate, Shape, Story},
};
use crate::{
    changes::changes,
    context::{Context, Folder, Operator, Wrap},
    crash::{When, dies},
    platforms::NAME,
};
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use pontoon_catalog::{Args, Delete, Identity, field::Change, find};
use pontoon_core::{
    address::Address,
    operation::Ending,
    plan::{Action, Command},
    platform::Platform,
    record::Recorded,
};
use pontoon_emulator::{Cloud, Vendor};
use pontoon_engine::{Clock, Provider, Report, ports::Boxed};
use pontoon_operate::Failed;
use pontoon_plan::Options;
use pontoon_wire::{Wire, collect, full};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// How many runs it may take, once nobody disturbs any more, until nothing is left to do.
pub const RUNS: usize = 10;
/// A rule that was broken.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Which.
    pub rule: &'static str,
    /// How.
    pub detail: String,
    /// What happened before.
    pub told: Vec<String>,
}

/// How a story without a broken rule ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Everything was there, then everything was gone.
    Well,
    /// Something waits for a person, by what was said.
    Waits(String),
}

/// The operator's clock.
struct Wall {
    world: Rc<dyn Clock>,
    ahead: Rc<Cell<i64>>,
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let now = self.world.now();
        now.checked_add(SignedDuration::from_secs(self.ahead.get())).unwrap_or(now)
    }
    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        self.world.sleep(duration)
    }
}

/// Where it is played.
pub struct Stage {
    /// World and clients.
    pub context: Context,
    /// What is looked at.
    pub eyes: Eyes,
    /// What the operator's store stands on.
    pub disk: MemoryDisk,
    pulse: Pulse,
    ahead: Rc<Cell<i64>>,
    told: RefCell<Vec<String>>,
    /// The version of Kubernetes that the document asks for by now, where that was changed.
    pub asked: RefCell<Option<String>>,
    /// What databases wrote, and count on.
    pub archives: RefCell<BTreeMap<Place, Written>>,
}

impl Stage {
    /// A world with its neighbour, in which the story's troubles begin now.
    pub fn set(story: &Story, calm: bool, mutant: Option<Mutant>) -> Stage {
        let mut world = neighbour::world(story.seed);
        if !calm {
            story.troubles.iter().for_each(|t| t.put(&mut world, QUIET));
        }
        let mut context = Context::of(Cloud::resume(neighbour::settled(), world.clone()), &world);
        let mut disk = MemoryDisk::default();
        disk.without_locks = mutant == Some(Mutant::NoLock);
        disk.without_sync = mutant == Some(Mutant::ReleaseBeforeRecord);
        let ahead = Rc::new(Cell::new(0));
        context.me.disk = Rc::new(disk.clone());
        context.me.clock = Rc::new(Wall { world: context.clock.clone(), ahead: ahead.clone() });
        let eyes = Eyes::open(&context);
        let (told, asked, archives) = Default::default();
        let stage = Stage { context, eyes, disk, pulse: Pulse::default(), ahead, told, asked, archives };
        if let Some(mutant) = mutant {
            mutant.stand_between(&stage.context, &stage.pulse);
        }
        stage.context.wrap(listener(stage.eyes.clone()));
        stage
    }

    /// Somebody with a store of their own.
    fn somebody(&self, lineage: &str, token: &str) -> Operator {
        Operator {
            folder: Rc::new(Folder::new()),
            disk: Rc::new(MemoryDisk::default()),
            token: token.into(),
            lineage: lineage.into(),
            clock: self.context.clock.clone(),
        }
    }

    /// Notes what happened.
    pub fn tell(&self, what: impl Into<String>) {
        self.told.borrow_mut().push(what.into());
    }

    /// A rule was broken.
    pub fn broken(&self, rule: &'static str, detail: impl Into<String>) -> Broken {
        Broken { rule, detail: detail.into(), told: self.told.borrow().clone() }
    }

    /// One run of the operator; what became of it is told.
    pub async fn run(&self, platform: &Platform, command: Command, named: bool) -> Result<Option<Report>, Failed> {
        self.run_with(platform, command, Options { include_stateful: named, ..Options::default() }).await
    }

    async fn run_with(&self, platform: &Platform, command: Command, options: Options) -> Result<Option<Report>, Failed> {
        self.eyes.named(options.include_stateful || command == Command::Destroy);
        let result = self.context.run(&self.context.me, platform, command, &options, true).await;
        self.tell(describe(&result.as_ref().map(|(_, report)| report.as_ref())));
        if let Err(Failed::Journal { rescue, .. }) = &result {
            self.disk.trouble(disk::Trouble::None);
            let text = rescue.text().unwrap_or_default();
            let _ = pontoon_store::disk::Disk::write(&self.disk, &rescue.home, text.as_bytes());
        }
        if let Ok((prepared, Some(report))) = &result
            && report.ending == Ending::Interrupted
        {
            // Nobody asked for a stop here: the plan could not be carried out.
            prepared.plan.steps.iter().for_each(|s| self.tell(format!("    {} {} after {:?}", s.id, s.title, s.needs)));
        }
        result.map(|(_, report)| report)
    }

    /// One run that goes as it goes.
    pub async fn fated(&self, platform: &Platform, command: Command, options: impl Fn() -> Options, fate: Fate) {
        if options().include_stateful {
            // What was named may be destroyed, and nobody counts on it any more.
            self.archives.borrow_mut().clear();
        }
        let when = match fate {
            Fate::Lives => None,
            Fate::DiesBefore(n) => Some(When::Before(n)),
            Fate::DiesAfter(n) | Fate::PowerFails(n, _) => Some(When::After(n)),
            Fate::Disk(trouble) => {
                self.disk.trouble(trouble);
                None
            }
        };
        match when {
            None => drop(self.run_with(platform, command, options()).await),
            Some(when) => {
                if dies(&self.context, when, self.run_with(platform, command, options())).await.is_none() {
                    self.pulse.stop();
                    self.tell(format!("died {when:?}"));
                }
            }
        }
        if let Fate::PowerFails(_, keep) = fate {
            self.disk.power_loss(keep);
        }
        self.disk.trouble(disk::Trouble::None);
    }

    /// What is recorded: by address.
    pub fn recorded(&self, platform: &Platform) -> BTreeMap<Address, Recorded> {
        let Ok(store) = self.context.me.store(&platform.name) else { return BTreeMap::new() };
        let load = |s| store.load(s).ok().flatten();
        platform.scopes.iter().filter_map(load).flat_map(|r| r.resources).collect()
    }

    /// One act.
    ///
    /// # Errors
    /// A rule that it broke.
    pub async fn act(&self, story: &Story, act: &Act) -> Result<(), Broken> {
        self.tell(format!("- {act:?}"));
        let whole = story.base.platform();
        let shaped = |shape: &Shape| self.at_version(story, story.base.shape(shape));
        match act {
            Act::Up { shape, fate, named } => {
                // What was replaced and may still be used stays until a later run, as after the binary's.
                let options = || Options { include_stateful: *named, hold: true, ..Options::default() };
                self.fated(&shaped(shape), Command::Up, options, *fate).await;
            }
            Act::Destroy { fate } => {
                let options = || Options { include_stateful: true, ..Options::default() };
                self.fated(&whole, Command::Destroy, options, *fate).await;
            }
            Act::Both(a, b) => {
                let (a, b) = (shaped(a), shaped(b));
                self.archives.borrow_mut().clear();
                // What one may destroy, both may: nobody can tell whose call it was.
                // How each ended is told.
                let _ = futures::join!(self.run(&a, Command::Up, true), self.run(&b, Command::Up, true));
            }
            Act::Removes(nth) => {
                self.archives.borrow_mut().clear();
                self.remove(&whole, *nth).await;
            }
            Act::Changes(nth) => self.change(&whole, *nth).await,
            Act::Upgrades => self.upgrade().await,
            Act::Upgrade { fate } => drop(self.upgrades(story, &whole, *fate).await),
            Act::Forgets { nth, fate } => self.forgets(story, *nth, *fate).await?,
            Act::Drift => self.drifts(&whole).await?,
            Act::Days(days) => self.days(story, *days).await?,
            Act::Namesake(shape) => self.namesake(story, &shaped(shape)).await?,
            Act::Stranger(shape) => self.stranger(&shaped(shape)).await?,
            Act::Jump(seconds) => self.ahead.set(self.ahead.get() + seconds),
            Act::Pause(seconds) => self.context.clock.sleep(Duration::from_secs(*seconds)).await,
        }
        judge::always(self, &whole)
    }

    /// Sends a call by hand.
    async fn by_hand(&self, platform: &Platform, call: &pontoon_core::call::Call) {
        let vendors = self.context.vendors(&platform.name);
        let spaces = vendors.spaces();
        let answer = vendors.router(&spaces).send(call, Duration::from_secs(60)).await;
        self.tell(format!("by hand {} {}: {:?}", call.method, call.path, answer.err().map(|r| r.message)));
        let _ = vendors.close().await;
    }

    async fn remove(&self, whole: &Platform, nth: usize) {
        let recorded = self.recorded(whole);
        let Some((address, thing)) = recorded.iter().nth(nth % recorded.len().max(1)) else { return };
        let Some(kind) = find(address.kind()) else { return };
        let (Delete::Call(delete) | Delete::Drain { delete, .. }) = kind.delete else { return };
        let parent = parent_id(&recorded, thing);
        // What goes along with it is lost by the same hand.
        let below = recorded.iter().filter(|(_, r)| r.parent.as_ref() == Some(address)).map(|(_, r)| &r.id);
        below.chain([&thing.id]).for_each(|id| self.eyes.by_hand(id));
        let call = delete(&Args::new(thing.id.clone().into(), parent, &thing.attributes));
        self.by_hand(whole, &call).await;
    }

    async fn change(&self, whole: &Platform, nth: usize) {
        let recorded = self.recorded(whole);
        let table = changes();
        let all: Vec<_> = recorded
            .iter()
            .flat_map(|(address, thing)| {
                // What a document says nothing of is everybody's.
                // And what the vendor never takes back stays as the hand left it.
                let kind = find(address.kind());
                let returns = move |k: &String| {
                    let field = kind.and_then(|kind| kind.field(k));
                    thing.attributes.contains_key(k) && field.is_some_and(|f| !matches!(f.change, Change::Unless(_)))
                };
                let said = move |f: &serde_json::Value| f.as_object().is_some_and(|f| f.keys().all(returns));
                let fits = table.iter().filter(move |(k, f, a)| *k == address.kind() && *a == Action::Update && said(f));
                fits.map(move |(_, fields, _)| (address, thing, fields))
            })
            .collect();
        let Some((address, thing, fields)) = all.get(nth % all.len().max(1)) else { return };
        let Some(kind) = find(address.kind()) else { return };
        let mut attributes = thing.attributes.clone();
        for (field, value) in fields.as_object().into_iter().flatten() {
            attributes.insert(field.clone(), value.clone().into());
        }
        let touched = |u: &&pontoon_catalog::Update| u.fields.iter().any(|f| fields.get(*f).is_some());
        let Some(update) = kind.updates.iter().find(touched) else { return };
        let parent = parent_id(&recorded, thing);
        let call = (update.call)(&Args::new(thing.id.clone().into(), parent, &attributes));
        self.by_hand(whole, &call).await;
    }

    async fn upgrade(&self) {
        let objects = self.context.cloud.objects();
        for cluster in objects["kubernetes_clusters"].as_array().into_iter().flatten() {
            let path = format!("/v2/kubernetes/clusters/{}/upgrade", cluster["id"].as_str().unwrap_or_default());
            let running = cluster["version"].as_str().or(cluster["version_slug"].as_str()).unwrap_or_default();
            let Some(next) = step(running) else { continue };
            let body = serde_json::json!({ "version": next }).to_string();
            let request = Request::post(path)
                .header("authorization", format!("Bearer {}", self.context.me.token))
                .header("content-type", "application/json")
                .body(Bytes::from(body));
            if let Ok(request) = request {
                let status = self.context.cloud.call(Vendor::DigitalOcean, request).await.map(|r| r.status());
                self.tell(format!("upgrade: {status:?}"));
            }
        }
    }

    /// The same name from another record: whatever is ours must stop it.
    async fn namesake(&self, story: &Story, platform: &Platform) -> Result<(), Broken> {
        let ours = self.recorded(platform);
        let overlaps = platform.resources.keys().any(|a| {
            let marked = find(a.kind()).is_some_and(|k| matches!(k.identity, Identity::Marked(_)));
            marked && ours.contains_key(a)
        });
        let other = self.somebody("zzzz9999", &self.context.me.token);
        let looked = self.context.run(&other, platform, Command::Up, &Options::default(), false).await;
        let allowed = looked.as_ref().is_ok_and(|(p, _)| p.plan.is_allowed() && !p.plan.is_empty());
        // A list that lags shows nothing yet, and what was removed by hand is not there to be seen.
        let hidden = story.acts.iter().any(|a| matches!(a, Act::Removes(_)))
            || story.troubles.iter().any(|t| matches!(t, super::story::Trouble::Lags(..)));
        match allowed && overlaps && !hidden {
            true => Err(self.broken("nothing foreign is adopted or touched", "a namesake's plan may be carried out")),
            false => Ok(()),
        }
    }

    /// The token of another team: nothing may happen once the record says whose account it is.
    async fn stranger(&self, platform: &Platform) -> Result<(), Broken> {
        if self.recorded(platform).is_empty() {
            return Ok(());
        }
        let stranger = Operator { token: OTHER_TOKEN.into(), ..self.context.me.clone() };
        let result = self.context.run(&stranger, platform, Command::Up, &Options::default(), true).await;
        match result {
            Err(_) => Ok(()),
            Ok(_) => Err(self.broken("another team's token does nothing", "a run with it ended well")),
        }
    }

    /// Runs until nothing is left to do.
    ///
    /// # Errors
    /// What was said, where that never is.
    pub async fn converge(&self, platform: &Platform, command: Command) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..RUNS {
            match self.run(platform, command, true).await {
                Ok(None) => return Ok(()),
                Ok(Some(report)) => last = format!("{} {:?}", report.ending, report.failures),
                Err(e) => last = failed(&e),
            }
        }
        Err(last)
    }

    /// Removes what killed runs made for themselves, after the last destroy.
    pub async fn sweep(&self) {
        for _ in 0..RUNS {
            let vendors = self.context.vendors(NAME);
            vendors.hold();
            vendors.over();
            if vendors.sweep().await.is_ok() {
                return;
            }
        }
    }
}

/// Why a run ended before its end, in one line.
fn failed(e: &Failed) -> String {
    match e {
        Failed::Refused(findings) => format!("refused: {:?}", findings.iter().map(|f| (&f.code, &f.message)).collect::<Vec<_>>()),
        e => format!("{e}: {:?}", std::error::Error::source(e).map(ToString::to_string)),
    }
}

fn describe(result: &Result<Option<&Report>, &Failed>) -> String {
    match result {
        Ok(None) => "  nothing to do".into(),
        Ok(Some(r)) if r.ending == Ending::Done => "  done".into(),
        Ok(Some(r)) => format!("  {}: {:?}", r.ending, r.failures.iter().map(|f| (&f.address, &f.message)).collect::<Vec<_>>()),
        Err(e) => format!("  {}", failed(e)),
    }
}

/// What secrets are called in replies.
const SECRETS: &[&str] = &["password", "secret_key", "private_key", "uri"];

/// Hears every secret that a vendor shows.
fn listener(eyes: Eyes) -> Wrap {
    Rc::new(move |_: Vendor, wire: Wire| {
        let eyes = eyes.clone();
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let (wire, eyes) = (wire.clone(), eyes.clone());
            async move {
                let reply = wire.oneshot(request).await?;
                let (parts, body) = reply.into_parts();
                let bytes = collect(body).await?;
                // Most replies hold none, and need not be read for that.
                let text = std::str::from_utf8(&bytes).unwrap_or_default();
                if SECRETS.iter().any(|key| text.contains(key))
                    && let Ok(json) = serde_json::from_str::<serde_json::Value>(text)
                {
                    hear(&eyes, "", &json);
                }
                Ok(http::Response::from_parts(parts, full(bytes)))
            }
        }))
    })
}

fn hear(eyes: &Eyes, key: &str, value: &serde_json::Value) {
    match value {
        serde_json::Value::String(s) if SECRETS.contains(&key) && s.len() > 7 => {
            eyes.secret(s.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|v| hear(eyes, key, v)),
        serde_json::Value::Object(fields) => fields.iter().for_each(|(k, v)| hear(eyes, k, v)),
        _ => {}
    }
}
