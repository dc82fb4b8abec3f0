//! What must hold for every resource type, whatever it is.

use pontoon_catalog::{
    Compare, Delete, Identity, List, MarkAt, ResourceType, calls, field::Change, find, resource::Attributes, resource_types,
};
use pontoon_core::{money::Cost, value::Value};
use std::collections::BTreeSet;

/// Kinds that cost something from the first one on.
const PAID: &[&str] = &[
    "digitalocean.node_pool",
    "digitalocean.database",
    "digitalocean.registry",
    "digitalocean.droplet",
    "digitalocean.load_balancer",
    "digitalocean.volume",
    "digitalocean.volume_snapshot",
    "digitalocean.uptime_check",
];

fn each(check: impl Fn(&ResourceType)) {
    resource_types().iter().for_each(|t| check(t));
}

#[test]
fn kinds_are_told_apart_and_parents_come_first() {
    let mut seen = BTreeSet::new();
    each(|t| assert!(t.kind.split_once('.').is_some_and(|(v, k)| !v.is_empty() && !k.is_empty()), "{}", t.kind));
    for t in resource_types() {
        assert!(t.parent.is_none_or(|p| seen.contains(p)), "{} comes before what it lives in", t.kind);
        assert!(seen.insert(t.kind), "{} is there twice", t.kind);
        assert!(t.embed.is_none_or(|e| find(e.kind).is_some_and(|c| c.parent == Some(t.kind))), "{}", t.kind);
    }
}

#[test]
fn everything_that_can_change_is_changed_by_something() {
    each(|t| {
        for f in t.fields {
            let changed = t.updates.iter().any(|u| u.fields.contains(&f.name));
            let changes = !matches!(f.change, Change::Never(_)) && !matches!(f.compare, Compare::Once);
            assert!(!changes || changed, "no update of {} changes {}", t.kind, f.name);
            assert!(!matches!(f.change, Change::Never(_)) || !changed, "an update of {} changes the fixed {}", t.kind, f.name);
        }
        for f in t.updates.iter().flat_map(|u| u.fields) {
            assert!(t.field(f).is_some(), "an update of {} changes {f}, which it has not", t.kind);
        }
    });
}

#[test]
fn every_field_is_sent_when_it_is_made() {
    each(|t| {
        for f in t.fields {
            let only = Attributes::from([(f.name.to_owned(), Value::from("the-value"))]);
            let args = pontoon_catalog::Args::new("id".into(), "parent".into(), &only);
            let create = (t.create.call)(&args);
            let sent = serde_json::to_string(&create).unwrap_or_default();
            assert!(sent.contains("the-value"), "{} is made without its {}", t.kind, f.name);
            for update in t.updates.iter().filter(|u| u.fields.contains(&f.name)) {
                let sent = serde_json::to_string(&(update.call)(&args)).unwrap_or_default();
                let switch = t.kind == "digitalocean.droplet" && f.name != "name";
                assert!(switch || sent.contains("the-value"), "{} is changed without its {}", t.kind, f.name);
            }
        }
    });
}

#[test]
fn identities_stand_on_fields() {
    each(|t| match t.identity {
        Identity::Natural(fields) => {
            assert!(!fields.is_empty(), "{}", t.kind);
            let sample = (t.sample)();
            for f in fields {
                assert!(t.field(f).is_some() && sample.contains_key(*f), "{} is known by {f}, which it has not", t.kind);
            }
        }
        Identity::Marked(MarkAt::Tag(f) | MarkAt::Text(f)) => {
            assert!(t.field(f).is_some(), "{} carries its mark in {f}, which it has not", t.kind);
            let create = calls::calls(t, "id", "parent", |_| "x".into());
            let mut marked = (t.sample)();
            marked.insert(f.into(), "the mark".into());
            let args = pontoon_catalog::Args::new(Value::Null, "parent".into(), &marked);
            let body = (t.create.call)(&args).body.unwrap_or_default();
            assert!(body.at(f) == Some(&"the mark".into()), "{} is made without its mark", t.kind);
            assert!(!create.is_empty());
        }
        Identity::Only => {
            assert!(t.parent.is_some() && t.name_is_id.is_some(), "{} is the only one of nothing", t.kind);
        }
        Identity::Opaque(how) => assert!(!how.is_empty(), "{} says nothing to a person", t.kind),
    });
}

#[test]
fn ids_are_known() {
    each(|t| {
        assert!(t.create.id.is_some() != t.name_is_id.is_some(), "{} needs one source of its id", t.kind);
        assert!(t.create.id.is_none() || t.create.reply.is_some(), "{}: an id without a reply", t.kind);
        assert!(t.secrets.is_empty() || t.create.reply.is_some(), "{}: secrets without a reply", t.kind);
        assert!(t.ready.is_none() || t.read.is_some(), "{} is waited for and never read", t.kind);
    });
}

#[test]
fn examples_have_known_fields_and_prices() {
    each(|t| {
        let sample: Attributes = (t.sample)();
        assert!(!sample.is_empty(), "{} has no example", t.kind);
        for field in sample.keys() {
            assert!(t.field(field).is_some(), "the example of {} has a {field}", t.kind);
        }
        let price = (t.price)(&sample);
        assert_eq!(price != Cost::FREE, PAID.contains(&t.kind), "{} costs {price}", t.kind);
        for r in sample.values().flat_map(Value::references) {
            let other = find(r.address.kind()).map(|k| k.field(&r.field).is_some() || r.field == "id" || output(k, &r.field));
            assert_eq!(other, Some(true), "the example of {} refers to {r}", t.kind);
        }
        assert!(t.sample_parent.is_none() || t.parent.is_some(), "{}", t.kind);
    });
}

fn output(kind: &ResourceType, name: &str) -> bool {
    kind.outputs.iter().any(|(n, _)| *n == name)
}

#[test]
fn no_output_is_a_secret() {
    each(|t| {
        for (name, path) in t.outputs {
            let words = ["password", "secret", "uri", "token", "private_key", "user_data"];
            assert!(!words.iter().any(|w| name.contains(w) || path.contains(w)), "{} tells {name}", t.kind);
        }
        for (name, path) in t.secrets {
            assert!(!t.outputs.iter().any(|(n, p)| n == name || p == path), "{} records its {name}", t.kind);
        }
    });
}

#[test]
fn what_holds_data_says_what_is_lost() {
    each(|t| {
        assert!(!t.stateful || !t.loss.is_empty(), "{} loses nothing", t.kind);
        assert!(!t.stateful || !matches!(t.delete, Delete::Forget), "{} is only forgotten", t.kind);
        for f in t.fields {
            let says = f.consequence.is_empty() == (f.impact == pontoon_core::plan::Impact::Nothing);
            assert!(says, "{}.{}: impact and consequence go together", t.kind, f.name);
            assert!(f.text.ends_with('.'), "{}.{}: {}", t.kind, f.name, f.text);
        }
        assert!(!t.title.is_empty() && t.text.ends_with('.'), "{}", t.kind);
    });
}

#[test]
fn calls_go_to_the_vendor_of_their_kind() {
    each(|t| {
        let vendor = t.kind.split('.').next();
        for (used, call) in calls::calls(t, "id-of-it", "id-of-parent", |_| "x".into()) {
            assert_eq!(Some(call.provider.as_str()), vendor, "{} {used}", t.kind);
            assert_eq!(call.pending(), None, "{} {used} is pending", t.kind);
            let path = call.path.as_text().unwrap_or_default();
            assert!(path.starts_with('/') && !path.contains("//"), "{} {used}: {path}", t.kind);
            assert_eq!(
                call.mutates(),
                !matches!(used, calls::Use::List | calls::Use::Read | calls::Use::Along),
                "{} {used}",
                t.kind
            );
            assert!(call.provider != "spaces" || call.region.as_deref() == Some("nyc3"), "{} {used} goes to no region", t.kind);
            assert!(call.provider != "digitalocean" || !call.scope.is_empty(), "{} {used} needs no scope", t.kind);
        }
        if let List::Inside(path) = t.list {
            assert!(!path.is_empty() && t.parent.and_then(find).is_some_and(|p| p.read.is_some()), "{}", t.kind);
        }
    });
}

#[test]
fn members_of_projects_have_the_vendors_names() {
    let urn = |kind: &str, id: &str| {
        let t = find(kind).and_then(|t| Some((t, t.urn?)));
        t.map(|(t, urn)| {
            let sample = (t.sample)();
            urn(&pontoon_catalog::Args::new(id.into(), Value::Null, &sample)).to_string()
        })
    };
    for (kind, id, expected) in [
        ("digitalocean.vpc", "1", "do:vpc:1"),
        ("digitalocean.cluster", "1", "do:kubernetes:1"),
        ("digitalocean.database", "1", "do:dbaas:1"),
        ("digitalocean.domain", "example.com", "do:domain:example.com"),
        ("digitalocean.droplet", "7", "do:droplet:7"),
        ("digitalocean.reserved_ip", "192.0.2.1", "do:floatingip:192.0.2.1"),
        ("digitalocean.load_balancer", "1", "do:loadbalancer:1"),
        ("digitalocean.volume", "1", "do:volume:1"),
        ("spaces.bucket", "files", "do:space:files"),
    ] {
        assert_eq!(urn(kind, id).map(|u| u.trim_matches('"').to_owned()), Some(expected.to_owned()));
    }
    let bucket = find("spaces.bucket").unwrap();
    let address = "production/spaces.bucket.files".parse().unwrap();
    assert_eq!(bucket.urn_of(&address, &(bucket.sample)()), Some("do:space:sample".into()));
    let volume = find("digitalocean.volume").unwrap();
    let address = "production/digitalocean.volume.data".parse().unwrap();
    let pending = volume.urn_of(&address, &(volume.sample)()).unwrap();
    assert_eq!(pending.resolve(&|_| Some("9".into())), "do:volume:9".into());
}
