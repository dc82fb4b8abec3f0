//! Lists in pages, with `Link` headers.

use super::ask::Ask;
use super::problem::document;
use crate::Reply;
use serde_json::{Value, json};

/// The page of `items` that is asked for: 30 unless asked, at most 100. Source: GitHub documentation, pagination.
fn cut(ask: &Ask, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
    let number = |name: &str, default: usize| ask.query(name).and_then(|t| t.parse().ok()).filter(|n| *n > 0).unwrap_or(default);
    let (page, size) = (number("page", 1), number("per_page", 30).min(100));
    let last = items.len().div_ceil(size).max(1);
    let mut links = Vec::new();
    let mut link = |rel: &str, number: usize| {
        let kept = ask.raw_query.split('&').filter(|p| !p.is_empty() && p.split('=').next() != Some("page"));
        let query: Vec<String> = kept.map(str::to_owned).chain([format!("page={number}")]).collect();
        links.push(format!("<{}{}?{}>; rel=\"{rel}\"", ask.api(), ask.path, query.join("&")));
    };
    if page > 1 {
        link("prev", page - 1);
    }
    if page < last {
        link("next", page + 1);
        link("last", last);
    }
    if page > 1 {
        link("first", 1);
    }
    let shown = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    (shown, (!links.is_empty()).then(|| links.join(", ")))
}

/// A list as GitHub gives it.
pub(crate) fn list(ask: &Ask, items: Vec<Value>) -> Reply {
    let (items, link) = cut(ask, items);
    linked(document(200, &items.into()), link)
}

/// A list under a key, with the number of all.
pub(crate) fn counted(ask: &Ask, key: &str, items: Vec<Value>) -> Reply {
    let total = items.len();
    let (items, link) = cut(ask, items);
    linked(document(200, &json!({ "total_count": total, key: items })), link)
}

fn linked(reply: Reply, link: Option<String>) -> Reply {
    match link {
        Some(link) => reply.with("link", link),
        None => reply,
    }
}
