//! How a cluster, a pool or a replica is reached, and by whom: passwords only with `database:view_credentials`.

use super::{Engine, USERS, key};
use crate::{Cx, Req};
use serde_json::{Value, json};

/// Port of PostgreSQL. Source: DigitalOcean documentation, Managed Databases.
const PG: u16 = 25060;
/// Port of PostgreSQL's pools, and of Valkey. Source: DigitalOcean documentation, Managed Databases; its page "Connect to Valkey".
const POOL: u16 = 25061;

/// True when the token may see what `scope` guards.
#[must_use]
pub fn may(req: &Req, scope: &str) -> bool {
    req.principal.scopes.iter().any(|s| s == "*" || s == scope)
}

/// Who connects, with which password.
pub struct Login<'a> {
    /// User; empty when the connecting client brings its own.
    pub user: &'a str,
    /// Password.
    pub password: &'a str,
}

/// A connection as documents show it.
#[must_use]
pub fn to(req: &Req, engine: Engine, host: &str, database: &str, login: &Login<'_>) -> Value {
    let port = if engine == Engine::Pg { PG } else { POOL };
    at(req, engine, host, port, database, login)
}

/// A pool's connection.
#[must_use]
pub fn to_pool(req: &Req, host: &str, pool: &str, login: &Login<'_>) -> Value {
    at(req, Engine::Pg, host, POOL, pool, login)
}

fn at(req: &Req, engine: Engine, host: &str, port: u16, database: &str, login: &Login<'_>) -> Value {
    let shown = may(req, "database:view_credentials") && !login.user.is_empty();
    let who = if shown { format!("{}:{}@", login.user, login.password) } else { String::new() };
    let uri = match engine {
        Engine::Pg => format!("postgresql://{who}{host}:{port}/{database}?sslmode=require"),
        Engine::Valkey => format!("rediss://{who}{host}:{port}"),
    };
    let mut doc = json!({ "uri": uri, "database": database, "host": host, "port": port, "ssl": true });
    if shown {
        doc["user"] = login.user.into();
        doc["password"] = login.password.into();
    }
    doc
}

/// The password of a user of the cluster; empty when there is no such user.
#[must_use]
pub fn password<'a>(cx: &'a Cx, cluster: &str, user: &str) -> &'a str {
    cx.get(USERS, &key(cluster, user)).and_then(|u| u["_password"].as_str()).unwrap_or("")
}

/// The user that every cluster of the engine has.
#[must_use]
pub fn primary_user(engine: Engine) -> &'static str {
    match engine {
        Engine::Pg => "doadmin",
        Engine::Valkey => "default",
    }
}

/// The database that a connection begins in.
#[must_use]
pub fn first_database(engine: Engine) -> &'static str {
    match engine {
        Engine::Pg => "defaultdb",
        Engine::Valkey => "",
    }
}

/// The private name of a host: reachable from the VPC only.
#[must_use]
pub fn private(host: &str) -> String {
    format!("private-{host}")
}

/// A new public name for what is called `name`. No name comes back: a restored or recreated cluster has another one.
pub fn new_host(cx: &mut Cx, name: &str) -> String {
    let owner = 17_000_000 + cx.ordinal("database_host");
    let letter = cx.random_text("abcdefghjklm", 1);
    format!("{name}-do-user-{owner}-0.{letter}.db.ondigitalocean.com")
}

/// A new password.
pub fn new_password(cx: &mut Cx) -> String {
    format!("AVNS_{}", cx.random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 19))
}
