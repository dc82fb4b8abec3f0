//! Lowering: what each section turns into.
//!
//! One module a concern; each adds resources whose attributes are the catalog's fields, pending where
//! they come from another resource. Outside names are derived by one function of the catalog.

mod buckets;
mod cluster;
mod databases;
mod deferred;
mod keys;
mod network;
mod project;
mod shared;

use pontoon_catalog::names::outside;
use pontoon_core::{
    address::{Address, Scope},
    platform::{Deferred, Origin, Platform, Resource},
};
use pontoon_spec::sections::spec::Spec;

/// What the run can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether what exists once is built in the same account. An environment of another team neither
    /// builds nor uses it.
    pub shared: bool,
}

/// Everything that should exist for one environment, and what all environments share.
///
/// `specs` are all environments in promotion order; `environment` is the one that is built. Where it
/// is not among them, only the shared scope is compiled.
pub fn compile(specs: &[Spec], environment: &str, options: Options) -> Platform {
    let mut platform = Platform {
        name: specs.first().map(|s| s.platform.to_string()).unwrap_or_default(),
        scopes: vec![Scope::shared()],
        ..Platform::default()
    };
    shared::lower(specs, &mut platform);
    if let Some(spec) = specs.iter().find(|s| s.environment.as_str() == environment) {
        let scope = Scope::environment(environment);
        platform.scopes.push(scope.clone());
        let mut lower = Lower { spec, scope, platform: &mut platform };
        network::lower(&mut lower);
        cluster::lower(&mut lower);
        databases::lower(&mut lower);
        buckets::lower(&mut lower);
        keys::lower(&mut lower);
        project::lower(&mut lower);
        deferred::lower(&mut lower);
    }
    if !options.shared {
        apart(&mut platform);
    }
    platform
}

/// Takes out what exists once, and what needs it: another team cannot.
fn apart(platform: &mut Platform) {
    platform.scopes.retain(|s| !s.is_shared());
    platform.deferred.retain(|d| !d.scope.is_shared());
    let uses = |r: &Resource| r.dependencies().iter().any(|d| d.scope().is_shared());
    for resource in platform.resources.values().filter(|r| !r.address.scope().is_shared() && uses(r)) {
        platform.deferred.push(Deferred {
            scope: resource.address.scope().clone(),
            path: resource.origin.path.clone(),
            what: "use by an environment whose account is another team's".into(),
        });
    }
    platform.resources.retain(|a, r| !a.scope().is_shared() && !uses(r));
}

/// The scopes of one environment, with nothing in them: what a destroy is planned for.
pub fn targets(platform: &str, environment: &str) -> Platform {
    Platform { name: platform.into(), scopes: vec![Scope::environment(environment)], ..Platform::default() }
}

/// The shared scope, with nothing in it.
pub fn shared_scope(platform: &str) -> Platform {
    Platform { name: platform.into(), scopes: vec![Scope::shared()], ..Platform::default() }
}

/// One environment being lowered.
struct Lower<'a> {
    spec: &'a Spec,
    scope: Scope,
    platform: &'a mut Platform,
}

impl Lower<'_> {
    /// The address of a thing of this environment.
    fn address(&self, kind: &str, name: &str) -> Address {
        Address::new(self.scope.clone(), kind, name)
    }
    /// A resource of this environment.
    fn resource(&self, kind: &str, name: &str, origin: Origin) -> Resource {
        Resource::new(self.address(kind, name), origin)
    }
    /// The outside name of a thing of this environment. `main` is not worth saying.
    fn name(&self, kind: &str, name: &str) -> String {
        let name = if name == "main" { "" } else { name };
        outside(kind, self.spec.platform.as_str(), self.scope.as_str(), name).unwrap_or_else(|| name.to_owned())
    }
    fn region(&self) -> String {
        self.spec.region.to_string()
    }
    /// Asked for, not built.
    fn defer(&mut self, path: &str, what: &str) {
        let deferred = pontoon_core::platform::Deferred { scope: self.scope.clone(), path: path.into(), what: what.into() };
        self.platform.deferred.push(deferred);
    }
}

/// Where a section as a whole comes from.
fn section(path: &str) -> Origin {
    Origin { path: path.into(), place: String::new() }
}
