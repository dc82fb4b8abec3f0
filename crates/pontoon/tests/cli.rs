//! The command line as other programs see it: exit codes, answers in JSON as docs/reference/json.md
//! describes them, help and completions of every command.

mod workspace;

use pontoon_test::binary::{Bench, Ran, TINY};
use serde_json::Value;
use std::collections::BTreeSet;

fn tiny() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), TINY)
}

/// Every command, those of groups included, from the help itself.
fn commands(bench: &Bench) -> Vec<String> {
    let listed = |words: &[&str]| -> Vec<String> {
        let help = bench.run(words.iter().chain(&["--help"])).ends_with(0).out;
        let after = help.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = after.lines().take_while(|l| !l.trim().is_empty());
        // A description that goes on stands further to the right.
        lines.filter(|l| !l.starts_with("   ")).filter_map(|l| l.split_whitespace().next().map(str::to_owned)).collect()
    };
    let mut all = Vec::new();
    for command in listed(&[]) {
        let inner = listed(&[&command]);
        all.push(command.clone());
        all.extend(inner.into_iter().map(|i| format!("{command} {i}")));
    }
    all
}

#[test]
fn every_command_has_its_help() {
    let bench = tiny();
    let commands = commands(&bench);
    for expected in ["init", "check", "explain", "schema", "plan", "up", "status", "destroy", "cost", "op", "op resolve"] {
        assert!(commands.iter().any(|c| c == expected), "{expected}: {commands:?}");
    }
    for expected in ["local", "local start", "local reset", "doctor", "completions"] {
        assert!(commands.iter().any(|c| c == expected), "{expected}: {commands:?}");
    }
    for command in &commands {
        let long = bench.type_in(&format!("{command} --help")).ends_with(0);
        assert!(long.out.contains(&format!("Usage: pontoon {command}")), "{}", long.all());
        let first = long.out.lines().next().unwrap_or_default();
        assert!(first.len() > 10, "{command} does not say what it does: {}", long.all());
        assert!(long.err.is_empty(), "help is an answer: {}", long.all());
        let options = long.out.lines().filter(|l| l.trim_start().starts_with('-'));
        for option in options.filter(|l| !l.contains("  ") || l.trim().split("  ").count() < 2) {
            let at = long.out.find(option).unwrap_or_default() + option.len();
            let next = long.out[at..].lines().nth(1).unwrap_or_default();
            assert!(next.starts_with("    "), "{command}: `{option}` is not explained: {}", long.out);
        }
        bench.type_in(&format!("{command} -h")).ends_with(0);
    }
    let version = bench.type_in("--version").ends_with(0);
    assert!(version.out.starts_with("pontoon "), "{}", version.all());
    assert!(bench.type_in("--help").out.contains("Start here:"));
}

#[test]
fn completions_of_every_shell() {
    let bench = tiny();
    for shell in ["bash", "zsh", "fish"] {
        let script = bench.type_in(&format!("completions {shell}")).ends_with(0).out;
        for word in ["pontoon", "destroy", "include-stateful", "detailed-exitcode"] {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
        // Where the shell is here, it takes the script.
        let file = bench.write(&format!("completion.{shell}"), &script);
        let there = bench.script(&format!("command -v {shell} >/dev/null && {shell} -n {} || true", file.display()));
        there.ends_with(0);
    }
    bench.type_in("completions nonsense").ends_with(1);
}

#[test]
fn exit_codes() {
    let bench = tiny();
    // 0 done, 1 failed or refused, 2 something would change.
    bench.type_in("check").ends_with(0);
    bench.type_in("plan --local").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(2);
    bench.type_in("up --local").ends_with(0);
    bench.type_in("up --local").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    bench.type_in("status --local").ends_with(0);
    bench.type_in("cost").ends_with(0);
    bench.type_in("op log --local").ends_with(0);
    bench.type_in("op show nothing --local").ends_with(1);
    bench.write("platform.yaml", TINY.replace("nyc3", "moon"));
    bench.type_in("check").ends_with(1);
    bench.type_in("plan --local --detailed-exitcode").ends_with(1);
    bench.write("platform.yaml", TINY);
    // A plan that may not be carried out is refused, whether or not it would change something.
    bench.type_in("destroy --local").ends_with(1);
    bench.type_in("destroy --local --include-stateful").ends_with(0);
    bench.type_in("destroy --local --include-stateful").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(2);
    bench.type_in("nonsense").ends_with(1);
}

#[test]
fn environments_with_clusters_follow_each_other_in_one_run() {
    let bench = tiny();
    bench.write(
        "platform.yaml",
        "apiVersion: pontoon.dev/v1alpha1\nplatform: pair\ndomain: pair.example.com\ncontact: ops@example.com\nenvironments:\n  staging: { region: nyc3, network: 10.40.0.0/20 }\n  \
         production: { region: nyc3, network: 10.41.0.0/20 }\ncluster: { pools: { default: { size: s-4vcpu-8gb, nodes: 2 } } }\n",
    );
    bench.type_in("up --local --all").ends_with(0);
    bench.type_in("status --local --all").ends_with(0);
    bench.type_in("plan --local --all --detailed-exitcode").ends_with(0);
}

#[test]
fn versions_of_charts_stay_as_they_are_locked() {
    let bench = tiny();
    let first = bench.type_in("lock").ends_with(0);
    let all: Vec<&str> = first.out.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(all.len() > 1, "{}", first.all());
    assert_eq!(bench.type_in("lock").ends_with(0).out, "pontoon.lock says already what this platform runs\n");
    let path = bench.path().join("pontoon.lock");
    let mut lock: Value = serde_json::from_slice(&std::fs::read(&path).expect("it is written")).expect("it is JSON");
    let newest = lock.clone();
    for name in &all {
        lock["charts"][*name]["version"] = "0.0.1".into();
    }
    bench.write("pontoon.lock", lock.to_string());
    assert!(bench.type_in("lock").ends_with(0).out.contains("already"), "a version stays until somebody asks for another");
    let one = bench.type_in(&format!("--json lock --update {}", all[0])).ends_with(0).json();
    assert_eq!(one["changed"].as_array().map(Vec::len), Some(1), "{one}");
    assert_eq!((one["changed"][0]["chart"].as_str(), one["changed"][0]["before"].as_str()), (Some(all[0]), Some("0.0.1")));
    bench.type_in("lock --update").ends_with(0);
    let after: Value = serde_json::from_slice(&std::fs::read(&path).expect("it is there")).expect("it is JSON");
    assert_eq!(after, newest);
    let wrong = bench.type_in("lock --update traefk").ends_with(1);
    assert!(wrong.err.contains("did you mean traefik? pontoon lock --update traefik"), "{}", wrong.all());
    bench.write("pontoon.lock", "{");
    let broken = bench.type_in("lock").ends_with(1);
    assert!(broken.err.contains("pontoon.lock: cannot be read") && broken.err.contains("git checkout"), "{}", broken.all());
}

/// The words in backticks of docs/reference/json.md: every key that an answer may have.
fn documented() -> BTreeSet<String> {
    let text = workspace::text("docs/reference/json.md");
    text.split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|w| w.split([' ', ',', '"', '{', '}', '[', ']', ':', '.']))
        .map(str::to_owned)
        .collect()
}

/// Every key of an answer, but not of what is the vendor's or the document's own.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    const FREE: &[&str] = &["outputs", "value", "before", "after", "entries"];
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.clone());
                let is_cost = key == "cost" || value.get("currency").is_some();
                if !FREE.contains(&key.as_str()) || is_cost {
                    keys(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|v| keys(v, found)),
        _ => {}
    }
}

/// An answer in JSON: one document and nothing else, with these keys at its top, all documented.
#[track_caller]
fn answer(ran: Ran, top: &[&str]) -> Value {
    let value = ran.json();
    let known: BTreeSet<&str> = value.as_object().map(|o| o.keys().map(String::as_str).collect()).unwrap_or_default();
    assert_eq!(known, top.iter().copied().collect(), "{}", ran.all());
    let mut found = BTreeSet::new();
    keys(&value, &mut found);
    let (documented, names) = (documented(), ["production", "staging"]);
    let missing: Vec<&String> = found.iter().filter(|k| !documented.contains(*k) && !names.contains(&k.as_str())).collect();
    assert!(missing.is_empty(), "docs/reference/json.md does not have {missing:?}");
    for line in ran.err.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "no JSON on standard error: {line}");
    }
    value
}

#[test]
fn every_answer_in_json() {
    let bench = tiny();
    answer(bench.type_in("check --json").ends_with(0), &["version", "errors", "warnings", "accepted", "diagnostics"]);
    let explained = ["environment", "explained", "resources", "deferred"];
    answer(bench.type_in("explain --json").ends_with(0), &explained);
    answer(bench.type_in("explain databases.main --json").ends_with(0), &explained);
    bench.type_in("explain PT6002 --json").ends_with(0).json();
    bench.type_in("schema --json").ends_with(0).json();
    let plans = answer(bench.type_in("plan --local --json").ends_with(0), &["plans"]);
    assert_eq!(plans["plans"][0]["empty"], false);
    assert!(plans["plans"][0]["changes"].as_array().is_some_and(|c| c.len() > 5), "{plans:#}");
    let done = answer(bench.type_in("up --local --json").ends_with(0), &["operations"]);
    assert_eq!(done["operations"][0]["ending"], "done");
    let again = answer(bench.type_in("up --local --json").ends_with(0), &["operations"]);
    assert_eq!((&again["operations"][0]["ending"], &again["operations"][0]["empty"]), (&"done".into(), &true.into()));
    let status = answer(bench.type_in("status --local --json").ends_with(0), &["platform", "environments"]);
    assert_eq!(status["environments"]["production"]["condition"], "Ready");
    answer(bench.type_in("cost --json").ends_with(0), &["environments", "cost", "prices_as_of"]);
    let log = answer(bench.type_in("op log --local --json").ends_with(0), &["operations", "deliveries"]);
    let id = log["operations"][0]["id"].as_str().unwrap().to_owned();
    let show = ["operation", "command", "scopes", "at", "who", "team", "closed", "steps", "damage", "deliveries"];
    answer(bench.type_in(&format!("op show {id} --local --json")).ends_with(0), &show);
    answer(bench.type_in("doctor --local --json"), &["checks", "broken", "notices"]);
    answer(bench.type_in("doctor --scopes --json").ends_with(0), &["platform", "environments", "scopes"]);
    assert!(bench.type_in("local objects --json").ends_with(0).json()["databases"].is_array());
    let down = answer(bench.type_in("destroy --local --include-stateful --json").ends_with(0), &["operations", "left"]);
    assert_eq!(down["operations"].as_array().map(Vec::len), Some(2), "the environment, and what all share");
    answer(bench.type_in("local reset --json").ends_with(0), &[]);
}

#[test]
fn served_answers_in_json() {
    let bench = tiny();
    let serving = bench.serve(&[]);
    let places: BTreeSet<&String> = serving.places.as_object().unwrap().keys().collect();
    assert_eq!(places.into_iter().collect::<Vec<_>>(), ["digitalocean", "github", "kubernetes", "pid", "spaces", "vault"]);
    let variables = bench.type_in("local env --json").ends_with(0).json();
    assert_eq!(variables["DIGITALOCEAN_API_URL"], serving.places["digitalocean"]);
    let exports = bench.type_in("local env").ends_with(0).out;
    for line in exports.lines() {
        assert!(line.starts_with("export "), "{line}");
    }
}

#[test]
fn errors_in_json() {
    let bench = tiny();
    let error = |ran: Ran| -> Value {
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.all());
        let last = ran.err.lines().last().unwrap_or_default();
        let value: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {}", ran.all()));
        let keys: Vec<&String> = value["error"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["next", "what", "why"], "{value}");
        value
    };
    error(bench.type_in("op show nothing --local --json"));
    error(bench.type_in("plan --json"));
    error(bench.type_in("plan elsewhere --local --json"));
    error(bench.type_in("plan --local --json -f absent.yaml"));
    bench.type_in("up --local --json").ends_with(0);
    let refused = bench.type_in("destroy --local --json");
    assert_eq!(refused.code, Some(1), "{}", refused.all());
}

#[test]
fn reports_of_check() {
    let bench = tiny();
    bench.write("platform.yaml", TINY.replace("nyc3", "moon"));
    let json = answer(bench.type_in("check --json").ends_with(1), &["version", "errors", "warnings", "accepted", "diagnostics"]);
    assert_eq!(json["errors"], 1, "{json:#}");
    let sarif = bench.type_in("check --format sarif").ends_with(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    let github = bench.type_in("check --format github").ends_with(1).out;
    assert!(github.starts_with("::error file=platform.yaml,line=6"), "{github}");
}
