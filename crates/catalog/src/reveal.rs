//! What a vendor tells only to those who may see credentials: read when it is handed on, and kept in no record.

use pontoon_core::{call::Call, record::Recorded};

/// The call that reveals an output of a thing, and where it stands in the answer. `None` for outputs that the record has.
///
/// `id` and `parent` are the vendor's ids. Source: DigitalOcean's API reference, "Databases"; the scope is the one that
/// shows passwords.
pub fn reveal(kind: &str, output: &str, recorded: &Recorded, parent: &str) -> Option<(Call, &'static str)> {
    let call = |path: String| Call::new("digitalocean", "GET", path, "database:view_credentials");
    let metrics = || {
        let path = "/v2/databases/metrics/credentials";
        Call::new("digitalocean", "GET", path, "database:update database:view_credentials")
    };
    let id = &recorded.id;
    match (kind, output) {
        ("digitalocean.database_user", "password") => Some((call(format!("/v2/databases/{parent}/users/{id}")), "user.password")),
        ("digitalocean.database", "password") => {
            Some((call(format!("/v2/databases/{id}")), "database.private_connection.password"))
        }
        ("digitalocean.database", "username") => Some((call(format!("/v2/databases/{id}")), "database.private_connection.user")),
        ("digitalocean.database", "admin_uri") => Some((call(format!("/v2/databases/{id}")), "database.private_connection.uri")),
        ("digitalocean.database", "ca") => Some((call(format!("/v2/databases/{id}/ca")), "ca.certificate")),
        // One pair for the whole account.
        ("digitalocean.database", "metrics_username") => Some((metrics(), "credentials.basic_auth_username")),
        ("digitalocean.database", "metrics_password") => Some((metrics(), "credentials.basic_auth_password")),
        _ => None,
    }
}
