//! The documents that `render` writes: what is typed in them exists, their sums are those of `cost`, and what a person edits stays.

use pontoon_test::{binary::Bench, platforms::EXAMPLES};
use std::{collections::BTreeSet, path::Path};

fn bench(example: &str) -> Bench {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), example);
    bench.type_in("render docs --to .").ends_with(0);
    bench
}

fn read(bench: &Bench, path: impl AsRef<Path>) -> String {
    let path = bench.path().join("docs").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The environments whose pages were written.
fn environments(bench: &Bench) -> Vec<String> {
    let folders = std::fs::read_dir(bench.path().join("docs")).expect("a folder").filter_map(Result::ok);
    let names = folders.map(|f| f.file_name().to_string_lossy().into_owned());
    names.filter(|n| bench.path().join("docs").join(n).join("runbooks.md").is_file()).collect()
}

#[test]
fn every_command_in_them_is_one_of_this_version() {
    let mut tried = BTreeSet::new();
    for example in EXAMPLES {
        let bench = bench(example);
        for environment in environments(&bench) {
            for page in ["runbooks", "cost", "decisions"] {
                let text = read(&bench, format!("{environment}/{page}.md"));
                for line in text.lines().filter_map(|l| l.strip_prefix("pontoon ")) {
                    let line = line.split(" > ").next().unwrap_or_default().to_owned();
                    // Everything before `--help` is read first, and refused where it does not exist.
                    if tried.insert(line.clone()) {
                        let ran = bench.type_in(&format!("{line} --help"));
                        assert!(ran.code == Some(0) && ran.out.contains("Usage: pontoon"), "{example}: {line}\n{}", ran.all());
                    }
                }
            }
        }
    }
    assert!(tried.len() > 60, "only {} commands were found", tried.len());
    assert_ne!(bench("minimal").type_in("up production --no-such-option --help").code, Some(0), "--help hides nothing");
}

#[test]
fn their_sums_are_those_of_cost() {
    for example in EXAMPLES {
        let bench = bench(example);
        for environment in environments(&bench) {
            let cost = bench.type_in(&format!("cost {environment} --json")).ends_with(0).json();
            let page = read(&bench, format!("{environment}/cost.md"));
            for line in cost["environments"][0]["lines"].as_array().expect("lines") {
                let name = line["address"]
                    .as_str()
                    .map_or_else(|| format!("{environment}/{}", line["component"].as_str().expect("a name")), str::to_owned);
                assert!(
                    page.contains(&format!("| `{name}` | {} |", line["title"].as_str().expect("a title"))),
                    "{example}: {line}\n{page}"
                );
            }
            let text = bench.type_in(&format!("cost {environment}")).ends_with(0).out;
            let sum = text.lines().rev().nth(1).expect("a sum").trim();
            assert!(page.contains(&format!("| **{sum}** |")), "{example} {environment}: {sum}\n{page}");
        }
    }
}

#[test]
fn one_environment_leaves_the_others_and_a_persons_edits_alone() {
    let bench = bench("gitops");
    let again = bench.type_in("render docs --to .").ends_with(0);
    assert!(again.out.contains("40 files, 0 written, 0 removed"), "{}", again.all());
    let before = (read(&bench, "production/inventory.md"), read(&bench, "staging/inventory.md"));
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    let changed = document.replace("min: 3, max: 8 }, labels", "min: 3, max: 9 }, labels");
    assert_ne!(changed, document);
    bench.write("platform.yaml", &changed);
    bench.write("docs/staging/cost.md", "mine");
    let one = bench.type_in("render docs staging --to .");
    assert!(one.code == Some(1) && one.all().contains("staging/cost.md"), "{}", one.all());
    assert_eq!(read(&bench, "staging/cost.md"), "mine");
    assert_ne!(read(&bench, "staging/inventory.md"), before.1);
    assert_eq!(read(&bench, "production/inventory.md"), before.0, "nobody asked for production");
    bench.type_in("render docs production --to .").ends_with(0);
    assert_ne!(read(&bench, "production/inventory.md"), before.0, "what was not written with staging is still ours");
    let nowhere = bench.type_in("render docs nowhere --to .").ends_with(1);
    assert!(nowhere.all().contains("one of these: sandbox, staging, production"), "{}", nowhere.all());
}

#[test]
fn an_environment_that_is_gone_takes_its_pages_along() {
    let bench = bench("isolated-pools");
    let all = environments(&bench);
    assert!(all.len() > 1 && all.contains(&"stage".to_owned()), "{all:?}");
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    let lines: Vec<&str> = document.lines().collect();
    let at = lines.iter().position(|l| l.starts_with("  stage:")).expect("an environment");
    let end = (at + 1..lines.len()).find(|i| !lines[*i].starts_with("   ")).unwrap_or(lines.len());
    let without: Vec<&str> = lines[..at].iter().chain(&lines[end..]).copied().collect();
    bench.write("platform.yaml", without.join("\n").replace("dev, stage, prod", "dev, prod"));
    bench.type_in("render docs --to .").ends_with(0);
    assert!(!environments(&bench).contains(&"stage".to_owned()), "{:?}", environments(&bench));
}
