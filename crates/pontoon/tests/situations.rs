//! What goes wrong around a run ends in one clear error with its remedy, quickly, without a panic,
//! with the right exit code; and nothing is lost: the next good run succeeds.

#[path = "situations/account.rs"]
mod account;
#[path = "situations/disk.rs"]
mod disk;
#[path = "situations/document.rs"]
mod document;
#[path = "situations/store.rs"]
mod store;
#[path = "situations/usage.rs"]
mod usage;

use pontoon_test::binary::{Bench, Ran, TINY};
use std::time::Duration;

/// The same with two environments.
const TWO: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.50.0.0/20 }
  production: { region: nyc3, network: 10.51.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
"#;

fn tiny() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), TINY)
}

/// Asserts that a command was refused in one error that says these things, and that it was quick.
#[track_caller]
fn refused(ran: Ran, says: &[&str]) -> Ran {
    let all = ran.all();
    assert_eq!(ran.code, Some(1), "{all}");
    assert!(!all.contains("panicked") && !all.contains("RUST_BACKTRACE"), "{all}");
    let count = |lead: &str| ran.err.lines().filter(|l| l.starts_with(lead)).count();
    assert_eq!(count("error:"), 1, "one error: {all}");
    assert_eq!(count("  next:"), 1, "one remedy: {all}");
    for part in says {
        assert!(ran.err.contains(part), "`{part}` is not said: {all}");
    }
    assert!(ran.took < Duration::from_secs(20), "{:?}: {all}", ran.took);
    ran
}

/// Asserts that a document is refused by these codes, each with its help.
#[track_caller]
fn diagnosed(ran: Ran, code: &str, says: &[&str]) {
    let all = ran.all();
    assert_eq!(ran.code, Some(1), "{all}");
    assert!(!all.contains("panicked"), "{all}");
    let text = format!("{}{}", ran.out, ran.err);
    assert!(text.contains(&format!("error[{code}]")) && text.contains("help:"), "{all}");
    for part in says {
        assert!(text.contains(part), "`{part}` is not said: {all}");
    }
    assert!(ran.took < Duration::from_secs(10), "{:?}", ran.took);
}

/// Asserts that a good run succeeds now and leaves nothing to do.
#[track_caller]
fn recovers(bench: &Bench) {
    bench.type_in("up --local").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
}
