//! `kill -9` of the real binary at random moments of `up`, `upgrade` and `destroy`, again and again, against one embedded
//! cloud: each ends with exactly what an undisturbed one makes, nothing twice and nothing lost; and `destroy`, killed just
//! the same, leaves nothing but what the vendor itself keeps.
//!
//! `PONTOON_KILLS` says how many kills there are over all (50 unless told), `PONTOON_SEED` when.
#![expect(clippy::disallowed_methods, reason = "real processes are killed at real moments")]
#![expect(clippy::print_stdout, reason = "what was killed when is what a failure is read with")]

use pontoon_emulator::random::Random;
use pontoon_test::{
    binary::{Bench, Serving},
    normal::{Normal, difference, normal},
    platforms::{EXAMPLES, example_specs},
};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Clusters begin with this one, and are upgraded to that.
const VERSIONS: [&str; 2] = ["1.35", "1.36"];

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

/// What is being carried out, until it has come to its end.
#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Up,
    Upgrade(String),
    Destroy,
}

impl Phase {
    /// A life of an example.
    fn all(example: &str) -> Vec<Phase> {
        let upgrades = example_specs(example).into_iter().map(|s| Phase::Upgrade(s.environment.to_string()));
        [Phase::Up].into_iter().chain(upgrades).chain([Phase::Destroy]).collect()
    }

    fn line(&self) -> String {
        match self {
            // What runs in clusters is brought to health without a journal: this is about the cloud.
            Phase::Up => "up --local --all --yes --layer cloud".into(),
            Phase::Upgrade(environment) => format!("upgrade {environment} --local --yes"),
            Phase::Destroy => "destroy --local --all --yes --include-stateful".into(),
        }
    }

    /// The version that the document asks for meanwhile.
    fn version(&self) -> &'static str {
        if *self == Phase::Up { VERSIONS[0] } else { VERSIONS[1] }
    }
}

/// Lets the document ask for this version.
fn ask_for(bench: &Bench, version: &str) {
    let path = bench.path().join("platform.yaml");
    let text = std::fs::read_to_string(&path).expect("there is a document");
    let line = format!("\n  version: \"{version}\"\n");
    let known = VERSIONS.iter().map(|v| format!("\n  version: \"{v}\"\n")).chain(["\n  version: stable\n".into()]);
    let text = match known.into_iter().find(|k| text.contains(k.as_str())) {
        Some(known) => text.replace(&known, &line),
        None => format!("{text}cluster:{line}"),
    };
    std::fs::write(path, text).expect("a file can be written");
}

/// What exists. Which node runs which image is the vendor's, who replaces them while nobody waits.
fn seen(bench: &Bench) -> Normal {
    let mut objects = bench.objects();
    for kind in ["droplets", "nodes"] {
        objects.as_object_mut().expect("it is a list by kind").remove(kind);
    }
    for cluster in objects["kubernetes_clusters"].as_array_mut().into_iter().flatten() {
        cluster["updated_at"] = Value::Null;
        for pool in cluster["node_pools"].as_array_mut().into_iter().flatten() {
            pool["nodes"] = Value::Null;
        }
    }
    normal(&objects)
}

/// What only the vendor keeps: a default VPC, which cannot be deleted, and the default project.
fn kept(objects: &Value) -> bool {
    objects.as_object().is_some_and(|collections| {
        collections.iter().all(|(collection, things)| {
            let default = |key: &str| things.as_array().is_some_and(|t| t.iter().all(|o| o[key] == true));
            match collection.as_str() {
                "vpcs" => default("default"),
                "projects" => default("is_default"),
                _ => things.as_array().is_some_and(Vec::is_empty),
            }
        })
    })
}

/// Where the cloud is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cloud {
    /// Each process opens the world for itself; the kill takes the cloud along.
    InProcess,
    /// A process of its own serves it; it goes on where a client was killed.
    Served,
}

/// A phase, what exists after it, and how long it takes where nobody disturbs.
struct Calm {
    phase: Phase,
    after: Normal,
    length: Duration,
}

struct Storm {
    bench: Bench,
    _serving: Option<Serving>,
    calm: Vec<Calm>,
    story: Vec<String>,
}

impl Storm {
    fn new(example: &str, cloud: Cloud) -> Storm {
        let exe = env!("CARGO_BIN_EXE_pontoon");
        let open = |bench: &Bench| (cloud == Cloud::Served).then(|| bench.serve(&["--speed", "instant"]));
        let bench = Bench::example(exe, example);
        let serving = open(&bench);
        let one = |phase: Phase| {
            ask_for(&bench, phase.version());
            let begun = Instant::now();
            bench.type_in(&phase.line()).ends_with(0);
            Calm { length: begun.elapsed(), after: seen(&bench), phase }
        };
        let calm = Phase::all(example).into_iter().map(one).collect();
        drop(serving);
        let bench = Bench::example(exe, example);
        Storm { _serving: open(&bench), bench, calm, story: Vec::new() }
    }

    /// Kills a phase at a random moment; true where it was faster and has come to its end.
    fn strike(&mut self, phase: usize, random: &mut Random) -> bool {
        let Calm { phase, length, .. } = &self.calm[phase];
        let after = length.mul_f64(random.unit());
        let log = self.bench.path().join("last.log");
        ask_for(&self.bench, phase.version());
        let code = self.bench.kill_after(phase.line().split(' '), after, &log);
        self.story.push(format!("{phase:?} {} ms: {}", after.as_millis(), code.map_or("killed".into(), |c| format!("exit {c}"))));
        match code {
            None => false,
            Some(0) => true,
            Some(_) => self.fail(&std::fs::read_to_string(log).unwrap_or_default()),
        }
    }

    fn fail(&self, what: &str) -> ! {
        panic!("after {:#?}\n{what}", self.story)
    }

    /// Nothing is missing, nothing is there twice; after a destroy nothing is there.
    fn judge(&self, phase: usize) {
        let Calm { phase, after, .. } = &self.calm[phase];
        if *phase == Phase::Destroy {
            let objects = self.bench.objects();
            if !kept(&objects) {
                self.fail(&format!("destroy left:\n{objects:#}"));
            }
            return;
        }
        let lines = difference(after, &seen(&self.bench));
        if !lines.is_empty() {
            self.fail(&format!("{phase:?}: what an undisturbed life has (-) and what is there (+):\n{lines}"));
        }
    }

    /// Runs a phase to its end.
    fn calmly(&self, phase: usize) {
        let phase = &self.calm[phase].phase;
        ask_for(&self.bench, phase.version());
        self.type_in(&phase.line());
    }

    fn type_in(&self, line: &str) {
        let ran = self.bench.type_in(line);
        if ran.code != Some(0) {
            self.fail(&ran.all());
        }
    }
}

fn storm(world: usize, cloud: Cloud) {
    let example = EXAMPLES[world];
    let seed = variable("PONTOON_SEED", 20_261_102) + world as u64;
    // Over all there are as many as were asked for.
    let asked = variable("PONTOON_KILLS", 50) as usize;
    let kills = asked / EXAMPLES.len() + usize::from(world < asked % EXAMPLES.len());
    let mut random = Random(seed);
    let mut storm = Storm::new(example, cloud);
    let (mut phase, mut killed) = (0, 0);
    while killed < kills {
        if storm.strike(phase, &mut random) {
            storm.judge(phase);
            phase = (phase + 1) % storm.calm.len();
        } else {
            killed += 1;
        }
    }
    // To the end of this life.
    for rest in phase..storm.calm.len() {
        storm.calmly(rest);
        storm.judge(rest);
        if rest + 2 == storm.calm.len() {
            storm.type_in("plan --local --all --layer cloud --detailed-exitcode");
        }
    }
    println!("{example}, {cloud:?}, seed {seed}: {killed} kills\n{}", storm.story.join("\n"));
}

#[test]
fn minimal_served() {
    storm(0, Cloud::Served);
}

#[test]
fn single_cluster_in_process() {
    storm(1, Cloud::InProcess);
}

#[test]
fn isolated_pools_served() {
    storm(2, Cloud::Served);
}

#[test]
fn enterprise_in_process() {
    storm(3, Cloud::InProcess);
}

#[test]
fn hybrid_served() {
    storm(4, Cloud::Served);
}

#[test]
fn gitops_in_process() {
    storm(5, Cloud::InProcess);
}
