//! Every kind's example, made, changed and removed in a world of its own by the planner and the engine.
//!
//! After each change a second look finds nothing to do: what was sent is what is seen. In the end
//! everything is removed, and the world is as it was.

use pontoon_catalog::{find, resource::sample_address, resource_types, samples};
use pontoon_core::{
    address::{Address, Scope},
    plan::{Action, Command, Plan},
    platform::{Platform, Resource},
    secret::Secret,
    value::Value,
};
use pontoon_emulator::{Clock as Speed, Cloud, Vendor, World, world::DEFAULT_TOKEN};
use pontoon_engine::{Clock, Secrets, Stop, ports::Boxed};
use pontoon_local::{WorldClock, wire};
use pontoon_operate::{Prepared, Setting, Vendors, Way, apply, inspect, look};
use pontoon_plan::Options;
use pontoon_providers::Endpoints;
use pontoon_store::{Store, Who, Writer};
use pontoon_test::changes::changes;
use std::{cell::RefCell, path::PathBuf, rc::Rc, time::Duration};

/// The region's first VPC is its default one, which nobody can remove: not the example.
const WORLD: &str = r#"
[[preload]]
path = "/v2/vpcs"
body = { name = "first", region = "nyc3", ip_range = "10.99.0.0/20" }
"#;

/// Seconds after which the vendor has carried out an action on a droplet.
const ACTION: u64 = 60;

/// Secrets in memory: whose and which.
#[derive(Default)]
struct Kept(RefCell<Vec<String>>);

impl Secrets for Kept {
    fn put<'a>(&'a self, address: &'a Address, name: &'a str, _: Secret) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            self.0.borrow_mut().push(format!("{address}#{name}"));
            Ok(())
        })
    }
}

/// A world, a store and a clock, and as many runs as a test wants.
struct Bench {
    cloud: Cloud,
    clock: Rc<dyn Clock>,
    store: Writer,
    secrets: Kept,
    runs: usize,
}

impl Bench {
    fn new(name: &str) -> Result<Bench, String> {
        let world = World::parse(WORLD).map_err(|e| e.to_string())?;
        let cloud = Cloud::open(world, None, Speed::REAL).map_err(|e| e.to_string())?;
        let clock: Rc<dyn Clock> = Rc::new(WorldClock::new("2026-11-02T09:00:00Z".parse().map_err(|_| "a date")?, 1.0));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("catalog-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        let store = Store::open(&folder, "sample").map_err(|e| e.to_string())?;
        let who = Who { user: "test".into(), host: "here".into(), pid: 1, command: "test".into() };
        let store = store.lock(who, clock.now()).map_err(|e| e.to_string())?;
        Ok(Bench { cloud, clock, store, secrets: Kept::default(), runs: 0 })
    }

    /// Looks, and carries out what was found to do where `act` says so.
    async fn run(&mut self, platform: &Platform, command: Command, act: bool) -> Result<Plan, String> {
        self.runs += 1;
        let nonce = format!("run{}", self.runs);
        let way = Way {
            digitalocean: wire(&self.cloud, Vendor::DigitalOcean),
            digitalocean_base: "https://api.digitalocean.com".into(),
            token: Secret::new(DEFAULT_TOKEN),
            spaces: wire(&self.cloud, Vendor::Spaces),
            endpoints: Endpoints::ByRegion,
            spaces_key: None,
        };
        let vendors = Vendors::new(way, &self.clock, "sample", "lineage1", &nonce);
        let setting = Setting {
            vendors: &vendors,
            clock: &self.clock,
            secrets: &self.secrets,
            observer: &|_| {},
            stop: Stop::new(),
            who: "test@here".into(),
            nonce: nonce.clone(),
        };
        let records = look(&self.store, "sample", &platform.scopes, "lineage1").map_err(|e| e.to_string())?;
        let options = Options { include_stateful: true, ..Options::default() };
        let looked = inspect(&setting, &records, platform, command, &options).await;
        let Prepared { plan, .. } = looked.map_err(|e| format!("{command}: {e:?}"))?;
        if act {
            let report = apply(&setting, &mut self.store, &plan).await;
            let report = report.map_err(|e| format!("{command}: {e:?}\n  {}", said(&plan)))?;
            if !report.failures.is_empty() {
                let failed = report.failures.iter().map(|f| format!("{}: {}", f.title, f.message)).collect::<Vec<_>>();
                return Err(format!("{command}:\n  {}", failed.join("\n  ")));
            }
        }
        vendors.close().await.map_err(|r| r.message)?;
        Ok(plan)
    }

    /// Makes what a platform says, and looks again.
    async fn reach(&mut self, platform: &Platform) -> Result<Plan, String> {
        let done = self.run(platform, Command::Up, true).await?;
        let acts = done.steps.iter().filter_map(|s| s.call.as_ref()?.path.as_text());
        if acts.into_iter().any(|path| path.starts_with("/v2/droplets/") && path.ends_with("/actions")) {
            self.clock.sleep(Duration::from_secs(ACTION)).await;
        }
        let again = self.run(platform, Command::Up, false).await?;
        if again.is_empty() { Ok(done) } else { Err(format!("a second look is not content:\n  {}", said(&again))) }
    }

    /// All that exists.
    fn ours(&self) -> serde_json::Value {
        let mut all = self.cloud.objects();
        if let Some(all) = all.as_object_mut() {
            all.retain(|_, v| v.as_array().is_none_or(|v| !v.is_empty()));
        }
        all
    }
}

fn platform(resources: Vec<Resource>) -> Platform {
    let mut platform = Platform { name: "sample".into(), scopes: vec![Scope::environment("sample")], ..Platform::default() };
    resources.into_iter().for_each(|r| platform.add(r));
    platform
}

/// On a paused clock: minutes of the world take none.
fn virtually<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// What a plan would do, for a person to read.
fn said(plan: &Plan) -> String {
    let findings = plan.findings.iter().map(|f| format!("{} {}", f.code, f.message));
    let value = |v: &Option<Value>| v.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let change = |c: &pontoon_core::plan::Change| {
        let fields = c.fields.iter().map(|f| format!("{}: {} -> {}", f.field, value(&f.before), value(&f.after)));
        format!("{} {} ({}) {}", c.action, c.address, c.because, fields.collect::<Vec<_>>().join("; "))
    };
    findings.chain(plan.changes.iter().map(change)).collect::<Vec<_>>().join("\n  ")
}

/// Makes a platform, looks again, removes it. Gives the secrets that were kept.
async fn make_and_remove(name: &str, platform: &Platform) -> Result<Vec<String>, String> {
    let mut bench = Bench::new(name)?;
    let before = bench.ours();
    bench.reach(platform).await?;
    bench.run(platform, Command::Destroy, true).await?;
    let left = bench.ours();
    if left != before {
        return Err(format!("left behind: {left}"));
    }
    Ok(bench.secrets.0.take())
}

#[test]
fn each_example_is_made_recognized_and_removed() {
    let mut wrong = Vec::new();
    for t in resource_types() {
        let platform = platform(samples::samples_for(t.kind));
        match virtually(make_and_remove(t.kind, &platform)) {
            Ok(secrets) if secrets.iter().filter(|s| s.contains(t.kind)).count() != t.secrets.len() => {
                wrong.push(format!("{}: secrets {secrets:?}", t.kind));
            }
            Ok(_) => {}
            Err(why) => wrong.push(format!("{}: {why}", t.kind)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_examples_live_together() {
    // A policy and scoped keys exclude each other.
    let together = samples::samples().into_iter().filter(|r| r.address.kind() != "spaces.bucket_policy").collect();
    if let Err(why) = virtually(make_and_remove("all", &platform(together))) {
        panic!("{why}");
    }
}

#[test]
fn a_bucket_is_configured_where_it_is() {
    let kinds = ["spaces.bucket_versioning", "spaces.bucket_lifecycle", "spaces.bucket_cors"];
    let mut elsewhere: Vec<Resource> = kinds.iter().flat_map(|kind| samples::samples_for(kind)).collect();
    for resource in &mut elsewhere {
        resource.attributes.insert("region".into(), "ams3".into());
    }
    if let Err(why) = virtually(make_and_remove("elsewhere", &platform(elsewhere))) {
        panic!("{why}");
    }
}

async fn change(kind: &str, with: &serde_json::Value, action: Action) -> Result<(), String> {
    let mut bench = Bench::new(&format!("{kind}-changed"))?;
    let mut wanted = platform(samples::samples_for(kind));
    bench.reach(&wanted).await?;
    let address = sample_address(kind);
    let resource = wanted.resources.get_mut(&address).ok_or("no example")?;
    for (field, value) in with.as_object().ok_or("no fields")? {
        resource.attributes.insert(field.clone(), value.clone().into());
    }
    let plan = bench.reach(&wanted).await?;
    let done = plan.changes.iter().find(|c| c.address == address).map(|c| (c.action, c.fields.len()));
    match done {
        Some((done, fields)) if done == action && fields == with.as_object().map_or(0, serde_json::Map::len) => Ok(()),
        _ => Err(format!("was not {action}:\n  {}", said(&plan))),
    }
}

#[test]
fn each_change_is_done_as_it_says() {
    let mut wrong = Vec::new();
    for (kind, with, action) in changes() {
        if let Err(why) = virtually(change(kind, &with, action)) {
            wrong.push(format!("{kind} {with}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whatever_can_change_is_changed_here() {
    let tried = changes();
    for t in resource_types() {
        let updates = !t.updates.is_empty() && t.kind != "digitalocean.reserved_ip" && t.kind != "digitalocean.project_resources";
        assert!(!updates || tried.iter().any(|(kind, ..)| *kind == t.kind), "{} is never changed", t.kind);
    }
    for (kind, with, _) in &tried {
        let known = |f: &String| find(kind).is_some_and(|t| t.field(f).is_some());
        assert!(with.as_object().is_some_and(|o| o.keys().all(known)), "{kind} {with}");
    }
}
