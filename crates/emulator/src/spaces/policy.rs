//! Bucket policies: read, and asked who may do what.
//!
//! Source: S3 user guide, "Policies and permissions". Conditions that are understood: `IpAddress` and `NotIpAddress` on
//! `aws:SourceIp`, `Bool` on `aws:SecureTransport`; a policy with another one is refused rather than half obeyed.

use super::error::{Code, S3Error};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// What a policy says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Silent,
    /// A statement allows it and none denies it.
    Allowed,
    /// A statement denies it.
    Denied,
}

/// The longest policy, in bytes. Source: S3's quotas.
const LONGEST: usize = 20 * 1024;

#[derive(Debug, Clone)]
struct Statement {
    allow: bool,
    /// `None` is everybody.
    principals: Option<Vec<String>>,
    actions: Vec<String>,
    /// The listed actions are those that it is *not* about.
    not_actions: bool,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    inverted: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Source(Vec<ipnet::IpNet>),
    Secure(bool),
}

/// A policy that has been read.
#[derive(Debug, Clone)]
pub struct Policy(Vec<Statement>);

impl Policy {
    /// Reads the policy of `bucket`.
    ///
    /// # Errors
    /// `MalformedPolicy` with what is wrong; `NotImplemented` for conditions that are not understood.
    pub fn read(text: &str, bucket: &str) -> Result<Self, S3Error> {
        if text.len() > LONGEST {
            return Err(malformed("Policy exceeds the maximum allowed document size"));
        }
        let document: Value = serde_json::from_str(text).map_err(|_| malformed("Policies must be valid JSON"))?;
        let version = document.get("Version").and_then(Value::as_str);
        if !matches!(version, None | Some("2012-10-17" | "2008-10-17")) {
            return Err(malformed("The policy must contain a valid version string"));
        }
        let statements = match document.get("Statement") {
            Some(Value::Array(items)) if !items.is_empty() => items.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err(malformed("Missing required field Statement")),
        };
        statements.into_iter().map(|s| Statement::read(s, bucket)).collect::<Result<_, _>>().map(Self)
    }

    /// What it says about `action` (`s3:GetObject`) on `resource` (`bucket` or `bucket/key`) by an access key, or nobody.
    #[must_use]
    pub fn judge(&self, access_key: Option<&str>, action: &str, resource: &str) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.0.iter().filter(|s| s.is_about(access_key, action, resource)) {
            if !statement.allow {
                return Verdict::Denied;
            }
            verdict = Verdict::Allowed;
        }
        verdict
    }
}

impl Statement {
    fn read(value: &Value, bucket: &str) -> Result<Self, S3Error> {
        let allow = match value.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(malformed("Invalid effect")),
        };
        let principals = match value.get("Principal") {
            Some(Value::String(all)) if all == "*" => None,
            Some(Value::Object(map)) => {
                let names = map.get("AWS").and_then(texts).ok_or_else(|| malformed("Invalid principal in policy"))?;
                if names.iter().any(|n| n == "*") { None } else { Some(names) }
            }
            _ => return Err(malformed("Missing required field Principal")),
        };
        let (actions, not_actions) = match (value.get("Action"), value.get("NotAction")) {
            (Some(actions), None) => (texts(actions), false),
            (None, Some(actions)) => (texts(actions), true),
            _ => return Err(malformed("Missing required field Action")),
        };
        let actions = actions.filter(|a| !a.is_empty() && a.iter().all(|a| a == "*" || a.to_lowercase().starts_with("s3:")));
        let actions = actions.ok_or_else(|| malformed("Policy has invalid action"))?;
        let resources = value.get("Resource").and_then(texts).ok_or_else(|| malformed("Missing required field Resource"))?;
        let mut paths = Vec::new();
        for resource in resources {
            let path = resource.strip_prefix("arn:aws:s3:::").ok_or_else(|| malformed("Policy has invalid resource"))?;
            if !wild(path.split('/').next().unwrap_or(path), bucket) {
                return Err(malformed("Policy has invalid resource"));
            }
            paths.push(path.to_owned());
        }
        let conditions = value.get("Condition").map_or(Ok(Vec::new()), conditions)?;
        Ok(Self { allow, principals, actions, not_actions, resources: paths, conditions })
    }

    fn is_about(&self, access_key: Option<&str>, action: &str, resource: &str) -> bool {
        let who = match (&self.principals, access_key) {
            (None, _) => true,
            (Some(names), Some(key)) => names.iter().any(|name| name == key || name.rsplit('/').next() == Some(key)),
            (Some(_), None) => false,
        };
        let named = self.actions.iter().any(|a| wild(&a.to_lowercase(), &action.to_lowercase()));
        who && named != self.not_actions
            && self.resources.iter().any(|r| wild(r, resource))
            && self.conditions.iter().all(Condition::holds)
    }
}

impl Condition {
    /// Clients of the embedded cloud come from this machine, over what counts as a secure line.
    fn holds(&self) -> bool {
        let holds = match &self.test {
            Test::Source(ranges) => ranges.iter().any(|r| r.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST))),
            Test::Secure(wanted) => *wanted,
        };
        holds != self.inverted
    }
}

fn conditions(value: &Value) -> Result<Vec<Condition>, S3Error> {
    let mut found = Vec::new();
    for (operator, tests) in value.as_object().ok_or_else(|| malformed("Conditions must be an object"))? {
        for (key, values) in tests.as_object().ok_or_else(|| malformed("Conditions must be an object"))? {
            let values = texts(values).ok_or_else(|| malformed("Invalid condition value"))?;
            let condition = match (operator.as_str(), key.to_lowercase().as_str()) {
                ("IpAddress" | "NotIpAddress", "aws:sourceip") => {
                    let ranges = values.iter().map(|v| v.parse().or_else(|_| v.parse::<IpAddr>().map(ipnet::IpNet::from)));
                    let ranges = ranges.collect::<Result<_, _>>().map_err(|_| malformed("Invalid IP address in Condition"))?;
                    Condition { inverted: operator == "NotIpAddress", test: Test::Source(ranges) }
                }
                ("Bool", "aws:securetransport") => {
                    Condition { inverted: false, test: Test::Secure(values.iter().any(|v| v == "true")) }
                }
                _ => {
                    let what = format!("The condition {operator} on {key} is not implemented.");
                    return Err(S3Error::because(Code::NotImplemented, what));
                }
            };
            found.push(condition);
        }
    }
    Ok(found)
}

/// A string, or a list of strings; booleans count as their text, as in `"aws:SecureTransport": false`.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |v: &Value| match v {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}

/// True when `text` fits `pattern`, in which `*` stands for any characters and `?` for one.
fn wild(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut back) = (0, 0, None);
    while let Some(character) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    back = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

fn malformed(reason: &str) -> S3Error {
    S3Error::because(Code::MalformedPolicy, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(effect: &str, principal: &str, action: &str, resource: &str, more: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":{principal},"Action":"{action}",
            "Resource":"arn:aws:s3:::{resource}"{more}}}]}}"#
        )
    }

    #[test]
    fn statements_are_about_principals_actions_and_resources() {
        let judge = |text: &str, key: Option<&str>, action: &str, resource: &str| {
            Policy::read(text, "media").unwrap().judge(key, action, resource)
        };
        let public = policy("Allow", "\"*\"", "s3:GetObject", "media/public/*", "");
        assert_eq!(judge(&public, None, "s3:GetObject", "media/public/a/b.png"), Verdict::Allowed);
        assert_eq!(judge(&public, None, "s3:GetObject", "media/private/a"), Verdict::Silent);
        assert_eq!(judge(&public, None, "s3:PutObject", "media/public/a"), Verdict::Silent);
        let closed = policy("Deny", r#"{"AWS":"*"}"#, "s3:*", "media*", "");
        assert_eq!(judge(&closed, Some("K"), "s3:PutObject", "media/a"), Verdict::Denied);
        let named = policy("Allow", r#"{"AWS":["arn:aws:iam:::user/K"]}"#, "s3:Get*", "media/*", "");
        assert_eq!(judge(&named, Some("K"), "s3:GetObject", "media/a"), Verdict::Allowed);
        assert_eq!(judge(&named, Some("L"), "s3:GetObject", "media/a"), Verdict::Silent);
        assert_eq!(judge(&named, None, "s3:GetObject", "media/a"), Verdict::Silent);
    }

    #[test]
    fn conditions_that_are_known_are_obeyed_and_others_refused() {
        let with = |condition: &str| {
            let text = policy("Deny", "\"*\"", "s3:*", "media/*", &format!(r#","Condition":{condition}"#));
            Policy::read(&text, "media").map(|p| p.judge(None, "s3:GetObject", "media/a")).map_err(|e| e.code)
        };
        assert_eq!(with(r#"{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#), Ok(Verdict::Silent));
        assert_eq!(with(r#"{"NotIpAddress":{"aws:SourceIp":["10.0.0.1"]}}"#), Ok(Verdict::Denied));
        assert_eq!(with(r#"{"Bool":{"aws:SecureTransport":"false"}}"#), Ok(Verdict::Silent));
        assert_eq!(with(r#"{"StringEquals":{"s3:prefix":"a"}}"#), Err(Code::NotImplemented));
    }

    #[test]
    fn nonsense_is_malformed() {
        for text in [
            "no json".to_owned(),
            "{}".to_owned(),
            policy("Maybe", "\"*\"", "s3:*", "media/*", ""),
            policy("Allow", "\"*\"", "ec2:*", "media/*", ""),
            policy("Allow", "\"*\"", "s3:*", "other/*", ""),
            policy("Allow", "\"someone\"", "s3:*", "media/*", ""),
        ] {
            assert_eq!(Policy::read(&text, "media").unwrap_err().code, Code::MalformedPolicy, "{text}");
        }
    }

    #[test]
    fn wildcards() {
        assert!(wild("a*b?d", "axxbcd") && wild("*", "") && wild("a**", "a") && wild("*a*b", "aab"));
        assert!(!wild("a?", "a") && !wild("a*b", "ac") && !wild("", "a"));
    }
}
