//! The repository that clusters follow, on the embedded GitHub: gates that a merge waits for, keys that come and go, and
//! what workflows are given.

use pontoon_core::{event::Event, secret::Secret};
use pontoon_deliver::{
    gates::{self, Gate, Verdict},
    repository::{Landed, Reach},
};
use pontoon_emulator::{Cloud, Vendor, World};
use pontoon_local::wire;
use pontoon_providers::{
    Budget,
    github::{Changes, Environment, GitHub, MergeState, PullText, SecretsOf},
};
use pontoon_secrets::{Draw, ssh::SshKey};
use pontoon_test::context::Jumping;
use std::{collections::BTreeMap, rc::Rc};

const TOKEN: &str = "pontoon-local-github-token";

fn hub() -> GitHub {
    let cloud = Cloud::open(World::parse("").expect("a world"), None, pontoon_emulator::Clock::REAL).expect("it opens");
    GitHub::new(wire(&cloud, Vendor::GitHub), "http://api.github.com", Secret::new(TOKEN), Rc::new(Budget::new(Rc::new(Jumping))))
}

fn silent(_: Event) {}

fn reach<'a>(github: &'a GitHub, name: &str) -> Reach<'a> {
    Reach {
        github,
        name: name.parse().expect("a name"),
        platform: "shop".into(),
        branch: "main".into(),
        clock: &Jumping,
        observer: &silent,
    }
}

fn tree(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_merge_waits_for_the_gates_and_a_person_cannot_go_around_them() {
    let github = hub();
    let reach = reach(&github, "acme/shop");
    reach.ensure().await.unwrap();
    let gates = Gate::all(["sandbox", "staging", "production"]);
    let begun = tree(&[("releases/production.yaml", "revision: 1\n"), ("README.md", "shop\n")]);
    let none = BTreeMap::new();
    reach.land(reach.look().await.unwrap(), &begun, &none, "up", "Begin", false).await.unwrap();
    reach.protect(&gates::contexts(&gates)).await.unwrap();

    let mut next = begun.clone();
    next.insert("releases/production.yaml".into(), "revision: 2\n".into());
    let landed = reach.land(reach.look().await.unwrap(), &next, &none, "promote-production", "Promote", true).await.unwrap();
    let Landed::Waits { proposed, .. } = landed else { panic!("the branch is protected: {landed:?}") };
    let pull = github.open_pull(&reach.name, "pontoon/promote-production").await.unwrap().unwrap();
    assert_eq!(pull.head_commit, proposed);
    let state = async || github.pull(&reach.name, pull.number).await.unwrap().state;
    assert_eq!(state().await, MergeState::Blocked, "no gate spoke yet");
    let verdict =
        |open: bool| move |g: &Gate| Verdict { open: open || g.from == "sandbox", why: format!("{} looked at", g.from) };
    reach.speak(&gates, &proposed, verdict(false)).await.unwrap();
    assert_eq!(state().await, MergeState::Blocked, "staging says no");
    reach.speak(&gates, &proposed, verdict(true)).await.unwrap();
    assert_eq!(state().await, MergeState::Ready);
    github.merge_pull(&reach.name, pull.number, &proposed).await.unwrap();

    // People's own: one that leaves releases alone, and one that does not.
    let base = github.head(&reach.name, "main").await.unwrap().unwrap();
    for (branch, path) in [("fix", "apps/web/values.yaml"), ("around", "releases/production.yaml")] {
        github.create_branch(&reach.name, branch, &base).await.unwrap();
        let what = Changes::from([(path.to_owned(), Some(b"mine: 1\n".to_vec()))]);
        github.commit(&reach.name, branch, Some(&base), &what, branch).await.unwrap();
        let says = PullText { title: branch.into(), body: String::new() };
        github.create_pull(&reach.name, branch, "main", &says).await.unwrap();
    }
    reach.speak_of_others(&gates).await.unwrap();
    for (branch, state, why) in [
        ("fix", MergeState::Ready, "production runs what it ran"),
        ("around", MergeState::Blocked, "production is changed by: pontoon promote staging production"),
    ] {
        let pull = github.open_pull(&reach.name, branch).await.unwrap().unwrap();
        assert_eq!(github.pull(&reach.name, pull.number).await.unwrap().state, state, "{branch}");
        let said = github.statuses(&reach.name, &pull.head_commit).await.unwrap();
        assert_eq!(said["pontoon/healthy-in-staging"].description, why);
    }
}

#[tokio::test(start_paused = true)]
async fn only_keys_of_the_same_title_are_retired() {
    let github = hub();
    let reach = reach(&github, "acme/shop");
    reach.ensure().await.unwrap();
    let mut draw = Draw::new([1; 32]);
    let mut key = || SshKey::draw(&mut draw, "flux").unwrap().public();
    let (old, new, other) = (key(), key(), key());
    reach.deploy_key("pontoon shop/staging", &old).await.unwrap();
    reach.deploy_key("pontoon shop/production", &other).await.unwrap();
    reach.deploy_key("pontoon shop/staging", &new).await.unwrap();
    let titles =
        async || -> Vec<String> { github.deploy_keys(&reach.name).await.unwrap().into_iter().map(|k| k.title).collect() };
    assert_eq!(titles().await.len(), 3, "the old one stays while something reads with it");
    assert_eq!(reach.retire_keys("pontoon shop/staging", Some(&new)).await.unwrap(), 1);
    let left = github.deploy_keys(&reach.name).await.unwrap();
    assert!(left.iter().any(|k| k.key == pontoon_secrets::ssh::bare(&new)) && left.len() == 2, "{left:?}");
    assert_eq!(reach.retire_keys("pontoon shop/staging", None).await.unwrap(), 1);
    assert_eq!(titles().await, ["pontoon shop/production"]);
}

#[tokio::test(start_paused = true)]
async fn what_workflows_are_given_is_sealed_once_and_goes_when_it_is_taken_back() {
    let github = hub();
    let reach = reach(&github, "acme/shop");
    reach.ensure().await.unwrap();
    github.put_environment(&reach.name, &Environment { name: "staging".into(), ..Environment::default() }).await.unwrap();
    let of = SecretsOf::Environment("staging".into());
    let mut draw = Draw::new([2; 32]);
    let given = |value: &str| BTreeMap::from([("DIGITALOCEAN_TOKEN", (Secret::new(value), format!("digest of {value}")))]);
    let (first, said) = reach.seal("staging", &given("one"), &BTreeMap::new(), &mut draw).await.unwrap();
    assert_eq!((said, first["DIGITALOCEAN_TOKEN"].as_str()), (None, "digest of one"));
    let there = github.secrets(&reach.name, &of).await.unwrap();
    assert_eq!(there.keys().collect::<Vec<_>>(), ["DIGITALOCEAN_TOKEN"]);
    // Removed by hand: it comes back although its value is the same.
    github.delete_secret(&reach.name, &of, "DIGITALOCEAN_TOKEN").await.unwrap();
    let (second, _) = reach.seal("staging", &given("one"), &first, &mut draw).await.unwrap();
    assert_eq!(second, first);
    assert_eq!(github.secrets(&reach.name, &of).await.unwrap().len(), 1);
    let (last, _) = reach.seal("staging", &BTreeMap::new(), &second, &mut draw).await.unwrap();
    assert!(last.is_empty() && github.secrets(&reach.name, &of).await.unwrap().is_empty());
}
