//! Addresses in configuration: URLs of servers.

use percent_encoding::percent_decode_str;

/// What is on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// PostgreSQL.
    Postgres,
    /// Redis and Valkey.
    Redis,
    /// RabbitMQ.
    Amqp,
    /// MongoDB, MySQL, Kafka, NATS and whatever else must answer before a program goes on.
    Other,
    /// HTTP and gRPC: a program starts without it, as long as it can be reached at all.
    Http,
}

/// A server and a login.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address {
    /// The protocol.
    pub protocol: Protocol,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User; empty when none is named.
    pub user: String,
    /// Password; empty when none is named.
    pub password: String,
    /// Database or virtual host; empty when none is named.
    pub database: String,
    /// Whether the connection is encrypted; `None` when it is left to the two.
    pub tls: Option<bool>,
}

impl Address {
    /// A server without a login.
    pub(crate) fn bare(protocol: Protocol, host: &str, port: u16) -> Self {
        let empty = String::new;
        Self { protocol, host: host.to_owned(), port, user: empty(), password: empty(), database: empty(), tls: None }
    }
}

/// Scheme → protocol, port, encrypted.
fn scheme(name: &str) -> Option<(Protocol, u16, Option<bool>)> {
    Some(match name {
        "postgres" | "postgresql" => (Protocol::Postgres, 5432, None),
        "redis" | "valkey" => (Protocol::Redis, 6379, Some(false)),
        "rediss" | "valkeys" => (Protocol::Redis, 6379, Some(true)),
        "amqp" => (Protocol::Amqp, 5672, Some(false)),
        "amqps" => (Protocol::Amqp, 5671, Some(true)),
        "mongodb" => (Protocol::Other, 27017, None),
        "mysql" | "mariadb" => (Protocol::Other, 3306, None),
        "nats" => (Protocol::Other, 4222, None),
        "kafka" => (Protocol::Other, 9092, None),
        "http" | "ws" => (Protocol::Http, 80, Some(false)),
        "https" | "wss" => (Protocol::Http, 443, Some(true)),
        "grpc" => (Protocol::Http, 443, None),
        _ => return None,
    })
}

/// Reads a URL; `None` when `text` is none of a protocol that is known, or names this very machine.
pub(crate) fn parse(text: &str) -> Option<Address> {
    let text = text.trim().trim_matches(['"', '\'']);
    let text = text.strip_prefix("jdbc:").unwrap_or(text);
    let (name, rest) = text.split_once("://")?;
    let (protocol, default, mut tls) = scheme(name)?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (login, server) = match authority.rsplit_once('@') {
        Some((login, server)) => (login, server),
        None => ("", authority),
    };
    // Of several servers the first one stands for all.
    let server = server.split(',').next().unwrap_or("");
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (server, default),
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || !host.chars().all(legal) || is_self(host) {
        return None;
    }
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = tail.trim_start_matches('/').split(['?', '#']).next().unwrap_or("");
    let query = tail.split_once('?').map_or("", |(_, q)| q);
    let asked = |key: &str| query.split('&').find_map(|p| p.strip_prefix(key)?.strip_prefix('='));
    match asked("sslmode").or_else(|| asked("tls")).or_else(|| asked("ssl")) {
        Some("disable" | "false") => tls = Some(false),
        Some("require" | "verify-ca" | "verify-full" | "true") => tls = Some(true),
        _ => {}
    }
    let or_asked = |own: String, key: &str| if own.is_empty() { asked(key).map(decode).unwrap_or_default() } else { own };
    let database = if protocol == Protocol::Http { String::new() } else { decode(path) };
    Some(Address {
        protocol,
        host: host.trim_end_matches('.').to_ascii_lowercase(),
        port,
        user: or_asked(decode(user), "user"),
        password: or_asked(decode(password), "password"),
        database,
        tls,
    })
}

fn is_self(host: &str) -> bool {
    host == "localhost" || host == "0.0.0.0" || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_logins() {
        let read = parse("postgresql://app:p%40ss@db-rw.shop:5432/app?sslmode=require").unwrap();
        assert_eq!(
            (read.host.as_str(), read.port, read.user.as_str(), read.password.as_str()),
            ("db-rw.shop", 5432, "app", "p@ss")
        );
        assert_eq!((read.database.as_str(), read.tls, read.protocol), ("app", Some(true), Protocol::Postgres));
        let read = parse("rediss://default:x@cache:6380").unwrap();
        assert_eq!((read.port, read.tls), (6380, Some(true)));
        let read = parse("jdbc:postgresql://db/app?user=u&password=p").unwrap();
        assert_eq!((read.user.as_str(), read.password.as_str(), read.port), ("u", "p", 5432));
        for none in ["", "http://localhost:80", "ftp://x", "postgres://", "http://0.0.0.0:1", "redis://$(HOST):1", "http://x:y"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
