//! Another value, and what uses it following: keys, passwords and access keys of a small platform that follows a repository.

use pontoon_test::binary::{Bench, Serving};
use serde_json::Value;

/// Of an owner whose plan has no rulesets: what `up` commits is on the branch at once.
const WORLD: &str = "[github]\nplan = \"free\"\n";

/// A file that a person encrypted.
const THEIRS: &str = "notes/theirs.sops.yaml";

const DOCUMENT: &str = r#"apiVersion: pontoon.dev/v1alpha1
platform: tiny
domain: tiny.example.com
contact: ops@example.com
environments:
  staging: { region: nyc3, network: 10.51.0.0/20 }
cluster: { version: "1.36", pools: { main: { size: s-4vcpu-8gb, nodes: 3 } } }
databases:
  main: { provider: digitalocean, version: "17", size: db-s-1vcpu-2gb, instances: 1 }
buckets: { files: {} }
observability: { metrics: { provider: none }, logs: { provider: none }, traces: { provider: none } }
secrets: { git: sops-age }
delivery:
  gitops: flux
  repository: { github: example-org/tiny-gitops }
apps:
  api:
    image: { repository: docker.io/library/nginx, tag: "1.29" }
    uses: [ databases.main, buckets.files ]
    secrets: [ SESSION_KEY ]
"#;

fn tiny() -> Bench {
    let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), DOCUMENT);
    bench.write("world.toml", WORLD);
    bench
}

/// The stored world, served, so that it can be asked from outside.
struct Outside<'a> {
    bench: &'a Bench,
    serving: Serving,
}

impl<'a> Outside<'a> {
    fn of(bench: &'a Bench) -> Outside<'a> {
        Outside { bench, serving: bench.serve(&[]) }
    }
    fn get(&self, token: &str, url: &str) -> Value {
        let ran = self.bench.script(&format!("curl -sk -H 'Authorization: Bearer {token}' '{url}'"));
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{url}: {e}: {}", ran.all()))
    }
    fn github(&self, path: &str) -> Value {
        self.get("pontoon-local-github-token", &format!("{}/repos/example-org/tiny-gitops{path}", self.serving.at("github")))
    }
    /// An object of the cluster.
    fn cluster(&self, path: &str) -> Value {
        let config = self.bench.type_in("--json kubeconfig --local").ends_with(0).json();
        let text = |v: &Value| v.as_str().expect("a text").to_owned();
        let (server, token) = (text(&config["clusters"][0]["cluster"]["server"]), text(&config["users"][0]["user"]["token"]));
        self.get(&token, &format!("{server}{path}"))
    }
    fn secret(&self, namespace: &str, name: &str) -> Value {
        self.cluster(&format!("/api/v1/namespaces/{namespace}/secrets/{name}"))["data"].clone()
    }
    /// The stamp with which an app runs.
    fn stamp(&self, app: &str) -> String {
        let object = self.cluster(&format!("/apis/apps/v1/namespaces/{app}/deployments/{app}"));
        let stamp = &object["spec"]["template"]["metadata"]["annotations"]["pontoon.dev/secrets"];
        stamp.as_str().unwrap_or_else(|| panic!("{app} is not stamped: {object}")).to_owned()
    }
    /// Ids of the access keys that the account has.
    fn access_keys(&self) -> Vec<String> {
        let token = self.bench.type_in("local env").ends_with(0).out;
        let token =
            token.lines().find_map(|l| l.split_once("DIGITALOCEAN_TOKEN=")).map(|(_, t)| t.trim_matches(['\'', '"']).to_owned());
        let all = self.get(&token.expect("a token"), &format!("{}/v2/spaces/keys", self.serving.at("digitalocean")));
        let keys = all["keys"].as_array().unwrap_or_else(|| panic!("no list: {all}"));
        keys.iter().map(|k| k["access_key"].as_str().unwrap_or_default().to_owned()).collect()
    }
    /// Every encrypted file of the repository.
    fn encrypted(&self) -> Vec<String> {
        let tree = self.github("/git/trees/main?recursive=1");
        let paths: Vec<String> = tree["tree"]
            .as_array()
            .unwrap_or_else(|| panic!("no tree: {tree}"))
            .iter()
            .filter_map(|f| f["path"].as_str().filter(|p| p.ends_with(".sops.yaml")).map(str::to_owned))
            .collect();
        assert!(!paths.is_empty(), "Secrets stand encrypted in the repository");
        paths
    }
    /// A person commits a file of their own that is encrypted to the key of now.
    fn commits_their_own(&self) {
        let paths = self.encrypted();
        let file = self.github(&format!("/contents/{}", paths[0]));
        let content = file["content"].as_str().expect("a file has content").replace('\n', "");
        let body = serde_json::json!({ "message": "Ours", "branch": "main", "content": content });
        self.bench.write("theirs.json", body.to_string());
        let put = self.bench.script(&format!(
            "curl -s -X PUT -H 'Authorization: Bearer pontoon-local-github-token' -d @theirs.json '{}/repos/example-org/tiny-gitops/contents/{THEIRS}'",
            self.serving.at("github")
        ));
        assert!(put.out.contains("\"commit\""), "{}", put.all());
    }
    /// The age recipients of every encrypted file of the repository.
    fn recipients(&self) -> Vec<String> {
        let paths = self.encrypted();
        let mut all: Vec<String> = Vec::new();
        for path in paths {
            let file = self.bench.script(&format!(
                "curl -s -H 'Authorization: Bearer pontoon-local-github-token' -H 'Accept: application/vnd.github.raw+json' '{}/repos/example-org/tiny-gitops/contents/{path}'",
                self.serving.at("github")
            ));
            all.extend(
                file.out.lines().filter_map(|l| l.split_once("recipient: ")).map(|(_, r)| r.trim().trim_matches('"').to_owned()),
            );
        }
        all.sort();
        all.dedup();
        all
    }
}

/// What the cluster has and the account shows, at one moment.
struct Seen {
    age: Value,
    git: Value,
    recipients: Vec<String>,
    keys: Vec<(i64, String)>,
    stamp: String,
    password: Value,
    access: Value,
    account: Vec<String>,
}

fn look(bench: &Bench) -> Seen {
    let outside = Outside::of(bench);
    let keys = outside.github("/keys");
    Seen {
        age: outside.secret("flux-system", "sops-age"),
        git: outside.secret("flux-system", "git-credential"),
        recipients: outside.recipients(),
        keys: keys
            .as_array()
            .unwrap_or_else(|| panic!("no keys: {keys}"))
            .iter()
            .map(|k| (k["id"].as_i64().unwrap_or_default(), k["title"].as_str().unwrap_or_default().to_owned()))
            .collect(),
        stamp: outside.stamp("api"),
        password: outside.secret("api", "databases-main")["password"].clone(),
        access: outside.secret("api", "buckets-files")["accessKey"].clone(),
        account: outside.access_keys(),
    }
}

#[test]
fn keys_passwords_and_access_keys_change_and_what_uses_them_follows() {
    let bench = tiny();
    bench.type_in("up --local --world world.toml").ends_with(0);
    let first = look(&bench);
    assert_eq!((first.recipients.len(), first.keys.len(), first.account.len()), (1, 1, 1));
    assert!(first.age["before.agekey"].is_null());
    Outside::of(&bench).commits_their_own();
    for row in ["AGE_KEY", "DEPLOY_KEY"] {
        let listed = bench.type_in("--json secret list --local").ends_with(0).json();
        let all = listed["environments"][0]["secrets"].as_array().expect("a list").clone();
        let row = all.iter().find(|r| r["name"] == row).expect("it is listed");
        assert_eq!((row["state"].as_str(), row["used_by"].as_array().map(Vec::len)), (Some("set"), Some(1)), "{row}");
    }

    bench.type_in("secret rotate AGE_KEY --local").ends_with(0);
    let twice = bench.type_in("secret rotate AGE_KEY --local").ends_with(1);
    assert!(twice.err.contains("not come to its end") && twice.err.contains("pontoon up"), "{}", twice.all());
    bench.type_in("secret rotate DEPLOY_KEY --local").ends_with(0);
    bench.type_in("secret rotate DATABASE_USER_MAIN_API_PASSWORD --local").ends_with(0);
    bench.type_in("secret rotate SPACES_KEY_FILES_API_SECRET_KEY --local").ends_with(0);
    {
        let outside = Outside::of(&bench);
        assert_eq!(outside.access_keys().len(), 2, "the old one stays while something uses it");
        assert_eq!(outside.secret("api", "buckets-files")["accessKey"], first.access);
    }
    let up = bench.type_in("up --local").ends_with(0);
    let second = look(&bench);
    assert_ne!(second.recipients, first.recipients, "everything is encrypted to the new key: {}", up.all());
    assert_eq!(second.recipients.len(), 1, "a person's own file as well");
    assert!(Outside::of(&bench).encrypted().iter().any(|p| p == THEIRS), "a person's own file stays");
    assert_ne!(second.age["pontoon.agekey"], first.age["pontoon.agekey"]);
    assert!(second.age["before.agekey"].is_null(), "nothing is encrypted to the old one any more");
    assert_ne!(second.git["identity"], first.git["identity"]);
    assert_eq!(second.keys.len(), 1, "the old deploy key is gone: {:?}", second.keys);
    assert_ne!(second.keys, first.keys);
    assert_ne!(second.password, first.password);
    assert_ne!(second.access, first.access);
    assert_ne!(second.stamp, first.stamp, "the app was started anew");
    assert_eq!(second.account.len(), 1, "the old access key is gone: {:?}", second.account);
    assert!(!first.account.contains(&second.account[0]));

    // Nothing is left to do, and nothing restarts because of a run.
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    bench.type_in("up --local").ends_with(0);
    assert_eq!(look(&bench).stamp, second.stamp);

    let gone = bench.type_in("destroy --local --include-stateful").ends_with(0);
    assert!(gone.err.contains("kept: the repository example-org/tiny-gitops"), "{}", gone.all());
    let outside = Outside::of(&bench);
    assert_eq!(outside.github("/keys").as_array().map(Vec::len), Some(0), "the deploy key of what is gone");
}
