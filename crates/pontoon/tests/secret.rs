//! `pontoon secret`: values come in through standard input, are kept where only their owner reads, and never come out.

#[path = "secret/needles.rs"]
mod needles;
#[path = "secret/nowhere.rs"]
mod nowhere;
#[path = "secret/served.rs"]
mod served;
#[path = "secret/world.rs"]
mod world;

use pontoon_test::binary::{Bench, Ran};

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.51.0.0/20 }
  production: { region: nyc3, network: 10.50.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 2 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1 }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ databases.main ]
    secrets: [ STRIPE_API_KEY, SESSION_KEY ]
  web:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    secrets: [ SESSION_KEY ]
"#;

/// A shop with two apps, without any account.
fn tiny() -> Bench {
    Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT)
}

/// Runs a command with this on its standard input.
fn say(bench: &Bench, value: &str, command: &str) -> Ran {
    bench.write("said", value);
    bench.script(&format!("\"$PONTOON\" {command} < said"))
}

/// Where a value of an environment stands: its state, and since when.
fn state(bench: &Bench, environment: &str, app: &str, name: &str) -> (String, bool) {
    let answer = bench.type_in(&format!("--json secret list --env {environment}")).ends_with(0).json();
    let all = answer["environments"][0]["secrets"].as_array().expect("a list").clone();
    let row = all.iter().find(|r| r["app"] == app && r["name"] == name).expect("it is asked for");
    (row["state"].as_str().expect("a word").to_owned(), row["since"].is_string())
}

#[test]
fn a_value_is_given_once_for_one_app_of_one_environment_and_never_shown() {
    let bench = tiny();
    assert_eq!(state(&bench, "staging", "api", "SESSION_KEY"), ("missing".into(), false));
    let set = say(&bench, "geheim-123\n", "secret set SESSION_KEY --env staging --app api").ends_with(0);
    assert!(set.out.contains("tiny/staging/api/SESSION_KEY") && set.out.contains("pontoon up staging"), "{}", set.all());
    assert_eq!(state(&bench, "staging", "api", "SESSION_KEY"), ("set".into(), true));
    for (environment, app) in [("staging", "web"), ("production", "api")] {
        assert_eq!(state(&bench, environment, app, "SESSION_KEY").0, "missing", "{environment} {app}");
    }
    let again = say(&bench, "geheim-123\n", "--json secret set SESSION_KEY --env staging --app api").ends_with(0);
    assert_eq!(again.json()["changed"], false, "a value that is there is not written again");
    let listed = bench.type_in("secret list").ends_with(0);
    for ran in [&set, &again, &listed] {
        assert!(!ran.all().contains("geheim"), "{}", ran.all());
    }
    let file = bench.path().join(".pontoon/values.json");
    let kept = std::fs::read_to_string(&file).expect("it was written");
    assert!(kept.contains("\"geheim-123\""), "without the line's end: {kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_type_and_changes_nothing() {
    let bench = tiny();
    for (value, command, what, next) in [
        (
            "x",
            "secret set SESSION_KEY",
            "which environment? There are staging, production",
            "secret set SESSION_KEY --env staging",
        ),
        ("x", "secret set SESSION_KEY --env prod", "there is no environment prod", "staging, production"),
        ("x", "secret set SESSION_KEY --env staging", "several ask for SESSION_KEY: api, web", "--app api"),
        (
            "x",
            "secret set SESION_KEY --env staging",
            "nothing in the document asks for a secret SESION_KEY",
            "did you mean SESSION_KEY?",
        ),
        ("\n", "secret set STRIPE_API_KEY --env staging", "the value of STRIPE_API_KEY is empty", "< FILE"),
        ("x", "secret set DATABASE_USER_MAIN_API_PASSWORD --env staging", "which the vendor makes", "secret rotate"),
    ] {
        let ran = say(&bench, value, command).ends_with(1);
        assert!(ran.err.contains(what) && ran.err.contains(next), "{command}: {}", ran.all());
    }
    assert!(!bench.path().join(".pontoon/values.json").exists());
}

#[test]
fn a_person_a_draw_or_the_vendor_gives_another_value() {
    let bench = tiny();
    say(&bench, "one", "secret set STRIPE_API_KEY --env staging --local").ends_with(0);
    say(&bench, "two", "secret rotate STRIPE_API_KEY --env staging --local").ends_with(0);
    let kept = std::fs::read_to_string(bench.path().join(".pontoon/local/secrets.json")).expect("it was written");
    assert!(kept.contains("\"two\"") && !kept.contains("\"one\""), "{kept}");

    let early = bench.type_in("secret rotate DATABASE_USER_MAIN_API_PASSWORD --env staging --local").ends_with(1);
    assert!(early.err.contains("does not exist yet") && early.err.contains("pontoon up staging --local"), "{}", early.all());
}

#[test]
fn a_vault_wants_a_proof_and_other_stores_are_named() {
    for (store, what, next) in [
        (
            "{ provider: vault, address: https://vault.example.com:8200, auth: { approle: shop } }",
            "nothing to prove ourselves to Vault at https://vault.example.com:8200",
            "VAULT_TOKEN",
        ),
        ("{ provider: doppler, project: shop }", "writing to Doppler is not built yet", "give the value there"),
    ] {
        let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), &format!("{DOCUMENT}secrets: {{ store: {store} }}\n"));
        let ran = say(&bench, "x", "secret set STRIPE_API_KEY --env staging").ends_with(1);
        assert!(ran.err.contains(what) && ran.err.contains(next), "{}", ran.all());
    }
}
