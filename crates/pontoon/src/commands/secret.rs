//! `pontoon secret`: values for what the document only names.
//!
//! A value comes in through standard input or a prompt, never as an argument, which others could see; it never comes out.

mod asked;
mod list;
mod rotate;
mod set;

use crate::{
    args::{Secret as Args, SecretOf, Where},
    commands::inside::Wanted,
    contents::{build, lock},
    document::Loaded,
    exit::{Outcome, Trouble},
    settings::Settings,
    stores::{self, Opened},
};
use asked::Asked;
use pontoon_spec::{Spec, sections::secrets::GitSecrets};
use std::io::Read;

/// The longest value that is taken, in bytes: what Kubernetes holds in one Secret, with room for others.
const LONGEST: u64 = 256 * 1024;

/// Gives values, shows which there are, and changes them.
pub fn secret(settings: &Settings, args: &Args) -> Outcome {
    match args {
        Args::Set(of) => set::set(settings, of),
        Args::List { environment, place } => list::list(settings, environment.as_deref(), place),
        Args::Rotate(of) => rotate::rotate(settings, of),
    }
}

/// One environment with everything that it asks for.
struct Here {
    loaded: Loaded,
    spec: Spec,
    asked: Vec<Asked>,
}

impl Here {
    fn read(settings: &Settings, of: &SecretOf, command: &str) -> Outcome<Here> {
        let loaded = Loaded::read(settings)?;
        let environment = environment(&loaded, of.environment.as_deref(), &format!("secret {command} {}", of.name))?;
        let spec = loaded.spec(settings, &of.place, &environment)?;
        if !of.place.local {
            stores::built(&spec)?;
        }
        let built = build(settings, &spec, &lock(settings)?)?;
        let encrypted = *spec.secrets.git == GitSecrets::SopsAge || built.units.iter().any(|u| !u.secrets.is_empty());
        let mut asked = asked::of(&built.contents);
        asked.extend(asked::keys(&spec, encrypted));
        asked.extend(asked::workflows(&spec));
        Ok(Here { loaded, spec, asked })
    }

    /// The path of a value in the store.
    fn path(&self, asked: &Asked) -> String {
        format!("{}/{}/{}", self.spec.platform, self.spec.environment.value, asked.path)
    }

    fn store(&self, settings: &Settings, of: &SecretOf) -> Outcome<Opened> {
        stores::open(settings, &of.place, &self.spec)
    }

    /// What `up` makes of a new value.
    fn afterwards(&self, of: &SecretOf) -> String {
        of.place.up(self.spec.environment.as_str())
    }
}

/// The values that a person has to give and that are not there: whose and which, and how to give them. A local world has
/// something that stands in for each.
pub async fn missing(settings: &Settings, place: &Where, wanted: &Wanted) -> Outcome<Vec<(String, String)>> {
    if place.local {
        return Ok(Vec::new());
    }
    let asked = asked::of(&wanted.built.contents);
    if asked.iter().all(|a| a.source != asked::Source::Person) {
        return Ok(Vec::new());
    }
    let opened = stores::open(settings, place, &wanted.spec)?;
    let environment = &wanted.spec.environment.value;
    let prefix = format!("{}/{environment}/", wanted.spec.platform);
    let there = opened.store.list(&prefix).await.map_err(|e| stores::refused(&e))?;
    let lacks = |a: &&asked::Asked| !there.iter().any(|l| l.path.strip_prefix(&prefix) == Some(&a.path));
    let person = asked.iter().filter(|a| a.source == asked::Source::Person).filter(lacks);
    let how = |a: &asked::Asked| format!("pontoon secret set {} --env {environment} --app {}", a.name, a.app);
    Ok(person.map(|a| (a.path.clone(), how(a))).collect())
}

/// The environment that is meant.
fn environment(loaded: &Loaded, named: Option<&str>, command: &str) -> Outcome<String> {
    let all = loaded.environments();
    match (named, all.as_slice()) {
        (Some(name), _) if all.iter().any(|e| e == name) => Ok(name.to_owned()),
        (Some(name), _) => {
            Err(Trouble::new(format!("there is no environment {name}"), format!("one of these: {}", all.join(", "))))
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Trouble::new(
            format!("which environment? There are {}", all.join(", ")),
            format!("pontoon {command} --env {}", all.first().map_or("ENV", String::as_str)),
        )),
    }
}

/// A value from a person: asked without showing it where there is a terminal, otherwise everything on standard input but
/// the line's end.
fn value(settings: &Settings, name: &str, command: &str) -> Outcome<pontoon_core::secret::Secret> {
    let unreadable = |e: std::io::Error| {
        Trouble::new(format!("no value can be read: {e}"), format!("pipe it in: pontoon secret {command} {name} < FILE"))
    };
    let text = if settings.interactive {
        zeroize::Zeroizing::new(rpassword::prompt_password(format!("value of {name}: ")).map_err(unreadable)?)
    } else {
        let mut text = zeroize::Zeroizing::new(String::new());
        std::io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        text
    };
    let plain = text.strip_suffix('\n').map_or(text.as_str(), |t| t.strip_suffix('\r').unwrap_or(t));
    if plain.is_empty() {
        return Err(Trouble::new(
            format!("the value of {name} is empty: nothing was changed"),
            format!("pipe it in: pontoon secret {command} {name} < FILE"),
        ));
    }
    if text.len() as u64 > LONGEST {
        return Err(Trouble::new(
            format!("the value of {name} is longer than 256 KiB"),
            "is it the right file? A Secret holds 1 MiB",
        ));
    }
    Ok(pontoon_core::secret::Secret::new(plain))
}
