//! A world that is served by this process, so that every request to each of its vendors is heard.

use pontoon_emulator::{Clock, Cloud, TraceEntry, Vendor, World};
use pontoon_local::world::{Listeners, serve};
use std::sync::{Arc, Mutex, mpsc};

/// What a person has in the environment: one credential for each vendor.
pub const TOKENS: &[(&str, &str)] = &[
    ("DIGITALOCEAN_TOKEN", "dop_v1_5ca1ab1e5ca1ab1e5ca1ab1e"),
    ("GITHUB_TOKEN", "ghp_0ddba110ddba110ddba110ddba11"),
    ("VAULT_TOKEN", "hvs.f005ba11f005ba11f005ba11"),
];

/// A platform that meets every vendor.
pub const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.51.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 3 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1 }
buckets: { files: {} }
secrets:
  store: { provider: vault, address: "https://vault.example.com:8200", auth: { approle: shop } }
  git: sops-age
delivery:
  gitops: flux
  repository: { github: example-org/tiny-gitops }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ databases.main, buckets.files ]
    secrets: [ SESSION_KEY ]
"#;

/// Virtual seconds in a real one.
const SCALE: f64 = 1000.0;

/// The world, and what was said to it.
pub struct Served {
    at: Vec<(Vendor, String)>,
    heard: Arc<Mutex<Vec<TraceEntry>>>,
}

impl Served {
    /// Serves it until this process ends.
    pub fn new() -> Served {
        let world = format!(
            "[[tokens]]\ntoken = \"{}\"\n[github]\nplan = \"free\"\ntokens = [{{ token = \"{}\" }}]\n[vault]\nroot_token = \"{}\"\n",
            TOKENS[0].1, TOKENS[1].1, TOKENS[2].1
        );
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (all, (say, said)) = (heard.clone(), mpsc::channel());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            runtime.block_on(async {
                let world = World::parse(&world).expect("the world makes sense");
                let cloud = Cloud::open(world, None, Clock::times(SCALE)).expect("the world opens");
                cloud.observe(move |entry| all.lock().expect("nobody panicked").push(entry.clone()));
                let listeners = Listeners::bind(0).await.expect("a port is free");
                let at = |v: Vendor| (v, format!("http://{}", listeners.address(v).expect("it has an address")));
                say.send(Vendor::ALL.iter().copied().map(at).collect()).expect("the test waits");
                serve(cloud, listeners).await.expect("it is served");
            });
        });
        Served { at: said.recv().expect("it is served"), heard }
    }

    /// What leads the binary there.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let names = [
            ("DIGITALOCEAN_API_URL", Vendor::DigitalOcean),
            ("SPACES_ENDPOINT_URL", Vendor::Spaces),
            ("GITHUB_API_URL", Vendor::GitHub),
            ("VAULT_ADDR", Vendor::Vault),
        ];
        let at = |vendor| self.at.iter().find(|(v, _)| *v == vendor).expect("every vendor is served").1.clone();
        names.into_iter().map(|(name, vendor)| (name, at(vendor))).collect()
    }

    /// Every vendor with the variable that holds its credential.
    pub fn owners(&self) -> [(Vendor, Option<&'static str>); 5] {
        [
            (Vendor::DigitalOcean, Some("DIGITALOCEAN_TOKEN")),
            (Vendor::Spaces, None),
            (Vendor::GitHub, Some("GITHUB_TOKEN")),
            (Vendor::Vault, Some("VAULT_TOKEN")),
            (Vendor::Kubernetes, None),
        ]
    }

    /// Every request so far, with its reply.
    pub fn heard(&self) -> Vec<TraceEntry> {
        self.heard.lock().expect("nobody panicked").clone()
    }
}
