//! `pontoon secret rotate NAME`: another value, by whoever makes it.

use super::{Here, asked, asked::Source, value};
use crate::{
    args::{Limits, SecretOf},
    commands::{
        change::Change,
        run::{Session, block_on},
    },
    compose::{Composition, trouble_of_store},
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
    stores::refused,
};
use pontoon_catalog::digitalocean::spaces_key::SPACES_KEY;
use pontoon_core::{address::Address, call::Call, plan::Command, value::Value};
use pontoon_deliver::keys::{self, AGE_KEY};
use pontoon_engine::{
    Provider,
    secret_store::{Kept, VALUE},
};
use pontoon_secrets::password::password;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// Another value: drawn where it is drawn, asked for where a person gives it, made by the vendor where it is the vendor's.
pub fn rotate(settings: &Settings, of: &SecretOf) -> Outcome {
    let here = Here::read(settings, of, "rotate")?;
    let asked = asked::find(&here.asked, &of.name, of.app.as_deref(), "rotate")?;
    let path = here.path(asked);
    let place = match &asked.source {
        Source::Vendor(address, output) => {
            let again = address.kind() == SPACES_KEY.kind;
            let ended = match again {
                true => block_on(settings, &of.place, another(settings, of, &here, address))?,
                false => block_on(settings, &of.place, by_vendor(settings, of, &here, address, output))?,
            };
            if ended != Exit::Done {
                return Ok(ended);
            }
            "DigitalOcean".to_owned()
        }
        Source::Key => block_on(settings, &of.place, key(settings, of, &here, &asked.name))?,
        Source::Person | Source::Workflows => {
            let given = value(settings, &of.name, "rotate")?;
            block_on(settings, &of.place, keep(settings, of, &here, &path, |_| Ok(given)))?
        }
        Source::Drawn(length) => {
            let length = *length as usize;
            block_on(settings, &of.place, keep(settings, of, &here, &path, |draw| Ok(password(draw, length))))?
        }
    };
    if settings.json {
        print::line(&json!({ "path": path, "store": place, "changed": true }).to_string());
    } else {
        print::line(&format!("{path} has another value in {place}; what uses it follows: {}", here.afterwards(of)));
    }
    Ok(Exit::Done)
}

async fn keep(
    settings: &Settings,
    of: &SecretOf,
    here: &Here,
    path: &str,
    new: impl FnOnce(&mut pontoon_secrets::Draw) -> Outcome<pontoon_core::secret::Secret>,
) -> Outcome<String> {
    let opened = here.store(settings, of)?;
    let old = opened.store.get(path).await.map_err(|e| refused(&e))?;
    let old = old.and_then(|k| k.fields.get(VALUE).map(pontoon_core::secret::Secret::fingerprint)).unwrap_or_default();
    // In a world the same purpose draws the same: what was there makes it another one.
    let mut draw = opened.draw(&format!("rotate {path} {old}"))?;
    opened.store.put(path, Kept::value(new(&mut draw)?)).await.map_err(|e| refused(&e))?;
    Ok(opened.store.describe())
}

/// Makes another key of the platform's own: tried, and kept with the one before until nothing stands on that any more.
async fn key(settings: &Settings, of: &SecretOf, here: &Here, name: &str) -> Outcome<String> {
    let opened = here.store(settings, of)?;
    let keeper = opened.keeper(settings, &here.spec)?;
    let prefix = format!("{}/{}", here.spec.platform, here.spec.environment.value);
    let draw = opened.draw(&format!("rotate {name}"))?;
    let made = match name {
        AGE_KEY => keys::renew(keeper.as_ref(), &draw, &prefix).await.map(|_| ()),
        _ => keys::renew_deploy(keeper.as_ref(), &draw, &prefix).await,
    };
    made.map_err(|why| Trouble::new(why, here.afterwards(of)))?;
    Ok(opened.store.describe())
}

/// Has the vendor make another password. Source: DigitalOcean's API reference, "Reset a Database User's Password".
async fn by_vendor(settings: &Settings, of: &SecretOf, here: &Here, address: &Address, output: &str) -> Outcome {
    let environment = here.spec.environment.as_str();
    let composition = Composition::open(settings, &of.place, here.spec.platform.as_str(), here.loaded.token(environment))?;
    let record = composition.store.load(address.scope()).map_err(|e| trouble_of_store(&e))?;
    let find = |a: &Address| record.as_ref().and_then(|r| r.resources.get(a));
    let up = here.afterwards(of);
    let recorded = find(address).ok_or_else(|| Trouble::new(format!("{address} does not exist yet"), up.clone()))?;
    let parent = recorded.parent.as_ref().and_then(find);
    let call = reset(address.kind(), output, &recorded.id, parent.map(|p| p.id.as_str()));
    let call = call.ok_or_else(|| fixed(address, output))?;
    let session = Session::open(settings, &composition, here.spec.platform.as_str(), environment)?;
    let answer = session.vendors.digitalocean.send(&call, Duration::from_secs(60)).await;
    session.close().await;
    answer.map_err(|r| Trouble::new(r.message, "what is wrong: pontoon doctor"))?;
    Ok(Exit::Done)
}

/// Makes another key beside the one that is used; that one goes at the end of the `up` that handed the new one on.
async fn another(settings: &Settings, of: &SecretOf, here: &Here, address: &Address) -> Outcome {
    let environment = here.spec.environment.as_str();
    let platform = here.loaded.compile(settings, &of.place, environment)?;
    let limits = Limits { only: vec![address.clone()], ..Limits::default() };
    let change = Change {
        renew: Some(address),
        // The command itself is the wish.
        yes: true,
        ..Change::new(Command::Up, Some(environment), &platform, &of.place, &limits)
    };
    Ok(change.carry_out_alone(settings, &here.loaded).await?.0)
}

/// The call that makes another one; none for what the vendor cannot change in place.
fn reset(kind: &str, output: &str, id: &str, parent: Option<&str>) -> Option<Call> {
    let (cluster, user) = match (kind, output) {
        ("digitalocean.database_user", "password") => (parent?, id),
        ("digitalocean.database", "password" | "admin_uri") => (id, "doadmin"),
        _ => return None,
    };
    let path = format!("/v2/databases/{cluster}/users/{user}/reset_auth");
    Some(Call::new("digitalocean", "POST", path, "database:update").body(Value::Map(BTreeMap::new())))
}

/// Why there is no other one, and what a person can do. Never to remove what holds data.
fn fixed(address: &Address, output: &str) -> Trouble {
    Trouble::new(
        format!("the {output} of {address} is the vendor's own and no password: it changes only with the thing itself"),
        "what can be changed is a password or a value of yours: pontoon secret list",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_reset_and_nothing_else_is_touched() {
        let path = |kind, output, parent| reset(kind, output, "x", parent).and_then(|c| c.path.as_text().map(str::to_owned));
        let user = path("digitalocean.database_user", "password", Some("db"));
        assert_eq!(user.as_deref(), Some("/v2/databases/db/users/x/reset_auth"));
        let administrator = path("digitalocean.database", "admin_uri", None);
        assert_eq!(administrator.as_deref(), Some("/v2/databases/x/users/doadmin/reset_auth"));
        for (kind, output) in
            [("digitalocean.database", "ca"), ("digitalocean.spaces_key", "secret"), ("digitalocean.database_user", "password")]
        {
            assert_eq!(path(kind, output, None), None, "{kind} {output}");
        }
        let database: Address = "prod/digitalocean.database.main".parse().unwrap();
        let said = fixed(&database, "ca");
        assert!(!said.next.contains("delete"), "a database is never deleted for its certificate: {}", said.next);
    }
}
