//! Whose token it is, and the keys to Spaces.

use super::{
    super::run::Session,
    patient::{Group, Patient, text},
    report::Report,
    scopes::{ACCOUNT, KEYS},
};
use crate::{args::Where, settings::Settings};
use pontoon_catalog::List;
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use pontoon_engine::{Provider, Refusal};
use pontoon_providers::Account;
use std::{collections::BTreeMap, time::Duration};

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often something is asked that passes by itself.
const TRIES: u32 = 3;
/// Spaces keys that an account may have. Source: API reference, "Spaces Keys".
const MOST_KEYS: i64 = 200;

/// Asks the vendor.
pub struct Ask<'a> {
    session: &'a Session<'a>,
}

impl<'a> Ask<'a> {
    /// Asks in a session.
    pub fn new(session: &'a Session<'a>) -> Ask<'a> {
        Ask { session }
    }

    /// One call, again where the vendor asks for patience.
    ///
    /// # Errors
    /// What the vendor said.
    pub async fn call(&self, call: &Call) -> Result<Value, Refusal> {
        let spaces = self.session.vendors.spaces();
        let router = self.session.vendors.router(&spaces);
        let mut tries = 1;
        loop {
            match router.send(call, DEADLINE).await {
                Ok(reply) => return Ok(reply.body),
                Err(r) if tries < TRIES && matches!(r.class, Class::RateLimited | Class::Transient) => {
                    let wait = r.retry_after.unwrap_or(Duration::from_secs(1)).min(DEADLINE);
                    self.session.composition.clock.sleep(wait).await;
                    tries += 1;
                }
                Err(r) => return Err(r),
            }
        }
    }

    /// A read of one of the vendor's own documents.
    ///
    /// # Errors
    /// What the vendor said.
    pub async fn get(&self, path: &str, scope: &str) -> Result<Value, Refusal> {
        self.call(&Call::new("digitalocean", "GET", path, scope)).await
    }

    /// All pages of one.
    ///
    /// # Errors
    /// What the vendor said.
    pub async fn all(&self, path: &str, items: &str, scope: &str) -> Result<Vec<Value>, Refusal> {
        let call = Call::new("digitalocean", "GET", path, scope).query("per_page", 200i64);
        let listing = pontoon_core::call::Listing { call, items: items.into(), paged: true, absent_is_empty: true };
        self.session.vendors.digitalocean.list(&listing).await.map(|(objects, _)| objects)
    }
}

/// Whether the token is accepted, and its team the one that everything is in. None: nothing else can
/// be asked with it.
pub async fn token(ask: &Ask<'_>, patient: &Patient, group: &Group, report: &mut Report) -> Option<Account> {
    // The first call tells a token that is none (401) from one that lacks a scope (403).
    let probe = Call::new("digitalocean", "GET", "/v2/account", ACCOUNT).class(401, Class::Invalid);
    if let Err(r) = ask.call(&probe).await {
        let variable = group.token.as_deref().unwrap_or("DIGITALOCEAN_TOKEN");
        match r.class {
            Class::Denied => {
                let next = "add it to the token; all that are needed: pontoon doctor --scopes";
                report.broken("token", format!("it is accepted, but lacks the scope {ACCOUNT}"), next);
            }
            Class::Invalid => {
                let next = format!("make one at https://cloud.digitalocean.com/account/api/tokens, then: export {variable}=…");
                report.broken("token", format!("it is not accepted: {}", r.message), next);
            }
            _ => report.broken("token", format!("nobody answers: {}", r.message), "check the network, then: pontoon doctor"),
        }
        return None;
    }
    let account = match ask.session.vendors.account().await {
        Ok(account) => account,
        Err(r) => {
            report.broken("token", r.message, "run it again: pontoon doctor");
            return None;
        }
    };
    let team = &account.team;
    let pinned = group.records.iter().filter_map(|r| Some((r.scope.to_string(), r.team.as_ref()?.id.clone())));
    let declared = group.teams.iter().map(|(e, t)| (e.clone(), t.clone()));
    if let Some((scope, other)) = pinned.chain(declared).find(|(_, id)| !id.eq_ignore_ascii_case(&team.id)) {
        let text = format!("it is of team {} ({}), and {scope} of {} is in team {other}", team.name, team.id, patient.platform);
        report.broken("token", text, "use a token of that team: nothing is changed in another one");
        return None;
    }
    report.good("token", format!("accepted, of team {} ({})", team.name, team.id));
    Some(account)
}

/// Whether buckets can be made: by the key that a person gave, or by one that the run makes.
pub async fn spaces(
    settings: &Settings,
    place: &Where,
    ask: &Ask<'_>,
    group: &Group,
    counts: &BTreeMap<String, i64>,
    report: &mut Report,
) {
    let Some(bucket) = group.of("spaces.bucket").next() else { return };
    let given = settings
        .variable("SPACES_ACCESS_KEY_ID")
        .filter(|_| !place.local && settings.variable("SPACES_SECRET_ACCESS_KEY").is_some());
    if let Some(key) = given {
        let listing = pontoon_catalog::find("spaces.bucket").map(|k| k.list);
        let Some(List::Region(listing)) = listing else { return };
        match ask.call(&listing(text(bucket, "region")).call).await {
            Ok(_) => report.good("Spaces", format!("the key {key} is accepted in {}", text(bucket, "region"))),
            Err(r) => {
                let next = "unset SPACES_ACCESS_KEY_ID, and each run makes a key of its own; or give one with full access";
                report.broken("Spaces", format!("the key {key} is not accepted: {}", r.message), next);
            }
        }
        return;
    }
    let Some(count) = counts.get(KEYS) else { return };
    let wanted = i64::try_from(group.of("digitalocean.spaces_key").count()).unwrap_or(i64::MAX);
    let held: usize =
        group.records.iter().map(|r| r.resources.keys().filter(|a| a.kind() == "digitalocean.spaces_key").count()).sum();
    let more = wanted - i64::try_from(held).unwrap_or(0) + 1;
    let text = format!("{count} of {MOST_KEYS} keys are in use; each run makes one for itself and removes it");
    if count + more > MOST_KEYS {
        report.broken(
            "Spaces",
            format!("{text}, and {more} more are needed"),
            "remove keys that nobody uses, in the control panel",
        );
    } else {
        report.good("Spaces", text);
    }
}
