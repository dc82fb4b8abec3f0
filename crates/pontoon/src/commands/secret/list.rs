//! `pontoon secret list`

use super::{Here, asked::Source, environment};
use crate::{
    args::{SecretOf, Where},
    commands::run::block_on,
    document::Loaded,
    exit::{Exit, Outcome},
    print,
    settings::Settings,
    stores::{self, refused},
};
use jiff::Timestamp;
use pontoon_deliver::{
    actions,
    keys::{AGE_KEY_BEFORE, OWNER},
    values::SALT,
};
use pontoon_ui::style::Ink;
use serde_json::json;
use std::collections::BTreeMap;

/// A line: never the value.
struct Row {
    name: String,
    app: String,
    source: &'static str,
    state: &'static str,
    since: Option<Timestamp>,
    used_by: Vec<String>,
}

/// Shows what is asked for, whether it is there and since when, and what is there without being asked for.
pub fn list(settings: &Settings, named: Option<&str>, place: &Where) -> Outcome {
    let loaded = Loaded::read(settings)?;
    let environments = match named {
        Some(_) => vec![environment(&loaded, named, "secret list")?],
        None => loaded.environments(),
    };
    let mut documents = Vec::new();
    for environment in environments {
        let of = SecretOf { name: String::new(), environment: Some(environment.clone()), app: None, place: place.clone() };
        let here = Here::read(settings, &of, "list")?;
        let (store, rows, now) = block_on(settings, place, rows(settings, &here, &of))?;
        if settings.json {
            let rows: Vec<_> = rows.iter().map(document).collect();
            documents.push(json!({ "environment": environment, "store": store, "secrets": rows }));
        } else {
            print::line(&format!("{}  {store}", settings.out.paint(Ink::Strong, &environment)));
            rows_of(settings, &rows, now);
        }
    }
    if settings.json {
        print::line(&json!({ "platform": loaded.platform(), "environments": documents }).to_string());
    }
    Ok(Exit::Done)
}

async fn rows(settings: &Settings, here: &Here, of: &SecretOf) -> Outcome<(String, Vec<Row>, Timestamp)> {
    let opened = stores::open(settings, &of.place, &here.spec)?;
    let prefix = format!("{}/{}/", here.spec.platform, here.spec.environment.value);
    let listed = opened.store.list(&prefix).await.map_err(|e| refused(&e))?;
    let mut there: BTreeMap<String, Option<Timestamp>> =
        listed.into_iter().filter_map(|l| Some((l.path.strip_prefix(&prefix)?.to_owned(), l.since))).collect();
    let mut rows = Vec::new();
    for asked in &here.asked {
        let kept = there.remove(&asked.path);
        let state = match (&asked.source, &kept) {
            (_, Some(_)) => "set",
            (Source::Workflows, None) => "not given",
            (Source::Person, None) if of.place.local => "stand-in",
            (Source::Person, None) => "missing",
            (Source::Drawn(_) | Source::Key, None) => "comes with up",
            (Source::Vendor(..), None) => "asked for when needed",
        };
        rows.push(Row {
            name: asked.name.clone(),
            app: asked.app.clone(),
            source: asked.source.word(),
            state,
            since: kept.flatten(),
            used_by: asked.used_by.iter().cloned().collect(),
        });
    }
    // What a rotation still needs, and what stamps are made with, is no leftover.
    for own in [AGE_KEY_BEFORE, SALT] {
        there.remove(&format!("{OWNER}/{own}"));
    }
    there.remove(&format!("{}/{}", actions::OWNER, actions::SEALED));
    for (path, since) in there {
        let (app, name) = path.rsplit_once('/').unwrap_or(("", &path));
        rows.push(Row { name: name.into(), app: app.into(), source: "", state: "unused", since, used_by: Vec::new() });
    }
    Ok((opened.store.describe(), rows, opened.clock.now()))
}

fn document(row: &Row) -> serde_json::Value {
    json!({
        "name": row.name,
        "app": row.app,
        "source": row.source,
        "state": row.state,
        "since": row.since.map(|s| s.to_string()),
        "used_by": row.used_by,
    })
}

fn rows_of(settings: &Settings, rows: &[Row], now: Timestamp) {
    let width = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (name, app, state) = (width(|r| r.name.len()), width(|r| r.app.len()), width(|r| r.state.len()));
    for r in rows {
        let ink = match r.state {
            "set" => Ink::Good,
            "missing" => Ink::Bad,
            _ => Ink::Faint,
        };
        let word = settings.out.paint(ink, &format!("{:state$}", r.state));
        let used = settings.out.paint(Ink::Faint, &r.used_by.join(", "));
        let age = r.since.map(|s| age(s, now)).unwrap_or_default();
        print::line(format!("  {:name$}  {:app$}  {:6}  {word}  {age:>5}  {used}", r.name, r.app, r.source).trim_end());
    }
}

/// How old, in the largest unit that is not zero.
fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = (now.as_second() - since.as_second()).max(0);
    match seconds {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min", s / 60),
        s if s < 86_400 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}
