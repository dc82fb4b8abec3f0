//! Who is examined: the document, its environments by the account that they are in, and what they
//! turn into.

use super::report::Report;
use crate::{
    args::{Doctor as Args, Where},
    document::{Checked, read},
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_compiler::{Options, compile};
use pontoon_core::{
    platform::{Platform, Resource},
    record::Record,
    value::Value,
};
use pontoon_spec::Spec;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the document says.
pub struct Patient {
    /// The platform's name.
    pub platform: String,
    /// The accounts.
    pub groups: Vec<Group>,
    engine: String,
}

/// Environments that are in one account.
#[derive(Default)]
pub struct Group {
    /// The variable that holds the account's token, where the document names one.
    pub token: Option<String>,
    /// The environments.
    pub environments: Vec<String>,
    /// What all of them turn into.
    pub platform: Platform,
    /// What is recorded of them.
    pub records: Vec<Record>,
    /// The teams that the document names, by environment.
    pub teams: BTreeMap<String, String>,
}

impl Patient {
    /// Reads the document and says how it is.
    pub fn read(settings: &Settings, args: &Args, report: &mut Report) -> Outcome<Patient> {
        let checked = match read(settings, true) {
            Ok(checked) => checked,
            Err(trouble) => {
                report.trouble("document", &trouble);
                return Ok(Patient::unknown());
            }
        };
        judge(settings, &checked, report);
        let Some(document) = checked.document.as_ref().filter(|_| !checked.diagnostics.has_errors()) else {
            let platform = checked.document.as_ref().and_then(|d| d.platform()).unwrap_or_default().to_owned();
            return Ok(Patient { platform, ..Patient::unknown() });
        };
        let wanted = select(&checked.specs, args)?;
        let mut groups: Vec<Group> = Vec::new();
        for spec in wanted {
            let environment = spec.environment.as_str();
            let token = spec.account.as_ref().map(|a| a.token.to_string()).filter(|_| !args.place.local);
            let specs = crate::release::specs(settings, &args.place, document, &checked.specs, environment)?;
            let platform = compile(&specs, environment, Options { shared: true });
            let at = groups.iter().position(|g| g.token == token).unwrap_or_else(|| {
                groups.push(Group { token, ..Group::default() });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                let team = spec.account.as_ref().and_then(|a| a.team.as_ref()).filter(|_| !args.place.local);
                group.teams.extend(team.map(|t| (environment.to_owned(), t.to_string())));
                group.environments.push(environment.into());
                group.platform.name = platform.name;
                group
                    .platform
                    .scopes
                    .extend(platform.scopes.into_iter().filter(|s| !group.platform.scopes.contains(s)).collect::<Vec<_>>());
                group.platform.resources.extend(platform.resources);
            }
        }
        let store = super::store::open(settings, &args.place, document.platform().unwrap_or_default());
        for group in &mut groups {
            // What cannot be read is said by the store's own check.
            let records = group.platform.scopes.iter().filter_map(|s| store.as_ref().ok()?.load(s).ok()?);
            group.records = records.collect();
        }
        let first = checked.specs.first();
        Ok(Patient {
            platform: document.platform().unwrap_or_default().into(),
            groups,
            engine: first.map(|s| s.infrastructure.engine.to_string()).unwrap_or_default(),
        })
    }

    /// Without a document that can be built, the account itself can still be looked at.
    fn unknown() -> Patient {
        Patient { platform: String::new(), groups: vec![Group::default()], engine: String::new() }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        if self.platform.is_empty() { "no platform" } else { &self.platform }
    }

    /// What a group is called, where there are several.
    pub fn title(&self, group: &Group) -> String {
        if self.groups.len() < 2 {
            return String::new();
        }
        format!("{} ({})", group.environments.join(", "), group.token.as_deref().unwrap_or("DIGITALOCEAN_TOKEN"))
    }

    /// Whether what the document asks for is built.
    pub fn engine(&self, place: &Where, report: &mut Report) {
        if self.engine.is_empty() {
            return;
        }
        let wanted = place.engine.as_deref().unwrap_or(if place.local { "native" } else { &self.engine });
        if wanted != "native" {
            let next = "the native one builds the same account: add --engine native to plan, up and destroy";
            report.notice("engine", format!("{wanted} is not built yet"), next);
        } else {
            report.good("engine", "native; it needs no other tools");
        }
    }
}

fn judge(settings: &Settings, checked: &Checked, report: &mut Report) {
    let file = settings.file.display();
    let errors = checked.diagnostics.errors().count();
    let warnings = checked.diagnostics.iter().filter(|d| !d.accepted).count() - errors;
    let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    if errors > 0 {
        report.broken("document", format!("{file}: {}", counted(errors, "error")), "pontoon check");
        return;
    }
    let names: Vec<String> = checked.specs.iter().map(|s| s.environment.to_string()).collect();
    let more = if warnings > 0 { format!(", {} (pontoon check)", counted(warnings, "warning")) } else { String::new() };
    report.good("document", format!("{file}: no errors in {}{more}", names.join(", ")));
}

/// The environments that are asked for; all of them where none is named.
fn select<'a>(specs: &'a [Spec], args: &Args) -> Outcome<Vec<&'a Spec>> {
    let Some(name) = &args.which.environment else { return Ok(specs.iter().collect()) };
    match specs.iter().find(|s| s.environment.as_str() == name) {
        Some(spec) => Ok(vec![spec]),
        None => {
            let all: Vec<String> = specs.iter().map(|s| s.environment.to_string()).collect();
            Err(Trouble::new(format!("there is no environment {name}"), format!("one of these: {}", all.join(", "))))
        }
    }
}

impl Group {
    /// The resources of a kind.
    pub fn of(&self, kind: &'static str) -> impl Iterator<Item = &Resource> {
        self.platform.resources.values().filter(move |r| r.address.kind() == kind)
    }
    /// Whether there is anything of a kind.
    pub fn has(&self, kind: &'static str) -> bool {
        self.of(kind).next().is_some()
    }
    /// Every kind that is asked for, and every one that is recorded and may have to be removed; each
    /// with the fields that something of it says.
    pub fn kinds(&self) -> Kinds<'_> {
        let mut kinds = Kinds::new();
        let asked = self.platform.resources.iter().map(|(address, r)| (address, &r.attributes));
        let recorded = self.records.iter().flat_map(|r| &r.resources).map(|(address, r)| (address, &r.attributes));
        for (address, attributes) in asked.chain(recorded) {
            kinds.entry(address.kind()).or_default().extend(attributes.keys().map(String::as_str));
        }
        kinds
    }
}

/// Kinds, each with fields.
pub type Kinds<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// A text among a resource's attributes; empty where there is none.
pub fn text<'a>(resource: &'a Resource, field: &str) -> &'a str {
    resource.attributes.get(field).and_then(Value::as_text).unwrap_or_default()
}

/// A number among a resource's attributes.
pub fn number(resource: &Resource, field: &str) -> Option<i64> {
    resource.attributes.get(field).and_then(Value::as_i64)
}
