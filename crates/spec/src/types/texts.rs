//! Texts with rules: regions, hosts, mail addresses, names of secrets, versions, paths.

use super::Scalar;
use crate::shape::{JsonType, Role, ScalarShape};
use pontoon_core::quantity::Misread;
use std::{fmt, ops::Deref};

/// A text with a rule of its own; the rule says what is wrong and what to write.
macro_rules! text_type {
    ($($(#[doc = $doc:literal])+ $type:ident: $name:literal, $pattern:literal, [$($example:literal),+], $role:expr, $rule:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl Deref for $type {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
        impl Scalar for $type {
            const SCALAR: &'static ScalarShape = &ScalarShape {
                name: $name,
                text: concat!($($doc, "\n"),+),
                json: JsonType::Text,
                pattern: $pattern,
                examples: &[$($example),+],
                role: $role,
            };
            fn read(text: &str) -> Result<Self, Misread> {
                let rule: fn(&str) -> Option<String> = $rule;
                match rule(text) {
                    None => Ok($type(text.to_owned())),
                    Some(why) => Err(Misread::new(format!("`{}` is not {}: {why}", shortened(text), $name)).hint(concat!("write ", $name $(, " such as ", $example)+))),
                }
            }
        }
    )+};
}

/// No text in a message is longer than a line.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 60 || line.len() < text.len() {
        line.chars().take(57).collect::<String>() + "…"
    } else {
        line.to_owned()
    }
}

fn when(wrong: bool, why: &str) -> Option<String> {
    wrong.then(|| why.to_owned())
}

fn only(text: &str, also: &str, upper: bool) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase() || upper && c.is_ascii_uppercase() || also.contains(c))
}

fn label(text: &str) -> bool {
    !text.is_empty() && text.len() <= 63 && only(text, "-", false) && !text.starts_with('-') && !text.ends_with('-')
}

fn domain(text: &str) -> Option<String> {
    if text.contains("://") {
        return Some("it is an address with a scheme".into());
    }
    if text.chars().any(|c| c.is_ascii_uppercase()) {
        return Some("domains are written in lower case".into());
    }
    when(
        text.len() > 253 || !text.contains('.') || !text.split('.').all(label),
        "it has labels of letters, digits and dashes with dots between them",
    )
}

fn mail(text: &str) -> Option<String> {
    match text.split_once('@') {
        Some((local, host)) => mail_name(local).or_else(|| domain(host)),
        None => Some("it has no `@`".into()),
    }
}

fn mail_name(text: &str) -> Option<String> {
    when(
        text.is_empty() || text.len() > 64 || !only(text, "._+-", true),
        "what stands before the `@` has letters, digits, dots and dashes",
    )
}

fn not_empty(text: &str) -> Option<String> {
    when(text.trim().is_empty(), "it is empty").or_else(|| when(text.chars().any(char::is_control), "it has control characters"))
}

fn version(text: &str) -> Option<String> {
    when(
        text.is_empty()
            || text.len() > 128
            || !only(text, "._+-", true)
            || !text.starts_with(|c: char| c.is_ascii_alphanumeric()),
        "it has letters, digits, dots and dashes",
    )
}

text_type! {
    /// Any text.
    Text: "text", "", ["text"], Role::Plain, not_empty;
    /// A region of the cloud, as the vendor names it.
    Region: "a region", "^[a-z]{3}[0-9]{1,2}$", ["nyc3"], Role::Plain, |t| when(!(t.len() >= 4 && t.len() <= 5 && only(t, "", false) && t.bytes().take(3).all(|b| b.is_ascii_lowercase()) && t.bytes().skip(3).all(|b| b.is_ascii_digit())), "regions have three letters and a number");
    /// A region of AWS.
    AwsRegion: "a region of AWS", "^[a-z]{2}(-[a-z]+)+-[0-9]+$", ["us-east-1"], Role::Plain, |t| when(!(only(t, "-", false) && t.split('-').count() >= 3 && t.ends_with(|c: char| c.is_ascii_digit())), "its parts are country, direction and number");
    /// A size of nodes, as the vendor names it.
    NodeSize: "a size of nodes", "^[a-z0-9]+(-[a-z0-9.]+)+$", ["s-4vcpu-8gb"], Role::Plain, |t| when(!t.contains('-') || !only(t, "-_.", false) || t.starts_with("db-"), "sizes of nodes read like s-4vcpu-8gb");
    /// A size of managed databases, as the vendor names it.
    DatabaseSize: "a size of databases", "^(db|gd|so1_5|m|c)[a-z0-9_]*-[a-z0-9.-]+$", ["db-s-1vcpu-1gb"], Role::Plain, |t| when(!t.contains('-') || !only(t, "-_.", false) || t.starts_with("s-"), "sizes of databases read like db-s-1vcpu-1gb");
    /// A domain of the public DNS.
    DomainName: "a domain", r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$", ["storefront.example.com"], Role::Plain, domain;
    /// A whole mail address.
    MailAddress: "a mail address", "^[^@ ]+@[^@ ]+$", ["ops@example.com"], Role::Plain, mail;
    /// What stands before the `@` of an address at the environment's domain, or a whole address.
    MailName: "a mail address or what stands before its @", "^[^ ]+$", ["no-reply"], Role::Plain, |t| if t.contains('@') { mail(t) } else { mail_name(t) };
    /// A host relative to the environment's domain: labels, or `@` for the domain itself.
    Host: "a host relative to the environment's domain", r"^(@|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$", ["cloud"], Role::Plain, |t| when(t != "@" && !t.split('.').all(label), "it has labels of letters, digits and dashes, or is \"@\" for the domain itself");
    /// An origin for CORS: `apps.<name>` for an app's host, a host relative to the environment's
    /// domain, a whole origin with its scheme, or `*`.
    CorsOrigin: "an origin", "", ["apps.web"], Role::Plain, |t| match t.split_once("://") {
        Some((scheme, host)) => when(!matches!(scheme, "http" | "https") || host.contains('/') || host.is_empty(), "it is a scheme and a host, without a path"),
        None => when(t != "*" && t != "@" && !t.split('.').all(label), "it is apps.<name>, a host, a scheme and a host, or \"*\""),
    };
    /// The name of a secret; its value is given with `pontoon secret set`.
    SecretName: "a secret's name", "^[A-Z][A-Z0-9_]*$", ["STRIPE_API_KEY"], Role::Plain, |t| when(t.is_empty() || t.len() > 128 || !t.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') || !t.starts_with(|c: char| c.is_ascii_uppercase()), "names of secrets have upper-case letters, digits and `_`");
    /// A repository on GitHub: owner and name.
    GithubRepository: "a repository on GitHub", "^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", ["example-org/platform"], Role::Plain, |t| {
        let parts = t.split_once('/');
        when(!parts.is_some_and(|(o, r)| !o.is_empty() && o.len() <= 39 && only(o, "-", true) && !r.is_empty() && r.len() <= 100 && only(r, "-_.", true)), "write owner/name")
    };
    /// A branch of Git.
    Branch: "a branch", "^[A-Za-z0-9._/-]+$", ["main"], Role::Plain, |t| when(t.is_empty() || !only(t, "-_./", true) || t.starts_with(['/', '-', '.']) || t.ends_with(['/', '.']) || t.contains(".."), "branches have letters, digits, dashes and slashes");
    /// An address with scheme and host.
    Url: "an address with its scheme", "^https?://[^ ]+$", ["https://vault.example.com:8200"], Role::Plain, |t| when(!t.split_once("://").is_some_and(|(s, rest)| matches!(s, "http" | "https") && !rest.is_empty()) || t.contains(char::is_whitespace), "it begins with https:// or http://");
    /// A file or folder, relative to the document.
    FilePath: "a path beside the document", "^[^/~].*$", ["apps/web"], Role::Path, |t| not_empty(t).or_else(|| when(t.starts_with(['/', '~']) || t.contains('\\') || t.split('/').any(|p| p == ".."), "paths are relative to the document and stay beside it"));
    /// A version, in quotes where it reads as a number.
    Version: "a version", "^[A-Za-z0-9][A-Za-z0-9._+-]*$", ["\"17\""], Role::Plain, version;
    /// The tag of an image.
    ImageTag: "a tag", "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", ["\"1.4.2\""], Role::Plain, |t| when(t.is_empty() || t.len() > 128 || !only(t, "._-", true) || t.starts_with(['.', '-']), "tags have letters, digits, dots and dashes");
    /// The name of an image in the platform's own registry.
    ImageName: "an image's name", "^[a-z0-9]+([._/-][a-z0-9]+)*$", ["web"], Role::Plain, |t| when(t.is_empty() || t.len() > 255 || !only(t, "._/-", false) || !t.starts_with(|c: char| c.is_ascii_alphanumeric()) || t.contains("//"), "names of images have lower-case letters, digits, dots, dashes and slashes");
    /// An image of another registry, with its host, without a tag.
    ImageRepository: "an image of another registry", "^[a-z0-9.:-]+/[a-z0-9._/-]+$", ["ghcr.io/example-org/web"], Role::Plain, |t| when(!t.contains('/') || !only(t, "._/-:", false) || t.rsplit('/').next().is_some_and(|last| last.contains(':')), "it has a host and a path; the tag stands in `tag`");
    /// A chart by name: `oci://…`, or `https://repository/name`.
    ChartName: "a chart", "^(oci|https)://[^ ]+$", ["oci://ghcr.io/example-org/charts/web"], Role::Plain, |t| when(!(t.starts_with("oci://") || t.starts_with("https://")) || t.contains(char::is_whitespace) || t.ends_with('/'), "it begins with oci:// or https://; a folder beside the document is `path`");
    /// The path of a URL.
    UrlPath: "a path of a URL", "^/[^ ]*$", ["/healthz"], Role::Plain, |t| when(!t.starts_with('/') || t.contains(char::is_whitespace), "it begins with a slash");
    /// A device of a machine.
    Device: "a device", "^/dev/.+$", ["/dev/sda"], Role::Plain, |t| when(!t.starts_with("/dev/") || t.len() <= 5 || t.contains(char::is_whitespace), "it begins with /dev/");
    /// A folder of a machine or server.
    Folder: "a folder", "^/[^ ]*$", ["/export/volumes"], Role::Plain, |t| when(!t.starts_with('/') || t.contains(char::is_whitespace), "it begins with a slash");
    /// The unique id of a team.
    TeamId: "a team's id", "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", ["8c1e0f0a-3f5d-4a3f-9c3e-2f7a6f1f7a01"], Role::Plain, |t| {
        let parts: Vec<&str> = t.split('-').collect();
        when(parts.iter().map(|p| p.len()).ne([8, 4, 4, 4, 12]) || !t.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'), "it is a UUID")
    };
    /// A regular expression.
    Pattern: "a regular expression", "", [".*"], Role::Plain, |t| when(t.chars().any(char::is_control), "it has control characters");
    /// A schedule's, plan's or project's name at another vendor.
    Slug: "a name at the vendor", "^[A-Za-z0-9][A-Za-z0-9._-]*$", ["ledger"], Role::Plain, version;
    /// What the world's API of the file is called.
    ApiVersion: "the language's version", "^pontoon\\.dev/v1alpha1$", ["pontoon.dev/v1alpha1"], Role::Plain, |t| when(t != crate::API_VERSION, "this Pontoon reads pontoon.dev/v1alpha1 only");
}

/// Any scalar, taken as it is written: parameters, labels, environment variables. May hold `${…}`
/// where the place says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Raw(String);

impl Deref for Raw {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Scalar for Raw {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "a value",
        text: "Any value, taken as it is written.",
        json: JsonType::Any,
        pattern: "",
        examples: &["value"],
        role: Role::Plain,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        Ok(Raw(text.to_owned()))
    }
}

/// A value of an app's environment; may hold `${databases.main.uri}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(String);

impl Deref for Template {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Scalar for Template {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "a value",
        text: "Any value; may hold references such as ${databases.main.uri} to what the app uses.",
        json: JsonType::Any,
        pattern: "",
        examples: &["value", "${databases.main.uri}"],
        role: Role::Template,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        Ok(Template(text.to_owned()))
    }
}
