//! Pools, instances, connections, cost: what is refused, what is said, and what is not.

use crate::support::{all, lines, lint, text};

const APP: &str = "image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }";

/// What is said, but for what packing says, which has tests of its own: pools are small here.
fn codes(more: &str) -> Vec<String> {
    lint(more).iter().map(|d| d.code.to_string()).filter(|c| !c.starts_with("PT313")).collect()
}

fn pools(pools: &str) -> Vec<String> {
    codes(&format!("cluster: {{ pools: {{ {pools} }} }}"))
}

#[test]
fn one_pool_that_repels_nobody_is_enough() {
    let pool =
        |role: &str, taint: &str| format!("{role}: {{ role: {role}, size: s-2vcpu-4gb, nodes: 2, taints: [ \"a=b:{taint}\" ] }}");
    assert_eq!(pools(&format!("{}, {}", pool("workload", "NoSchedule"), pool("data", "NoExecute"))), ["PT3101"]);
    assert_eq!(pools(&format!("{}, {}", pool("workload", "PreferNoSchedule"), pool("data", "NoExecute"))), [""; 0]);
    assert_eq!(pools(&format!("{}, default: {{ size: s-2vcpu-4gb, nodes: 1 }}", pool("system", "NoSchedule"))), [""; 0]);
}

#[test]
fn instances_count_against_the_pools_that_take_data() {
    let database = |n: u32| format!("databases: {{ main: {{ provider: cloudnative-pg, instances: {n}, storage: 10Gi }} }}");
    let with = |n: u32, pools: &str| codes(&format!("cluster: {{ pools: {{ {pools} }} }}\n{}", database(n)));
    let data = "data: { role: data, size: s-2vcpu-4gb, nodes: 2 }, apps: { role: workload, size: s-2vcpu-4gb, nodes: 5 }";
    assert_eq!(with(2, data), [""; 0]);
    assert_eq!(with(3, data), ["PT3102"]);
    // The autoscaler adds nodes for what waits, up to the most.
    assert_eq!(with(3, "default: { size: s-2vcpu-4gb, nodes: { min: 1, max: 3 } }"), [""; 0]);
    // Without a pool of its own the role falls to the system's.
    let fallen = "system: { role: system, size: s-2vcpu-4gb, nodes: 3 }, apps: { role: workload, size: s-2vcpu-4gb, nodes: 5 }";
    assert_eq!((with(3, fallen), with(4, fallen)), (vec![], vec!["PT3102".to_owned()]));
}

#[test]
fn caches_and_queues_are_spread_too() {
    assert_eq!(codes("caches: { main: { provider: valkey, replicas: 2, storage: 1Gi } }"), [""; 0]);
    assert_eq!(codes("caches: { main: { provider: valkey, replicas: 3, storage: 1Gi } }"), ["PT3102"]);
    assert_eq!(codes("queues: { main: { instances: 3, storage: 1Gi } }"), [""; 0]);
    assert_eq!(codes("queues: { main: { instances: 5, storage: 1Gi } }"), ["PT3102"]);
    let shards = |n: u32| {
        format!(
            "cluster: {{ pools: {{ default: {{ size: s-2vcpu-4gb, nodes: {n} }} }} }}\ncaches: {{ main: {{ provider: valkey-operator, shards: 6, storage: 1Gi }} }}"
        )
    };
    assert_eq!(
        (codes(&shards(3)), codes(&shards(2))),
        (vec!["PT5102".to_owned()], vec!["PT5102".to_owned(), "PT3102".to_owned()])
    );
}

#[test]
fn high_availability_needs_a_second_node_at_all_times() {
    let with = |nodes: &str| {
        codes(&format!("cluster: {{ highAvailability: true, pools: {{ default: {{ size: s-2vcpu-4gb, nodes: {nodes} }} }} }}"))
    };
    assert_eq!(with("2"), [""; 0]);
    assert_eq!(with("{ min: 1, max: 3 }"), ["PT3103"]);
}

#[test]
fn replicas_are_counted_over_all_apps_of_a_database() {
    let apps = |n: u32| {
        format!(
            "apps:\n  a: {{ {APP}, replicas: 2, uses: [ databases.main ] }}\n  b: {{ {APP}, replicas: {n}, uses: [ databases.main ] }}\n"
        )
    };
    let database = |more: &str| format!("databases: {{ main: {{ provider: digitalocean, size: db-s-1vcpu-2gb{more} }} }}\n");
    // 2 GB have 50, of which 3 are reserved.
    assert_eq!(codes(&(database("") + &apps(2))), [""; 0]);
    assert_eq!(codes(&(database("") + &apps(3))), ["PT3108"]);
    assert_eq!(codes(&(database(", pooler: { size: 20 }") + &apps(3))), [""; 0]);
    assert_eq!(codes(&(database(", pooler: { size: 24 }") + &apps(3))), ["PT3109"]);
    let own = |parameters: &str| {
        format!("databases: {{ main: {{ provider: cloudnative-pg, storage: 10Gi, parameters: {{ {parameters} }} }} }}\n")
    };
    assert_eq!(codes(&(own("") + &apps(8))), ["PT3108"]);
    assert_eq!(codes(&(own("max_connections: 200") + &apps(8))), [""; 0]);
    // 103, of which 3 are reserved, are just enough for ten replicas.
    assert_eq!(codes(&(own("max_connections: 103") + &apps(8))), [""; 0]);
    assert_eq!(codes(&(own("max_connections: 102") + &apps(8))), ["PT3108"]);
}

#[test]
fn apps_fit_on_the_most_nodes_or_one_less() {
    let with = |ha: bool, replicas: u32| {
        codes(&format!(
            "cluster: {{ highAvailability: {ha}, pools: {{ default: {{ size: s-2vcpu-4gb, nodes: {{ min: 2, max: 3 }} }} }} }}\napps: {{ web: {{ {APP}, replicas: {replicas}, resources: {{ cpu: 900m, memory: 1Gi }} }} }}"
        ))
    };
    // A node gives away 1.9 cores and 2.5 GiB.
    assert_eq!((with(false, 6), with(false, 7)), (vec![], vec!["PT3111".to_owned()]));
    assert_eq!((with(true, 4), with(true, 5)), (vec![], vec!["PT3111".to_owned()]));
    let large = codes(&format!("apps: {{ web: {{ {APP}, replicas: 1, resources: {{ cpu: 100m, memory: 3Gi }} }} }}"));
    assert_eq!(large, ["PT3111"], "no node is large enough for one");
}

#[test]
fn droplets_are_counted_by_account() {
    let environments = |account: &str| {
        format!(
            "environments:\n  staging: {{ region: nyc3, network: 10.20.0.0/20{account} }}\n  production: {{ region: nyc3, network: 10.21.0.0/20 }}\ncluster: {{ pools: {{ default: {{ size: s-2vcpu-4gb, nodes: {{ min: 3, max: 9 }} }} }} }}"
        )
    };
    assert_eq!(codes(&environments("")), ["PT3106"]);
    assert_eq!(codes(&environments(", account: { token: STAGING_TOKEN }")), [""; 0]);
}

#[test]
fn a_budget_is_held_against_the_least_and_the_most() {
    let with = |budget: u32| codes(&format!("objectives: {{ monthlyBudget: {budget} USD }}"));
    // Nodes 48 to 72, database 15.15, load balancer 12.
    assert_eq!((with(75), with(76)), (vec!["PT3121".to_owned()], vec!["PT3122".to_owned()]));
    assert_eq!((with(99), with(100)), (vec!["PT3122".to_owned()], vec![]));
}

#[test]
fn what_is_so_in_one_environment_says_in_which() {
    let found = lines(
        "environments:\n  staging: { region: nyc3, network: 10.20.0.0/20, cluster: { version: latest } }\n  production: { region: nyc3, network: 10.21.0.0/20 }\n",
    );
    assert_eq!(found, ["PT5105 in staging: `latest` is another Kubernetes whenever a new one comes"]);
    let both = lines(
        "environments:\n  staging: { region: nyc3, network: 10.20.0.0/20 }\n  production: { region: nyc3, network: 10.21.0.0/20 }\ncluster: { version: latest }\n",
    );
    assert_eq!(both, ["PT5105 `latest` is another Kubernetes whenever a new one comes"]);
}

#[test]
fn what_a_blueprint_gives_is_said_in_the_document() {
    let more = format!("apps: {{ web: {{ {APP}, replicas: 3, uses: [ databases.main ] }} }}");
    let found = all(&text(&more));
    let [one] = found.iter().collect::<Vec<_>>()[..] else { panic!("{found:#?}") };
    let places: Vec<&str> = one.at.iter().chain(one.labels.iter().map(|l| &l.at)).map(|p| &*p.file).collect();
    assert_eq!((one.code.as_str(), places.as_slice()), ("PT3108", &["platform.yaml", "blueprint single-cluster"][..]));
    // Nothing else belongs to it: the line that takes the blueprint does.
    let found = all(&format!(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: shop\nblueprint: single-cluster\ndomain: shop.example.com\ncontact: ops@example.com\nenvironments: {{ production: {{ region: nyc3 }} }}\napps: {{ web: {{ {APP} }} }}\n"
    ));
    let line = found.iter().next().map(ToString::to_string).unwrap_or_default();
    assert!(line.starts_with("platform.yaml:3:12: warning PT2124"), "{line}");
}

#[test]
fn warnings_are_accepted_in_their_section() {
    let app = |accept: &str| format!("ingress: {{ controller: traefik }}\napps: {{ web: {{ {APP}, host: \"@\"{accept} }} }}");
    assert_eq!(lint(&app("")).warnings().count(), 1);
    assert_eq!(lint(&app(", accept: [ PT3120 ]")).warnings().count(), 0);
    assert_eq!(lint(&(app("") + "\naccept: [ PT3120 ]")).warnings().count(), 0);
}
