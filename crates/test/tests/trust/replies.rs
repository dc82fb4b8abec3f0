//! Replies that are other than the vendor's documentation says: changed on their way, by one rule for all of them.

use bytes::Bytes;
use http::{Request, Response};
use pontoon_emulator::Vendor;
use pontoon_test::context::Wrap;
use pontoon_wire::{collect, full};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::{Arc, Mutex},
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// A field, by the names on the way to it: `vpcs[].name`.
pub type Path = String;

/// What happens to every reply.
#[derive(Clone)]
pub enum Rule {
    /// Each object has fields that nobody has heard of, before and after its own.
    Unknown,
    /// This field is left out.
    Without(Path),
    /// This field says something that nobody has heard of.
    Says(Path, Value),
    /// States on the way to the last ones have names that nobody has heard of.
    OnTheWay(BTreeSet<(Path, String)>),
    /// Nothing is changed; what fields say is written down.
    Listen(Arc<Mutex<BTreeMap<Path, BTreeSet<String>>>>),
}

/// What no vendor says today.
pub const UNHEARD: &str = "unheard_of";

/// Changes replies of both vendors that are spoken to before there is a cluster.
pub fn wrap(rule: Rule) -> Wrap {
    Rc::new(move |vendor, wire| {
        let rule = rule.clone();
        BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
            let (wire, rule) = (wire.clone(), rule.clone());
            async move {
                let (mut parts, body) = wire.oneshot(request).await?.into_parts();
                let mut body = collect(body).await?;
                if parts.status.is_success() && !body.is_empty() {
                    body = match (vendor, serde_json::from_slice(&body)) {
                        (Vendor::Spaces, _) => xml(&rule, body),
                        (_, Ok(mut value)) => {
                            change(&rule, &mut value, "");
                            Bytes::from(Value::to_string(&value))
                        }
                        (_, Err(_)) => body,
                    };
                    parts.headers.remove("content-length");
                }
                Ok(Response::from_parts(parts, full(body)))
            }
        }))
    })
}

fn change(rule: &Rule, value: &mut Value, path: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|v| change(rule, v, &format!("{path}[]"))),
        Value::Object(map) => {
            let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            if let Rule::Without(out) = rule {
                map.retain(|key, _| below(key) != *out);
            }
            for (key, inner) in map.iter_mut() {
                change(rule, inner, &below(key));
            }
            if matches!(rule, Rule::Unknown) {
                let own = std::mem::take(map);
                map.insert("a_new_field".into(), json!({ "id": 7, "name": [null, "text"], "status": { "state": UNHEARD } }));
                map.extend(own);
                map.insert("z_new_field".into(), Value::Null);
            }
        }
        _ => match rule {
            Rule::Says(there, said) if there == path => *value = said.clone(),
            Rule::OnTheWay(states) if value.as_str().is_some_and(|s| states.contains(&(path.to_owned(), s.to_owned()))) => {
                *value = UNHEARD.into();
            }
            Rule::Listen(heard) => {
                let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                heard.lock().expect("nobody panicked").entry(path.to_owned()).or_default().insert(said);
            }
            _ => {}
        },
    }
}

/// Elements that nobody has heard of, in every element that has elements.
fn xml(rule: &Rule, body: Bytes) -> Bytes {
    let (Rule::Unknown, Ok(text)) = (rule, std::str::from_utf8(&body)) else { return body };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("><") {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let opens = before.rfind('<').is_some_and(|i| !before[i..].starts_with("</") && !before[i..].starts_with("<?"));
        if opens && !before.ends_with("/>") && !after.starts_with("</") {
            out.push_str("<Unheard><Of>it</Of></Unheard>");
        }
        rest = after;
    }
    Bytes::from(out + rest)
}

#[test]
fn elements_are_put_into_elements() {
    let text = "<?xml?><A><B>b</B><C/><D><E>e</E></D></A>";
    let with = String::from_utf8(xml(&Rule::Unknown, Bytes::from(text)).to_vec()).expect("it is text");
    assert_eq!(with.matches("<Unheard>").count(), 2, "{with}");
    assert_eq!(with.replace("<Unheard><Of>it</Of></Unheard>", ""), text);
}
