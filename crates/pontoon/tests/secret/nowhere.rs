//! No secret leaves the places that are made for one: every byte that any command writes, anywhere, is searched for every
//! secret of its world, in every form. The secrets are read from the world, so that a new kind is among them by itself.

use super::{
    needles::Needles,
    served::{Served, TOKENS},
    world::{Secrets, documents, open},
};
use pontoon_emulator::Vendor;
use pontoon_test::binary::{Bench, Ran};
use std::path::{Path, PathBuf};

/// Files that are declared to hold secrets, or are the world itself.
const HOLDS: &[&str] = &[
    ".pontoon/local/world",
    ".pontoon/local/secrets.json",
    ".pontoon/values.json",
    ".pontoon/state.key",
    ".pontoon/state.json",
    "said",
    "bin",
];

/// Stand-ins of the tools that may be started: they write down what they are told, and how.
const TOOL: &str = "#!/bin/sh\n{ echo \"$0 $*\"; env; } >> \"$(dirname \"$0\")/../told\"\nexit 1\n";

/// Everything that was written so far.
struct Heard {
    bench: Bench,
    variables: String,
    written: Vec<(String, Vec<u8>)>,
    secrets: Secrets,
}

impl Heard {
    fn new(bench: Bench, variables: &[(&str, &str)]) -> Heard {
        for tool in ["secret-tool", "security"] {
            let path = bench.write(&format!("bin/{tool}"), TOOL);
            let status = std::process::Command::new("chmod").arg("+x").arg(path).status().expect("there is a chmod");
            assert!(status.success());
        }
        let mut secrets = Secrets::default();
        TOKENS.iter().for_each(|(name, token)| secrets.add(token, name));
        let given = TOKENS.iter().chain(variables).map(|(name, value)| format!("{name}='{value}'")).collect::<Vec<_>>().join(" ");
        let variables = format!("export PATH=\"$PWD/bin:$PATH\" RUST_LOG=trace RUST_BACKTRACE=full {given}");
        Heard { bench, variables, written: Vec::new(), secrets }
    }

    /// Runs a command, with this value on its standard input, and keeps all that it wrote.
    fn run(&mut self, line: &str, said: Option<&str>) -> Ran {
        let input = said.map_or(String::new(), |value| {
            self.secrets.add(value, "what a person gave");
            self.bench.write("said", value);
            " < said".to_owned()
        });
        let ran = self.bench.script(&format!("{}; exec \"$PONTOON\" {line}{input}", self.variables));
        assert!(!ran.all().contains("panicked"), "{}", ran.all());
        self.written.push((format!("`{line}` on standard output"), ran.out.clone().into_bytes()));
        self.written.push((format!("`{line}` on standard error"), ran.err.clone().into_bytes()));
        self.files(self.bench.path().to_owned(), line);
        ran
    }

    fn files(&mut self, folder: PathBuf, line: &str) {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let name = path.strip_prefix(self.bench.path()).expect("it is in the folder").to_owned();
            if HOLDS.iter().any(|h| name == Path::new(h)) {
                continue;
            }
            if path.is_dir() {
                self.files(path, line);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file can be read");
            let lead = format!("{} after", name.display());
            // What has not changed since was kept already.
            if self.written.iter().rev().find(|(what, _)| what.starts_with(&lead)).is_none_or(|(_, before)| *before != bytes) {
                self.written.push((format!("{lead} `{line}`"), bytes));
            }
        }
    }

    /// Learns what is a secret by now.
    fn learn(&mut self) {
        let documents = documents(&self.bench.path().join(".pontoon/local/world"));
        self.secrets.of_world(&documents);
        self.written.extend(open(&documents));
        for file in [".pontoon/local/secrets.json", ".pontoon/values.json"] {
            self.secrets.of_file(&self.bench.path().join(file));
        }
    }

    /// Learns what opens the shared state: its age key, and the key of its bucket.
    fn learn_of_the_state(&mut self) {
        let key = std::fs::read_to_string(self.bench.path().join(".pontoon/state.key")).expect("the state's key was made");
        let own = key.lines().find(|l| l.starts_with("AGE-SECRET-KEY-")).expect("it is an age key");
        self.secrets.add(own, "the state's key");
        let place = std::fs::read(self.bench.path().join(".pontoon/state.json")).expect("the state's place is kept");
        let place: serde_json::Value = serde_json::from_slice(&place).expect("it is JSON");
        self.secrets.add(place["secret_key"].as_str().expect("its bucket has a key"), "the key of the state's bucket");
    }

    /// Asserts that no secret is in anything that was written; `kubeconfig` answers with one kind.
    fn judge(&self) {
        let all = |answers: bool| {
            let pairs = self.secrets.0.iter().map(|(s, from)| (s.as_str(), from.as_str()));
            Needles::of(pairs.filter(|(_, from)| !answers || !from.starts_with("kubeconfig")))
        };
        let (every, but_answer) = (all(false), all(true));
        let mut found = Vec::new();
        for (place, bytes) in &self.written {
            let answers = place.contains("kubeconfig") && place.ends_with("standard output");
            let needles = if answers { &but_answer } else { &every };
            found.extend(needles.found(bytes).into_iter().map(|what| format!("{place}: {what}")));
        }
        assert!(found.is_empty(), "secrets stand where they do not belong:\n{}", found.join("\n"));
    }

    fn knows(&self, lead: &str) -> bool {
        self.secrets.0.keys().any(|s| s.starts_with(lead))
    }
}

#[test]
fn a_platform_with_vault_and_a_repository_in_a_local_world() {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "gitops");
    // Of an owner whose plan has no rulesets: what is committed is on the branch at once.
    bench.write("world.toml", "[github]\nplan = \"free\"\n[clusters]\nimages = [\"*\"]\n");
    let mut heard = Heard::new(bench, &[]);
    for line in [
        "check",
        "--json check",
        "explain databases.main -e sandbox",
        "plan sandbox --local --world world.toml -o saved.plan",
        "--json plan sandbox --local --layer cloud",
        "up sandbox --plan saved.plan --local --layer cloud",
        "--json up sandbox --local",
    ] {
        heard.run(line, None).ends_with(0);
    }
    heard.learn();
    heard.run("secret set PAGERDUTY_KEY --env sandbox --local", Some("pd-routing-key-4711-of-a-person")).ends_with(0);
    heard.run("secret rotate INFLUXDB_PASSWORD --env sandbox --local", None).ends_with(0);
    heard.run("secret rotate AGE_KEY --env sandbox --local", None).ends_with(0);
    heard.run("--json secret list --env sandbox --local", None).ends_with(0);
    heard.run("up sandbox --local", None).ends_with(0);
    heard.learn();
    let log = heard.run("--json op log --local", None).ends_with(0).json();
    let operation = log["operations"][0]["id"].as_str().expect("an operation").to_owned();
    for line in [
        "status sandbox --local",
        "--json status sandbox --local",
        "why api sandbox --local",
        "op show {operation} --local",
        "--json op show {operation} --local",
        "render --to tree --local",
        "bootstrap --local",
        "promote sandbox staging --local",
        "doctor sandbox --local",
        "kubeconfig sandbox --local",
        "plan sandbox --local --verbose",
        "drift sandbox --local --verbose",
        "--json leaks --local",
        "--json upgrade sandbox --local",
        "forget sandbox/spaces.bucket_lifecycle.backups --local",
        "--json adopt sandbox --local",
        "state show --local",
        "local objects",
        "--json local objects",
        "destroy sandbox --local --only sandbox/digitalocean.spaces_key.backups-database-main",
        "destroy sandbox --local --include-stateful",
    ] {
        heard.run(&line.replace("{operation}", &operation), None);
    }
    heard.learn();
    for lead in ["AGE-SECRET-KEY-", "-----BEGIN OPENSSH PRIVATE KEY", "-----BEGIN EC PRIVATE KEY", "dop_v1_", "hvs.", "rediss://"]
    {
        assert!(heard.knows(lead), "no secret begins with {lead}");
    }
    assert!(heard.secrets.0.len() > 40, "{} secrets are known", heard.secrets.0.len());
    heard.judge();
}

#[test]
fn each_vendor_of_a_real_platform_hears_its_own_token_only() {
    let served = Served::new();
    let addresses = served.variables();
    let variables: Vec<(&str, &str)> = addresses.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let mut heard = Heard::new(Bench::with(env!("CARGO_BIN_EXE_pontoon"), super::served::DOCUMENT), &variables);
    let wrong = "dop_v1_wrong0wrong1wrong2wrong3";
    heard.secrets.add(wrong, "a wrong token");
    for (broken, says) in [
        (format!("DIGITALOCEAN_TOKEN={wrong}"), "401"),
        (format!("DIGITALOCEAN_TOKEN='{wrong}\n'"), "error"),
        ("DIGITALOCEAN_API_URL=http://pontoon:hunter2-hunter2@127.0.0.1:9".to_owned(), "error"),
        ("DIGITALOCEAN_TOKEN= DIGITALOCEAN_ACCESS_TOKEN=".to_owned(), "no API token"),
    ] {
        let before = std::mem::take(&mut heard.variables);
        heard.variables = format!("{before} {broken}");
        let ran = heard.run("plan --layer cloud", None).ends_with(1);
        assert!(ran.err.contains(says), "{}", ran.all());
        heard.variables = before;
    }
    heard.secrets.add("hunter2-hunter2", "the password of an address");
    assert!(heard.bench.path().join("told").exists(), "the keyring's tool was asked");
    heard.run("secret set SESSION_KEY", Some("session-key-0815-of-a-person")).ends_with(0);
    for line in [
        "plan --layer cloud",
        "up --layer cloud --yes",
        "bootstrap",
        "secret list",
        "secret rotate DATABASE_USER_MAIN_API_PASSWORD",
        "kubeconfig",
        "op log",
    ] {
        heard.run(line, None).ends_with(0);
    }
    for line in [
        "doctor",
        "doctor --scopes",
        "status",
        "plan",
        "drift --verbose",
        "--json drift",
        "leaks",
        "--json leaks",
        "upgrade staging --check",
        "--json upgrade staging",
        "forget staging/spaces.bucket_lifecycle.files --yes",
        "adopt staging --yes",
        "adopt --write first.yaml --region nyc3",
    ] {
        heard.run(line, None);
    }
    // A state that all share, and back into the folder.
    let shared = format!("{}infrastructure: {{ state: {{ provider: spaces }} }}\n", super::served::DOCUMENT);
    heard.bench.write("platform.yaml", shared);
    heard.run("state move --from local", None).ends_with(0);
    for line in ["--json state show", "state show", "plan --layer cloud", "up --layer cloud --yes"] {
        heard.run(line, None).ends_with(0);
    }
    heard.learn_of_the_state();
    heard.bench.write("platform.yaml", super::served::DOCUMENT);
    heard.run("state move --from spaces", None).ends_with(0);
    heard.run("state rescue told", None).ends_with(1);
    heard.run("destroy --only staging/digitalocean.spaces_key.files-api --yes", None);
    heard.run("--json destroy --include-stateful --yes", None);
    heard.learn();
    let entries = served.heard();
    for entry in entries.iter().filter(|e| e.vendor == Vendor::Vault && e.status == 200) {
        if let Ok(body) = serde_json::from_slice::<serde_json::Value>(&entry.reply_body) {
            heard.secrets.of_values(&body["data"]["data"], "a reply of Vault");
        }
    }
    heard.judge();
    for (vendor, variable) in served.owners() {
        let count = entries.iter().filter(|e| e.vendor == vendor).count();
        assert!(count > 0, "{} heard nothing", vendor.name());
        // What is the platform's own goes to its cluster and its store; everything else to nobody but whom it is for.
        let foreign = heard.secrets.0.iter().filter(|(secret, from)| {
            let token = TOKENS.iter().find(|(_, t)| t == secret);
            match (vendor, token) {
                (_, Some((name, _))) => Some(*name) != variable,
                (Vendor::DigitalOcean, None) => secret.as_str() != wrong,
                (Vendor::Vault | Vendor::Kubernetes, None) => from.starts_with("kubeconfig") && vendor != Vendor::Kubernetes,
                _ => true,
            }
        });
        let needles = Needles::of(foreign.map(|(s, from)| (s.as_str(), from.as_str())));
        for entry in entries.iter().filter(|e| e.vendor == vendor) {
            let said = format!("{} {} {:?} ", entry.path, entry.query, entry.request_headers).into_bytes();
            let found: Vec<_> = [said.as_slice(), &entry.request_body].iter().flat_map(|b| needles.found(b)).collect();
            assert!(found.is_empty(), "{} hears {found:?} in {}", vendor.name(), entry.line());
        }
    }
}
