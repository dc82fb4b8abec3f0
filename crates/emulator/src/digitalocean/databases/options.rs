//! What is offered: engines, versions, sizes by number of nodes, storage.
//!
//! Source of all tables: the contract's example of `/v2/databases/options` (2026-08); PostgreSQL and Valkey only.

use super::super::regions::REGIONS;
use crate::clock::Moment;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// An engine of the embedded cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Pg,
    /// Valkey.
    Valkey,
}

/// A major version, with the dates on which it ends.
struct Version {
    major: &'static str,
    /// What a new cluster runs.
    full: &'static str,
    /// Not for new clusters from here on; empty when that is open.
    available_until: &'static str,
    /// No longer supported from here on; empty when that is open.
    ends: &'static str,
}

const fn version(major: &'static str, full: &'static str, available_until: &'static str, ends: &'static str) -> Version {
    Version { major, full, available_until, ends }
}

const PG: &[Version] = &[
    version("13", "13.22", "2025-05-13T00:00:00Z", "2025-11-13T00:00:00Z"),
    version("14", "14.19", "2026-05-12T00:00:00Z", "2026-11-12T00:00:00Z"),
    version("15", "15.14", "2027-05-12T00:00:00Z", "2027-11-11T00:00:00Z"),
    version("16", "16.10", "2028-05-09T00:00:00Z", "2028-11-09T00:00:00Z"),
    version("17", "17.6", "2029-05-08T00:00:00Z", "2029-11-08T00:00:00Z"),
];
const VALKEY: &[Version] = &[version("8", "8.1.4", "", "")];

/// A size of nodes. Base storage in GiB follows from DigitalOcean's prices (0.215 a GiB); where more can be added, the most is
/// the base of the next size (30 GiB for the smallest, as the vendor's refusal of a larger step says).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Name in the API.
    pub slug: &'static str,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in GiB.
    pub memory: u32,
    /// Storage in GiB that comes with it.
    pub base: i64,
    /// Storage in GiB that it can have.
    pub most: i64,
}

const fn size(slug: &'static str, vcpus: u32, memory: u32, base: i64, most: i64) -> Size {
    Size { slug, vcpus, memory, base, most }
}

const BASIC: &[Size] = &[
    size("db-s-1vcpu-1gb", 1, 1, 10, 30),
    size("db-s-1vcpu-2gb", 1, 2, 30, 60),
    size("db-s-2vcpu-4gb", 2, 4, 60, 140),
    size("db-s-4vcpu-8gb", 4, 8, 140, 290),
    size("db-s-6vcpu-16gb", 6, 16, 290, 590),
];
/// Basic sizes that Valkey has besides.
const BASIC_LARGE: &[Size] = &[size("db-s-8vcpu-32gb", 8, 32, 590, 1130), size("db-s-16vcpu-64gb", 16, 64, 1130, 2250)];
const GENERAL: &[Size] = &[
    size("gd-2vcpu-8gb", 2, 8, 30, 120),
    size("gd-4vcpu-16gb", 4, 16, 60, 230),
    size("gd-8vcpu-32gb", 8, 32, 130, 460),
    size("gd-16vcpu-64gb", 16, 64, 260, 940),
    size("gd-32vcpu-128gb", 32, 128, 520, 1880),
    size("gd-40vcpu-160gb", 40, 160, 650, 2350),
];
const MEMORY: &[Size] = &[
    size("m-2vcpu-16gb", 2, 16, 50, 500),
    size("m-4vcpu-32gb", 4, 32, 100, 1000),
    size("m-8vcpu-64gb", 8, 64, 200, 2000),
    size("m-16vcpu-128gb", 16, 128, 400, 4000),
    size("m-24vcpu-192gb", 24, 192, 600, 6000),
    size("m-32vcpu-256gb", 32, 256, 800, 8000),
];

impl Engine {
    const ALL: [Self; 2] = [Self::Pg, Self::Valkey];

    /// Its slug.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Pg => "pg",
            Self::Valkey => "valkey",
        }
    }

    /// The engine of a cluster.
    #[must_use]
    pub fn of(cluster: &Value) -> Self {
        if cluster["engine"] == "valkey" { Self::Valkey } else { Self::Pg }
    }

    /// The engine that a new cluster asks for in `region`.
    ///
    /// # Errors
    /// 422 for what is not offered, in the words that the vendor uses for an engine that it offers in no region.
    pub fn checked(slug: &str, region: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|e| e.slug() == slug)
            .filter(|_| REGIONS.iter().any(|(s, _)| *s == region))
            .ok_or_else(|| Refusal::unprocessable(format!("region '{region}' is not valid")))
    }

    fn versions(self) -> &'static [Version] {
        match self {
            Self::Pg => PG,
            Self::Valkey => VALKEY,
        }
    }

    fn find(self, major: &str) -> Option<&'static Version> {
        self.versions().iter().find(|v| v.major == major)
    }

    /// The version of a new cluster: the newest when none is asked for, which is the vendor's default.
    ///
    /// # Errors
    /// 422 in the vendor's words for what is not offered at `now`.
    pub fn checked_version(self, major: Option<&str>, now: Moment) -> Result<&'static str, Refusal> {
        let found = match major {
            None => self.versions().last(),
            Some(major) => self.find(major).filter(|v| v.is_offered(now)),
        };
        found.map(|v| v.major).ok_or_else(|| Refusal::unprocessable("invalid cluster engine version"))
    }

    /// The full version that runs for a major one.
    #[must_use]
    pub fn full_version(self, major: &str) -> &'static str {
        self.find(major).map_or("", |v| v.full)
    }

    /// Dates of a major version: `(end of life, end of availability)`.
    #[must_use]
    pub fn ends(self, major: &str) -> Option<(&'static str, &'static str)> {
        self.find(major).filter(|v| !v.ends.is_empty()).map(|v| (v.ends, v.available_until))
    }

    /// Sizes for a number of nodes. The 1 GB plan has no standby, and there are at most 3 nodes.
    /// Source: DigitalOcean documentation, Managed Databases.
    fn sizes(self, nodes: i64) -> Vec<&'static Size> {
        let families: &[&'static [Size]] = match self {
            Self::Pg => &[BASIC, GENERAL],
            Self::Valkey => &[BASIC, BASIC_LARGE, MEMORY],
        };
        let all = families.iter().flat_map(|f| f.iter());
        match nodes {
            1 => all.collect(),
            2 | 3 => all.filter(|s| s.memory > 1).collect(),
            _ => Vec::new(),
        }
    }

    /// The size of that name.
    #[must_use]
    pub fn size(self, slug: &str) -> Option<&'static Size> {
        self.sizes(1).into_iter().find(|s| s.slug == slug)
    }

    /// The size, when it is offered with so many nodes.
    ///
    /// # Errors
    /// 422 otherwise.
    pub fn checked_layout(self, slug: &str, nodes: i64) -> Result<&'static Size, Refusal> {
        if !(1..=3).contains(&nodes) {
            return Err(Refusal::unprocessable("num_nodes must be between 1 and 3"));
        }
        let known = self.size(slug).ok_or_else(|| Refusal::unprocessable(format!("size '{slug}' is not valid")))?;
        if self.sizes(nodes).contains(&known) {
            Ok(known)
        } else {
            Err(Refusal::unprocessable(format!("size '{slug}' is not available with {nodes} nodes")))
        }
    }
}

impl Version {
    fn is_offered(&self, now: Moment) -> bool {
        Moment::parse(self.available_until).is_none_or(|end| now < end)
    }
}

impl Size {
    /// Storage in MiB: what is asked for, or what comes with the size.
    ///
    /// # Errors
    /// 422 outside of the size's range, or between its steps of 10 GiB.
    pub fn checked_storage(&self, mib: Option<i64>) -> Result<i64, Refusal> {
        match mib {
            None | Some(0) => Ok(self.base * 1024),
            Some(mib) if mib % 10_240 == 0 && (self.base * 1024..=self.most * 1024).contains(&mib) => Ok(mib),
            Some(mib) => Err(Refusal::unprocessable(format!("storage size {mib} MiB is not available for size '{}'", self.slug))),
        }
    }
}

/// `GET /v2/databases/options`.
pub fn list(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let regions: Vec<&str> = REGIONS.iter().map(|(slug, _)| *slug).collect();
    let mut options = json!({});
    let mut availability = json!({});
    for engine in Engine::ALL {
        let offered = engine.versions().iter().filter(|v| v.is_offered(cx.now()));
        let layouts: Vec<Value> = (1..=3)
            .map(|n| json!({ "num_nodes": n, "sizes": engine.sizes(n).iter().map(|s| s.slug).collect::<Vec<_>>() }))
            .collect();
        let newest = engine.versions().last().map_or("", |v| v.major);
        options[engine.slug()] = json!({
            "regions": regions,
            "versions": offered.map(|v| v.major).collect::<Vec<_>>(),
            "layouts": layouts,
            "default_version": newest,
        });
        let date = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        availability[engine.slug()] = engine
            .versions()
            .iter()
            .map(|v| {
                json!({
                    "end_of_life": date(v.ends),
                    "end_of_availability": date(v.available_until),
                    "version": v.major,
                    "default": v.major == newest,
                })
            })
            .collect();
    }
    Ok(Reply::json(200, json!({ "options": options, "version_availability": availability })))
}
