//! `pontoon secret set NAME`

use super::{Here, asked, asked::Source, value};
use crate::{
    args::SecretOf,
    commands::run::block_on,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
    stores::refused,
};
use pontoon_deliver::keys;
use pontoon_engine::secret_store::Kept;
use serde_json::json;

/// Gives a value.
pub fn set(settings: &Settings, of: &SecretOf) -> Outcome {
    let here = Here::read(settings, of, "set")?;
    let asked = asked::find(&here.asked, &of.name, of.app.as_deref(), "set")?;
    if let Source::Vendor(address, output) = &asked.source {
        return Err(Trouble::new(
            format!("{} is the {output} of {address}, which the vendor makes", of.name),
            format!("to have another made: pontoon secret rotate {} --app {}", of.name, asked.app),
        ));
    }
    let value = value(settings, &of.name, "set")?;
    if asked.source == Source::Key {
        keys::parse(&asked.name, &value).map_err(|why| Trouble::new(why, "put back what was kept: pontoon secret set --help"))?;
    }
    let path = here.path(asked);
    let (place, changed) = block_on(settings, &of.place, async {
        let opened = here.store(settings, of)?;
        let before = opened.store.get(&path).await.map_err(|e| refused(&e))?;
        let fields = Kept::value(value);
        if before.is_some_and(|b| b.fields == fields) {
            return Ok((opened.store.describe(), false));
        }
        opened.store.put(&path, fields).await.map_err(|e| refused(&e))?;
        Ok((opened.store.describe(), true))
    })?;
    if settings.json {
        print::line(&json!({ "path": path, "store": place, "changed": changed }).to_string());
    } else if changed {
        print::line(&format!("{path} is kept in {place}; what uses it follows: {}", here.afterwards(of)));
    } else {
        print::line(&format!("{path} in {place} has this value already"));
    }
    Ok(Exit::Done)
}
