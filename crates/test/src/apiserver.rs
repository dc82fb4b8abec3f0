//! A real Kubernetes API server with its etcd, on loopback ports and in a folder of its own, until it is dropped.
//!
//! Nothing else of a cluster runs: no controller, no node, no pod. What it judges is what every cluster judges first:
//! whether a kind is established, whether an object is valid to the last field, what admission says.

#![expect(clippy::disallowed_methods, reason = "real processes take real time")]

use crate::{
    context::Folder,
    judges::{Said, run, tool_or_skip},
};
use serde_json::{Value, json};
use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A server that is not ready by then will never be.
const LIMIT: Duration = Duration::from_secs(120);
/// How often it is asked.
const GLANCE: Duration = Duration::from_millis(100);
/// Whom the server knows: a member of the group that may do everything.
const TOKEN: &str = "witness";
/// The field manager of what is applied.
const MANAGER: &str = "pontoon-witness";

/// A running server.
pub struct ApiServer {
    /// Ended in this order.
    children: [Child; 2],
    kubectl: PathBuf,
    folder: Folder,
}

/// What an apply came to.
#[derive(Debug, Default, Clone)]
pub struct Applied {
    /// What was refused, each with the server's words.
    pub refused: Vec<String>,
    /// What the server warned of: pod security, deprecated versions, unknown fields that it drops.
    pub warned: Vec<String>,
    /// How many objects were taken.
    pub taken: usize,
}

impl Applied {
    /// Both together.
    pub fn add(&mut self, other: Applied) {
        self.refused.extend(other.refused);
        self.warned.extend(other.warned);
        self.taken += other.taken;
    }
}

impl ApiServer {
    /// Starts one and waits until it is ready; nothing where a program is missing.
    ///
    /// # Panics
    /// Where it does not become ready.
    pub fn start_or_skip(test: &str) -> Option<ApiServer> {
        let [etcd, server, kubectl] = ["etcd", "kube-apiserver", "kubectl"].map(|name| tool_or_skip(test, name));
        let (etcd, server, kubectl) = (etcd?, server?, kubectl?);
        let folder = Folder::new();
        let [clients, peers, secure] = ports();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let (clients, peers) = (format!("http://127.0.0.1:{clients}"), format!("http://127.0.0.1:{peers}"));
        std::fs::write(at("tokens.csv"), format!("{TOKEN},witness,witness,system:masters\n")).expect("a file can be written");
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{ "name": "it", "cluster": {
                "server": format!("https://127.0.0.1:{secure}"), "certificate-authority": at("certs/apiserver.crt"),
            }}],
            "users": [{ "name": "it", "user": { "token": TOKEN } }],
            "contexts": [{ "name": "it", "context": { "cluster": "it", "user": "it" } }],
        });
        std::fs::write(at("kubeconfig"), config.to_string()).expect("a file can be written");
        let etcd = start(
            &etcd,
            &folder,
            "etcd",
            &[
                format!("--data-dir={}", at("etcd")),
                format!("--listen-client-urls={clients}"),
                format!("--advertise-client-urls={clients}"),
                format!("--listen-peer-urls={peers}"),
                format!("--initial-advertise-peer-urls={peers}"),
                format!("--initial-cluster=default={peers}"),
                "--unsafe-no-fsync".into(),
                "--log-level=error".into(),
            ],
        );
        let server = start(
            &server,
            &folder,
            "apiserver",
            &[
                format!("--etcd-servers={clients}"),
                "--bind-address=127.0.0.1".into(),
                "--advertise-address=127.0.0.1".into(),
                format!("--secure-port={secure}"),
                // It signs its own certificate here, and service accounts' tokens with the same key.
                format!("--cert-dir={}", at("certs")),
                format!("--service-account-key-file={}", at("certs/apiserver.key")),
                format!("--service-account-signing-key-file={}", at("certs/apiserver.key")),
                "--service-account-issuer=https://kubernetes.default.svc".into(),
                "--service-cluster-ip-range=10.245.0.0/16".into(),
                "--authorization-mode=RBAC".into(),
                format!("--token-auth-file={}", at("tokens.csv")),
                "--allow-privileged=true".into(),
                "--profiling=false".into(),
            ],
        );
        let running = ApiServer { children: [server, etcd], kubectl, folder };
        running.wait();
        Some(running)
    }

    fn wait(&self) {
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < LIMIT {
            // What the first start writes (namespaces, the roles of RBAC) is part of being ready.
            let said = self.kubectl(["get", "--raw", "/readyz"]);
            if said.ok {
                return;
            }
            last = said.err;
            std::thread::sleep(GLANCE);
        }
        let log = std::fs::read_to_string(self.folder.path().join("apiserver.log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(20).collect();
        panic!("the API server does not become ready: {last}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }

    /// Its folder: logs, the `kubeconfig`, and place for files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `kubectl` with this server.
    pub fn kubectl<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Said {
        let config = self.folder.path().join("kubeconfig");
        let env = [("KUBECONFIG", config.to_str().expect("a plain path"))];
        run(&self.kubectl, self.folder.path(), &env, args)
    }

    /// Applies objects server-side, strictly: unknown and repeated fields are refusals.
    pub fn apply(&self, objects: &[Value]) -> Applied {
        self.apply_as(None, objects)
    }

    /// The same in somebody's name, such as a service account's: with what roles give to that one and no more.
    pub fn apply_as(&self, who: Option<&str>, objects: &[Value]) -> Applied {
        if objects.is_empty() {
            return Applied::default();
        }
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        let path = self.folder.path().join("objects.json");
        std::fs::write(&path, list.to_string()).expect("a file can be written");
        let manager = format!("--field-manager={MANAGER}");
        let who = who.map(|w| format!("--as={w}"));
        let fixed = ["apply", "--server-side", "--validate=strict", &manager, "-f", "objects.json"];
        let said = self.kubectl(fixed.into_iter().chain(who.as_deref()));
        judged(&said)
    }

    /// Waits until every definition that it knows is established.
    ///
    /// # Panics
    /// Where one is not within a minute.
    pub fn established(&self) {
        let said = self.kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]);
        said.good("a definition is not established");
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What kubectl said of an apply, sorted.
fn judged(said: &Said) -> Applied {
    let mut applied = Applied { taken: said.out.lines().filter(|l| l.contains("applied")).count(), ..Applied::default() };
    for line in said.err.lines().filter(|l| !l.trim().is_empty()) {
        match line.strip_prefix("Warning: ") {
            Some(warning) => applied.warned.push(warning.to_owned()),
            None => applied.refused.push(line.to_owned()),
        }
    }
    if !said.ok && applied.refused.is_empty() {
        applied.refused.push("kubectl failed without a word".to_owned());
    }
    applied
}

/// Ports that nobody listens on at this moment, all at once so that they differ.
fn ports() -> [u16; 3] {
    let held = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("there is a port"));
    held.map(|l| l.local_addr().expect("it is bound").port())
}

fn start(program: &Path, folder: &Folder, name: &str, args: &[String]) -> Child {
    let log = File::create(folder.path().join(format!("{name}.log"))).expect("a log can be made");
    let mut command = Command::new(program);
    command.args(args).current_dir(folder.path()).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().unwrap_or_else(|e| panic!("{}: {e}", program.display()))
}
