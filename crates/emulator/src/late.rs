//! A request whose effect comes later, as an event of the world.

use crate::state::Event;
use crate::{Req, Vendor};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

/// Kind of such an event.
pub(crate) const LATE: &str = "late_request";

/// The event that carries the request.
pub(crate) fn late(req: &Req) -> Event {
    let headers: Vec<[&str; 2]> =
        req.headers.iter().filter_map(|(name, value)| Some([name.as_str(), value.to_str().ok()?])).collect();
    let mark = if req.raw_query.is_empty() { "" } else { "?" };
    Event {
        kind: LATE.to_owned(),
        team: String::new(),
        args: json!({
            "vendor": req.vendor.name(),
            "method": req.method,
            "target": format!("{}{mark}{}", req.path, req.raw_query),
            "headers": headers,
            "body": STANDARD.encode(&req.raw),
        }),
    }
}

/// The request that an event carried; `None` when it cannot be read.
pub(crate) fn arrived(args: &Value) -> Option<Req> {
    let text = |name: &str| args.get(name).and_then(Value::as_str);
    let mut builder = http::Request::builder().method(text("method")?).uri(text("target")?);
    for pair in args.get("headers")?.as_array()? {
        builder = builder.header(pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
    }
    let body = STANDARD.decode(text("body")?).ok()?;
    Some(Req::new(Vendor::named(text("vendor")?)?, builder.body(Bytes::from(body)).ok()?))
}
