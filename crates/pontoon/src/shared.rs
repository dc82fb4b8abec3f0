//! The store that several people share, opened: which bucket, with which key, closed to whom.
//!
//! What a computer needs to reach it stands in two files that only their owner reads, beside the local
//! records: `state.json`, the bucket and this computer's own key for it, which can always be made again;
//! and `state.key`, the age key without which nobody reads anything. Variables come before both.

mod making;

pub use making::found;

use crate::{
    compose::{now, trouble_of_store},
    exit::{Outcome, Trouble},
    files, print,
    settings::Settings,
};
use pontoon_core::secret::Secret;
use pontoon_engine::{
    Refusal,
    objects::{Listed, Object, Objects, Put, When},
};
use pontoon_providers::{Bucket, Endpoints, SpacesKey};
use pontoon_secrets::{Draw, Identity};
use pontoon_spec::sections::infrastructure::{EngineKind, StateProvider};
use pontoon_store::{
    Store, Who,
    remote::{Keys, RemoteDisk},
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path, rc::Rc, time::Duration};

/// The variable with the age key.
pub const KEY: &str = "PONTOON_STATE_KEY";
const KEY_FILE: &str = "state.key";
const PLACE_FILE: &str = "state.json";

/// What the document asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What keeps it: `Spaces` or `S3`.
    pub provider: StateProvider,
    /// Its region.
    pub region: String,
    /// The variable that holds the token of the platform's own account.
    pub token: Option<String>,
}

/// What this computer knows of it.
#[derive(Serialize, Deserialize)]
struct Place {
    provider: String,
    region: String,
    bucket: String,
    /// This computer's own key; none where variables give one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_key: Option<String>,
}

/// A shared store that is open.
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What it stands on.
    pub disk: RemoteDisk,
}

/// What the document asks for; none for a folder beside it. A document with mistakes may still say so.
pub fn wanted(settings: &Settings) -> Outcome<Option<Wanted>> {
    if let Some(known) = settings.state.get() {
        return Ok(known.clone());
    }
    let specs = crate::document::read(settings, true)?.specs;
    let wanted = match specs.first() {
        // Another engine's state is that engine's: whoever runs the native one beside it keeps the record here.
        Some(first) if !matches!(*first.infrastructure.engine, EngineKind::Native) => None,
        Some(first) => {
            let state = &first.infrastructure.state;
            let region = state.region.as_ref().map_or_else(|| first.region.to_string(), |r| r.to_string());
            // What exists once is in the account of the last environment that has none of its own.
            let token = if specs.iter().any(|s| s.account.is_none()) { None } else { first.account.as_ref() };
            let token = token.map(|a| a.token.to_string());
            let shared = !matches!(*state.provider, StateProvider::Local);
            if shared && *state.per_environment {
                return Err(Trouble::new(
                    "infrastructure.state.perEnvironment is for OpenTofu's stacks: the native engine keeps a record of each environment in \
                     one bucket, where it also tells what they share and who writes",
                    "leave it out of platform.yaml, then: pontoon plan",
                ));
            }
            shared.then(|| Wanted { provider: *state.provider, region, token })
        }
        None => kept(settings).map(|p| Wanted { provider: provider(&p.provider), region: p.region, token: None }),
    };
    Ok(settings.state.get_or_init(|| wanted).clone())
}

fn provider(name: &str) -> StateProvider {
    if name == "s3" { StateProvider::S3 } else { StateProvider::Spaces }
}

/// Opens what the document asks for. One that is not there yet is empty.
pub fn open(settings: &Settings, wanted: &Wanted, platform: &str) -> Outcome<Rc<Opened>> {
    if let Some(opened) = settings.shared.get() {
        opened.disk.refresh().map_err(|e| trouble_of_store(&e))?;
        return Ok(opened.clone());
    }
    let opened = open_anew(settings, wanted, platform)?;
    Ok(settings.shared.get_or_init(|| opened).clone())
}

/// The same, with nothing remembered of what this command read before.
pub fn open_anew(settings: &Settings, wanted: &Wanted, platform: &str) -> Outcome<Rc<Opened>> {
    let objects: Box<dyn Objects> = match reach(settings, wanted, platform)? {
        Some(bucket) => Box::new(bucket),
        None => Box::new(Nowhere(format!("s3://{platform}-state"))),
    };
    let keys = Keys::new(identity(settings, objects.as_ref())?);
    let nonce = pontoon_core::digest::hex(&crate::compose::drawn()?, 16);
    let disk = RemoteDisk::open(objects, keys, platform, &who(settings, "pontoon"), &nonce).map_err(|e| trouble_of_store(&e))?;
    let store = Store::on(Rc::new(disk.clone()), disk.root(), platform).map_err(|e| trouble_of_store(&e))?;
    Ok(Rc::new(Opened { store, disk }))
}

/// The region of the bucket that this computer knows.
pub fn region_of(settings: &Settings, wanted: StateProvider) -> Option<String> {
    kept(settings).filter(|p| provider(&p.provider) == wanted).map(|p| p.region)
}

/// The bucket that this computer knows.
pub fn bucket_name(settings: &Settings) -> Option<String> {
    kept(settings).map(|p| p.bucket)
}

/// Who writes.
pub fn who(settings: &Settings, command: &str) -> Who {
    let (user, host) = settings.who.split_once('@').unwrap_or((settings.who.as_str(), ""));
    Who { user: user.into(), host: host.into(), pid: std::process::id(), command: command.into() }
}

/// The way into the bucket; none where there is no bucket yet.
fn reach(settings: &Settings, wanted: &Wanted, platform: &str) -> Outcome<Option<Bucket>> {
    let place = match kept(settings).filter(|p| provider(&p.provider) == wanted.provider && p.region == wanted.region) {
        Some(place) => place,
        None => match making::look(settings, wanted, platform)? {
            Some(place) => place,
            None => return Ok(None),
        },
    };
    let own = place.access_key.zip(place.secret_key).map(|(access, secret)| SpacesKey { access, secret: Secret::new(secret) });
    let Some(key) = own.or_else(|| variables(settings, wanted.provider)) else {
        return Err(Trouble::new(
            format!("there is no key for s3://{}", place.bucket),
            match wanted.provider {
                StateProvider::S3 => "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…".to_owned(),
                _ => format!("remove {}, and another one is made: pontoon plan", settings.own().join(PLACE_FILE).display()),
            },
        ));
    };
    bucket(settings, wanted, &place.bucket, key).map(Some)
}

/// A client of the bucket.
fn bucket(settings: &Settings, wanted: &Wanted, name: &str, key: SpacesKey) -> Outcome<Bucket> {
    let aside = pontoon_wire::Aside::start(&crate::compose::route(settings)?).map_err(|e| {
        Trouble::new(
            format!("the network cannot be used: {e}"),
            "install the system's CA certificates: apt install ca-certificates",
        )
    })?;
    Ok(Bucket::new(aside, now, &endpoints(settings, wanted)?, &wanted.region, name, key))
}

fn endpoints(settings: &Settings, wanted: &Wanted) -> Outcome<Endpoints> {
    let (variable, usual) = match wanted.provider {
        StateProvider::S3 => ("AWS_ENDPOINT_URL_S3", Endpoints::One(format!("https://s3.{}.amazonaws.com", wanted.region))),
        _ => ("SPACES_ENDPOINT_URL", Endpoints::ByRegion),
    };
    Ok(crate::compose::address(settings, variable)?.map_or(usual, Endpoints::One))
}

/// The key that variables give.
fn variables(settings: &Settings, provider: StateProvider) -> Option<SpacesKey> {
    let (access, secret) = match provider {
        StateProvider::S3 => ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        _ => ("SPACES_ACCESS_KEY_ID", "SPACES_SECRET_ACCESS_KEY"),
    };
    let (access, secret) = (settings.variable(access)?, settings.variable(secret)?);
    Some(SpacesKey { access: access.into(), secret: Secret::new(secret) })
}

fn kept(settings: &Settings) -> Option<Place> {
    serde_json::from_slice(&fs::read(settings.own().join(PLACE_FILE)).ok()?).ok()
}

/// The age key: of the variable or the keyring, of the file, or a new one where nothing was written yet.
fn identity(settings: &Settings, objects: &dyn Objects) -> Outcome<Identity> {
    let path = settings.own().join(KEY_FILE);
    let given = settings.token(Some(KEY)).map(|text| (text, KEY.to_owned()));
    let given = given.or_else(|| Some((Secret::new(fs::read_to_string(&path).ok()?), path.display().to_string())));
    if let Some((text, place)) = given {
        let again = format!("give the key of whoever made the store: export {KEY}=AGE-SECRET-KEY-1…");
        return Identity::parse(&text).map_err(|e| Trouble::new(format!("{place}: {e}"), again));
    }
    let there = objects.get("about.json").map_err(|r| Trouble::new(r.message, "check the network, then: pontoon doctor"))?;
    if there.is_some() {
        return Err(Trouble::new(
            format!("{} is closed, and there is no key for it here", objects.name()),
            format!("ask whoever made it for its key (the file .pontoon/{KEY_FILE} there), then: export {KEY}=AGE-SECRET-KEY-1…"),
        ));
    }
    let mut seed = [0u8; 32];
    let (one, two) = seed.split_at_mut(16);
    one.copy_from_slice(&crate::compose::drawn()?);
    two.copy_from_slice(&crate::compose::drawn()?);
    let identity = Identity::draw(&mut Draw::new(seed));
    identity.prove().map_err(|e| Trouble::new(format!("the new key does not work: {e}"), "run it again"))?;
    if matches!(objects.name(), name if name.ends_with("-state")) {
        // Nothing is kept of a store that is only looked for.
        return Ok(identity);
    }
    let text = zeroize::Zeroizing::new(format!(
        "# opens the shared state; public key: {}\n{}\n",
        identity.recipient(),
        identity.text().expose()
    ));
    private(&path, text.as_bytes())?;
    print::note(&format!(
        "made the key of the shared state, {}: keep a copy of it, and give it to who works on this platform as {KEY}; \
         without it nobody reads the state",
        path.display()
    ));
    Ok(identity)
}

/// Writes a file that only its owner reads.
fn private(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let write = folder.and_then(|()| files::write(path, bytes, files::Readers::Owner));
    write.map_err(|e| Trouble::new(format!("{}: cannot be written: {e}", path.display()), "make the folder writable"))
}

/// A bucket that is not there.
struct Nowhere(String);

impl Objects for Nowhere {
    fn get(&self, _: &str) -> Result<Option<Object>, Refusal> {
        Ok(None)
    }
    fn put(&self, _: &str, _: &[u8], _: When<'_>) -> Result<Put, Refusal> {
        let message = format!("{} is not made yet: the first up makes it", self.0);
        Err(Refusal { class: pontoon_core::call::Class::NotFound, message, retry_after: None })
    }
    fn list(&self, _: &str) -> Result<Vec<Listed>, Refusal> {
        Ok(Vec::new())
    }
    fn remove(&self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }
    fn pause(&self, _: Duration) {}
    fn now(&self) -> jiff::Timestamp {
        now()
    }
    fn name(&self) -> &str {
        &self.0
    }
}
