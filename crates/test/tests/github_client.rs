//! The client of GitHub against the embedded one: a repository from nothing to a merged pull request, and what is refused.

use pontoon_core::{call::Class, secret::Secret};
use pontoon_emulator::{Cloud, Vendor, World};
use pontoon_local::wire;
use pontoon_providers::{
    Budget,
    github::{
        Changes, Environment, GitHub, MergeState, NewRepository, OwnerKind, PullText, Put, Reason, RepositoryName,
        RepositorySettings, Ruleset, SecretsOf, State, Status,
    },
};
use pontoon_secrets::{Draw, sealed, ssh::SshKey};
use pontoon_test::context::Jumping;
use std::rc::Rc;

fn hub(world: &str, token: &str) -> GitHub {
    let world = World::parse(world).expect("a world");
    let cloud = Cloud::open(world, None, pontoon_emulator::Clock::REAL).expect("it opens");
    client(&cloud, token)
}

fn client(cloud: &Cloud, token: &str) -> GitHub {
    let budget = Rc::new(Budget::new(Rc::new(Jumping)));
    GitHub::new(wire(cloud, Vendor::GitHub), "http://api.github.com", Secret::new(token), budget)
}

fn files(list: &[(&str, Option<&str>)]) -> Changes {
    list.iter().map(|(path, text)| ((*path).to_owned(), text.map(|t| t.as_bytes().to_vec()))).collect()
}

async fn made(hub: &GitHub, name: &str) -> RepositoryName {
    let name: RepositoryName = name.parse().expect("a name");
    let new = NewRepository { name: name.clone(), private: true, description: "of pontoon".into() };
    hub.create_repository(&new, OwnerKind::Organization).await.expect("it is made");
    name
}

const TOKEN: &str = "pontoon-local-github-token";

#[tokio::test(start_paused = true)]
async fn a_repository_is_made_filled_and_changed_without_losing_what_a_person_did() {
    let hub = hub("", TOKEN);
    assert_eq!(hub.whoami().await.unwrap().login, "operator");
    assert_eq!(hub.owner("acme").await.unwrap().unwrap().kind, OwnerKind::Organization);
    let name: RepositoryName = "acme/infra".parse().unwrap();
    assert_eq!(hub.repository(&name).await.unwrap(), None);
    made(&hub, "acme/infra").await;
    let again = NewRepository { name: name.clone(), private: true, description: String::new() };
    assert!(hub.create_repository(&again, OwnerKind::Organization).await.unwrap_err().is(Reason::Exists));
    assert_eq!(hub.head(&name, "main").await.unwrap(), None);

    let first = files(&[("README.md", Some("# infra\n")), ("a/b.yaml", Some("b: 1\n")), ("c", Some("c"))]);
    let begun = hub.commit(&name, "main", None, &first, "Begin").await.unwrap();
    assert_eq!(hub.head(&name, "main").await.unwrap(), Some(begun.head.clone()));
    let tree = hub.tree(&name, &begun.head).await.unwrap();
    assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["README.md", "a/b.yaml", "c"]);
    assert!(tree.holds("a/b.yaml", b"b: 1\n"), "the same id as Git's");
    assert_eq!(hub.contents(&name, &tree, |p| p == "c").await.unwrap()["c"], b"c");

    let same = hub.commit(&name, "main", Some(&begun.head), &files(&[("c", Some("c"))]), "x").await.unwrap();
    assert!(!same.changed && same.head == begun.head);
    // A person commits, and what was made for the old head is not pushed over it.
    let theirs = hub.commit(&name, "main", Some(&begun.head), &files(&[("person", Some("p"))]), "Mine").await.unwrap();
    let lost = hub.commit(&name, "main", Some(&begun.head), &files(&[("c", None)]), "x").await.unwrap_err();
    assert_eq!((lost.class, lost.reason), (Class::Conflict, Some(Reason::Moved)), "{lost}");
    let late = hub.commit(&name, "main", None, &files(&[("c", Some("x"))]), "x").await.unwrap_err();
    assert!(late.is(Reason::Moved), "{late}");
    let done = hub.commit(&name, "main", Some(&theirs.head), &files(&[("c", None)]), "Without c").await.unwrap();
    let tree = hub.tree(&name, &done.head).await.unwrap();
    assert_eq!(tree.files.keys().collect::<Vec<_>>(), ["README.md", "a/b.yaml", "person"]);

    let settings = RepositorySettings { delete_branch_on_merge: Some(true), ..RepositorySettings::default() };
    assert!(!hub.repository(&name).await.unwrap().unwrap().has(&settings));
    hub.update_repository(&name, &settings).await.unwrap();
    assert!(hub.repository(&name).await.unwrap().unwrap().has(&settings));
}

#[tokio::test(start_paused = true)]
async fn keys_secrets_and_environments_come_and_go() {
    let hub = hub("[github]\norganizations = [{ login = \"acme\" }, { login = \"strict\", deploy_keys = false }]", TOKEN);
    let (infra, other, strict) =
        (made(&hub, "acme/infra").await, made(&hub, "acme/other").await, made(&hub, "strict/infra").await);
    let mut draw = Draw::new([1; 32]);
    let key = SshKey::draw(&mut draw, "flux").unwrap().public();
    let added = hub.add_deploy_key(&infra, "flux", &key, true).await.unwrap();
    assert_eq!(hub.deploy_keys(&infra).await.unwrap(), std::slice::from_ref(&added));
    assert_eq!(added.key, pontoon_secrets::ssh::bare(&key));
    let taken = hub.add_deploy_key(&other, "flux", &key, true).await.unwrap_err();
    assert!(taken.is(Reason::KeyTaken), "{taken}");
    hub.delete_deploy_key(&infra, added.id).await.unwrap();
    hub.delete_deploy_key(&infra, added.id).await.unwrap();
    hub.add_deploy_key(&other, "flux", &key, true).await.unwrap();
    let forbidden = hub.add_deploy_key(&strict, "flux", &SshKey::draw(&mut draw, "x").unwrap().public(), true).await.unwrap_err();
    assert!(forbidden.is(Reason::KeysForbidden), "{forbidden}");

    let environment = Environment { name: "production".into(), ..Environment::default() };
    hub.put_environment(&infra, &environment).await.unwrap();
    assert_eq!(hub.environments(&infra).await.unwrap(), [environment]);
    for of in [SecretsOf::Repository, SecretsOf::Environment("production".into())] {
        let public = hub.secrets_key(&infra, &of).await.unwrap();
        let closed = sealed::seal(&public.key, &Secret::new("geheim"), &mut draw).unwrap();
        hub.put_secret(&infra, &of, "TOKEN", &closed, &public).await.unwrap();
        assert_eq!(hub.secrets(&infra, &of).await.unwrap().into_keys().collect::<Vec<_>>(), ["TOKEN"]);
        let open = hub.put_secret(&infra, &of, "OTHER", "Z2VoZWlt", &public).await.unwrap_err();
        assert_eq!(open.class, Class::Invalid, "what is not sealed is refused: {open}");
        hub.delete_secret(&infra, &of, "TOKEN").await.unwrap();
        assert!(hub.secrets(&infra, &of).await.unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_protected_branch_changes_by_a_pull_request_whose_checks_succeed() {
    let hub = hub("", TOKEN);
    let infra = made(&hub, "acme/infra").await;
    let base = hub.commit(&infra, "main", None, &files(&[("a", Some("1"))]), "Begin").await.unwrap().head;
    let ruleset = Ruleset {
        name: "pontoon".into(),
        branches: ["~DEFAULT_BRANCH".into()].into(),
        pull_requests: Some(0),
        checks: ["pontoon/check".into()].into(),
        ..Ruleset::default()
    };
    assert_eq!(hub.put_ruleset(&infra, &ruleset).await.unwrap(), Put::Created);
    assert_eq!(hub.put_ruleset(&infra, &ruleset).await.unwrap(), Put::Unchanged);
    let strict = Ruleset { strict_checks: true, ..ruleset };
    assert_eq!(hub.put_ruleset(&infra, &strict).await.unwrap(), Put::Updated);

    let what = files(&[("a", Some("2"))]);
    let refused = hub.commit(&infra, "main", Some(&base), &what, "Two").await.unwrap_err();
    assert_eq!((refused.class, refused.reason), (Class::Denied, Some(Reason::Protected)), "{refused}");
    hub.create_branch(&infra, "pontoon/up", &base).await.unwrap();
    assert!(hub.create_branch(&infra, "pontoon/up", &base).await.unwrap_err().is(Reason::Exists));
    let head = hub.commit(&infra, "pontoon/up", Some(&base), &what, "Two").await.unwrap().head;
    assert_eq!(hub.open_pull(&infra, "pontoon/up").await.unwrap(), None);
    let says = PullText { title: "Two".into(), body: "Because.".into() };
    let pull = hub.create_pull(&infra, "pontoon/up", "main", &says).await.unwrap();
    assert_eq!(hub.open_pull(&infra, "pontoon/up").await.unwrap().map(|p| p.number), Some(pull.number));
    let more = PullText { body: "Because of this.".into(), ..says };
    assert_eq!(hub.update_pull(&infra, pull.number, &more).await.unwrap().body, "Because of this.");
    assert_eq!(hub.pull(&infra, pull.number).await.unwrap().state, MergeState::Blocked);
    hub.merge_pull(&infra, pull.number, &head).await.unwrap_err();

    let good = Status { state: State::Success, description: "as it should be".into(), target_url: String::new() };
    hub.set_status(&infra, &head, "pontoon/check", &good).await.unwrap();
    assert_eq!(hub.statuses(&infra, &head).await.unwrap()["pontoon/check"], good);
    assert_eq!(hub.pull(&infra, pull.number).await.unwrap().state, MergeState::Ready);
    let moved = hub.merge_pull(&infra, pull.number, &base).await.unwrap_err();
    assert!(moved.is(Reason::Moved), "{moved}");
    let merged = hub.merge_pull(&infra, pull.number, &head).await.unwrap();
    assert_eq!(hub.head(&infra, "main").await.unwrap(), Some(merged));
    assert_eq!(hub.pull(&infra, pull.number).await.unwrap().state, MergeState::Merged);
    hub.delete_branch(&infra, "pontoon/up").await.unwrap();
    hub.delete_branch(&infra, "pontoon/up").await.unwrap();
    assert_eq!(hub.head(&infra, "pontoon/up").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn what_a_token_or_a_plan_lacks_is_said() {
    let world = r#"[github]
organizations = [{ login = "acme", plan = "free" }]
tokens = [
  { token = "all", login = "operator", scopes = ["repo", "read:org"] },
  { token = "few", login = "operator", permissions = { contents = "read", metadata = "read" } },
]"#;
    let cloud = Cloud::open(World::parse(world).unwrap(), None, pontoon_emulator::Clock::REAL).unwrap();
    let (hub, few, none) = (client(&cloud, "all"), client(&cloud, "few"), client(&cloud, "wrong"));
    let infra = made(&hub, "acme/infra").await;
    hub.commit(&infra, "main", None, &files(&[("a", Some("1"))]), "Begin").await.unwrap();
    let unknown = none.whoami().await.unwrap_err();
    assert!(unknown.is(Reason::Token) && unknown.to_string().ends_with("GitHub does not know this token"), "{unknown}");
    let key = SshKey::draw(&mut Draw::new([2; 32]), "x").unwrap().public();
    let denied = few.add_deploy_key(&infra, "x", &key, true).await.unwrap_err();
    assert!(denied.permission.as_deref().is_some_and(|p| p.contains("administration=write")), "{denied}");
    let ruleset = Ruleset { name: "x".into(), branches: ["~DEFAULT_BRANCH".into()].into(), ..Ruleset::default() };
    let plan = hub.put_ruleset(&infra, &ruleset).await.unwrap_err();
    assert_eq!((plan.class, plan.reason), (Class::Denied, Some(Reason::Plan)), "{plan}");
}
