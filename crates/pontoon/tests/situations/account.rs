//! Accounts that refuse, are somebody else's, or cannot be reached.

use super::{TINY, refused, tiny};
use pontoon_test::binary::{Bench, Ran, Serving};

/// Two teams; tokens of both, one that may only look at networks, one that may not make databases.
const TEAMS: &str = r#"
[[teams]]
uuid = "11111111-1111-4111-8111-111111111111"
name = "One"
[[teams]]
uuid = "22222222-2222-4222-8222-222222222222"
name = "Two"
[[tokens]]
token = "one"
team = "11111111-1111-4111-8111-111111111111"
[[tokens]]
token = "two"
team = "22222222-2222-4222-8222-222222222222"
[[tokens]]
token = "looks"
team = "11111111-1111-4111-8111-111111111111"
scopes = ["account:read", "vpc:read"]
[[tokens]]
token = "nodatabases"
team = "11111111-1111-4111-8111-111111111111"
scopes = ["account:read", "vpc:read", "vpc:create", "kubernetes:read", "kubernetes:create", "database:read", "project:read", "project:create", "project:update", "domain:read", "domain:create", "tag:read", "tag:create"]
"#;

/// A folder that has the real account's commands before it, and the cloud they lead to, which stands
/// in another folder.
struct Account {
    bench: Bench,
    cloud: Bench,
    serving: Serving,
}

fn account(speed: &str) -> Account {
    let cloud = Bench::new(env!("CARGO_BIN_EXE_pontoon"));
    cloud.write("world.toml", TEAMS);
    let serving = cloud.serve(&["--world", "world.toml", "--speed", speed]);
    Account { bench: tiny(), cloud, serving }
}

impl Account {
    fn run(&self, token: &str, line: &str) -> Ran {
        self.at(self.serving.at("digitalocean"), token, line)
    }
    fn at(&self, api: &str, token: &str, line: &str) -> Ran {
        self.bench.script(&self.line(api, token, line))
    }
    fn line(&self, api: &str, token: &str, line: &str) -> String {
        let spaces = self.serving.at("spaces");
        format!(
            "export DIGITALOCEAN_API_URL={api} SPACES_ENDPOINT_URL={spaces} DIGITALOCEAN_TOKEN={token}; exec \"$PONTOON\" {line}"
        )
    }
    /// How many databases and clusters there are, of all teams.
    fn databases(&self) -> usize {
        ["databases", "kubernetes_clusters"].iter().map(|c| self.cloud.objects()[c].as_array().map_or(0, Vec::len)).sum()
    }
}

#[test]
fn a_wrong_token() {
    let account = account("instant");
    for line in ["plan", "up --yes --layer cloud", "status", "destroy --yes"] {
        refused(account.run("wrong", line), &["401", "does not know this token", "DIGITALOCEAN_TOKEN"]);
    }
    refused(account.run("", "plan"), &["no API token", "export DIGITALOCEAN_TOKEN"]);
    assert_eq!(account.databases(), 0);
    account.run("one", "up --yes --layer cloud").ends_with(0);
    refused(account.run("wrong", "plan"), &["401"]);
    account.run("one", "plan --layer cloud --detailed-exitcode").ends_with(0);
}

#[test]
fn a_missing_scope() {
    let account = account("instant");
    for line in ["plan", "up --yes --layer cloud"] {
        refused(account.run("looks", line), &["403", "read", "doctor --scopes"]);
    }
    // It may look at everything and not make everything: what can be made is made, and kept.
    let ran = account.run("nodatabases", "up --yes --layer cloud").ends_with(1);
    assert!(ran.err.contains("database:create") && ran.err.contains("next: give the token"), "{}", ran.all());
    assert_eq!(account.databases(), 1);
    account.run("one", "up --yes --layer cloud").ends_with(0);
    account.run("one", "plan --layer cloud --detailed-exitcode").ends_with(0);
    assert_eq!(account.databases(), 2);
}

#[test]
fn another_teams_token() {
    let account = account("instant");
    account.run("one", "up --yes --layer cloud").ends_with(0);
    for line in ["plan", "up --yes --layer cloud", "destroy --yes --include-stateful", "status"] {
        refused(account.run("two", line), &["team Two", "made in team One", "PT6001", "token of that team"]);
    }
    account.run("one", "plan --layer cloud --detailed-exitcode").ends_with(0);
    assert_eq!(account.databases(), 2);
}

#[test]
fn another_teams_token_after_a_crash() {
    let account = account("60");
    // Killed when the cluster and the database are under way, both of which are to be found again.
    let mut run = account.bench.start_script(&account.line(account.serving.at("digitalocean"), "one", "up --yes --layer cloud"));
    run.wait_for("waiting");
    assert_eq!(run.kill(), None, "{}", run.said());
    let unfinished = account.run("one", "op log --json").ends_with(0);
    for line in ["up --yes --layer cloud", "destroy --yes --include-stateful"] {
        refused(account.run("two", line), &["team Two", "made in team One", "PT6001"]);
    }
    assert!(unfinished.json()["operations"][0]["closed"].is_null(), "{}", unfinished.all());
    let still = account.run("one", "op log --json").ends_with(0);
    assert_eq!(still.out, unfinished.out, "nothing was settled in the wrong team");
    account.run("one", "up --yes --layer cloud").ends_with(0);
    account.run("one", "plan --layer cloud --detailed-exitcode").ends_with(0);
    assert_eq!(account.databases(), 2, "nothing twice");
}

#[test]
fn an_unreachable_api() {
    let account = account("instant");
    account.run("one", "up --yes --layer cloud").ends_with(0);
    for line in ["plan", "up --yes --layer cloud", "status", "destroy --yes"] {
        refused(account.at("http://127.0.0.1:9", "one", line), &["127.0.0.1:9", "check the network", "pontoon doctor"]);
    }
    refused(account.at("nonsense", "one", "plan"), &["DIGITALOCEAN_API_URL", "nonsense", "https://"]);
    refused(account.at("http://", "one", "plan"), &["DIGITALOCEAN_API_URL"]);
    // Something that is no API at all.
    refused(account.at(account.serving.at("spaces"), "one", "plan"), &["/v2/account", "pontoon doctor"]);
    account.run("one", "plan --layer cloud --detailed-exitcode").ends_with(0);
}

#[test]
fn nobody_to_ask() {
    let account = account("instant");
    refused(account.run("one", "up"), &["nobody to ask", "--yes"]);
    assert_eq!(account.databases(), 0);
    assert!(TINY.contains("databases"));
}

#[test]
fn an_authority_of_ones_own() {
    let account = account("instant");
    account.run("one", "up --yes --layer cloud").ends_with(0);
    // A server whose certificate no public authority signed: the API server of the cluster, asked in the vendor's place.
    let api = account.serving.at("kubernetes").to_owned();
    let config = account.run("one", "kubeconfig --json").ends_with(0).json();
    let pem = config["clusters"][0]["cluster"]["certificate-authority-data"].as_str().expect("it names its authority");
    let pem = account.bench.script(&format!("echo {pem} | base64 -d > own.pem && cat own.pem"));
    assert!(pem.out.contains("BEGIN CERTIFICATE"), "{}", pem.all());
    let stranger = refused(account.at(&api, "one", "plan --layer cloud"), &["certificate"]);
    let line = account.line(&api, "one", "plan --layer cloud");
    let known = refused(account.bench.script(&format!("export SSL_CERT_FILE=own.pem; {line}")), &["answered"]);
    assert!(!known.err.contains("certificate"), "{}\n{}", stranger.all(), known.all());
}
