//! What things are called inside of a stack: `production/digitalocean.database_user.main.web` is
//! `digitalocean_database_user.main_web` there.

use pontoon_core::{
    address::{Address, Scope},
    digest,
    platform::Platform,
};
use std::collections::{BTreeMap, BTreeSet};

/// The local names of a scope's resources. Two whose names come out the same get a part of their address's hash.
pub struct LocalNames(BTreeMap<Address, String>);

impl LocalNames {
    /// Names all resources of a scope.
    pub fn of(platform: &Platform, scope: &Scope) -> LocalNames {
        let own: Vec<&Address> = platform.resources.keys().filter(|a| a.scope() == scope).collect();
        let mut taken: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for address in &own {
            *taken.entry((address.kind(), local(address.name()))).or_default() += 1;
        }
        let ambiguous: BTreeSet<(&str, String)> = taken.into_iter().filter(|(_, n)| *n > 1).map(|(k, _)| k).collect();
        let name = |address: &Address| {
            let name = local(address.name());
            if ambiguous.contains(&(address.kind(), name.clone())) {
                format!("{name}_{}", digest::hex(address.to_string().as_bytes(), 6))
            } else {
                name
            }
        };
        LocalNames(own.into_iter().map(|a| (a.clone(), name(a))).collect())
    }
    /// The local name of a resource; none where it is not of this scope.
    pub fn get(&self, address: &Address) -> Option<&str> {
        self.0.get(address).map(String::as_str)
    }
}

/// A name as HCL takes it: letters, digits and `_`, not beginning with a digit.
pub fn local(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pontoon_core::platform::{Origin, Resource};

    #[test]
    fn names_stay_apart() {
        let mut platform = Platform::default();
        let addresses = ["p/a.b.main.web-1", "p/a.b.main-web.1", "p/a.b.1st", "p/a.c.main.web-1"];
        let addresses: Vec<Address> = addresses.iter().map(|a| a.parse().expect("an address")).collect();
        addresses.iter().for_each(|a| platform.add(Resource::new(a.clone(), Origin::default())));
        let names = LocalNames::of(&platform, &Scope::environment("p"));
        let of = |at: usize| names.get(&addresses[at]).expect("a name");
        assert!(of(0).starts_with("main_web_1_") && of(1).starts_with("main_web_1_") && of(0) != of(1));
        assert_eq!((of(2), of(3)), ("_1st", "main_web_1"));
        assert_eq!(names.get(&"q/a.b.main".parse().expect("an address")), None);
    }
}
