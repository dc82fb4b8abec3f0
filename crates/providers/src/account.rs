//! Whose account a token belongs to.

use crate::DigitalOcean;
use pontoon_core::{call::Call, record::Team, value::Value};
use pontoon_engine::{Provider, Refusal};
use std::time::Duration;

/// An account, as its token shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The team; the account itself where it has none.
    pub team: Team,
    /// Droplets that may exist at the same time, nodes included.
    pub droplet_limit: Option<i64>,
    /// Volumes that may exist at the same time.
    pub volume_limit: Option<i64>,
}

/// Reads it: one call, which any token may make that has `account:read`.
///
/// # Errors
/// Where the vendor refuses.
pub async fn account(client: &DigitalOcean) -> Result<Account, Refusal> {
    let call = Call::new("digitalocean", "GET", "/v2/account", "account:read");
    let reply = client.send(&call, Duration::from_secs(60)).await?;
    let text = |path: &str| reply.body.at(path).and_then(Value::as_text).map(str::to_owned);
    let number = |path: &str| reply.body.at(path).and_then(Value::as_i64);
    let id = text("account.team.uuid").or_else(|| text("account.uuid")).unwrap_or_default();
    let name = text("account.team.name").or_else(|| text("account.email")).unwrap_or_default();
    Ok(Account {
        team: Team { id, name },
        droplet_limit: number("account.droplet_limit"),
        volume_limit: number("account.volume_limit"),
    })
}
