//! The examples, compiled, and pictures drawn from numbers.

use pontoon_catalog::{
    components::{Site, charts::Lock},
    prices,
};
use pontoon_compiler::{Options, compile, contents::contents};
use pontoon_core::{
    content::Contents,
    platform::{Deferred, Platform},
};
use pontoon_documents::{
    Environment,
    diagram::{Diagram, GroupId, Kind, NodeId, Notation},
};
use pontoon_spec::{Document, Files, Spec, explain::Explained};
use std::path::PathBuf;

const EXAMPLES: &[&str] = &["minimal", "single-cluster", "isolated-pools", "enterprise", "hybrid", "gitops"];

/// One environment of an example.
pub struct Built {
    example: &'static str,
    pub spec: Spec,
    pub platform: Platform,
    pub contents: Contents,
    pub deferred: Vec<Deferred>,
    explained: Explained,
}

impl Built {
    pub fn name(&self) -> String {
        format!("{} {}", self.example, *self.spec.environment)
    }
    pub fn environment(&self) -> Environment<'_> {
        Environment {
            spec: &self.spec,
            platform: &self.platform,
            contents: &self.contents,
            deferred: &self.deferred,
            explained: Some(&self.explained),
        }
    }
}

struct Beside(PathBuf);

impl Files for Beside {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| e.to_string())
    }
    fn exists(&self, path: &str) -> Option<bool> {
        Some(self.0.join(path).exists())
    }
}

/// Every environment of every example.
pub fn all() -> Vec<Built> {
    EXAMPLES.iter().flat_map(|example| built(example)).collect()
}

fn built(example: &'static str) -> Vec<Built> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let bytes = std::fs::read(folder.join("platform.yaml")).expect("the example can be read");
    let document = Document::parse("platform.yaml", &bytes, &Beside(folder)).document.expect("a tree");
    let (resolved, diagnostics) = document.resolve_all();
    assert!(!diagnostics.has_errors(), "{example}");
    let specs: Vec<Spec> = resolved.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
    let lock = Lock::new();
    let of = |spec: &Spec| {
        let environment = spec.environment.to_string();
        let (contents, mut deferred) = contents(&Site::new(spec, &lock)).expect("no circle");
        let mut platform = compile(&specs, &environment, Options { shared: true });
        platform.purchases = contents.components.iter().flat_map(prices::purchases).collect();
        deferred.extend(platform.deferred.iter().cloned());
        let explained = document.explain(&environment, "").expect("the whole");
        Built { example, spec: spec.clone(), platform, contents, deferred, explained }
    };
    specs.iter().map(of).collect()
}

/// A picture drawn from a number: any boxes in any frames with any arrows, long and strange names among them.
pub fn drawn(seed: u64) -> Diagram {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (below.max(1) as u64)).expect("small")
    };
    let words = ["a", "main", "otel-collector-opentelemetry", "x".repeat(70).leak(), "<&\"'>", "grüße 数据", "two words", ""];
    let kinds = [Kind::Person, Kind::Outside, Kind::Way, Kind::Service, Kind::App, Kind::Store, Kind::Ground];
    let notation = [Notation::Flowchart, Notation::C4Container, Notation::C4Context][next(3)];
    let mut d = Diagram::new("drawn", notation, format!("drawn from {seed}"), words[next(8)].into());
    for id in 0..next(5) {
        let parent = (id > 0 && next(2) == 0).then(|| GroupId(next(id)));
        d.group(parent, words[next(8)], words[next(8)]);
    }
    for _ in 0..=next(16) {
        let group = (!d.groups.is_empty() && next(4) > 0).then(|| GroupId(next(d.groups.len())));
        let lines = (0..next(4)).map(|_| words[next(8)].to_owned()).collect();
        d.node(group, kinds[next(7)], words[next(8)], words[next(8)], lines);
    }
    for _ in 0..next(24) {
        let (from, to) = (NodeId(next(d.nodes.len())), NodeId(next(d.nodes.len())));
        let (label, dashed) = (words[next(8)], next(2) == 0);
        d.edge(from, to, label, dashed);
    }
    d.without_empty_groups()
}
