//! The workflows that `render` writes: judged by others' readers, and their scripts run against the embedded cloud.

use pontoon_test::{
    binary::{Bench, Ran},
    judges::{run, tool_or_skip},
};

/// The example for repositories, as Pontoon's own engine keeps it.
fn example() -> Bench {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "gitops");
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    let native = document.replace("engine: opentofu", "engine: native");
    assert_ne!(native, document);
    bench.write("platform.yaml", native);
    bench.type_in("render --to .").ends_with(0);
    bench
}

/// Runs a script of the workflows, as a runner does: with the binary on the PATH.
fn script(bench: &Bench, line: &str) -> Ran {
    let path = "mkdir -p bin && ln -sf \"$PONTOON\" bin/pontoon && export PATH=\"$PWD/bin:$PATH\" PONTOON_WHERE=--local";
    bench.script(&format!("{path}\nsh .github/pontoon/{line}"))
}

#[test]
fn others_find_nothing_wrong_with_them() {
    let bench = example();
    let again = bench.type_in("render --to .").ends_with(0);
    assert!(again.out.contains("./.github: 18 files, 0 written, 0 removed"), "{}", again.all());
    for name in std::fs::read_dir(bench.path().join(".github/pontoon")).expect("there are scripts") {
        let path = name.expect("it can be read").path();
        if path.extension().is_some_and(|e| e == "sh") {
            let text = std::fs::read_to_string(&path).expect("a script can be read");
            assert!(text.starts_with("#!/bin/sh\n# ") && text.contains("\nset -eu\n"), "{}", path.display());
            assert_eq!(bench.script(&format!("sh -n {}", path.display())).code, Some(0), "{}", path.display());
        }
    }
    if let Some(actionlint) = tool_or_skip("workflows", "actionlint") {
        // It looks for a repository above the folder.
        std::fs::create_dir_all(bench.path().join(".git")).expect("a folder can be made");
        run(&actionlint, bench.path(), &[], ["-no-color"]).good("actionlint");
    }
    if let Some(zizmor) = tool_or_skip("workflows", "zizmor") {
        run(&zizmor, bench.path(), &[], ["--offline", "--no-progress", ".github/workflows"]).good("zizmor");
    }
}

#[test]
fn a_check_that_nothing_runs_is_said() {
    let bench = example();
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    bench.write("platform.yaml", document.replace("checks: [ validate, policy ]", "checks: [ validate, lint ]"));
    let check = bench.type_in("check").ends_with(0);
    assert!(check.all().contains("PT2125") && check.all().contains("lint is no job"), "{}", check.all());
}

#[test]
fn the_scripts_do_what_the_workflows_are_for() {
    let bench = example();
    script(&bench, "validate.sh").ends_with(0);
    // hyperspike's operator is accepted in the example, and nothing else of that kind is found there.
    script(&bench, "policy.sh").ends_with(0);
    let plan = script(&bench, "plan.sh sandbox").ends_with(0);
    for part in
        ["### sandbox: ", "| cost | ", " USD a month, was 0 |", "| impact | none |", "`sandbox/digitalocean.cluster.main`"]
    {
        assert!(plan.out.contains(part), "{part}: {}", plan.all());
    }
    script(&bench, "apply.sh sandbox").ends_with(0);
    let drift = script(&bench, "drift.sh sandbox").ends_with(0);
    assert_eq!(drift.out, "", "{}", drift.all());
    let promoted = script(&bench, "promote.sh production sandbox").ends_with(1);
    assert!(promoted.err.contains("next: ") && promoted.err.contains(" --local"), "{}", promoted.all());
    let nothing = script(&bench, "plan.sh nowhere").ends_with(1);
    assert!(nothing.out.contains("### nowhere: no plan") && nothing.out.contains("next: "), "{}", nothing.all());
    assert!(script(&bench, "drift.sh nowhere").ends_with(1).err.contains("nowhere"));
}
