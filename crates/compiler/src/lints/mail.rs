//! Mail: who sends, who receives, through which ports, and what alerts need.

use super::{
    page::{error, example, warning},
    say::{at, each, nowhere},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{apps::App, email::Email, observability::Receiver},
    tree::{Data, Node},
    types::UsesKind,
};

pub(super) const TWO_RECEIVERS: CodePage = error(
    "PT2107",
    "two apps that receive the domain's mail",
    "Mail for a domain goes where its MX record leads. Two apps with `receive: true` both claim that record.",
    example!(
        "email: { provider: ses, region: us-east-1 }",
        "apps:",
        "  mail: { catalog: mailu, receive: true, uses: [ email ] }",
        "  post: { catalog: postal, receive: true, uses: [ email ] }",
    ),
    "Keep `receive: true` at one of them.",
);

pub(super) const NO_WAY_OUT: CodePage = error(
    "PT2117",
    "an alert that reaches nobody",
    "An alert by mail needs outgoing mail and somebody to send it to. Without, the platform would seem watched and would not be.",
    example!("observability: { alerts: { routes: { team: { to: email, address: oncall, severity: [ critical ] } } } }",),
    "Add email: { provider: ses, region: us-east-1 }, and the route's `address`.",
);

pub(super) const SENDS_ITSELF: CodePage = error(
    "PT2118",
    "a mail server that would send by itself",
    "DigitalOcean blocks ports 25, 465 and 587 on the way out. A mail server inside of the cluster receives mail, but every message that it sends to others stays in its queue; it sends through `email`.",
    example!("apps: { mail: { catalog: mailu, receive: true } }"),
    "Add `email` to what the app uses, and write email: { provider: ses, region: us-east-1 }",
);

pub(super) const BLOCKED_PORT: CodePage = warning(
    "PT2119",
    "a port of mail that is blocked on the way out",
    "DigitalOcean blocks ports 25, 465 and 587 on the way out, and cannot be asked to open them. What looks like the port of an outside mail server is named here; a server inside of the cluster may use them.",
    example!(
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, env: { SMTP_HOST: smtp.example.net, SMTP_PORT: \"587\" } } }",
    ),
    "Use `email`, which sends through an open port: uses: [ email ] and \"${email.port}\"; or another port of that server, such as 2587 or 2525.",
);

/// Blocked on the way out. Source: vendor's documentation, "SMTP".
const BLOCKED: &[&str] = &["25", "465", "587"];
/// Entries of the catalog that are mail servers.
const SERVERS: &[&str] = &["mailu", "postal"];

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        receivers(spec, out);
        alerts(spec, out);
        for (name, app) in spec.apps.iter() {
            sends_itself(name, app, out);
            ports(name, app, out);
        }
    });
}

fn receivers(spec: &Spec, out: &mut Diagnostics) {
    let mut first: Option<(&str, &Located<bool>)> = None;
    for (name, app) in spec.apps.iter() {
        let Some(receive) = app.receive.as_ref().filter(|r| ***r) else { continue };
        match first {
            None => first = Some((name, receive)),
            Some((other, label)) => {
                let message = format!("`{name}` and `{other}` both receive the mail of {}", *spec.domain);
                let problem = at(TWO_RECEIVERS, receive, message).label(label.at.clone(), "the other");
                out.push(problem.hint("write receive: false at one of them"));
            }
        }
    }
}

fn alerts(spec: &Spec, out: &mut Diagnostics) {
    let mail = spec.email.as_ref().is_some_and(|e| !matches!(e.value, Email::None(_)));
    for (name, route) in spec.observability.alerts.routes.iter() {
        let to = &route.to;
        let problem = match **to {
            Receiver::Email if !mail => at(NO_WAY_OUT, to, format!("`{name}` tells by mail, and the platform sends none"))
                .hint("add email: { provider: ses, region: us-east-1 }"),
            Receiver::Email if route.address.is_none() => {
                at(NO_WAY_OUT, route, format!("`{name}` tells by mail, and does not say whom")).hint("add address: oncall")
            }
            _ => continue,
        };
        out.push(problem);
    }
}

fn sends_itself(name: &str, app: &App, out: &mut Diagnostics) {
    let Some(entry) = app.catalog.as_ref().filter(|c| SERVERS.contains(&c.as_str())) else { return };
    if !app.uses.iter().any(|u| u.0 == UsesKind::Email) {
        let message = format!("`{name}` would send mail through port 25, which is blocked on the way out");
        out.push(at(SENDS_ITSELF, entry, message).hint("add `email` to its `uses`"));
    }
}

fn ports(name: &str, app: &App, out: &mut Diagnostics) {
    for (key, value) in app.env.iter() {
        if let Some(port) = blocked(key, value) {
            let message = format!("`{name}` names port {port} in {key}, which is blocked on the way out");
            out.push(at(BLOCKED_PORT, value, message).hint("use `email`, or another port of that server, such as 2587"));
        }
    }
    if let Some(values) = &app.values {
        in_values(name, &values.0, &values.path, &mut Vec::new(), out);
    }
}

fn in_values<'a>(app: &str, node: &'a Node, path: &str, keys: &mut Vec<&'a str>, out: &mut Diagnostics) {
    match &node.data {
        Data::Map(map) => {
            for (key, value) in map {
                keys.push(key);
                in_values(app, value, &format!("{path}.{key}"), keys, out);
                keys.pop();
            }
        }
        Data::List(items) => {
            items.iter().enumerate().for_each(|(i, item)| in_values(app, item, &format!("{path}.{i}"), keys, out));
        }
        Data::Scalar(text, _) => {
            if let Some(port) = blocked(&keys.join("_"), text) {
                let message = format!("`{app}` names port {port} in its values, which is blocked on the way out");
                let problem = nowhere(BLOCKED_PORT, message).at(node.place().cloned()).path(path);
                out.push(problem.hint("use `email`, or another port of that server, such as 2587"));
            }
        }
        Data::Null | Data::Broken => {}
    }
}

/// The blocked port that a setting names: `SMTP_PORT: 587`, or an address of a mail server with one.
fn blocked(key: &str, value: &str) -> Option<&'static str> {
    let key = key.to_ascii_lowercase();
    if ["smtp", "mail"].iter().any(|w| key.contains(w)) && key.ends_with("port") {
        return BLOCKED.iter().find(|p| **p == value).copied();
    }
    let address = value.strip_prefix("smtp://").or_else(|| value.strip_prefix("smtps://"))?;
    let host = address.rsplit('@').next()?.split(['/', '?']).next()?;
    BLOCKED.iter().find(|p| host.rsplit_once(':').is_some_and(|(_, port)| port == **p)).copied()
}
