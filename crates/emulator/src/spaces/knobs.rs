//! What object storage does where the vendor says nothing, or where a test wants it otherwise: all of it as data.

use serde::Deserialize;

/// The access key id that a world accepts when its file names no keys: of the first team, with full access.
pub const DEFAULT_ACCESS_KEY: &str = "DO00PONTOONLOCALKEY0";
/// Its secret.
pub const DEFAULT_SECRET_KEY: &str = "pontoon-local-spaces-secret";

/// Every knob of object storage.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// `If-None-Match` and `If-Match` on writes. Undocumented by the vendor (DigitalOcean documentation, Spaces).
    pub conditional_writes: Conditions,
    /// How far a request's date may be from the world's clock.
    pub skew: Skew,
    /// Checksums that newer SDKs add by themselves.
    pub checksums: Checksums,
    /// Bucket names that somebody else in the world holds.
    pub taken: Vec<String>,
    /// Keys that need no call to exist; the default key ([`DEFAULT_ACCESS_KEY`]) is one of them unless others are given.
    pub keys: Vec<StaticKey>,
}

/// What happens to a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Conditions {
    /// The condition decides, 412 when it fails.
    #[default]
    Honoured,
    /// The condition is not looked at.
    Ignored,
    /// The condition does not see what was written within the last two seconds: of two writers at once both get 200.
    Twice,
    /// 501 `NotImplemented`.
    Refused,
}

/// Whether a request's date is compared with the world's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Skew {
    /// Checked when the client used the vendor's own host name, as it does in process; ignored on loopback, where
    /// clients sign by the machine's clock, and the world has its own.
    #[default]
    Auto,
    /// At most 15 minutes, else `RequestTimeTooSkewed`; presigned requests expire.
    Checked,
    /// Any date will do.
    Ignored,
}

/// Whether a body may come with a checksum in its trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Checksums {
    /// Read and checked.
    #[default]
    Accepted,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER` ends in `XAmzContentSHA256Mismatch`, the failure that makes people set
    /// `when_required` (DigitalOcean documentation, Spaces).
    TrailersRefused,
}

/// A key of the world file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticKey {
    /// Access key id.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// UUID of its team; the first team when left out.
    #[serde(default)]
    pub team: String,
    /// What it may do; full access when left out.
    #[serde(default = "full_access")]
    pub grants: Vec<Grant>,
}

/// A right on a bucket, as `/v2/spaces/keys` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Grant {
    /// Bucket; empty for full access.
    #[serde(default)]
    pub bucket: String,
    /// `read`, `readwrite` or `fullaccess`.
    pub permission: String,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            conditional_writes: Conditions::default(),
            skew: Skew::default(),
            checksums: Checksums::default(),
            taken: Vec::new(),
            keys: vec![StaticKey {
                access_key: DEFAULT_ACCESS_KEY.to_owned(),
                secret_key: DEFAULT_SECRET_KEY.to_owned(),
                team: String::new(),
                grants: full_access(),
            }],
        }
    }
}

fn full_access() -> Vec<Grant> {
    vec![Grant { bucket: String::new(), permission: "fullaccess".to_owned() }]
}
