//! References: paths of `uses:`, and bare names where the place fixes the kind.

use super::Scalar;
use crate::shape::{JsonType, Role, ScalarShape, Target};
use pontoon_core::{name::Name, quantity::Misread};
use std::{fmt, ops::Deref};

/// A bare name whose place says what it names.
macro_rules! bare {
    ($($(#[doc = $doc:literal])+ $type:ident: $name:literal, $target:expr, $example:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Name);

        impl $type {
            /// The name.
            pub fn name(&self) -> &Name {
                &self.0
            }
        }
        impl Deref for $type {
            type Target = Name;
            fn deref(&self) -> &Name {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl Scalar for $type {
            const SCALAR: &'static ScalarShape = &ScalarShape {
                name: $name,
                text: concat!($($doc, "\n"),+),
                json: JsonType::Text,
                pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
                examples: &[$example],
                role: Role::Refers($target),
            };
            fn read(text: &str) -> Result<Self, Misread> {
                // `buckets.files` where `files` is meant: the place says that it is a bucket.
                if let Some((kind, name)) = text.split_once('.') {
                    return Err(Misread::new(format!("the place says already that this is {}", $name)).hint(format!("write {name} without `{kind}.`")));
                }
                text.parse().map($type)
            }
        }
    )+};
}

bare! {
    /// The name of a bucket of `buckets`.
    BucketRef: "a bucket", Target::Bucket, "backups";
    /// The name of a database of `databases`.
    DatabaseRef: "a database", Target::Database, "main";
    /// The name of an app of `apps`.
    AppRef: "an app", Target::App, "web";
    /// The name of a site of `sites`.
    SiteRef: "a site", Target::Site, "onprem";
    /// `cloud`, or the name of a site of `sites`.
    LocationRef: "the cloud or a site", Target::Location, "cloud";
    /// The name of a class of `storage.classes`, or one of the vendor's own.
    StorageClassRef: "a storage class", Target::StorageClass, "fast";
    /// The name of an environment of `environments`.
    EnvironmentRef: "an environment", Target::Environment, "production";
    /// One of `identity.groups`.
    GroupRef: "a group", Target::Group, "staff";
}

/// What a path of `uses:` leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsesKind {
    /// `databases.<name>`.
    Database(Name),
    /// `caches.<name>`.
    Cache(Name),
    /// `queues.<name>.vhosts.<vhost>`.
    Queue(Name, Name),
    /// `buckets.<name>`.
    Bucket(Name),
    /// `apps.<name>`: its Service may be called.
    App(Name),
    /// `email`.
    Email,
}

/// A path of `uses:`, such as `databases.main`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uses(pub UsesKind);

const HOST: &[&str] = &["host", "port"];
const DATABASE: &[&str] = &["host", "port", "database", "username", "password", "uri", "ca"];
const CACHE: &[&str] = &["host", "port", "username", "password", "uri", "ca"];
const QUEUE: &[&str] = &["host", "port", "vhost", "username", "password", "uri", "ca"];
const BUCKET: &[&str] = &["bucket", "endpoint", "region", "accessKey", "secretKey"];
const EMAIL: &[&str] = &["host", "port", "username", "password", "from"];

impl Uses {
    /// The keys of the Secret that an app gets for it, in order.
    pub fn keys(&self) -> &'static [&'static str] {
        match self.0 {
            UsesKind::Database(_) => DATABASE,
            UsesKind::Cache(_) => CACHE,
            UsesKind::Queue(..) => QUEUE,
            UsesKind::Bucket(_) => BUCKET,
            UsesKind::App(_) => HOST,
            UsesKind::Email => EMAIL,
        }
    }
    /// The kind and the name of what is used; `email` has no name.
    pub fn target(&self) -> (Target, Option<&Name>) {
        match &self.0 {
            UsesKind::Database(n) => (Target::Database, Some(n)),
            UsesKind::Cache(n) => (Target::Cache, Some(n)),
            UsesKind::Queue(n, _) => (Target::Queue, Some(n)),
            UsesKind::Bucket(n) => (Target::Bucket, Some(n)),
            UsesKind::App(n) => (Target::App, Some(n)),
            UsesKind::Email => (Target::Email, None),
        }
    }
}

impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            UsesKind::Database(n) => write!(f, "databases.{n}"),
            UsesKind::Cache(n) => write!(f, "caches.{n}"),
            UsesKind::Queue(n, v) => write!(f, "queues.{n}.vhosts.{v}"),
            UsesKind::Bucket(n) => write!(f, "buckets.{n}"),
            UsesKind::App(n) => write!(f, "apps.{n}"),
            UsesKind::Email => f.write_str("email"),
        }
    }
}

impl Scalar for Uses {
    const SCALAR: &'static ScalarShape = &ScalarShape {
        name: "a path to what is used",
        text: "A path: databases.<name>, caches.<name>, queues.<name>.vhosts.<vhost>, buckets.<name>, apps.<name> or email.",
        json: JsonType::Text,
        pattern: r"^(email|(databases|caches|buckets|apps)\.[a-z0-9-]+|queues\.[a-z0-9-]+\.vhosts\.[a-z0-9-]+)$",
        examples: &["databases.main", "email"],
        role: Role::Uses,
    };
    fn read(text: &str) -> Result<Self, Misread> {
        let steps: Vec<&str> = text.split('.').collect();
        let kind = match steps.as_slice() {
            ["email"] => UsesKind::Email,
            ["databases", name] => UsesKind::Database(name.parse()?),
            ["caches", name] => UsesKind::Cache(name.parse()?),
            ["buckets", name] => UsesKind::Bucket(name.parse()?),
            ["apps", name] => UsesKind::App(name.parse()?),
            ["queues", name, "vhosts", vhost] => UsesKind::Queue(name.parse()?, vhost.parse()?),
            ["queues", name] => {
                return Err(Misread::new(format!("`{text}` does not say which virtual host"))
                    .hint(format!("write queues.{name}.vhosts.<name>")));
            }
            [name] => {
                return Err(Misread::new(format!("`{name}` does not say what it is"))
                    .hint(format!("write databases.{name}, caches.{name}, buckets.{name} or apps.{name}")));
            }
            [first, ..] => {
                let kinds = ["databases", "caches", "queues", "buckets", "apps", "email"];
                let misread = Misread::new(format!("`{text}` is no path to anything that an app can use"));
                return Err(match crate::decode::nearest(first, &kinds) {
                    Some(near) if near != *first => misread.hint(format!("did you mean `{near}{}`?", text.get(first.len()..).unwrap_or_default())),
                    _ => misread.hint("write databases.<name>, caches.<name>, queues.<name>.vhosts.<vhost>, buckets.<name>, apps.<name> or email"),
                });
            }
            [] => return Err(Misread::new("it is empty").hint("write a path such as databases.main")),
        };
        Ok(Uses(kind))
    }
}
