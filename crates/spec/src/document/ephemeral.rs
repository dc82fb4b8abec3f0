//! A trial: the document as another platform, for a while and beside the one that it declares.

use super::{Document, derived};
use crate::tree::{Data, Node, Origin};
use indexmap::IndexMap;
use pontoon_core::cidr::Cidr;

/// What a trial leaves out, in the document and in the environment: nobody's repository follows it, and machines that stand
/// somewhere are there once.
const LEFT_OUT: &[&str] = &["delivery", "sites", "links", "domain"];

impl Document {
    /// This document as a trial of one environment: every name begins with the prefix, the zone is one of its own below the
    /// declared one, the network has these ranges, and what exists once (repository, promotion, sites, tunnels) is left out.
    ///
    /// `None` where there is no such environment, or no name to put the prefix before.
    #[must_use]
    pub fn ephemeral(&self, environment: &str, prefix: &str, ranges: &[(&str, Cidr)]) -> Option<Document> {
        const HOW: &str = "the prefix of a trial";
        let (name, own) = self.environments.iter().find(|(n, _)| n.as_str() == environment)?;
        let (mut base, mut own) = (self.base.clone(), own.clone());
        let platform = format!("{prefix}-{}", self.platform()?);
        let domain = base.get("domain").and_then(Node::scalar).map(|d| format!("{prefix}.{d}"));
        for layer in [&mut base, &mut own] {
            let map = layer.map_mut()?;
            map.retain(|key, _| !LEFT_OUT.contains(&key.as_str()));
            // What stands encrypted in a repository has none to stand in.
            if let Some(secrets) = map.get_mut("secrets").and_then(Node::map_mut) {
                secrets.shift_remove("git");
            }
        }
        let map = base.map_mut()?;
        map.insert("platform".into(), derived(platform, HOW));
        map.extend(domain.map(|d| ("domain".to_owned(), derived(d, HOW))));
        let ranges: IndexMap<String, Node> =
            ranges.iter().map(|(key, range)| ((*key).to_owned(), derived(range.to_string(), HOW))).collect();
        own.map_mut()?.insert("network".into(), Node::made(Data::Map(ranges), Origin::Derived(HOW.into())));
        Some(Document { base, environments: vec![(name.clone(), own)], ..self.clone() })
    }
}
