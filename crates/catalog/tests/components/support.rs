//! Environments of the examples, and YAML as JSON.

use pontoon_catalog::components::{self, Site, charts::Lock};
use pontoon_core::{content::Component, diagnostic::Diagnostics};
use pontoon_spec::{Document, Files, NoFiles, Spec, tree};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The examples, and a document of corners that none of them has.
const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops", "isolated-pools", "enterprise", "hybrid", "corners"];

/// What no example has: Loki, traces in a bucket, a pooler, the chart of Valkey, the PROXY protocol, a limit of requests.
const CORNERS: &str = r#"
apiVersion: pontoon.dev/v1alpha1
platform: corners
blueprint: gitops
domain: corners.example.com
contact: ops@example.com
environments: { production: { region: fra1, network: 10.50.0.0/20 } }
storage: { classes: { fast: { reclaim: retain, filesystem: xfs } } }
databases:
  main: { provider: cloudnative-pg, instances: 3, storage: { size: 10Gi, class: fast }, parameters: { work_mem: 8MB }, pooler: { instances: 2 } }
  other: { provider: digitalocean, pooler: { size: 10 } }
caches:
  one: { provider: valkey, storage: 8Gi }
  two: { provider: valkey, replicas: 2, storage: 8Gi, tls: false, use: sessions, version: "8.1" }
queues: { jobs: { instances: 1, storage: 5Gi, tls: false, version: "4.2", vhosts: { jobs: { users: { web: { read: ".*" } } } } } }
buckets: { logs: {}, traces: {} }
ingress:
  controller: traefik
  loadBalancer: { type: http, size: 2, proxyProtocol: true }
  plugins: { rateLimit: { perMinute: 60 }, tracing: true }
observability:
  logs: { provider: loki, bucket: logs }
  traces: { provider: tempo, bucket: traces }
  alerts: { routes: { hook: { to: webhook, severity: [ critical, info ], secret: HOOK }, mail: { to: email, address: ops, severity: [ info ] } } }
  slos: { fast: { app: web, objective: 99%, over: 7d, latency: 1s } }
delivery: { gitops: flux, repository: { github: example-org/corners } }
apps:
  web: { image: { repository: ghcr.io/example/web, tag: "1.0.0" }, host: web, uses: [ databases.main, databases.other, caches.one, caches.two, queues.jobs.vhosts.jobs, buckets.logs ] }
"#;

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// The environments of an example.
pub fn specs(example: &str) -> Vec<Spec> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let bytes = std::fs::read(folder.join("platform.yaml")).unwrap();
    of_text(&String::from_utf8(bytes).unwrap(), &Folder(folder))
}

/// The environments of a document.
pub fn of_text(text: &str, files: &dyn Files) -> Vec<Spec> {
    let parsed = Document::parse("platform.yaml", text.as_bytes(), files);
    let document = parsed.document.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let (all, problems) = document.resolve_all();
    assert!(!problems.iter().any(|d| d.severity == pontoon_core::diagnostic::Severity::Error), "{problems:#?}");
    all.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect()
}

/// The components of an environment.
pub fn components(spec: &Spec) -> Vec<Component> {
    let lock = Lock::new();
    let mut site = Site::new(spec, &lock);
    site.vault_ca = Some("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".into());
    components::build(&site)
}

/// Every environment of every example, with its components.
pub fn each(check: impl Fn(&str, &Spec, &[Component])) {
    for example in EXAMPLES {
        let all = if *example == "corners" { of_text(CORNERS, &NoFiles) } else { specs(example) };
        for spec in all {
            let name = format!("{example}/{}", spec.environment.value);
            check(&name, &spec, &components(&spec));
        }
    }
}

/// A YAML file as JSON, read once.
pub fn yaml(path: &Path) -> Option<Value> {
    static READ: Mutex<BTreeMap<PathBuf, Option<Value>>> = Mutex::new(BTreeMap::new());
    READ.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_insert_with(|| read(path)).clone()
}

fn read(path: &Path) -> Option<Value> {
    let bytes = std::fs::read(path).ok()?;
    let source = tree::read(&path.display().to_string(), &bytes).unwrap_or_else(|e| panic!("{e:?}"));
    let mut problems = Diagnostics::default();
    let node = tree::parse(&source, &mut problems).unwrap_or_else(|| panic!("{problems:#?}"));
    Some(tree::to_json(&node))
}
