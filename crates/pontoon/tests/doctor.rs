//! `doctor`: what is well, what is broken and how to mend it; and the least scopes of a token.

use pontoon_store::{Store, Who};
use pontoon_test::{
    binary::{Bench, Ran, Serving},
    platforms::EXAMPLES,
};
use serde_json::Value;

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: acme
blueprint: single-cluster
domain: acme.example.com
contact: ops@example.com
environments:
  production: { region: nyc3, network: 10.51.0.0/20 }
buckets: { files: {} }
registry: { tier: basic }
"#;

fn bench() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT)
}

/// The state, text and remedy of a check.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str, &'a str) {
    let all = report["checks"].as_array().expect("checks");
    let one = all.iter().find(|c| c["check"] == name).unwrap_or_else(|| panic!("no check `{name}` in {report:#}"));
    (one["state"].as_str().unwrap(), one["text"].as_str().unwrap(), one["next"].as_str().unwrap_or_default())
}

/// Asserts that something is broken, said with these words, and that there is a remedy.
#[track_caller]
fn broken(ran: Ran, name: &str, words: &[&str]) {
    let report = ran.ends_with(1).json();
    let (state, text, next) = check(&report, name);
    assert_eq!(state, "broken", "{report:#}");
    assert!(words.iter().all(|w| text.contains(w)), "{words:?} in `{text}`");
    assert!(!next.is_empty(), "{report:#}");
}

/// A world whose only token has these scopes.
fn world(scopes: &[&str]) -> String {
    format!("tokens = [{{ token = \"least\", scopes = {} }}]\n", serde_json::to_string(scopes).unwrap())
}

fn scopes(bench: &Bench) -> Vec<String> {
    bench.type_in("doctor --local --scopes").ends_with(0).out.lines().map(str::to_owned).collect()
}

#[test]
fn all_is_well_with_every_example() {
    for example in EXAMPLES {
        let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
        let report = bench.type_in("doctor --local --json").ends_with(0).json();
        for c in report["checks"].as_array().unwrap() {
            assert_eq!(c["state"], "good", "{example}: {c}");
        }
        assert_eq!((&report["broken"], &report["notices"]), (&0.into(), &0.into()));
        // Nothing was made, and afterwards it is just as well.
        assert_eq!(bench.objects()["kubernetes_clusters"].as_array().map_or(0, Vec::len), 0);
        bench.type_in("up --local --yes --all --layer cloud").ends_with(0);
        bench.type_in("doctor --local").ends_with(0);
        bench.type_in("plan --local --all --layer cloud --detailed-exitcode").ends_with(0);
    }
}

#[test]
fn without_colours_there_are_words() {
    let ran = bench().type_in("doctor --local").ends_with(0);
    assert!(ran.out.lines().skip(1).all(|l| l.starts_with("ok ") || l.starts_with("all ")), "{}", ran.out);
    assert!(!ran.out.contains(['✓', '\u{1b}']));
}

#[test]
fn the_least_scopes_are_enough_for_a_whole_life() {
    for example in EXAMPLES {
        let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
        let least = scopes(&bench);
        assert!(least.is_sorted(), "{least:?}");
        bench.write("world.toml", world(&least.iter().map(String::as_str).collect::<Vec<_>>()));
        bench.type_in("up --local --yes --all --layer cloud --world world.toml").ends_with(0);
        bench.type_in("plan --local --all --layer cloud --detailed-exitcode").ends_with(0);
        bench.type_in("destroy --local --yes --all --include-stateful").ends_with(0);
    }
}

#[test]
fn scopes_are_only_those_of_what_there_is() {
    let bench = bench();
    let with: Vec<String> = bench.type_in("doctor --scopes").ends_with(0).out.lines().map(str::to_owned).collect();
    for scope in ["account:read", "registry:create", "spaces_key:create_credentials", "database:update", "vpc:delete"] {
        assert!(with.iter().any(|s| s == scope), "{scope} in {with:?}");
    }
    bench.write("platform.yaml", DOCUMENT.lines().take(7).collect::<Vec<_>>().join("\n"));
    let json = bench.type_in("doctor --scopes --json").ends_with(0).json();
    let without: Vec<&str> = json["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(without.iter().all(|s| !s.starts_with("registry:") && !s.starts_with("spaces_key:")), "{without:?}");
    assert!(without.iter().all(|s| with.iter().any(|w| w == s)));
}

#[test]
fn what_is_recorded_still_needs_its_scopes() {
    let bench = bench();
    bench.type_in("up --local --yes").ends_with(0);
    bench.write("platform.yaml", DOCUMENT.replace("registry: { tier: basic }\n", ""));
    assert!(scopes(&bench).iter().any(|s| s == "registry:delete"));
}

#[test]
fn every_missing_scope_that_reads_is_named() {
    let all = scopes(&bench());
    let reading: Vec<&String> = all.iter().filter(|s| s.ends_with(":read")).collect();
    assert!(reading.len() > 6, "{all:?}");
    for missing in reading {
        let bench = bench();
        let rest: Vec<&str> = all.iter().map(String::as_str).filter(|s| s != missing).collect();
        bench.write("world.toml", world(&rest));
        let ran = bench.type_in("doctor --local --json --world world.toml");
        broken(ran, if missing == "account:read" { "token" } else { "scopes" }, &[missing]);
    }
}

/// A real account's commands in a folder, and the cloud that they lead to.
struct Account {
    bench: Bench,
    serving: Serving,
    _cloud: Bench,
}

const TEAMS: &str = r#"
teams = [
  { uuid = "11111111-1111-4111-8111-111111111111", name = "One" },
  { uuid = "22222222-2222-4222-8222-222222222222", name = "Two" },
]
tokens = [
  { token = "one", team = "11111111-1111-4111-8111-111111111111" },
  { token = "two", team = "22222222-2222-4222-8222-222222222222" },
]
"#;

impl Account {
    fn new() -> Account {
        let cloud = Bench::new(env!("CARGO_BIN_EXE_pontoon"));
        cloud.write("world.toml", TEAMS);
        let serving = cloud.serve(&["--world", "world.toml", "--speed", "instant"]);
        Account { bench: bench(), serving, _cloud: cloud }
    }
    fn run(&self, variables: &str, line: &str) -> Ran {
        let (api, spaces) = (self.serving.at("digitalocean"), self.serving.at("spaces"));
        let given = format!("DIGITALOCEAN_API_URL={api} SPACES_ENDPOINT_URL={spaces} {variables}");
        self.bench.script(&format!("export {given}; exec \"$PONTOON\" {line}"))
    }
}

#[test]
fn tokens_are_told_apart() {
    let account = Account::new();
    let report = account.run("DIGITALOCEAN_TOKEN=one", "doctor --json").ends_with(0).json();
    assert!(check(&report, "token").1.contains("One (11111111-1111-4111-8111-111111111111)"), "{report:#}");

    broken(account.run("DIGITALOCEAN_TOKEN=", "doctor --json"), "token", &["DIGITALOCEAN_TOKEN is not set"]);
    let wrong = account.run("DIGITALOCEAN_TOKEN=wrong", "doctor --json");
    assert!(!wrong.out.contains("wrong"), "a token is never printed: {}", wrong.out);
    broken(wrong, "token", &["not accepted", "401"]);

    // What an environment's own account names.
    let own = DOCUMENT.replace("nyc3,", "nyc3, account: { token: SHOP_TOKEN, team: 11111111-1111-4111-8111-111111111111 },");
    account.bench.write("platform.yaml", own);
    broken(account.run("DIGITALOCEAN_TOKEN=one", "doctor --json"), "token", &["SHOP_TOKEN is not set"]);
    account.run("SHOP_TOKEN=one", "doctor --json").ends_with(0);
    broken(account.run("SHOP_TOKEN=two", "doctor --json"), "token", &["Two", "11111111-1111-4111-8111-111111111111"]);
}

#[test]
fn a_token_of_another_team_than_the_recorded_one_is_broken() {
    let account = Account::new();
    account.run("DIGITALOCEAN_TOKEN=one", "up --yes --only production/digitalocean.vpc.main").ends_with(0);
    broken(account.run("DIGITALOCEAN_TOKEN=two", "doctor --json"), "token", &["Two", "11111111-1111-4111-8111-111111111111"]);
}

#[test]
fn keys_to_spaces_are_tried() {
    let account = Account::new();
    let report = account.run("DIGITALOCEAN_TOKEN=one", "doctor --json").json();
    assert!(check(&report, "Spaces").1.contains("0 of 200"), "{report:#}");
    let wrong = "DIGITALOCEAN_TOKEN=one SPACES_ACCESS_KEY_ID=DO00 SPACES_SECRET_ACCESS_KEY=not-to-be-seen";
    let ran = account.run(wrong, "doctor --json");
    assert!(!ran.out.contains("not-to-be-seen"));
    broken(ran, "Spaces", &["DO00", "not accepted"]);
}

#[test]
fn an_account_that_nobody_answers_for_is_said_once() {
    let bench = bench();
    let ran = bench.script("DIGITALOCEAN_API_URL=http://127.0.0.1:1 DIGITALOCEAN_TOKEN=one exec \"$PONTOON\" doctor --json");
    let report = ran.json();
    assert!(report["checks"].as_array().unwrap().iter().all(|c| c["check"] != "scopes"), "{report:#}");
    broken(ran, "token", &["nobody answers"]);
    // What needs no network needs none.
    bench.script("DIGITALOCEAN_API_URL=http://127.0.0.1:1 exec \"$PONTOON\" doctor --scopes").ends_with(0);
}

#[test]
fn limits_and_offers_are_compared() {
    let bench = bench();
    bench.write("world.toml", "teams = [{ uuid = \"11111111-1111-4111-8111-111111111111\", limits = { droplets = 5 } }]\nkubernetes = { versions = [\"1.36.1-do.0\"] }\n");
    let ran = bench.type_in("doctor --local --json --world world.toml").ends_with(1);
    let report = ran.json();
    let (state, text, next) = check(&report, "droplets");
    assert_eq!((state, text), ("broken", "up to 3, and 3 more while upgrading, of 5 that the account may have"));
    assert!(next.contains("for 6"), "{next}");
    let (state, text, _) = check(&report, "Kubernetes");
    assert_eq!((state, text), ("broken", "1.35 is not offered, the nearest is 1.36.1-do.0: 1.36.1-do.0"));

    let odd = DOCUMENT.replace("buckets:", "cluster: { pools: { default: { size: s-9vcpu-9gb, nodes: 1 } } }\ndatabases: { main: { provider: digitalocean, version: \"12\", size: db-s-1vcpu-1gb, instances: 2 } }\nbuckets:").replace("nyc3", "xyz1");
    bench.write("platform.yaml", odd);
    if bench.type_in("check").code == Some(0) {
        let ran = bench.type_in("doctor --local --json");
        let report = ran.json();
        for (name, words) in
            [("Kubernetes", ["s-9vcpu-9gb", "xyz1"]), ("database sizes", ["pg 12 is not offered", "pg on 2 of db-s-1vcpu-1gb"])]
        {
            let (state, text, _) = check(&report, name);
            assert!(state == "broken" && words.iter().all(|w| text.contains(w)), "{name}: {text}");
        }
    }
}

#[test]
fn a_broken_document_does_not_hide_a_good_token() {
    let bench = bench();
    bench.write("platform.yaml", DOCUMENT.replace("tier: basic", "tier: gold"));
    let ran = bench.type_in("doctor --local --json");
    let report = ran.json();
    assert_eq!(check(&report, "document"), ("broken", "platform.yaml: 1 error", "pontoon check"));
    assert_eq!(check(&report, "token").0, "good");
    ran.ends_with(1);
    let ran = bench.type_in("doctor --scopes").ends_with(1);
    assert!(ran.err.contains("next: pontoon check") && ran.out.is_empty(), "{}", ran.all());
}

#[test]
fn an_engine_that_is_not_built_is_said() {
    let bench = bench();
    bench.write("platform.yaml", format!("{DOCUMENT}infrastructure: {{ engine: opentofu, state: {{ provider: spaces }} }}\n"));
    let report = bench.type_in("doctor --json").json();
    let (state, text, next) = check(&report, "engine");
    assert_eq!((state, text), ("notice", "opentofu is not built yet"));
    assert!(next.contains("--engine native"));
    assert_eq!(check(&bench.type_in("doctor --json --engine native").json(), "engine").0, "good");
}

#[test]
fn the_store_is_read_and_written_and_its_writer_named() {
    let bench = bench();
    bench.type_in("up --local --yes").ends_with(0);
    let dir = bench.path().join(".pontoon/local/store");
    let before = std::fs::read(dir.join("records/production.json")).unwrap();
    let report = bench.type_in("doctor --local --json").ends_with(0).json();
    assert!(check(&report, "store").1.contains("nobody else writes"), "{report:#}");
    assert_eq!(std::fs::read(dir.join("records/production.json")).unwrap(), before);

    let who = Who { user: "eve".into(), host: "elsewhere".into(), pid: 1, command: "pontoon up".into() };
    let store = Store::open(&dir, "acme").unwrap();
    let writer = store.lock(who, "2026-11-02T09:00:00Z".parse().unwrap()).unwrap();
    let report = bench.type_in("doctor --local --json").json();
    let (state, text, next) = check(&report, "store");
    assert!(state == "notice" && text.contains("eve@elsewhere") && !next.is_empty(), "{report:#}");
    drop(writer);

    std::fs::write(dir.join("records/production.json"), "{ torn").unwrap();
    broken(bench.type_in("doctor --local --json"), "store", &["production.json"]);
}

#[test]
fn an_operation_that_was_cut_off_is_said_until_it_is_settled() {
    let bench = bench();
    // At this speed it takes seconds: it is killed in its middle.
    let mut up = bench.start("up --local --yes --speed 60");
    up.wait_for("done production/digitalocean.vpc.main");
    up.kill();
    let report = bench.type_in("doctor --local --json").ends_with(0).json();
    let (state, text, next) = check(&report, "operations");
    assert!(state == "notice" && text.contains("cut off") && next.contains("pontoon up"), "{report:#}");
    bench.type_in("up --local --yes").ends_with(0);
    let report = bench.type_in("doctor --local --json").ends_with(0).json();
    assert!(report["checks"].as_array().unwrap().iter().all(|c| c["check"] != "operations"), "{report:#}");
}
