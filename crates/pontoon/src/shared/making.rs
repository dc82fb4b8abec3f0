//! The bucket of the shared state, made before anything else, and this computer's own key for it.
//!
//! Only full access makes buckets, and nothing that stays should have it: a key for that is made and
//! removed again. What stays is a key that reads and writes this one bucket.

use super::{PLACE_FILE, Place, Wanted, bucket, private, variables};
use crate::{
    compose::{RealClock, drawn, outside, route},
    exit::{Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_core::{
    call::{Call, Class},
    digest,
    name::{Limits, outside_name},
    secret::Secret,
    value::Value,
};
use pontoon_engine::{Clock, Objects, Provider, Refusal};
use pontoon_providers::{Budget, DigitalOcean, KeySource, SessionKeys, SpacesKey, account};
use pontoon_spec::sections::infrastructure::StateProvider;
use std::{future::Future, rc::Rc, time::Duration};

/// How long a new key may take until it is known everywhere.
const KNOWN: u32 = 10;

/// Looks for the bucket; none where there is none yet. Makes nothing but this computer's own key.
pub(super) fn look(settings: &Settings, wanted: &Wanted, platform: &str) -> Outcome<Option<Place>> {
    reach(settings, wanted, platform, false)
}

/// Makes the bucket where there is none yet.
pub fn found(settings: &Settings, wanted: &Wanted, platform: &str) -> Outcome<()> {
    let is_known =
        super::kept(settings).is_some_and(|p| super::provider(&p.provider) == wanted.provider && p.region == wanted.region);
    if is_known {
        return Ok(());
    }
    reach(settings, wanted, platform, true).map(|_| ())
}

fn reach(settings: &Settings, wanted: &Wanted, platform: &str, make: bool) -> Outcome<Option<Place>> {
    let team =
        with_digitalocean(
            settings,
            wanted,
            platform,
            |client, _| async move { Ok::<_, Refusal>(account(&client).await?.team.id) },
        )?;
    let name = bucket_name(platform, &team);
    let (given, aws) = (variables(settings, wanted.provider), matches!(wanted.provider, StateProvider::S3));
    if aws && settings.variable("AWS_SESSION_TOKEN").is_some() {
        return Err(Trouble::new(
            "AWS_SESSION_TOKEN is set, and keys of a session are not built yet for the state in S3",
            "use a key that stays: unset AWS_SESSION_TOKEN; export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…",
        ));
    }
    if let Some(key) = given {
        let client = bucket(settings, wanted, &name, key)?;
        if !present(&client, make, aws).map_err(|r| refused(&r))? {
            return Ok(None);
        }
        return keep(settings, wanted, name, None).map(Some);
    }
    if aws {
        return Err(Trouble::new(
            format!("there is no key for s3://{name}"),
            "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…, a key that may make this bucket and use it",
        ));
    }
    with_full_access(settings, wanted, platform, name, make)
}

/// The bucket of a platform in a team.
fn bucket_name(platform: &str, team: &str) -> String {
    outside_name(Limits::LABEL, platform, "state", &digest::hex(format!("{platform}\0{team}").as_bytes(), 8))
}

fn present(client: &pontoon_providers::Bucket, make: bool, aws: bool) -> Result<bool, Refusal> {
    let mut tries = 0;
    loop {
        let found = client.exists().and_then(|there| {
            if !there && make {
                client.make(aws)?;
                print::note(&format!(
                    "made the bucket of the shared state, {}: it keeps earlier versions for 90 days",
                    client.name()
                ));
            }
            Ok(there || make)
        });
        match found {
            // A key that was just made is not known everywhere at once.
            Err(r) if tries < KNOWN && matches!(r.class, Class::Denied | Class::Transient | Class::Indeterminate) => {
                let is_new = r.message.contains("InvalidAccessKeyId") || r.class != Class::Denied;
                if !is_new {
                    return Err(r);
                }
                client.pause(Duration::from_secs(2));
                tries += 1;
            }
            found => return found,
        }
    }
}

fn with_full_access(settings: &Settings, wanted: &Wanted, platform: &str, name: String, make: bool) -> Outcome<Option<Place>> {
    let full = with_digitalocean(settings, wanted, platform, |_, session| async move { session.key().await })?;
    let result = scoped(settings, wanted, platform, &name, full.clone(), make);
    // By its id, so that whatever happened in between it goes.
    let removed = with_digitalocean(settings, wanted, platform, move |client, _| async move {
        let path = format!("/v2/spaces/keys/{}", full.access);
        client.send(&Call::new("digitalocean", "DELETE", path, "spaces_key:delete"), Duration::from_secs(60)).await.map(|_| ())
    });
    if let Err(t) = removed {
        print::note(&format!("the key that made the bucket could not be removed, a later run removes it: {}", t.what));
    }
    let Some(key) = result? else { return Ok(None) };
    keep(settings, wanted, name, Some(key)).map(Some)
}

/// Looks or makes with a key that may do everything; answers with one for this bucket alone.
fn scoped(
    settings: &Settings,
    wanted: &Wanted,
    platform: &str,
    name: &str,
    full: SpacesKey,
    make: bool,
) -> Outcome<Option<SpacesKey>> {
    if !present(&bucket(settings, wanted, name, full)?, make, false).map_err(|r| refused(&r))? {
        return Ok(None);
    }
    let label: String =
        settings.who.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let label = outside_name(Limits::LABEL, name, "", &label);
    let grant = Value::map([("bucket", name.into()), ("permission", "readwrite".into())]);
    let body = Value::map([("name", label.as_str().into()), ("grants", Value::List(vec![grant]))]);
    let made = with_digitalocean(settings, wanted, platform, move |client, _| async move {
        let call = Call::new("digitalocean", "POST", "/v2/spaces/keys", "spaces_key:create_credentials").body(body);
        let reply = client.send(&call, Duration::from_secs(60)).await?;
        let text = |p: &str| reply.body.at(p).and_then(Value::as_text).map(str::to_owned);
        let unreadable = "the new Spaces key came without its secret".to_owned();
        let key = text("key.access_key").zip(text("key.secret_key"));
        let (access, secret) = key.ok_or(Refusal { class: Class::Unreadable, message: unreadable, retry_after: None })?;
        Ok(SpacesKey { access, secret: Secret::new(secret) })
    })?;
    present(&bucket(settings, wanted, name, made.clone())?, false, false).map_err(|r| refused(&r))?;
    print::note(&format!(
        "made the key {label} for the bucket {name} alone; it is kept in {}",
        settings.own().join(PLACE_FILE).display()
    ));
    Ok(Some(made))
}

/// Keeps what was found for the next command on this computer.
fn keep(settings: &Settings, wanted: &Wanted, name: String, key: Option<SpacesKey>) -> Outcome<Place> {
    let place = Place {
        provider: wanted.provider.to_string(),
        region: wanted.region.clone(),
        bucket: name,
        access_key: key.as_ref().map(|k| k.access.clone()),
        secret_key: key.map(|k| k.secret.expose().to_owned()),
    };
    private(&settings.own().join(PLACE_FILE), serde_json::to_string_pretty(&place).unwrap_or_default().as_bytes())?;
    Ok(place)
}

/// Speaks with DigitalOcean beside whatever runs here.
fn with_digitalocean<T: Send + 'static, F: Future<Output = Result<T, Refusal>>>(
    settings: &Settings,
    wanted: &Wanted,
    platform: &str,
    ask: impl FnOnce(Rc<DigitalOcean>, Rc<SessionKeys>) -> F + Send + 'static,
) -> Outcome<T> {
    let (base, token) = crate::compose::digitalocean(settings, wanted.token.as_deref())?;
    let (platform, nonce) = (platform.to_owned(), digest::hex(&drawn()?, 6));
    let route = route(settings)?;
    let answer = pontoon_wire::aside(move || async move {
        let wire = outside(&route)?;
        let clock: Rc<dyn Clock> = Rc::new(RealClock);
        let client = Rc::new(DigitalOcean::new(wire, &base, token, Rc::new(Budget::new(clock.clone()))));
        let session = Rc::new(SessionKeys::new(client.clone(), clock, &platform, "state", &nonce));
        ask(client, session).await.map_err(|r| refused(&r))
    });
    answer.map_err(|e| Trouble::new(format!("the network cannot be used: {e}"), "run it again"))?
}

fn refused(r: &Refusal) -> Trouble {
    let next = match r.class {
        Class::Denied => {
            "the shared state needs a token with the scopes account:read, spaces_key:create_credentials and \
             spaces_key:delete; all that are needed: pontoon doctor --scopes"
        }
        Class::Invalid if r.message.contains("BucketAlreadyExists") => {
            "somebody else in the world has a bucket of this name; give the platform another name in platform.yaml, then: pontoon check"
        }
        _ => "check the network, then run it again; what is wrong: pontoon doctor",
    };
    Trouble::new(format!("the shared state cannot be reached: {}", r.message), next)
}
