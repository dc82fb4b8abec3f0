//! What an environment's contents ask a store for, and where each value goes.

use crate::exit::{Outcome, Trouble};
use pontoon_catalog::components::site::FLUX;
use pontoon_core::{
    address::Address,
    content::{Contents, Field},
};
use pontoon_deliver::{
    actions,
    keys::{AGE_KEY, DEPLOY_KEY, OWNER},
};
use pontoon_render::flux::{AGE_SECRET, GIT_SECRET};
use pontoon_spec::{
    Spec,
    sections::secrets::{SecretHome, SecretStore},
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A person gives it.
    Person,
    /// It is drawn, with so many characters.
    Drawn(u32),
    /// A vendor tells it: an output of a resource.
    Vendor(Address, String),
    /// A person gives it for the workflows of the repository, or not.
    Workflows,
    /// A key of the platform's own, which the first `up` makes.
    Key,
}

impl Source {
    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Source::Person | Source::Workflows => "given",
            Source::Drawn(_) => "drawn",
            Source::Vendor(..) => "vendor",
            Source::Key => "key",
        }
    }
}

/// A value that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Below the environment: `<app>/<NAME>`.
    pub path: String,
    /// Whose it is: an app's or a component's name.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// The Secrets that it goes into: `namespace/name`.
    pub used_by: BTreeSet<String>,
}

/// Everything that is asked for, in the order of paths.
pub fn of(contents: &Contents) -> Vec<Asked> {
    let mut all: BTreeMap<String, Asked> = BTreeMap::new();
    for secret in contents.components.iter().flat_map(|c| &c.secrets) {
        for (app, field) in secret.fields.values().flat_map(|f| f.values(&secret.owner)) {
            let source = match field {
                Field::Given(_) => Source::Person,
                Field::Made { length, .. } => Source::Drawn(*length),
                Field::Output { address, output } => Source::Vendor(address.clone(), output.clone()),
                _ => continue,
            };
            let Some(name) = field.stored() else { continue };
            let path = format!("{app}/{name}");
            let entry = all.entry(path.clone()).or_insert_with(|| Asked {
                path,
                app: app.to_owned(),
                name,
                source,
                used_by: BTreeSet::new(),
            });
            entry.used_by.insert(format!("{}/{}", secret.namespace, secret.name));
        }
    }
    all.into_values().collect()
}

/// The keys that stand under everything else: what opens the repository's Secrets, and what reads the repository.
pub fn keys(spec: &Spec, encrypted: bool) -> Vec<Asked> {
    let key = |name: &str, secret: &str| Asked {
        path: format!("{OWNER}/{name}"),
        app: OWNER.into(),
        name: name.into(),
        source: Source::Key,
        used_by: BTreeSet::from([format!("{FLUX}/{secret}")]),
    };
    let mut all = Vec::new();
    if spec.delivery.repository.is_some() {
        all.extend(encrypted.then(|| key(AGE_KEY, AGE_SECRET)));
        all.push(key(DEPLOY_KEY, GIT_SECRET));
    }
    all
}

/// What the workflows of the repository may be given.
pub fn workflows(spec: &Spec) -> Vec<Asked> {
    let Some(repository) = &spec.delivery.repository else { return Vec::new() };
    let vault = matches!(spec.secrets.home(), SecretHome::Store(SecretStore::Vault(_)));
    let one = |name: &str| Asked {
        path: format!("{}/{name}", actions::OWNER),
        app: actions::OWNER.into(),
        name: name.into(),
        source: Source::Workflows,
        used_by: BTreeSet::from([format!("workflows of {}", repository.github)]),
    };
    actions::names(vault).into_iter().map(one).collect()
}

/// The one value that is meant, or what else there is.
pub fn find<'a>(asked: &'a [Asked], name: &str, app: Option<&str>, command: &str) -> Outcome<&'a Asked> {
    let fits = |a: &&Asked| a.name == name && app.is_none_or(|app| a.app == app);
    let mut found: Vec<&Asked> = asked.iter().filter(fits).collect();
    if found.len() > 1 {
        // What workflows may have besides is meant only where it is said.
        found.retain(|a| a.source != Source::Workflows);
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(unknown(asked, name, app, command)),
        several => {
            let apps: Vec<&str> = several.iter().map(|a| a.app.as_str()).collect();
            let first = apps.first().copied().unwrap_or("APP");
            Err(Trouble::new(
                format!("several ask for {name}: {}", apps.join(", ")),
                format!("say whose: pontoon secret {command} {name} --app {first}"),
            ))
        }
    }
}

fn unknown(asked: &[Asked], name: &str, app: Option<&str>, command: &str) -> Trouble {
    let elsewhere: Vec<&str> = asked.iter().filter(|a| a.name == name).map(|a| a.app.as_str()).collect();
    if let (Some(app), Some(first)) = (app, elsewhere.first()) {
        return Trouble::new(
            format!("{app} does not ask for {name}; {} does", elsewhere.join(", ")),
            format!("pontoon secret {command} {name} --app {first}"),
        );
    }
    let near = |a: &&Asked| strsim::osa_distance(&a.name.to_lowercase(), &name.to_lowercase());
    let nearest = asked.iter().filter(|a| app.is_none_or(|app| a.app == app)).min_by_key(near);
    let next = match nearest {
        Some(a) if near(&a) <= 1 + name.len() / 4 => {
            format!("did you mean {}? pontoon secret {command} {} --app {}", a.name, a.name, a.app)
        }
        _ => {
            "name it in the document first, such as `secrets: [API_KEY]` of an app; to see what is asked for: pontoon secret list"
                .into()
        }
    };
    Trouble::new(format!("nothing in the document asks for a secret {name}"), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str) -> Asked {
        let (app, name) = path.split_once('/').unwrap();
        Asked { path: path.into(), app: app.into(), name: name.into(), source: Source::Person, used_by: BTreeSet::new() }
    }

    #[test]
    fn a_name_is_found_or_the_nearest_is_offered() {
        let all = [asked("api/API_KEY"), asked("web/API_KEY"), asked("web/SLACK_WEBHOOK")];
        let found = |name, app| find(&all, name, app, "set");
        assert_eq!(found("SLACK_WEBHOOK", None).unwrap().app, "web");
        assert_eq!(found("API_KEY", Some("web")).unwrap().path, "web/API_KEY");
        assert_eq!(found("API_KEY", None).unwrap_err().next, "say whose: pontoon secret set API_KEY --app api");
        let near = found("SLACK_WEBHOK", None).unwrap_err();
        assert_eq!(near.what, "nothing in the document asks for a secret SLACK_WEBHOK");
        assert_eq!(near.next, "did you mean SLACK_WEBHOOK? pontoon secret set SLACK_WEBHOOK --app web");
        assert_eq!(found("SLACK_WEBHOOK", Some("api")).unwrap_err().next, "pontoon secret set SLACK_WEBHOOK --app web");
        assert!(found("ANOTHER", None).unwrap_err().next.ends_with("pontoon secret list"));
    }
}
