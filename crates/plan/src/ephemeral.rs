//! Trials: platforms that end by themselves.
//!
//! A trial has a name of its own (a prefix, and the platform's name), so nothing that it derives is anything of the platform
//! beside it. When it is over stands in the account and nowhere else: in a tag that is made before everything and removed
//! after everything, on whatever can carry a tag, and in the text of what carries its mark there. So any run that looks at
//! the account can end a trial, with its record or without.

use crate::{
    attributes::{id_of, mark_of},
    leaks::{By, Leak},
};
use pontoon_catalog::{
    List, MarkAt, ResourceType,
    digitalocean::{cluster, domain, tag, vpc},
    find,
};
use pontoon_core::{
    address::{Address, Scope},
    call::Listing,
    cidr::Cidr,
    money::Cost,
    platform::{Origin, Platform, Resource},
    record::{Record, Recorded},
    value::Value,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What a trial's tag begins with.
const LEAD: &str = "pontoon-ephemeral";
/// The kind of the tag itself.
const TAG: &str = "digitalocean.tag";
/// What holds others without being their parent: the last to go.
const LAST: &[&str] = &["digitalocean.vpc", "digitalocean.project", "digitalocean.domain"];

/// A trial, as its tag names it: `pontoon-ephemeral:PREFIX:PLATFORM:END`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ephemeral {
    /// What every name begins with.
    pub prefix: String,
    /// The name of the platform that it is, prefix included.
    pub platform: String,
    /// When it is over, by the vendor's clock: seconds since 1970.
    pub ends: i64,
}

impl fmt::Display for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LEAD}:{}:{}:{}", self.prefix, self.platform, self.ends)
    }
}

impl Ephemeral {
    /// The trial that a tag names, if it is one's.
    pub fn parse(text: &str) -> Option<Ephemeral> {
        let parts: Vec<&str> = text.split(':').collect();
        let [LEAD, prefix, platform, ends] = parts.as_slice() else { return None };
        // What does not begin with its prefix was never written by a run.
        platform.strip_prefix(prefix).filter(|p| p.len() > 1 && p.starts_with('-'))?;
        Some(Ephemeral { prefix: (*prefix).into(), platform: (*platform).into(), ends: ends.parse().ok()? })
    }

    /// The address of its tag.
    pub fn address() -> Address {
        Address::new(Scope::shared(), TAG, "ephemeral")
    }

    /// What lists an account's tags.
    pub fn listing() -> Listing {
        tag::all()
    }

    /// What lists what has address ranges in an account, with the fields that hold them.
    pub fn ranged() -> [(Listing, &'static [&'static str]); 2] {
        let all = |kind: &ResourceType| match kind.list {
            List::Account(listing) => listing(),
            _ => tag::all(),
        };
        [(all(&vpc::VPC), &["ip_range"]), (all(&cluster::CLUSTER), &["cluster_subnet", "service_subnet"])]
    }

    /// The address ranges that a trial's records hold, by what `network` calls them.
    pub fn ranges_of<'a>(records: impl Iterator<Item = &'a Record>) -> BTreeMap<&'static str, Cidr> {
        const FIELDS: [(&str, &str, &str); 3] = [
            ("vpc", "digitalocean.vpc", "ip_range"),
            ("pods", "digitalocean.cluster", "cluster_subnet"),
            ("services", "digitalocean.cluster", "service_subnet"),
        ];
        let resources: Vec<_> = records.flat_map(|r| &r.resources).collect();
        let of = |kind: &str, field: &str| {
            let own = resources.iter().find(|(a, _)| a.kind() == kind)?;
            own.1.attributes.get(field)?.as_text()?.parse().ok()
        };
        FIELDS.iter().filter_map(|(key, kind, field)| Some((*key, of(kind, field)?))).collect()
    }

    /// The trials that an account's tags name.
    pub fn among(tags: &[Value]) -> BTreeSet<Ephemeral> {
        tags.iter().filter_map(|t| Self::parse(t.at("name")?.as_text()?)).collect()
    }

    /// The trial that a record is of.
    pub fn of(record: &Record) -> Option<Ephemeral> {
        Self::parse(&record.resources.get(&Self::address())?.id)
    }

    /// Makes a compiled platform this trial: its tag first, and on everything that can carry one.
    pub fn mark(&self, platform: &mut Platform) {
        let own = Self::address();
        let text = Value::Text(self.to_string());
        for resource in platform.resources.values_mut() {
            // What lives in something goes with it, and a child's needs are what its parent holds.
            if resource.parent.is_none() {
                resource.needs.insert(own.clone());
            }
            match find(resource.address.kind()).and_then(ResourceType::mark_at) {
                Some(MarkAt::Tag(field)) => {
                    let tags = resource.attributes.get(field).and_then(Value::as_list).unwrap_or_default();
                    let tags = tags.iter().chain([&text]).cloned().collect();
                    resource.attributes.insert(field.into(), Value::List(tags));
                }
                Some(MarkAt::Text(field)) => {
                    let words = resource.attributes.get(field).and_then(Value::as_text).unwrap_or_default();
                    let words = format!("{words} {text}").trim().to_owned();
                    resource.attributes.insert(field.into(), words.into());
                }
                None => {}
            }
        }
        if !platform.scopes.iter().any(Scope::is_shared) {
            platform.scopes.insert(0, Scope::shared());
        }
        platform.add(Resource::new(own, Origin::default()).with("name", text));
    }

    /// Puts what carries this trial's tag, and is in no record, into a record of what is shared, so that it can be destroyed
    /// as anything else: under addresses of their own, the tag last. `recorded`: kinds and ids that records hold.
    pub fn gather(
        &self,
        objects: &BTreeMap<&'static str, Vec<Value>>,
        recorded: &BTreeSet<(String, String)>,
        record: &mut Record,
    ) {
        let tag = self.to_string();
        let mut found: Vec<(Address, String)> = Vec::new();
        for (name, list) in objects {
            let Some(kind) = find(name).filter(|k| k.parent.is_none()) else { continue };
            for object in list.iter().filter(|o| self.carried_by(kind, o)) {
                let Some(id) = id_of(kind, object, &Value::Null) else { continue };
                if !recorded.contains(&(kind.kind.to_owned(), id.clone())) {
                    found.push((Address::new(Scope::shared(), kind.kind, format!("left-{}", found.len())), id));
                }
            }
        }
        let outer = |a: &Address| LAST.contains(&a.kind());
        let holders: BTreeSet<Address> = found.iter().map(|(a, _)| a.clone()).filter(outer).collect();
        let own = Self::address();
        for (address, id) in &found {
            let mut needs = if outer(address) { BTreeSet::new() } else { holders.clone() };
            needs.insert(own.clone());
            record.resources.insert(address.clone(), bare(id, needs));
        }
        record.resources.entry(own).or_insert_with(|| bare(&tag, BTreeSet::new()));
    }

    /// The zone of this name, where it is there and in no record: a zone carries no tag, so nobody may take it for the trial's.
    pub fn zone_left(
        objects: &BTreeMap<&'static str, Vec<Value>>,
        recorded: &BTreeSet<(String, String)>,
        zone: &str,
    ) -> Option<Leak> {
        let kind = &domain::DOMAIN;
        let there = objects.get(kind.kind)?.iter().any(|d| d.at("name").and_then(Value::as_text) == Some(zone));
        let ours = recorded.contains(&(kind.kind.to_owned(), zone.to_owned()));
        let (id, name) = (zone.to_owned(), zone.to_owned());
        (there && !ours).then_some(Leak { kind: kind.kind, title: kind.title, id, name, cost: Cost::FREE, by: By::Name })
    }

    /// Whether an object carries the tag, or a mark of the platform that only this trial is. Nodes of a cluster carry the tags
    /// of their pool, and go with it.
    fn carried_by(&self, kind: &ResourceType, object: &Value) -> bool {
        let tag = self.to_string();
        let tags: Vec<&str> =
            object.at("tags").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text).collect();
        let tagged = matches!(kind.mark_at(), Some(MarkAt::Tag(_))) && tags.contains(&tag.as_str());
        let node = tags.iter().any(|t| t.starts_with("k8s:"));
        let another = tags.iter().filter_map(|t| Self::parse(t)).any(|t| t != *self);
        let marked = !another && mark_of(kind, object).is_some_and(|m| m.platform == self.platform);
        (tagged || marked) && !(node && kind.kind == "digitalocean.droplet")
    }
}

fn bare(id: &str, needs: BTreeSet<Address>) -> Recorded {
    Recorded {
        id: id.into(),
        incarnation: String::new(),
        attributes: BTreeMap::new(),
        outputs: BTreeMap::new(),
        parent: None,
        needs,
        since: String::new(),
        deposed: Vec::new(),
        restored: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn trial() -> Ephemeral {
        Ephemeral { prefix: "pr-7".into(), platform: "pr-7-shop".into(), ends: 1_790_000_000 }
    }

    #[test]
    fn a_tag_says_which_trial_and_until_when() {
        assert_eq!(Ephemeral::parse(&trial().to_string()), Some(trial()));
        for other in [
            "pontoon-ephemeral:pr-7:shop:1790000000",
            "pontoon-ephemeral:pr-7:pr-7-:1790000000",
            "pontoon-ephemeral:pr-7:pr-7-shop:soon",
            "pontoon-ephemeral:pr-7:pr-7-shop",
            "pontoon:pr-7:pr-7-shop:1790000000",
        ] {
            assert_eq!(Ephemeral::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_carries_the_tag_is_gathered_and_nothing_else() {
        let tag = trial().to_string();
        let database = |id: &str, tags: &[&str]| -> Value { json!({ "id": id, "name": id, "tags": tags }).into() };
        let later = Ephemeral { ends: 1_890_000_000, ..trial() }.to_string();
        let objects = BTreeMap::from([
            (
                "digitalocean.database",
                vec![
                    database("ours", &[&tag]),
                    database("recorded", &[&tag]),
                    database("declared", &["pontoon:shop:production:l:h:i"]),
                    database("hand-made", &[]),
                    database("of-another-time", &[&later]),
                ],
            ),
            (
                "digitalocean.vpc",
                vec![
                    json!({ "id": "v1", "name": "n", "description": format!("{tag} pontoon:pr-7-shop:production:l:h:i") }).into(),
                    json!({ "id": "v2", "name": "n", "description": "pontoon:shop:production:l:h:i" }).into(),
                ],
            ),
            ("digitalocean.droplet", vec![json!({ "id": 1, "name": "node", "tags": [&tag, "k8s:c", "k8s:worker"] }).into()]),
        ]);
        let recorded = BTreeSet::from([("digitalocean.database".to_owned(), "recorded".to_owned())]);
        let mut record = Record::empty("pr-7-shop", Scope::shared(), "l".into());
        trial().gather(&objects, &recorded, &mut record);
        let ids: BTreeSet<&str> = record.resources.values().map(|r| r.id.as_str()).collect();
        assert_eq!(ids, BTreeSet::from(["ours", "v1", tag.as_str()]));
        let of = |id: &str| record.resources.iter().find(|(_, r)| r.id == id).unwrap();
        assert!(of("ours").1.needs.contains(of("v1").0), "the network goes after what stands in it");
        assert!(of("v1").1.needs.contains(&Ephemeral::address()), "the tag goes last");
    }
}
