//! Laws, each for many drawn cases: what is written can be read again, layers merge like layers, names are legal and tell
//! things apart, ranges of what is accepted are apart, and what is rendered depends on what is said, not on its order.

use pontoon_catalog::{names, resource_types};
use pontoon_compiler::lints::lint;
use pontoon_core::cidr::Cidr;
use pontoon_emulator::random::Random;
use pontoon_spec::{
    Document, NoFiles, Release, Spec,
    layers::merge,
    tree::{Data, Node, Origin, Style},
};
use pontoon_test::platforms;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

struct Draw(Random);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap_or(0)
    }
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A layer without `null`, and without the keys that make a section begin anew; a key always holds the same kind of value.
    fn layer(&mut self, depth: usize) -> Node {
        let mut entries = Vec::new();
        for _ in 0..self.below(5) {
            let key = *self.pick(&["a", "b", "c", "d"]);
            let data = match key {
                "a" => Data::Scalar((*self.pick(&["1", "true", "text", ""])).to_owned(), Style::Quoted),
                "b" => Data::List((0..self.below(3)).map(|_| self.layer(0)).collect()),
                _ if depth == 0 => continue,
                _ => self.layer(depth - 1).data,
            };
            entries.push((key.to_owned(), Node::made(data, Origin::Document)));
        }
        Node::made(Data::Map(entries.into_iter().collect()), Origin::Document)
    }

    /// A name that the document takes.
    fn name(&mut self, longest: usize) -> String {
        let length = 1 + self.below(longest);
        let mut name: String = (0..length).map(|_| *self.pick(&['a', 'b', 'z', '0', '9', '-'])).collect();
        name = name.trim_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        if name.is_empty() { "a".into() } else { name }
    }
}

#[test]
fn layers_merge_like_layers() {
    let mut draw = Draw(Random(1));
    let empty = || Node::made(Data::Map(Default::default()), Origin::Document);
    let mut maps = 0;
    for case in 0..3000 {
        let [a, b, c] = [draw.layer(3), draw.layer(3), draw.layer(3)];
        assert!(merge(a.clone(), a.clone()).same(&a), "case {case}: twice the same is the same");
        assert!(merge(a.clone(), empty()).same(&a), "case {case}: nothing changes nothing");
        assert!(merge(empty(), a.clone()).same(&a), "case {case}: nothing beneath is nothing");
        let upper_first = merge(a.clone(), merge(b.clone(), c.clone()));
        let lower_first = merge(merge(a.clone(), b.clone()), c.clone());
        assert!(upper_first.same(&lower_first), "case {case}: {a:#?} {b:#?} {c:#?}");
        maps += usize::from([&a, &b, &c].iter().all(|n| n.map().is_some_and(|m| !m.is_empty())));
        // What the upper layer says, holds; what it takes away is gone.
        if let (Some(above), Some(_)) = (b.map(), a.map()) {
            let whole = merge(a.clone(), b.clone());
            for (key, value) in above {
                assert!(value.map().is_some() || whole.get(key).is_some_and(|v| v.same(value)), "case {case}");
                let mut takes = empty();
                takes.map_mut().expect("it is a mapping").insert(key.clone(), Node::made(Data::Null, Origin::Document));
                assert!(merge(whole.clone(), takes).get(key).is_none(), "case {case}");
            }
        }
    }
    assert!(maps > 100, "{maps} cases have three layers");
}

#[test]
fn what_is_written_can_be_read_and_says_the_same() {
    let mut releases = 0;
    for example in platforms::EXAMPLES {
        let bytes = std::fs::read(platforms::example_path(example)).expect("the example can be read");
        let document = Document::parse("platform.yaml", &bytes, &NoFiles).document.expect("it is a tree");
        for environment in document.environments() {
            let Some(release) = document.release(environment.as_str(), "1") else { continue };
            let text = release.to_yaml();
            let again = Release::parse("releases/x.yaml", text.as_bytes()).expect("what was written can be read");
            assert_eq!(again.to_yaml(), text, "{example} {environment}");
            let frozen = document.resolve_release(&again).0.expect("it resolves").spec;
            let straight = document.resolve(environment.as_str()).0.expect("it resolves").spec;
            assert_eq!(
                compiled(&[frozen], environment.as_str()),
                compiled(&[straight], environment.as_str()),
                "{example} {environment}"
            );
            releases += 1;
        }
    }
    assert!(releases > 8);
}

#[test]
fn names_are_legal_and_tell_things_apart_whatever_people_call_them() {
    let mut draw = Draw(Random(2));
    for kind in resource_types().iter().filter(|k| k.names.is_some()) {
        let rule = kind.names.expect("it has a rule");
        let mut given: BTreeMap<String, (String, String)> = BTreeMap::new();
        let platform = draw.name(40);
        for _ in 0..400 {
            let (environment, name) = (if draw.below(4) == 0 { String::new() } else { draw.name(30) }, draw.name(63));
            let outside = names::outside(kind.kind, &platform, &environment, &name).expect("the kind has names");
            assert_eq!(rule.refuses(&outside), None, "{}: {outside} of {platform} {environment} {name}", kind.kind);
            let of = (environment, name);
            let before = given.insert(outside.clone(), of.clone());
            assert!(before.as_ref().is_none_or(|b| *b == of), "{}: {outside} is {before:?} and {of:?}", kind.kind);
        }
    }
}

/// A document as JSON, every mapping of it in another order, but those whose order says something.
fn shuffled(draw: &mut Draw, value: &Value, key: &str) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.iter().map(|(k, v)| (k.clone(), shuffled(draw, v, k))).collect();
            if key != "pools" && key != "environments" {
                for i in (1..entries.len()).rev() {
                    entries.swap(i, draw.below(i + 1));
                }
            }
            Value::Object(entries.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|v| shuffled(draw, v, "")).collect(),
        other => other.clone(),
    }
}

/// Everything that a document is turned into, by environment.
fn made(document: &[u8]) -> BTreeMap<String, String> {
    let specs = platforms::specs(document);
    let mut all = BTreeMap::new();
    for spec in &specs {
        all.insert(spec.environment.to_string(), compiled(&specs, spec.environment.as_str()));
    }
    all
}

/// What an environment is compiled to, without the places that it comes from.
fn compiled(specs: &[Spec], environment: &str) -> String {
    let platform = pontoon_compiler::compile(specs, environment, pontoon_compiler::Options { shared: true });
    let resources: BTreeMap<String, String> =
        platform.resources.iter().map(|(a, r)| (a.to_string(), format!("{:?} {:?}", r.attributes, r.parent))).collect();
    format!("{resources:#?}")
}

#[test]
fn what_is_made_does_not_depend_on_the_order_in_which_it_is_said() {
    let mut draw = Draw(Random(3));
    for example in ["single-cluster", "isolated-pools", "enterprise"] {
        let text = std::fs::read_to_string(platforms::example_path(example)).expect("the example can be read");
        let value = pontoon_test::yaml::documents(&text).expect("it is YAML").into_iter().next().expect("it is one document");
        let straight = made(text.as_bytes());
        assert_eq!(made(text.as_bytes()), straight, "{example}: the same twice");
        for _ in 0..4 {
            let other = shuffled(&mut draw, &value, "").to_string();
            let there = made(other.as_bytes());
            for (environment, what) in &straight {
                assert_eq!(there[environment], *what, "{example} {environment}\n{other}");
            }
        }
    }
}

#[test]
fn ranges_of_what_is_accepted_are_apart() {
    let mut draw = Draw(Random(4));
    let (mut accepted, mut refused) = (0, 0);
    for case in 0..400 {
        let mut range = |least: usize, most: usize| {
            let base = *draw.pick(&["10.244.", "10.245.", "10.246.", "10.20.", "10.21.", "172.16.", "192.168.", "10.140."]);
            let prefix = least + draw.below(most - least + 1);
            let text = format!("{base}{}.0/{prefix}", 16 * draw.below(16));
            // The network that the address is in.
            let (address, _) = text.split_once('/').expect("it has a prefix");
            let bits = u32::from(address.parse::<std::net::Ipv4Addr>().expect("it is an address"));
            let mask = u32::MAX.checked_shl(32 - u32::try_from(prefix).unwrap_or(32)).unwrap_or(0);
            format!("{}/{prefix}", std::net::Ipv4Addr::from(bits & mask))
        };
        let network = |range: &mut dyn FnMut(usize, usize) -> String, native: bool| {
            if native {
                json!({ "vpc": range(16, 24), "pods": range(16, 20), "services": range(18, 22) })
            } else {
                json!(range(16, 24))
            }
        };
        let (a, b) = (network(&mut range, case % 3 == 0), network(&mut range, case % 4 == 0));
        let document = json!({
            "apiVersion": "pontoon.dev/v1alpha1", "platform": "tiny", "domain": "tiny.example.com", "contact": "ops@example.com",
            "environments": { "staging": { "region": "nyc3", "network": a }, "production": { "region": "nyc3", "network": b } },
            "cluster": { "version": "1.36", "pools": { "main": { "size": "s-4vcpu-8gb", "nodes": 2 } } },
        });
        let parsed = Document::parse("platform.yaml", document.to_string().as_bytes(), &NoFiles);
        let (all, problems) = parsed.document.expect("it is a tree").resolve_all();
        let specs: Vec<_> = all.into_iter().filter_map(|(_, r)| Some(r?.spec)).collect();
        let ranges: BTreeSet<(usize, String)> = [&a, &b]
            .into_iter()
            .enumerate()
            .flat_map(|(i, n)| match n {
                Value::Object(map) => map.values().map(|v| (i, v.as_str().unwrap_or_default().to_owned())).collect::<Vec<_>>(),
                one => vec![(i, one.as_str().unwrap_or_default().to_owned())],
            })
            .collect();
        let parsed: Vec<Cidr> = ranges.iter().map(|(_, r)| r.parse().expect("it is a range")).collect();
        let overlap = (0..parsed.len()).any(|i| (0..i).any(|j| touch(&parsed[i].to_string(), &parsed[j].to_string())))
            || [&a, &b].iter().any(|n| RESERVED.iter().any(|r| touch(n["vpc"].as_str().or(n.as_str()).unwrap_or_default(), r)));
        let clean = !problems.has_errors() && !lint(&specs).has_errors();
        if clean {
            assert!(!overlap, "case {case}: {a} and {b} are accepted");
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    assert!(accepted > 20 && refused > 100, "{accepted} accepted, {refused} refused");
}

/// What no VPC may overlap. Source: VPC reference, "IP ranges".
const RESERVED: &[&str] = &["10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24"];

/// Whether two ranges share an address; reckoned here by itself, on purpose.
fn touch(a: &str, b: &str) -> bool {
    let bounds = |text: &str| {
        let (address, prefix) = text.split_once('/').expect("it has a prefix");
        let first = u64::from(u32::from(address.parse::<std::net::Ipv4Addr>().expect("it is an address")));
        (first, first + (1u64 << (32 - prefix.parse::<u32>().expect("it is a number"))) - 1)
    };
    let ((a, b), (c, d)) = (bounds(a), bounds(b));
    a <= d && c <= b
}
