//! The vendors' own clients against the embedded cloud, served on loopback: pydo and godo over DigitalOcean's API, boto3
//! over Spaces. Each script is in `witness/`; each call that it makes is checked against the published contract.
//!
//! `witness/install.sh` fetches the clients, once, into `$PONTOON_WITNESS_DIR` or `~/.cache/pontoon/witness`. Where they
//! are missing the tests say so and are skipped; under `CI=true` that is a failure.

use pontoon_emulator::spaces::{DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY};
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use pontoon_test::openapi::{Watch, contract_or_skip, skipped};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A script waits for what takes minutes; at this speed, and with the durations of `witness/world.toml`, for seconds.
const SPEED: f64 = 10.0;

/// A world on two loopback ports, in a thread and a runtime of its own, until it is dropped.
struct Served {
    api: SocketAddr,
    spaces: SocketAddr,
    watch: Watch,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn begin(test: &'static str) -> Self {
        let (started, addresses) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let world = World::parse(include_str!("../witness/world.toml")).expect("the world file is right");
                let cloud = Cloud::open(world, None, Clock::times(SPEED)).expect("a world in memory");
                let watch = Watch::begin(&cloud, test);
                let mut bound = Vec::new();
                for vendor in [Vendor::DigitalOcean, Vendor::Spaces] {
                    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                    bound.push(listener.local_addr().expect("its address"));
                    tokio::spawn(cloud.clone().serve(vendor, listener));
                }
                started.send((bound[0], bound[1], watch)).expect("the test waits");
                let _ = stopped.await;
            });
        });
        let (api, spaces, watch) = addresses.recv().expect("the world is served");
        Self { api, spaces, watch, stop: Some(stop), thread: Some(thread) }
    }

    /// Runs a script in this world; when it fails, so does the test, with all that it printed.
    fn run(&self, command: &mut Command) -> String {
        let output = command
            .env("DIGITALOCEAN_API_URL", format!("http://{}", self.api))
            .env("DIGITALOCEAN_TOKEN", "witness-full")
            .env("DIGITALOCEAN_SCOPED_TOKEN", "witness-scoped")
            .env("SPACES_ENDPOINT_URL", format!("http://{}", self.spaces))
            .env("SPACES_ACCESS_KEY_ID", DEFAULT_ACCESS_KEY)
            .env("SPACES_SECRET_ACCESS_KEY", DEFAULT_SECRET_KEY)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("the script starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}\n{said}\n{trouble}");
        said
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where `witness/install.sh` puts the clients.
fn witness_dir() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/pontoon/witness");
    std::env::var_os("PONTOON_WITNESS_DIR").map_or_else(home, PathBuf::from)
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("witness")
}

/// Python with the pinned clients, or nothing, and then says why.
fn python(test: &str) -> Option<Command> {
    let python = witness_dir().join("venv/bin/python");
    if python.exists() {
        return Some(Command::new(python));
    }
    skipped(test, &format!("{} is not there; crates/test/witness/install.sh makes it", python.display()));
    None
}

/// Go with the pinned modules and no way to fetch others, or nothing, and then says why.
fn go(test: &str) -> Option<Command> {
    let modules = witness_dir().join("go/mod");
    let mut go = Command::new("go");
    let there = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    if there && modules.exists() {
        go.env("GOMODCACHE", modules).env("GOCACHE", witness_dir().join("go/build"));
        go.env("GOPROXY", "off").env("GOFLAGS", "-mod=readonly").env("GOTOOLCHAIN", "local");
        return Some(go);
    }
    let missing = if there { modules.display().to_string() } else { "go".to_owned() };
    skipped(test, &format!("{missing} is not there; crates/test/witness/install.sh fetches the modules"));
    None
}

/// How many checks a script says that it made.
fn checks(said: &str) -> usize {
    let last = said.lines().last().unwrap_or_default();
    last.strip_suffix(" checks").and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[test]
fn pydo_makes_reads_changes_and_removes_everything() {
    let test = "pydo_makes_reads_changes_and_removes_everything";
    let Some(mut python) = python(test) else { return };
    let served = Served::begin(test);
    let said = served.run(python.arg(sources().join("pydo_script.py")));
    assert!(checks(&said) > 400, "{said}");
    served.watch.assert_clean();
    let called = served.watch.called();
    let Some(contract) = contract_or_skip(test) else { return };
    let missed: Vec<String> = pontoon_emulator::digitalocean::routes()
        .filter_map(|route| Some(contract.operation(route.method, &concrete(route.path))?.to_string()))
        .filter(|operation| !called.contains(operation))
        .collect();
    assert!(missed.is_empty(), "no witness has seen these, add them to pydo_witness/:\n{}", missed.join("\n"));
}

/// A path that a template takes.
fn concrete(template: &str) -> String {
    template.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

#[test]
fn godo_makes_reads_changes_and_removes_everything() {
    let test = "godo_makes_reads_changes_and_removes_everything";
    let Some(mut go) = go(test) else { return };
    let served = Served::begin(test);
    let said = served.run(go.args(["run", "."]).current_dir(sources().join("godo")));
    assert!(checks(&said) > 350, "{said}");
    served.watch.assert_replies_clean();
}

#[test]
fn boto3_makes_reads_changes_and_removes_everything() {
    let test = "boto3_makes_reads_changes_and_removes_everything";
    let Some(mut python) = python(test) else { return };
    let served = Served::begin(test);
    served.run(python.arg(sources().join("boto3_spaces.py")));
}
