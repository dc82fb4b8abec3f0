//! Every request that the client of GitHub can send, judged by GitHub's own OpenAPI document. The answers are made up: the
//! embedded GitHub's are judged elsewhere.

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use pontoon_core::secret::Secret;
use pontoon_engine::{Clock, ports::Boxed};
use pontoon_providers::{
    Budget, GitHub,
    github::{
        Bypass, Environment, GitHubError, NewRepository, OwnerKind, PublicKey, PullText, RepositoryName, RepositorySettings,
        ReviewerKind, Ruleset, SecretsOf, State, Status,
    },
};
use pontoon_test::{
    judges::contracts_or_skip,
    openapi::{Contract, Exchange},
};
use pontoon_wire::{Wire, WireError, full};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{service_fn, util::BoxCloneSyncService};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) -> Boxed<'static, ()> {
        Box::pin(async {})
    }
}

type Sent = Arc<Mutex<Vec<Exchange>>>;

/// A client whose every request is kept, and answered with as much as it needs to go on.
fn client() -> (GitHub, Sent) {
    let sent = Sent::default();
    let seen = sent.clone();
    let wire: Wire = BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let path = request.uri().path().to_owned();
        let exchange = Exchange {
            method: request.method().to_string(),
            // A `{ref}` holds slashes, which OpenAPI has no way to say.
            path: path.replace("/heads/", "/heads%2F"),
            query: request.uri().query().unwrap_or_default().to_owned(),
            request_body: serde_json::from_slice(request.body()).ok(),
            status: 200,
            ..Exchange::default()
        };
        let answer = made_up(&exchange.method, &path);
        seen.lock().expect("nobody panicked").push(exchange);
        async move { Ok::<_, WireError>(Response::new(full(answer.to_string()))) }
    }));
    let budget = Rc::new(Budget::new(Rc::new(Still)));
    (GitHub::new(wire, "https://api.github.com", Secret::new("t"), budget), sent)
}

fn made_up(method: &str, path: &str) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "rulesets" if method == "GET" => json!([{ "name": "pontoon", "id": 7 }]),
        "keys" | "pulls" if method == "GET" => json!([]),
        "secrets" | "environments" => json!({ "secrets": [], "environments": [] }),
        "status" => json!({ "statuses": [] }),
        "README.md" => json!({ "commit": { "sha": "c0ffee" } }),
        // No branch yet, so that a repository is begun.
        "main" if method == "GET" => json!({}),
        _ => {
            json!({ "sha": "c0ffee", "tree": { "sha": if method == "GET" { json!("a1") } else { json!([]) } }, "encoding": "utf-8" })
        }
    }
}

async fn everything(hub: &GitHub) -> Result<(), GitHubError> {
    let name: RepositoryName = "acme/infra".parse().expect("a name");
    hub.whoami().await?;
    hub.owner("acme").await?;
    hub.repository(&name).await?;
    let new = NewRepository { name: name.clone(), private: true, description: "x".into() };
    hub.create_repository(&new, OwnerKind::User).await?;
    hub.create_repository(&new, OwnerKind::Organization).await?;
    let settings = RepositorySettings {
        description: Some("x".into()),
        private: Some(true),
        default_branch: Some("main".into()),
        delete_branch_on_merge: Some(true),
        allow_auto_merge: Some(true),
        has_wiki: Some(false),
    };
    hub.update_repository(&name, &settings).await?;
    hub.set_topics(&name, &["pontoon".into()]).await?;
    hub.head(&name, "main").await?;
    hub.create_branch(&name, "next", "c0ffee").await?;
    hub.delete_branch(&name, "next").await?;
    let changes = [("README.md", Some("x".into())), ("a", Some(vec![0xff])), ("b", None), ("c", Some("y".into()))];
    let changes = changes.into_iter().map(|(p, c)| (p.to_owned(), c)).collect();
    hub.commit(&name, "main", None, &changes, "Begin").await?;
    let tree = hub.tree(&name, "c0ffee").await?;
    hub.contents(&name, &tree, |_| true).await?;
    hub.blob(&name, "c0ffee").await?;
    hub.deploy_keys(&name).await?;
    hub.add_deploy_key(&name, "flux", "ssh-ed25519 AAAA", true).await?;
    hub.delete_deploy_key(&name, 1).await?;
    for of in [SecretsOf::Repository, SecretsOf::Environment("prod".into())] {
        hub.secrets_key(&name, &of).await?;
        hub.secrets(&name, &of).await?;
        let key = PublicKey { id: "568250167242549743".into(), key: "k".into() };
        hub.put_secret(&name, &of, "TOKEN", "c2VhbGVk", &key).await?;
        hub.delete_secret(&name, &of, "TOKEN").await?;
    }
    hub.environments(&name).await?;
    let environment = Environment {
        name: "prod".into(),
        wait_minutes: 5,
        reviewers: vec![(ReviewerKind::User, 1), (ReviewerKind::Team, 2)],
        protected_branches: true,
    };
    hub.put_environment(&name, &environment).await?;
    hub.put_environment(&name, &Environment { name: "prod".into(), ..Environment::default() }).await?;
    hub.delete_environment(&name, "prod").await?;
    let ruleset = Ruleset {
        name: "pontoon".into(),
        branches: ["~DEFAULT_BRANCH".into()].into(),
        pull_requests: Some(1),
        checks: ["check".into()].into(),
        bypass: [Bypass { actor: 5, kind: "RepositoryRole".into(), always: true }].into(),
        ..Ruleset::default()
    };
    hub.put_ruleset(&name, &ruleset).await?;
    hub.put_ruleset(&name, &Ruleset { name: "other".into(), ..ruleset }).await?;
    hub.delete_ruleset(&name, 7).await?;
    let says = PullText { title: "x".into(), body: "y".into() };
    hub.open_pull(&name, "next").await?;
    hub.create_pull(&name, "next", "main", &says).await?;
    hub.pull(&name, 1).await?;
    hub.update_pull(&name, 1, &says).await?;
    hub.close_pull(&name, 1).await?;
    hub.merge_pull(&name, 1, "c0ffee").await?;
    hub.statuses(&name, "c0ffee").await?;
    let status = Status { state: State::Success, description: "x".into(), target_url: "https://example.com".into() };
    hub.set_status(&name, "c0ffee", "pontoon/check", &status).await?;
    hub.delete_repository(&name).await
}

#[test]
fn every_request_is_one_that_github_documents() {
    let Some(folder) = contracts_or_skip("github_requests", "github") else { return };
    let text = std::fs::read_to_string(folder.join("openapi.json")).expect("the contract can be read");
    let contract = Contract::parse(&text).expect("the contract is one");
    let (hub, sent) = client();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(everything(&hub)).expect("every call is answered");
    let sent = sent.lock().expect("nobody panicked");
    let wrong: Vec<String> =
        sent.iter().flat_map(|e| contract.check(e)).filter(|v| v.part.is_request()).map(|v| format!("{v:?}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let kinds: BTreeSet<String> = sent.iter().map(|e| format!("{} {}", e.method, e.path)).collect();
    assert!(kinds.len() >= 45, "{} kinds of requests", kinds.len());
}
