//! Packing: what finds no node, and that what is proposed makes it fit.

use crate::support::{all, text};
use pontoon_core::diagnostic::Diagnostic;

fn packed(more: &str) -> Vec<Diagnostic> {
    all(&text(more)).iter().filter(|d| d.code.as_str().starts_with("PT313")).cloned().collect()
}
fn codes(more: &str) -> Vec<String> {
    packed(more).iter().map(|d| d.code.to_string()).collect()
}
fn pool(text: &str) -> String {
    format!("cluster: {{ pools: {{ default: {{ {text} }} }} }}\n")
}
fn apps(replicas: &str, cpu: &str, memory: &str) -> String {
    format!(
        "apps: {{ web: {{ image: {{ repository: ghcr.io/example-org/web, tag: \"1.0\" }}, replicas: {replicas}, resources: {{ cpu: {cpu}, memory: {memory} }} }} }}\n"
    )
}

#[test]
fn what_finds_no_node_says_how_much_is_missing_and_what_to_write() {
    let found = packed(&(pool("size: s-2vcpu-4gb, nodes: 2") + &apps("3", "1200m", "128Mi")));
    let [one] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(one.code.as_str(), "PT3131");
    for part in ["at the fewest replicas", "`web` (apps.web) finds no node for 1 pod", "1200m of CPU", "the nearest lacks"] {
        assert!(one.message.contains(part), "{}", one.message);
    }
    assert_eq!(one.path, "cluster.pools.default.nodes");
    assert_eq!(one.hint.as_deref(), Some("write cluster.pools.default.nodes: 3"));
}

#[test]
fn the_autoscaler_adds_what_is_missing_at_the_fewest_nodes() {
    let with = |nodes: &str| codes(&(pool(&format!("size: s-2vcpu-4gb, nodes: {nodes}")) + &apps("1", "500m", "1Gi")));
    assert_eq!(with("1"), ["PT3131"]);
    assert_eq!(with("{ min: 1, max: 4 }"), [""; 0]);
}

#[test]
fn volumes_are_counted_with_all_that_runs_there() {
    // Fourteen of databases and two of metrics on one node that attaches fifteen, with memory for all.
    let databases: Vec<String> =
        (0..14).map(|n| format!("d{n}: {{ provider: cloudnative-pg, instances: 1, storage: 1Gi }}")).collect();
    let found = packed(&(pool("size: m-8vcpu-64gb, nodes: 1") + &format!("databases: {{ {} }}", databases.join(", "))));
    let [one] = &found[..] else { panic!("{found:#?}") };
    assert!(one.message.contains("the nearest lacks 1 volume"), "{}", one.message);
    assert_eq!(one.hint.as_deref(), Some("write cluster.pools.default.nodes: 2"));
}

#[test]
fn what_has_a_pool_of_its_own_does_not_take_from_others() {
    let pools = |data: u32| {
        format!(
            "cluster: {{ pools: {{ system: {{ role: system, size: s-4vcpu-8gb, nodes: 2 }}, data: {{ role: data, size: s-2vcpu-4gb, nodes: {data} }} }} }}\ncaches: {{ main: {{ provider: valkey, replicas: 2, storage: 1Gi }} }}\nqueues: {{ main: {{ instances: 3, storage: 1Gi }} }}\n"
        )
    };
    assert_eq!(codes(&pools(4)), [""; 0]);
}

#[test]
fn one_node_lost_is_asked_where_something_is_to_survive_it() {
    let with = |promised: bool| {
        codes(&format!(
            "cluster: {{ highAvailability: {promised}, pools: {{ default: {{ size: s-4vcpu-8gb, nodes: 2 }} }} }}\n{}",
            apps("1", "2900m", "2Gi")
        ))
    };
    assert_eq!((with(false), with(true)), (vec![], vec!["PT3132".to_owned()]));
}

#[test]
fn a_size_that_says_nothing_is_not_judged() {
    assert_eq!(codes(&(pool("size: c-2, nodes: 1") + &apps("3", "900m", "1Gi"))), [""; 0]);
}

#[test]
fn what_blueprints_give_fits_on_the_nodes_that_they_give() {
    for (name, _) in pontoon_spec::document::BUILT_IN {
        let found = all(&text("").replace("blueprint: single-cluster", &format!("blueprint: {name}")));
        let packed: Vec<&Diagnostic> = found.iter().filter(|d| d.code.as_str().starts_with("PT313")).collect();
        assert!(packed.is_empty(), "{name}: {packed:#?}");
    }
}

/// A pool as a document writes it.
#[derive(Debug, Clone)]
struct Pool {
    name: &'static str,
    role: &'static str,
    size: String,
    nodes: String,
}

/// Pools and what runs on them, drawn from a seed.
#[derive(Debug, Clone)]
struct Drawn {
    promised: bool,
    pools: Vec<Pool>,
    rest: String,
}

impl Drawn {
    fn of(seed: u64) -> Drawn {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut draw = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % n).unwrap()
        };
        let sizes = ["s-2vcpu-4gb", "s-4vcpu-8gb", "s-8vcpu-16gb"];
        let roles = ["role: workload, ", "role: data, ", "role: monitoring, "];
        let two = draw(2) == 0;
        let mut pools = Vec::new();
        for (name, role) in
            [("main", if two { "role: system, " } else { "" }), ("other", roles[draw(3)])].into_iter().take(1 + usize::from(two))
        {
            let least = 1 + draw(3);
            let most = least + draw(2) * (1 + draw(2));
            let nodes = if most == least { least.to_string() } else { format!("{{ min: {least}, max: {most} }}") };
            pools.push(Pool { name, role, size: sizes[draw(3)].to_owned(), nodes });
        }
        let mut rest =
            apps(&(1 + draw(4)).to_string(), &format!("{}m", 100 * (1 + draw(12))), &format!("{}Mi", 256 * (1 + draw(6))));
        let logs = ["none", "opensearch"][draw(2)];
        rest += &format!("observability: {{ metrics: {{ provider: prometheus }}, logs: {{ provider: {logs} }} }}\n");
        if draw(2) == 0 {
            rest += "queues: { main: { instances: 1, storage: 1Gi } }\n";
        }
        Drawn { promised: draw(2) == 0, pools, rest }
    }
    fn text(&self) -> String {
        let pool = |p: &Pool| format!("{}: {{ {}size: {}, nodes: {} }}", p.name, p.role, p.size, p.nodes);
        let pools: Vec<String> = self.pools.iter().map(pool).collect();
        format!("cluster: {{ highAvailability: {}, pools: {{ {} }} }}\n{}", self.promised, pools.join(", "), self.rest)
    }
    /// The same with what a hint tells to write.
    fn following(&self, hint: &str) -> Option<Drawn> {
        let mut own = self.clone();
        for part in hint.strip_prefix("write cluster.pools.")?.split(" and cluster.pools.") {
            let (path, value) = part.split_once(": ")?;
            let (name, key) = path.split_once('.')?;
            let pool = own.pools.iter_mut().find(|p| p.name == name)?;
            match key {
                "size" => pool.size = value.to_owned(),
                "nodes" => pool.nodes = value.to_owned(),
                _ => return None,
            }
        }
        Some(own)
    }
}

#[test]
fn what_is_proposed_makes_it_fit() {
    let (mut errors, mut warnings) = (0, 0);
    for seed in 0..120 {
        let drawn = Drawn::of(seed);
        let before = packed(&drawn.text());
        for problem in &before {
            let hint = problem.hint.clone().unwrap_or_default();
            let Some(next) = drawn.following(&hint) else { panic!("seed {seed}: {hint}\n{}", drawn.text()) };
            let after = codes(&next.text());
            assert!(!after.contains(&problem.code.to_string()), "seed {seed}: {problem:#?}\n{}", next.text());
            if problem.code.as_str() == "PT3131" { errors += 1 } else { warnings += 1 }
        }
    }
    assert!(errors > 10 && warnings > 5, "{errors} errors, {warnings} warnings");
}
