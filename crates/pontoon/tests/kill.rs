//! `kill -9` of the real binary at random moments, again and again, against one embedded cloud: the
//! last `up` ends with exactly what an undisturbed one makes, nothing twice and nothing lost; and
//! `destroy`, killed just the same, leaves nothing but what the vendor itself keeps.
//!
//! `PONTOON_KILLS` says how many kills there are over all (40 unless told), `PONTOON_SEED` when.
#![expect(clippy::disallowed_methods, reason = "real processes are killed at real moments")]
#![expect(clippy::print_stdout, reason = "what was killed when is what a failure is read with")]

use pontoon_emulator::random::Random;
use pontoon_test::{
    binary::{Bench, Serving},
    normal::{Normal, difference, normal},
};
use std::time::{Duration, Instant};

/// How many worlds share the kills.
const WORLDS: usize = 4;

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise)
}

/// What is being carried out, until it has come to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Up,
    Destroy,
}

impl Phase {
    fn line(self) -> &'static str {
        match self {
            // What runs in clusters is brought to health without a journal: this is about the cloud.
            Phase::Up => "up --local --all --yes --layer cloud",
            Phase::Destroy => "destroy --local --all --yes --include-stateful",
        }
    }
}

/// What only the vendor keeps: a default VPC, which cannot be deleted, and the default project.
fn kept(objects: &serde_json::Value) -> bool {
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

struct Storm {
    bench: Bench,
    _serving: Option<Serving>,
    expected: Normal,
    /// The longest that an undisturbed phase takes.
    length: Duration,
    story: Vec<String>,
}

impl Storm {
    fn new(example: &str, cloud: Cloud) -> Storm {
        let exe = env!("CARGO_BIN_EXE_pontoon");
        let open = |bench: &Bench| (cloud == Cloud::Served).then(|| bench.serve(&["--speed", "instant"]));
        let calm = Bench::example(exe, example);
        let serving = open(&calm);
        let begun = Instant::now();
        calm.type_in(Phase::Up.line()).ends_with(0);
        let length = begun.elapsed();
        let expected = normal(&calm.objects());
        drop(serving);
        let bench = Bench::example(exe, example);
        Storm { _serving: open(&bench), bench, expected, length, story: Vec::new() }
    }

    /// Kills a phase at a random moment; true where it was faster and has come to its end.
    fn strike(&mut self, phase: Phase, random: &mut Random) -> bool {
        let after = self.length.mul_f64(random.unit());
        let log = self.bench.path().join("last.log");
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

    /// Nothing is missing, nothing is there twice.
    fn complete(&self) {
        let lines = difference(&self.expected, &normal(&self.bench.objects()));
        if !lines.is_empty() {
            self.fail(&format!("what an undisturbed run makes (-) and what is there (+):\n{lines}"));
        }
    }

    fn empty(&self) {
        let objects = self.bench.objects();
        if !kept(&objects) {
            self.fail(&format!("destroy left:\n{objects:#}"));
        }
    }

    fn judge(&self, phase: Phase) {
        match phase {
            Phase::Up => self.complete(),
            Phase::Destroy => self.empty(),
        }
    }

    /// Runs a phase to its end.
    fn calmly(&self, line: &str) {
        let ran = self.bench.type_in(line);
        if ran.code != Some(0) {
            self.fail(&ran.all());
        }
    }
}

fn storm(example: &str, cloud: Cloud, world: u64) {
    let seed = variable("PONTOON_SEED", 20_261_102) + world;
    let kills = usize::try_from(variable("PONTOON_KILLS", 40)).unwrap() / WORLDS;
    let mut random = Random(seed);
    let mut storm = Storm::new(example, cloud);
    let (mut phase, mut killed) = (Phase::Up, 0);
    while killed < kills {
        if storm.strike(phase, &mut random) {
            storm.judge(phase);
            phase = if phase == Phase::Up { Phase::Destroy } else { Phase::Up };
        } else {
            killed += 1;
        }
    }
    if phase == Phase::Destroy {
        storm.calmly(phase.line());
        storm.empty();
    }
    storm.calmly(Phase::Up.line());
    storm.complete();
    storm.calmly("plan --local --all --layer cloud --detailed-exitcode");
    storm.calmly(Phase::Destroy.line());
    storm.empty();
    println!("{example}, {cloud:?}, seed {seed}: {killed} kills\n{}", storm.story.join("\n"));
}

#[test]
fn enterprise_in_process() {
    storm("enterprise", Cloud::InProcess, 0);
}

#[test]
fn single_cluster_in_process() {
    storm("single-cluster", Cloud::InProcess, 1);
}

#[test]
fn enterprise_served() {
    storm("enterprise", Cloud::Served, 2);
}

#[test]
fn hybrid_served() {
    storm("hybrid", Cloud::Served, 3);
}
