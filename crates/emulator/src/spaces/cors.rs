//! Cross-origin rules: read, written back, and answered to browsers.
//!
//! Source: S3 user guide, "Using cross-origin resource sharing"; Spaces takes the same document.

use super::error::{Code, S3Error};
use super::xml::Element;
use crate::Reply;
use serde::{Deserialize, Serialize};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Origins, each with at most one `*`.
    pub origins: Vec<String>,
    /// Methods.
    pub methods: Vec<String>,
    /// Request headers, each with at most one `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Reply headers that scripts may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose: Vec<String>,
    /// Seconds that a browser may remember the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
}

/// Reads a `CORSConfiguration`.
///
/// # Errors
/// `MalformedXML`, or `InvalidRequest` for a method or origin that makes no sense.
pub fn read(root: &Element) -> Result<Vec<CorsRule>, S3Error> {
    if root.name != "CORSConfiguration" || root.get("CORSRule").is_none() || root.all("CORSRule").count() > 100 {
        return Err(Code::MalformedXML.into());
    }
    root.all("CORSRule").map(read_rule).collect()
}

fn read_rule(element: &Element) -> Result<CorsRule, S3Error> {
    let texts = |name: &str| -> Vec<String> { element.all(name).map(|e| e.text.clone()).collect() };
    let rule = CorsRule {
        id: element.text_of("ID").filter(|id| !id.is_empty()).map(str::to_owned),
        origins: texts("AllowedOrigin"),
        methods: texts("AllowedMethod"),
        headers: texts("AllowedHeader"),
        expose: texts("ExposeHeader"),
        max_age: match element.text_of("MaxAgeSeconds") {
            Some(text) => Some(text.trim().parse().map_err(|_| Code::MalformedXML)?),
            None => None,
        },
    };
    if rule.origins.is_empty() || rule.methods.is_empty() {
        return Err(Code::MalformedXML.into());
    }
    if let Some(method) = rule.methods.iter().find(|m| !METHODS.contains(&m.as_str())) {
        return Err(S3Error::because(
            Code::InvalidRequest,
            format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}"),
        ));
    }
    for name in rule.origins.iter().chain(&rule.headers) {
        if name.matches('*').count() > 1 {
            return Err(S3Error::because(Code::InvalidRequest, format!("{name:?} can not have more than one wildcard.")));
        }
    }
    Ok(rule)
}

/// The rules as a `CORSConfiguration`.
#[must_use]
pub fn write(rules: &[CorsRule]) -> Element {
    Element::root("CORSConfiguration").extend(rules.iter().map(|rule| {
        let leaves =
            |name: &'static str, texts: &[String]| -> Vec<Element> { texts.iter().map(|t| Element::of(name, t)).collect() };
        Element::new("CORSRule")
            .leaf_if("ID", rule.id.as_ref())
            .extend(leaves("AllowedOrigin", &rule.origins))
            .extend(leaves("AllowedMethod", &rule.methods))
            .extend(leaves("AllowedHeader", &rule.headers))
            .extend(leaves("ExposeHeader", &rule.expose))
            .leaf_if("MaxAgeSeconds", rule.max_age)
    }))
}

/// The first rule that lets `origin` use `method` with all of `headers`.
#[must_use]
pub fn find<'a>(rules: &'a [CorsRule], origin: &str, method: &str, headers: &[&str]) -> Option<&'a CorsRule> {
    rules.iter().find(|rule| {
        rule.origins.iter().any(|o| fits(o, origin))
            && rule.methods.iter().any(|m| m == method)
            && headers.iter().all(|h| rule.headers.iter().any(|allowed| fits(&allowed.to_lowercase(), &h.to_lowercase())))
    })
}

/// The reply with what the rule tells a browser.
#[must_use]
pub fn tell(reply: Reply, rule: &CorsRule, origin: &str, headers: &[&str]) -> Reply {
    let any = rule.origins.iter().any(|o| o == "*");
    let mut reply = reply
        .with("access-control-allow-origin", if any { "*" } else { origin })
        .with("access-control-allow-methods", rule.methods.join(", "))
        .with("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    if !any {
        reply = reply.with("access-control-allow-credentials", "true");
    }
    if !headers.is_empty() {
        reply = reply.with("access-control-allow-headers", headers.join(", "));
    }
    if !rule.expose.is_empty() {
        reply = reply.with("access-control-expose-headers", rule.expose.join(", "));
    }
    match rule.max_age {
        Some(seconds) => reply.with("access-control-max-age", seconds.to_string()),
        None => reply,
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET\
        </AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag\
        </ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule></CORSConfiguration>";

    #[test]
    fn rules_are_written_back_and_found() {
        let rules = read(&Element::parse(TEXT.as_bytes()).unwrap()).unwrap();
        assert_eq!(read(&write(&rules)).unwrap(), rules);
        assert!(find(&rules, "https://a.example.com", "PUT", &["X-Amz-Date"]).is_some());
        assert!(find(&rules, "https://a.example.com", "PUT", &["content-type"]).is_none());
        assert!(find(&rules, "https://a.example.com", "DELETE", &[]).is_none());
        assert!(find(&rules, "http://a.example.com", "GET", &[]).is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        let code = |from: &str, to: &str| read(&Element::parse(TEXT.replace(from, to).as_bytes()).unwrap()).unwrap_err().code;
        assert_eq!(code(">PUT<", ">PATCH<"), Code::InvalidRequest);
        assert_eq!(code("*.example", "*.*"), Code::InvalidRequest);
        assert_eq!(code(">600<", ">soon<"), Code::MalformedXML);
        assert_eq!(code("AllowedOrigin", "Origin"), Code::MalformedXML);
    }
}
