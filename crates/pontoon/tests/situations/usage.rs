//! Commands that cannot be meant like this.

use super::{TWO, recovers, refused, tiny};
use pontoon_test::binary::Bench;

#[test]
fn which_environment() {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), TWO);
    for command in ["plan", "up", "destroy"] {
        refused(
            bench.type_in(&format!("{command} --local")),
            &["staging, production", &format!("pontoon {command} --local --all")],
        );
    }
    for command in ["plan", "up", "destroy", "status"] {
        refused(bench.type_in(&format!("{command} elsewhere --local")), &["no environment elsewhere", "staging, production"]);
    }
    refused(bench.type_in("cost elsewhere"), &["no environment elsewhere", "staging, production"]);
    bench.type_in("up staging --local").ends_with(0);
    bench.type_in("plan staging --local --detailed-exitcode").ends_with(0);
    bench.type_in("plan --all --local --detailed-exitcode").ends_with(2);
}

#[test]
fn an_engine_and_a_store_that_are_not_built() {
    let bench = tiny();
    let text = format!("{}infrastructure: {{ engine: opentofu }}\n", super::TINY);
    bench.write("platform.yaml", text);
    let mut command = bench.command(["plan"]);
    command.env("DIGITALOCEAN_TOKEN", "x");
    refused(bench.type_in("plan"), &["the engine opentofu is not built yet", "--engine native"]);
    refused(bench.type_in("up --local --engine hcp-terraform"), &["hcp-terraform", "--engine native"]);
    refused(bench.type_in("plan --local --engine nonsense"), &["nonsense", "--engine native"]);
    let text = format!("{}infrastructure: {{ state: {{ provider: spaces }} }}\n", super::TINY);
    bench.write("platform.yaml", text);
    refused(bench.type_in("plan"), &["there is no API token", "export DIGITALOCEAN_TOKEN"]);
    recovers(&bench);
}

#[test]
fn a_stale_saved_plan() {
    let bench = tiny();
    bench.type_in("plan --local -o first.json").ends_with(0);
    let apply = "up --local --plan first.json";
    // The document moved on.
    bench.write("platform.yaml", super::TINY.replace("nodes: 2", "nodes: 3"));
    refused(bench.type_in(apply), &["stale", "document", "pontoon plan -o FILE"]);
    bench.write("platform.yaml", super::TINY);
    // It is what it says it is, and is carried out once.
    bench.type_in(apply).ends_with(0);
    refused(bench.type_in(apply), &["stale", "record", "pontoon plan -o FILE"]);
    // No plans at all.
    bench.write("second.json", "{\"version\": 1}");
    refused(bench.type_in("up --local --plan second.json"), &["no saved plan", "pontoon plan -o FILE"]);
    bench.write("third.json", [0xff, 0x00]);
    refused(bench.type_in("up --local --plan third.json"), &["third.json", "pontoon plan -o FILE"]);
    refused(bench.type_in("up --local --plan absent.json"), &["absent.json", "pontoon plan -o FILE"]);
    recovers(&bench);
}

#[test]
fn stateful_things_have_to_be_named() {
    let bench = tiny();
    recovers(&bench);
    let ran = bench.type_in("destroy --local --yes");
    assert_eq!(ran.code, Some(1), "{}", ran.all());
    assert!(ran.err.contains("production/digitalocean.database.main") && ran.err.contains("--destroy"), "{}", ran.all());
    let ran = bench.type_in("destroy --local --yes --destroy production/digitalocean.database.main");
    assert_eq!(ran.code, Some(1), "the cluster and the zone are not named: {}", ran.all());
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    bench.type_in("destroy --local --yes --include-stateful").ends_with(0);
}

#[test]
fn wrong_usage() {
    let bench = tiny();
    for line in ["frobnicate", "plan --frobnicate", "plan a b", "up --plan x --all", "op resolve", "plan --speed 7", ""] {
        let ran = bench.type_in(line);
        assert_eq!(ran.code, Some(1), "{line}: {}", ran.all());
        assert!(ran.err.contains("Usage: pontoon"), "{line}: {}", ran.all());
    }
    refused(bench.type_in("op show 20260101"), &["no operation", "pontoon op log"]);
    refused(bench.type_in("op resolve 20260101 3 --absent"), &["no operation", "pontoon op log"]);
    refused(bench.type_in("local env"), &["nobody serves", "pontoon local start"]);
}

#[test]
fn a_world_file_with_a_typo() {
    let bench = tiny();
    bench.write("typo.toml", "seed = 1\nlatencies = { min = \"1ms\", max = \"2ms\" }\n");
    for line in ["up --local --world typo.toml", "plan --local --world typo.toml", "local start --world typo.toml"] {
        refused(bench.type_in(line), &["typo.toml", "line 2", "latencies", "world file"]);
    }
    for (name, content, says) in [
        ("start.toml", "start = \"tomorrow\"\n", "tomorrow"),
        ("team.toml", "[[tokens]]\ntoken = \"x\"\nteam = \"nobody\"\n", "nobody"),
        ("none.toml", "teams = []\ntokens = []\n", "team"),
        ("preload.toml", "[[preload]]\npath = \"/v2/vpcs\"\nbody = { name = \"x\" }\n", "/v2/vpcs"),
    ] {
        bench.write(name, content);
        refused(bench.type_in(&format!("up --local --world {name}")), &[says, "world file"]);
    }
    refused(bench.type_in("up --local --world absent.toml"), &["absent.toml", "world file"]);
    // None of them is remembered as this folder's world.
    recovers(&bench);
}
