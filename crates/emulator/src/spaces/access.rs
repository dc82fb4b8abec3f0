//! Who asks, and whether they may: keys, their grants, canned ACLs, bucket policies.
//!
//! Source: DigitalOcean documentation, Spaces (only full access creates and configures buckets; scoped keys and bucket
//! policies exclude each other) and DigitalOcean's "Manage access keys": read, read and write, full access.

use super::error::{Code, S3Error};
use super::knobs::{Grant, Knobs};
use super::policy::{Policy, Verdict};
use super::store::{Acl, Bucket};
use crate::Cx;
use serde::Deserialize;
use serde_json::Value;

/// The collection of `/v2/spaces/keys`, one per team, by access key.
const KEYS: &str = "spaces_keys";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody that is known.
    Anonymous,
    /// The holder of a key.
    Key {
        /// Access key id.
        access_key: String,
        /// UUID of its team.
        team: String,
        /// What it may do.
        grants: Vec<Grant>,
    },
}

/// What an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Full access, and no bucket: listing all, creating one.
    Account,
    /// Full access to the bucket: its configuration, its end.
    Configure,
    /// Full access to the bucket, whatever its policy says, so that nobody locks himself out.
    Policy,
    /// Any grant on the bucket.
    Look,
    /// Listing: any grant on the bucket, or everybody where it is public.
    List,
    /// Reading objects: any grant, or everybody where the object is public.
    Read,
    /// Writing objects.
    Write,
}

/// A key with its secret.
#[derive(Debug, Clone)]
pub struct Known {
    /// The secret.
    pub secret: String,
    /// Who holds it.
    pub caller: Caller,
}

/// The key of that id: of the world file, or made by `/v2/spaces/keys` in any team.
#[must_use]
pub fn find_key(cx: &mut Cx, knobs: &Knobs, access_key: &str) -> Option<Known> {
    let known = |secret: &str, team: &str, grants: Vec<Grant>| Known {
        secret: secret.to_owned(),
        caller: Caller::Key { access_key: access_key.to_owned(), team: team.to_owned(), grants },
    };
    if let Some(key) = knobs.keys.iter().find(|k| k.access_key == access_key) {
        return Some(known(&key.secret_key, &cx.world().team(&key.team)?.uuid, key.grants.clone()));
    }
    let teams: Vec<&str> = cx.teams().collect();
    for team in teams {
        cx.as_team(team);
        // A key that was just made is not known everywhere at once.
        let Ok(document) = cx.find(KEYS, access_key) else {
            continue;
        };
        let secret = document.get("_secret_key").and_then(Value::as_str)?;
        let grants = document.get("grants").and_then(|g| Vec::<Grant>::deserialize(g).ok()).unwrap_or_default();
        return Some(known(secret, team, grants));
    }
    None
}

/// True when a key of the team has a grant on that bucket alone.
#[must_use]
pub fn has_scoped_keys(cx: &mut Cx, knobs: &Knobs, bucket: &Bucket) -> bool {
    cx.as_team(&bucket.team);
    let made = cx.list(KEYS).into_iter().filter_map(|k| Vec::<Grant>::deserialize(k.get("grants")?).ok()).flatten();
    let fixed = knobs.keys.iter().flat_map(|k| k.grants.iter().cloned());
    made.chain(fixed).any(|grant| grant.bucket == bucket.name)
}

impl Caller {
    /// The caller's team.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Key { team, .. } => Some(team),
        }
    }

    /// The access key id.
    #[must_use]
    pub fn access_key(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Key { access_key, .. } => Some(access_key),
        }
    }

    /// True for a key with full access to everything of its team.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Key { grants, .. } if grants.iter().any(|g| g.permission == "fullaccess" && g.bucket.is_empty()))
    }

    /// True when the caller is of the bucket's team and a grant gives what is needed.
    fn holds(&self, need: Need, bucket: &Bucket) -> bool {
        let Self::Key { team, grants, .. } = self else {
            return false;
        };
        *team == bucket.team
            && (self.is_full()
                || grants.iter().filter(|g| g.bucket == bucket.name).any(|g| match need {
                    Need::Account | Need::Configure | Need::Policy => false,
                    Need::Look | Need::List | Need::Read => matches!(g.permission.as_str(), "read" | "readwrite"),
                    Need::Write => g.permission == "readwrite",
                }))
    }
}

/// Lets the caller through to a bucket, or to an object of it (`key`) whose ACL is `object`.
///
/// # Errors
/// `AccessDenied`.
pub fn authorize(
    caller: &Caller,
    need: Need,
    action: &str,
    bucket: &Bucket,
    key: &str,
    object: Option<Acl>,
) -> Result<(), S3Error> {
    let held = caller.holds(need, bucket);
    if need == Need::Policy {
        return if held { Ok(()) } else { Err(Code::AccessDenied.into()) };
    }
    let resource = if key.is_empty() { bucket.name.clone() } else { format!("{}/{key}", bucket.name) };
    let verdict = match &bucket.policy {
        Some(text) => Policy::read(text, &bucket.name)?.judge(caller.access_key(), action, &resource),
        None => Verdict::Silent,
    };
    let public = match need {
        Need::List => bucket.acl == Acl::PublicRead,
        Need::Read => object == Some(Acl::PublicRead),
        Need::Account | Need::Configure | Need::Policy | Need::Look | Need::Write => false,
    };
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Silent if held || public => Ok(()),
        Verdict::Silent | Verdict::Denied => Err(Code::AccessDenied.into()),
    }
}
