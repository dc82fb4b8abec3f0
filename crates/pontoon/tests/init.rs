//! `init` and `schema`: what is written is right, builds, and writes over nothing.

use pontoon_spec::document::BUILT_IN;
use pontoon_test::binary::Bench;
use serde_json::Value;
use std::path::Path;

fn bench() -> Bench {
    Bench::new(env!("CARGO_BIN_EXE_pontoon"))
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn there(bench: &Bench, name: &str) -> bool {
    bench.path().join(name).exists()
}

#[test]
fn every_blueprint_is_free_of_errors_and_comes_up() {
    for (blueprint, _) in BUILT_IN {
        let bench = bench();
        bench.type_in(&format!("init --blueprint {blueprint} --name acme --region fra1")).ends_with(0);
        bench.type_in("check").ends_with(0);
        let network = bench.type_in("explain network.vpc --json").ends_with(0).json();
        assert_eq!(network["explained"]["source"]["layer"], "environment production", "{blueprint}: the document writes it");
        bench.type_in("up --local --yes --layer cloud").ends_with(0);
        let objects = bench.objects();
        let clusters = objects["kubernetes_clusters"].as_array().map_or(0, Vec::len);
        assert_eq!(clusters, 1, "{blueprint}: {objects:#}");
        bench.type_in("plan --local --layer cloud --detailed-exitcode").ends_with(0);
    }
}

/// Takes the `# ` away from everything that is written to be uncommented: blocks that follow a line
/// with nothing but a `#`.
fn uncommented(document: &str) -> String {
    let (mut inside, mut head, mut out) = (false, true, String::new());
    for line in document.lines() {
        let bare = line.trim_start();
        let indent = &line[..line.len() - bare.len()];
        // The first block is about the file itself.
        head &= !line.is_empty();
        inside = !head && (bare == "#" || inside && bare.starts_with('#'));
        match bare.strip_prefix("# ").filter(|_| inside) {
            Some(content) => out.push_str(&format!("{indent}{content}\n")),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[test]
fn what_is_commented_out_is_right_too() {
    for (blueprint, text) in BUILT_IN {
        let bench = bench();
        bench.type_in(&format!("init --blueprint {blueprint} --name acme")).ends_with(0);
        let before = bench.type_in("plan --local --json --engine native").ends_with(0).json();
        let document = uncommented(&read(&bench, "platform.yaml"));
        bench.write("platform.yaml", &document);
        bench.type_in("check").ends_with(0);
        let sections = text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()) && !l.starts_with("network:"));
        for section in sections {
            assert!(document.lines().any(|l| l == section), "{blueprint} gives `{section}`");
        }
        let app = bench.type_in("explain apps.web.host -e production --json").ends_with(0).json();
        assert_eq!(app["explained"]["value"], "@");
        let after = bench.type_in("plan production --local --json --engine native").ends_with(0).json();
        let of = |plan: &Value, kind: &str| -> Vec<String> {
            let changes = plan["plans"][0]["changes"].as_array().unwrap_or_else(|| panic!("no changes in {plan:#}"));
            let addresses = changes.iter().map(|c| c["address"].as_str().unwrap_or_default());
            addresses.filter(|a| a.starts_with(&format!("production/{kind}"))).map(str::to_owned).collect()
        };
        // What the blueprint gave is what the document says now.
        for kind in ["digitalocean.node_pool", "digitalocean.database.", "digitalocean.vpc"] {
            assert_eq!(of(&before, kind), of(&after, kind), "{blueprint}");
        }
    }
}

#[test]
fn nothing_is_written_over() {
    let bench = bench();
    bench.write("platform.yaml", "mine");
    let ran = bench.type_in("init").ends_with(1);
    assert!(ran.err.contains("platform.yaml is there already") && ran.err.contains("next: "), "{}", ran.all());
    assert_eq!(read(&bench, "platform.yaml"), "mine");
    assert!(!there(&bench, "platform.schema.json"));

    bench.write("b/platform.schema.json", "{}");
    bench.type_in("init -f b/platform.yaml").ends_with(1);
    assert_eq!(read(&bench, "b/platform.schema.json"), "{}");
    assert!(!there(&bench, "b/platform.yaml"));

    // A schema of ours is made anew with the document.
    bench.type_in("init -f c/platform.yaml --name acme").ends_with(0);
    let schema = read(&bench, "c/platform.schema.json");
    std::fs::remove_file(bench.path().join("c/platform.yaml")).unwrap();
    bench.write("c/platform.schema.json", schema.replacen("description", "old", 1));
    bench.type_in("init -f c/platform.yaml --name acme").ends_with(0);
    assert_eq!(read(&bench, "c/platform.schema.json"), schema);
}

#[test]
fn wrong_answers_are_refused_before_anything_is_written() {
    for (flag, value, wanted) in [
        ("--name", "A_B", "write a-b"),
        ("--name", "ab", "3 to 30"),
        ("--region", "New York", "nyc3"),
        ("--domain", "https://example.com", "scheme"),
        ("--contact", "nobody", "no `@`"),
        ("--blueprint", "single-clutser", "did you mean single-cluster?"),
        ("--blueprint", "./none.yaml", "none.yaml"),
    ] {
        let bench = bench();
        let ran = bench.run(["init", flag, value]).ends_with(1);
        assert!(ran.err.contains(wanted) && ran.err.contains("next: "), "{flag} {value}: {}", ran.all());
        assert_eq!(std::fs::read_dir(bench.path()).unwrap().count(), 0, "{flag} {value}");
    }
}

#[test]
fn a_blueprint_of_ones_own_can_be_named() {
    let bench = bench();
    bench.write("house.yaml", "apiVersion: pontoon.dev/v1alpha1\ncluster: { pools: { own: { size: s-4vcpu-8gb, nodes: 2 } } }\n");
    bench.type_in("init --blueprint ./house.yaml --name acme").ends_with(0);
    let pools = bench.type_in("explain cluster.pools --json").ends_with(0).json();
    assert_eq!(pools["explained"]["entries"][0]["key"], "own");
}

#[test]
fn names_that_yaml_reads_as_something_else_stay_names() {
    for name in ["123", "true", "null", "1e5"] {
        let bench = bench();
        bench.run(["init", "--name", name]).ends_with(0);
        bench.type_in("check").ends_with(0);
        assert_eq!(bench.type_in("explain platform --json").json()["explained"]["value"], name);
    }
}

#[test]
fn the_folder_is_left_out_of_git() {
    let lines = |bench: &Bench, name: &str| read(bench, name).lines().map(str::to_owned).collect::<Vec<_>>();
    // Neither a repository nor a file: said only.
    let none = bench();
    let ran = none.type_in("init --name acme").ends_with(0);
    assert!(ran.out.contains(">> .gitignore") && !there(&none, ".gitignore"), "{}", ran.all());
    // A file without a last newline.
    let file = bench();
    file.write(".gitignore", "target");
    file.type_in("init --name acme").ends_with(0);
    assert_eq!(lines(&file, ".gitignore"), ["target", ".pontoon/"]);
    // A repository, in a folder below.
    let repository = bench();
    repository.write(".git/HEAD", "");
    repository.type_in("init --name acme -f deploy/platform.yaml").ends_with(0);
    assert_eq!(lines(&repository, "deploy/.gitignore"), [".pontoon/"]);
    // It says so already, above.
    let above = bench();
    above.write(".git/HEAD", "");
    above.write(".gitignore", ".pontoon\n");
    above.type_in("init --name acme -f deploy/platform.yaml").ends_with(0);
    assert!(!there(&above, "deploy/.gitignore"));
    // Above, but of another folder.
    let other = bench();
    other.write(".git/HEAD", "");
    other.write(".gitignore", "/.pontoon/\n");
    other.type_in("init --name acme -f deploy/platform.yaml").ends_with(0);
    assert_eq!(lines(&other, "deploy/.gitignore"), [".pontoon/"]);
}

#[test]
fn the_answer_in_json_says_what_is_next() {
    let bench = bench();
    let answer = bench.type_in("init --blueprint gitops --name acme --json").ends_with(0).json();
    assert_eq!(answer["document"], "platform.yaml");
    assert_eq!(answer["ignored"], "nothing");
    assert_eq!(answer["next"][1], "pontoon up --local");
    assert_eq!(answer["cost"]["complete"], true);
    for command in answer["next"].as_array().unwrap() {
        let line = command.as_str().unwrap().strip_prefix("pontoon ").unwrap();
        // Without an account, a plan says that it has none; it does not say that it cannot be typed.
        let ran = bench.type_in(line);
        assert!(ran.code == Some(0) || ran.err.contains("there is no API token"), "{}", ran.all());
    }
}

#[test]
fn the_schema_is_the_one_that_is_printed_and_the_editor_finds_it() {
    let bench = bench();
    bench.type_in("init --name acme").ends_with(0);
    let printed = bench.type_in("schema").ends_with(0);
    assert_eq!(read(&bench, "platform.schema.json"), printed.out);
    let schema = printed.json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["databases"]["description"].as_str().is_some_and(|d| !d.is_empty()));
    let document = read(&bench, "platform.yaml");
    let named = document.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").expect("the first line");
    assert!(bench.path().join(Path::new(named)).is_file());
}
