//! GitHub's and Vault's own clients against the embedded ones, served on loopback: octokit, each of whose exchanges is
//! judged by GitHub's published contract, and hvac.
//!
//! `witness/install.sh` fetches the clients, once, into `$PONTOON_WITNESS_DIR` or `~/.cache/pontoon/witness`. Where they
//! are missing the tests say so and are skipped; under `CI=true` that is a failure.

use pontoon_emulator::{Clock, Cloud, Vendor, World};
use pontoon_test::openapi::{Watch, github_contract_or_skip, skipped};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A vendor of a world on a loopback port, in a thread and a runtime of its own, until it is dropped.
struct Served {
    address: SocketAddr,
    watch: Watch,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn begin(vendor: Vendor, test: &'static str) -> Self {
        let (started, given) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let world = World::parse(include_str!("../witness/world_github.toml")).expect("the world file is right");
                let cloud = Cloud::open(world, None, Clock::REAL).expect("a world in memory");
                let watch = Watch::begin_github(&cloud, test);
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let address = listener.local_addr().expect("its address");
                tokio::spawn(cloud.serve(vendor, listener));
                started.send((address, watch)).expect("the test waits");
                let _ = stopped.await;
            });
        });
        let (address, watch) = given.recv().expect("the world is served");
        Self { address, watch, stop: Some(stop), thread: Some(thread) }
    }

    /// Runs a script in this world, which must succeed; how many checks it says that it made.
    fn run(&self, command: &mut Command) -> usize {
        let url = format!("http://{}", self.address);
        let command = command.env("GITHUB_API_URL", &url).env("VAULT_ADDR", &url).env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.output().expect("the script starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}\n{said}\n{trouble}\n{:#?}", self.watch.violations());
        let last = said.lines().last().unwrap_or_default();
        last.strip_suffix(" checks").and_then(|count| count.parse().ok()).unwrap_or(0)
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

/// Says why a test cannot be run, unless `path` is there.
fn there(test: &str, path: &Path) -> bool {
    let is = path.exists();
    if !is {
        skipped(test, &format!("{} is not there; crates/test/witness/install.sh makes it", path.display()));
    }
    is
}

#[test]
fn octokit_makes_reads_changes_and_removes_a_repository() {
    let test = "octokit_makes_reads_changes_and_removes_a_repository";
    let folder = witness_dir().join("octokit");
    if !there(test, &folder.join("node_modules/octokit")) {
        return;
    }
    // Node finds modules beside the script.
    for script in ["check.mjs", "main.mjs"] {
        std::fs::copy(sources().join("octokit").join(script), folder.join(script)).expect("the script is copied");
    }
    let served = Served::begin(Vendor::GitHub, test);
    let checks = served.run(Command::new("node").arg(folder.join("main.mjs")));
    assert!(checks > 100, "{checks} checks");
    served.watch.assert_replies_clean();
    let called = served.watch.called();
    let Some(contract) = github_contract_or_skip(test) else { return };
    // What the embedded GitHub answers and its contract knows, a witness has seen.
    let concrete = |path: &str| path.split('/').map(|p| if p.starts_with('{') { "1" } else { p }).collect::<Vec<_>>().join("/");
    let missed: Vec<String> = pontoon_emulator::github::operations()
        .filter_map(|(method, path)| Some(contract.operation(method, &concrete(path))?.to_string()))
        .filter(|operation| !called.contains(operation))
        .collect();
    assert!(missed.is_empty(), "no witness has seen these, add them to witness/octokit/main.mjs:\n{}", missed.join("\n"));
}

#[test]
fn hvac_logs_in_reads_writes_and_is_refused() {
    let test = "hvac_logs_in_reads_writes_and_is_refused";
    let python = witness_dir().join("venv/bin/python");
    let there =
        there(test, &python) && Command::new(&python).args(["-c", "import hvac"]).output().is_ok_and(|o| o.status.success());
    if !there {
        skipped(test, "hvac is not there; crates/test/witness/install.sh makes it");
        return;
    }
    let served = Served::begin(Vendor::Vault, test);
    let checks = served.run(Command::new(python).arg(sources().join("vault/hvac_script.py")));
    assert!(checks > 30, "{checks} checks");
}
