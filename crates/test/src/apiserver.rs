//! A real Kubernetes API server with its etcd, on loopback ports and in a folder of its own, until it is dropped.
//!
//! Nothing else of a cluster runs: no controller, no node, no pod. What it judges is what every cluster judges first:
//! whether a kind is established, whether an object is valid to the last field, what admission says.

#![expect(clippy::disallowed_methods, reason = "real processes take real time")]

mod apply;
mod talk;

pub use apply::Applied;
pub use talk::{Reply, Talk};

use crate::{
    context::Folder,
    judges::{Said, run, tool_or_skip},
};
use serde_json::json;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
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

/// A running server.
pub struct ApiServer {
    /// Ended in this order.
    children: Vec<Child>,
    kubectl: PathBuf,
    talk: RefCell<Talk>,
    /// Paths of kinds: `group/version`, kind; and whether they have namespaces.
    kinds: RefCell<BTreeMap<(String, String), (String, bool)>>,
    folder: Folder,
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
        let (talk, kinds) = (RefCell::new(Talk::to("")), RefCell::default());
        let mut running = ApiServer { children: vec![server, etcd], kubectl, folder, talk, kinds };
        running.wait();
        let (proxy, place) = running.proxy();
        running.children.insert(0, proxy);
        running.talk = RefCell::new(Talk::to(&place));
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

    /// `kubectl proxy`, and where it listens.
    fn proxy(&self) -> (Child, String) {
        let mut command = Command::new(&self.kubectl);
        command.args(["proxy", "--port=0", "--kubeconfig=kubeconfig"]).current_dir(self.folder.path()).env_clear();
        let child = command.env("HOME", self.folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = child.spawn().expect("kubectl starts");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut said).expect("it says where it is");
        let place = said.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        (child, place)
    }

    /// Sends any request.
    ///
    /// # Panics
    /// Where nobody answers.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.talk.borrow_mut().send(method, path, headers, body)
    }

    /// Reads a path.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
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
