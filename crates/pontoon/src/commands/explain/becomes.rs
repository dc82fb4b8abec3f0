//! What a part of the document turns into.

use pontoon_compiler::{Options, compile};
use pontoon_core::{
    address::Address,
    platform::{Deferred, Platform},
};
use pontoon_spec::Spec;
use pontoon_ui::style::{Ink, Style};
use serde_json::{Value, json};

/// Everything that comes of a path.
#[derive(Default)]
pub struct Becomes {
    /// Address, title, and the path that it comes from.
    pub resources: Vec<(Address, &'static str, String)>,
    /// What is asked for and not built.
    pub deferred: Vec<Deferred>,
    /// Whether the resources come of something above the path, of which it is a part.
    part: bool,
}

/// Whether `path` is `above` or stands under it.
fn under(path: &str, above: &str) -> bool {
    above.is_empty() || path == above || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

impl Becomes {
    /// What comes of a path of an environment on a real account.
    pub fn of(specs: &[Spec], environment: &str, path: &str) -> Becomes {
        Becomes::in_platform(&compile(specs, environment, Options { shared: true }), path)
    }

    fn in_platform(platform: &Platform, path: &str) -> Becomes {
        let matching = |wanted: &dyn Fn(&str) -> bool| -> Vec<(Address, &'static str, String)> {
            let resources = platform.resources.values().filter(|r| wanted(&r.origin.path));
            let title = |kind: &str| pontoon_catalog::find(kind).map_or("", |k| k.title);
            resources.map(|r| (r.address.clone(), title(r.address.kind()), r.origin.path.clone())).collect()
        };
        let deferred = platform.deferred.iter().filter(|d| under(&d.path, path)).cloned().collect();
        let resources = matching(&|origin| under(origin, path));
        if !resources.is_empty() || path.is_empty() {
            return Becomes { resources, deferred, part: false };
        }
        // One value is a part of the thing that its section turns into.
        let above = platform.resources.values().map(|r| r.origin.path.as_str());
        let nearest = above.filter(|o| !o.is_empty() && under(path, o)).max_by_key(|o| o.len());
        let resources = nearest.map(|nearest| matching(&|origin| origin == nearest)).unwrap_or_default();
        Becomes { part: !resources.is_empty(), resources, deferred }
    }

    /// For people.
    pub fn text(&self, style: Style) -> String {
        let mut text = String::new();
        if !self.resources.is_empty() {
            let heading = if self.part { "a part of:" } else { "turns into:" };
            text.push_str(&format!("\n{}\n", style.paint(Ink::Strong, heading)));
            let width = self.resources.iter().map(|(a, ..)| a.to_string().len()).max().unwrap_or(0);
            for (address, title, _) in &self.resources {
                text.push_str(&format!("  {:width$}  {}\n", address.to_string(), style.paint(Ink::Faint, title)));
            }
        }
        if !self.deferred.is_empty() {
            text.push_str(&format!("\n{}\n", style.paint(Ink::Notice, "asked for, and not built by this version:")));
            let width = self.deferred.iter().map(|d| d.path.len()).max().unwrap_or(0);
            for d in &self.deferred {
                text.push_str(&format!("  {:width$}  {}\n", d.path, style.paint(Ink::Faint, &d.what)));
            }
        }
        text
    }

    /// For machines.
    pub fn resources_json(&self) -> Value {
        let one = |(address, title, path): &(Address, &str, String)| json!({"address": address, "title": title, "path": path});
        self.resources.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pontoon_core::{
        address::Scope,
        platform::{Origin, Resource},
    };

    fn found(path: &str) -> (Vec<String>, bool) {
        let mut platform = Platform::default();
        for (name, from) in [("a", "databases.main"), ("b", "databases.main.pooler"), ("c", "databases.main2")] {
            let address = Address::new(Scope::environment("p"), "digitalocean.database", name);
            platform.add(Resource::new(address, Origin { path: from.into(), place: String::new() }));
        }
        let becomes = Becomes::in_platform(&platform, path);
        (becomes.resources.iter().map(|(a, ..)| a.name().to_owned()).collect(), becomes.part)
    }

    #[test]
    fn at_or_under_a_path_and_otherwise_what_it_is_a_part_of() {
        let names = |n: &[&str]| n.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found(""), (names(&["a", "b", "c"]), false));
        assert_eq!(found("databases.main"), (names(&["a", "b"]), false));
        assert_eq!(found("databases.main.pooler"), (names(&["b"]), false));
        assert_eq!(found("databases.main.size"), (names(&["a"]), true));
        assert_eq!(found("databases.main.pooler.mode"), (names(&["b"]), true));
        assert_eq!(found("cluster"), (names(&[]), false));
    }
}
