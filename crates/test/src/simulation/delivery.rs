//! Whole deliveries through a repository, drawn from numbers: the embedded GitHub, an API server and Flux in one process on
//! paused time. Runs die at any call to anybody, calls are lost and late, people commit and delete in between; in the end
//! everything is healthy, and stands in the repository once.
//!
//! What is carried out is `pontoon_deliver::through`, which the binary carries out too.

use super::{
    points::Beginning,
    stage::{Broken, RUNS},
    story::Trouble,
};
use crate::{
    context::Context,
    crash::{When, dies},
    platforms,
};
use bytes::Bytes;
use http::Request;
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_core::{
    address::{Address, Scope},
    call::Call,
    event::{Event, UnitState},
    record::Record,
    secret::Secret,
};
use pontoon_deliver::{
    Setting, keys,
    order::Order,
    published::Published,
    repository::{RULESET, Reach},
    through::{Done, Through},
    values::{Keeper, Source, Values},
};
use pontoon_emulator::{Cloud, Vendor, World, github::DEFAULT_GITHUB_TOKEN, random::Random};
use pontoon_engine::{Provider, Stop, ports::Boxed};
use pontoon_local::LocalSecrets;
use pontoon_providers::{
    Budget, Kubernetes, ObjectRef,
    github::{Changes, GitHub},
};
use pontoon_render::{Follower, units};
use pontoon_secrets::Draw;
use pontoon_spec::Spec;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::OnceLock,
    time::Duration,
};

/// One app, a repository, and Secrets that stand in it.
const REEF: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: reef
domain: reef.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
registry: { provider: digitalocean }
delivery: { gitops: flux, repository: { github: example-org/reef-gitops } }
apps:
  api: { image: { name: api, tag: "1.0.0" }, port: 8080, replicas: 2, resources: { cpu: 250m, memory: 256Mi } }
"#;
const ENVIRONMENT: &str = "production";
const REPOSITORY: &str = "example-org/reef-gitops";
/// What a person commits, and nobody else ever touches.
const THEIRS: &str = "notes/run-book.md";

/// One life of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryStory {
    /// Seeds the world, and whatever is drawn on the way.
    pub seed: u64,
    /// What goes wrong by itself.
    pub troubles: Vec<Trouble>,
    /// What happens, one after another; then it is run until all is healthy.
    pub acts: Vec<Act>,
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A run is killed before its nth call leaves.
    DiesBefore(usize),
    /// A run is killed after its nth call had its effect.
    DiesAfter(usize),
    /// A person commits a file of their own.
    Commits,
    /// A person deletes a controller in the cluster.
    Deletes,
    /// Nothing, for so many seconds.
    Pause(u64),
}

/// The story of that number. Equal numbers draw equal stories.
pub fn story(seed: u64) -> DeliveryStory {
    let mut random = Random(seed ^ 0x6465_6c69_7665_7279);
    let trouble = |random: &mut Random| {
        let p = 0.002 + 0.01 * random.unit();
        match random.below(4) {
            0 => Trouble::LostRequests(p),
            1 => Trouble::LostReplies(p),
            2 => Trouble::Status(p, 503),
            _ => Trouble::Slow(p, 5.0),
        }
    };
    let troubles = (0..random.below(3)).map(|_| trouble(&mut random)).collect();
    let act = |random: &mut Random| {
        // The repository is made and filled within the first calls.
        let call = if random.unit() < 0.6 { random.below(60) } else { random.below(600) } as usize;
        match random.below(8) {
            0..3 => Act::DiesBefore(call),
            3..6 => Act::DiesAfter(call),
            6 => {
                if random.unit() < 0.5 {
                    Act::Commits
                } else {
                    Act::Deletes
                }
            }
            _ => Act::Pause(random.below(900)),
        }
    };
    let acts = (0..1 + random.below(5)).map(|_| act(&mut random)).collect();
    DeliveryStory { seed, troubles, acts }
}

/// The cloud under it, built once.
fn built() -> &'static Beginning {
    static BUILT: OnceLock<Beginning> = OnceLock::new();
    BUILT.get_or_init(|| {
        let build = || Beginning::destroy(&platforms::document(REEF));
        std::thread::spawn(build).join().expect("the cloud is built")
    })
}

/// Keeps values in memory, and what vendors showed in the file where the cloud's run kept it.
struct Kept {
    values: RefCell<BTreeMap<String, Secret>>,
    shown: LocalSecrets,
    /// What a person gives for the zone: the account's token, which is all that a world knows.
    token: Secret,
}

impl Keeper for Kept {
    fn get<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { Ok(self.values.borrow().get(path).cloned()) })
    }
    fn given<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        let token = || path.ends_with("/DNS_TOKEN").then(|| self.token.clone());
        Box::pin(async move { Ok(self.values.borrow().get(path).cloned().or_else(token)) })
    }
    fn shown<'a>(&'a self, address: &'a Address, output: &'a str) -> Boxed<'a, Result<Option<Secret>, String>> {
        Box::pin(async move { self.shown.read(&format!("{address}#{output}")).map_err(|e| e.to_string()) })
    }
    fn put<'a>(&'a self, path: &'a str, value: &'a Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            self.values.borrow_mut().insert(path.to_owned(), value.clone());
            Ok(())
        })
    }
    fn remove<'a>(&'a self, path: &'a str) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            self.values.borrow_mut().remove(path);
            Ok(())
        })
    }
}

/// Draws passwords.
struct Drawn(Draw);

impl Source for Drawn {
    fn password(&self, path: &str, length: u32) -> Result<Secret, String> {
        let bytes: [u8; 32] = self.0.named(path).bytes();
        let text: String = bytes.iter().cycle().take(length as usize).map(|b| char::from(b'a' + b % 26)).collect();
        Ok(Secret::new(text))
    }
}

/// Where it is played.
struct Scene {
    context: Context,
    spec: Spec,
    records: Vec<Record>,
    order: Order,
    kept: Kept,
    /// How many runs there were: each draws otherwise, so that what is not kept is another one.
    runs: Cell<u8>,
    told: RefCell<Vec<String>>,
}

impl Scene {
    fn set(story: &DeliveryStory) -> Scene {
        let mut world = World { seed: story.seed.wrapping_add(10_000), ..pontoon_local::world::ready() };
        story.troubles.iter().for_each(|t| t.put(&mut world, Duration::ZERO));
        let context = built().context(world);
        let spec = platforms::specs(REEF.as_bytes()).remove(0);
        let store = context.store(spec.platform.as_str());
        let scopes = [Scope::environment(ENVIRONMENT), Scope::shared()];
        let records: Vec<Record> = scopes.iter().filter_map(|s| store.load(s).expect("the record can be read")).collect();
        let order = order(&spec, &records);
        let shown = LocalSecrets::new(context.me.folder.path().join("secrets.json"));
        let kept = Kept { values: RefCell::default(), shown, token: Secret::new(context.me.token.as_str()) };
        Scene { context, spec, records, order, kept, runs: Cell::new(0), told: RefCell::default() }
    }

    fn tell(&self, what: impl Into<String>) {
        self.told.borrow_mut().push(what.into());
    }

    fn broken(&self, rule: &'static str, detail: impl Into<String>) -> Broken {
        Broken { rule, detail: detail.into(), told: self.told.borrow().clone() }
    }

    fn github(&self) -> GitHub {
        hub(self.context.wire(Vendor::GitHub), &self.context)
    }

    /// A credential of the cluster, as every run draws one.
    async fn cluster(&self) -> Result<Kubernetes, String> {
        let address = Address::new(Scope::environment(ENVIRONMENT), "digitalocean.cluster", "main");
        let cluster = self.records.iter().find_map(|r| r.resources.get(&address)).ok_or("there is no cluster")?;
        let path = format!("/v2/kubernetes/clusters/{}/credentials", cluster.id);
        let call = Call::new("digitalocean", "GET", path, "kubernetes:access_cluster").query("expiry_seconds", 7200_i64);
        let vendors = self.context.vendors(self.spec.platform.as_str());
        let reply = vendors.digitalocean.send(&call, Duration::from_secs(60)).await.map_err(|r| r.message)?;
        let text = |path: &str| reply.body.at(path).and_then(|v| v.as_text().map(str::to_owned)).unwrap_or_default();
        Ok(Kubernetes::new(self.context.wire(Vendor::Kubernetes), &text("server"), Secret::new(text("token"))))
    }

    /// One run: what the binary does past the cloud.
    async fn run(&self) -> Result<Done, String> {
        let (github, cluster) = (self.github(), self.cluster().await?);
        let observer = |_: Event| {};
        let clock = self.context.clock.as_ref();
        let vendors = self.context.vendors(self.spec.platform.as_str());
        let setting = Setting { cluster: &cluster, clock, observer: &observer, stop: Stop::new(), environment: ENVIRONMENT };
        let (platform, branch) = (self.spec.platform.to_string(), "main".to_owned());
        let name = REPOSITORY.parse().map_err(|e: String| e)?;
        let reach = Reach { github: &github, name, platform, branch, clock, observer: &observer };
        self.runs.set(self.runs.get().wrapping_add(1));
        let draw = Draw::new([self.runs.get(); 32]);
        let source = Drawn(draw.named("passwords"));
        let values = Values {
            prefix: format!("{}/{ENVIRONMENT}", self.spec.platform),
            keeper: &self.kept,
            source: &source,
            provider: vendors.digitalocean.as_ref(),
            records: &self.records,
            told: RefCell::default(),
        };
        let published = Published::new(self.context.wire(Vendor::GitHub), "http://github.local");
        let say = |said: &str| self.tell(format!("    {said}"));
        let through = Through { order: &self.order, reach: &reach, values: &values, draw: &draw, say: &say };
        through.carry_out(&setting, &published).await.map_err(|e| e.to_string())
    }

    async fn act(&self, act: Act) {
        self.tell(format!("- {act:?}"));
        let when = match act {
            Act::DiesBefore(n) => When::Before(n),
            Act::DiesAfter(n) => When::After(n),
            Act::Pause(seconds) => return self.context.clock.sleep(Duration::from_secs(seconds)).await,
            Act::Commits => return self.commits().await,
            Act::Deletes => return self.deletes().await,
        };
        match dies(&self.context, when, self.run()).await {
            None => self.tell("  died"),
            Some(Ok(done)) => self.tell(format!("  ended, healthy: {}", done.delivered.healthy())),
            Some(Err(said)) => self.tell(format!("  {said}")),
        }
    }

    async fn commits(&self) {
        let (github, Ok(name)) = (self.github(), REPOSITORY.parse()) else { return };
        let Ok(Some(head)) = github.head(&name, "main").await else { return self.tell("  there is no branch yet") };
        let what = Changes::from([(THEIRS.to_owned(), Some(b"Call the harbour master.\n".to_vec()))]);
        let done = github.commit(&name, "main", Some(&head), &what, "Notes").await;
        self.tell(format!("  {:?}", done.map_err(|e| e.to_string())));
    }

    async fn deletes(&self) {
        let Ok(cluster) = self.cluster().await else { return };
        let controller = ObjectRef::new("apps/v1", "Deployment", "flux-system", "source-controller");
        self.tell(format!("  {:?}", cluster.delete(&controller).await.map_err(|r| r.message)));
    }

    fn age_key(&self) -> Option<Secret> {
        let path = keys::path(&format!("{}/{ENVIRONMENT}", self.spec.platform), keys::AGE_KEY);
        self.kept.values.borrow().get(&path).cloned()
    }
}

fn hub(wire: pontoon_wire::Wire, context: &Context) -> GitHub {
    let budget = Rc::new(Budget::new(context.clock.clone()));
    GitHub::new(wire, "http://api.github.local", Secret::new(DEFAULT_GITHUB_TOKEN), budget)
}

/// What the binary makes of the document.
fn order(spec: &Spec, records: &[Record]) -> Order {
    let address = Address::new(Scope::environment(ENVIRONMENT), "digitalocean.cluster", "main");
    let cluster = records.iter().find_map(|r| r.resources.get(&address));
    let lock = Lock::new();
    let site = Site { incarnation: cluster.map(|c| c.incarnation.clone()).unwrap_or_default(), ..Site::new(spec, &lock) };
    let (contents, _) = pontoon_compiler::contents::contents(&site).expect("components stand in an order");
    Order {
        platform: spec.platform.to_string(),
        environment: ENVIRONMENT.into(),
        environments: vec![(ENVIRONMENT.into(), units(&contents, site.has_store()))],
        secrets: contents.components.iter().flat_map(|c| c.secrets.clone()).collect(),
        follower: Follower::Flux { encrypted: true },
        releases: BTreeMap::new(),
        beside: BTreeMap::new(),
        promotion: Vec::new(),
        checks: BTreeSet::new(),
        url: format!("ssh://git@github.com/{REPOSITORY}.git"),
        vault: false,
        protect: true,
    }
}

/// Plays a story; how many runs its end took.
///
/// # Errors
/// The rule that it breaks.
pub async fn play(story: &DeliveryStory) -> Result<usize, Broken> {
    let scene = Scene::set(story);
    let mut key = None;
    for act in &story.acts {
        scene.act(*act).await;
        key = same_key(&scene, key)?;
    }
    scene.tell("- in the end");
    let mut ended = None;
    for run in 1..=RUNS {
        match scene.run().await {
            Ok(done) if done.delivered.healthy() && done.waits.is_none() => {
                ended = Some((run, done.head));
                break;
            }
            Ok(done) => {
                let open = done.delivered.units.iter().find(|u| u.state != UnitState::Healthy);
                scene.tell(format!("  waits: {:?}; {open:?}", done.waits));
            }
            Err(said) => scene.tell(format!("  {said}")),
        }
    }
    let Some((runs, head)) = ended else { return Err(scene.broken("it comes to an end", "not healthy after ten runs")) };
    same_key(&scene, key)?;
    judge(&scene, &head).await?;
    Ok(runs)
}

/// The key that opens what is committed is the same from its first moment on.
fn same_key(scene: &Scene, before: Option<Secret>) -> Result<Option<Secret>, Broken> {
    let now = scene.age_key();
    match before.is_none() || before == now {
        true => Ok(now),
        false => Err(scene.broken("the age key stays", "it is another one")),
    }
}

/// Asks GitHub as a person would.
async fn ask(cloud: &Cloud, path: &str) -> Value {
    let request = Request::get(format!("http://api.github.local{path}"));
    let request = request.header("user-agent", "person").header("authorization", format!("Bearer {DEFAULT_GITHUB_TOKEN}"));
    let request = request.body(Bytes::new()).expect("a request");
    let reply = cloud.call(Vendor::GitHub, request).await.expect("nothing is lost in a calm world");
    serde_json::from_slice(reply.body()).unwrap_or_default()
}

/// The world in the end, looked at in a calm copy of it.
async fn judge(scene: &Scene, head: &str) -> Result<(), Broken> {
    let calm = scene.context.cloud.fork(World::default());
    let list = |value: Value| value.as_array().cloned().unwrap_or_default();
    let repositories = list(ask(&calm, "/orgs/example-org/repos").await);
    if repositories.len() != 1 {
        return Err(scene.broken("one repository", format!("{repositories:#?}")));
    }
    let keys = list(ask(&calm, &format!("/repos/{REPOSITORY}/keys")).await);
    if keys.len() != 1 {
        return Err(scene.broken("one deploy key", format!("{keys:#?}")));
    }
    let rulesets = list(ask(&calm, &format!("/repos/{REPOSITORY}/rulesets")).await);
    if rulesets.len() != 1 || rulesets.iter().any(|r| r["name"] != RULESET) {
        return Err(scene.broken("the branch is protected, once", format!("{rulesets:#?}")));
    }
    let commits = list(ask(&calm, &format!("/repos/{REPOSITORY}/commits?per_page=100")).await);
    let trees: BTreeSet<String> = commits.iter().map(|c| c["commit"]["tree"]["sha"].to_string()).collect();
    if trees.len() != commits.len() {
        return Err(scene.broken("nothing is committed twice", format!("{commits:#?}")));
    }
    let github = hub(pontoon_local::wire(&calm, Vendor::GitHub), &scene.context);
    let name = REPOSITORY.parse().map_err(|e: String| scene.broken("the repository has a name", e))?;
    let mut files = BTreeMap::new();
    for commit in commits.iter().filter_map(|c| c["sha"].as_str()) {
        let tree = github.tree(&name, commit).await.map_err(|e| scene.broken("commits can be read", e.to_string()))?;
        let held = github.contents(&name, &tree, |_| true).await.map_err(|e| scene.broken("files can be read", e.to_string()))?;
        for (path, bytes) in &held {
            let text = String::from_utf8_lossy(bytes);
            let open = |s: &&Secret| s.expose().len() > 7 && text.contains(s.expose());
            if let Some((at, _)) = scene.kept.values.borrow().iter().find(|(_, s)| open(s)) {
                return Err(scene.broken("nothing secret is committed", format!("{at} in {path} of {commit}")));
            }
        }
        if commit == head {
            files = held;
        }
    }
    // What a person committed stays, byte for byte.
    let committed = scene.told.borrow().windows(2).any(|t| t[0] == format!("- {:?}", Act::Commits) && t[1].starts_with("  Ok("));
    if committed && files.get(THEIRS).map(Vec::as_slice) != Some(b"Call the harbour master.\n") {
        return Err(scene.broken("what a person committed stays", format!("{:?}", files.keys())));
    }
    Ok(())
}
