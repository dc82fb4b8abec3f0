//! Buckets of object storage.

use super::List;
use crate::{
    codes,
    decode::Cx,
    section::{choice, section},
    tree::Node,
    types::{CorsOrigin, Region, Text},
};
use pontoon_core::quantity::Duration;

section! {
    /// A bucket of Spaces. Each writer has its own prefix.
    pub struct Bucket validate versioned {
        /// Its region; the environment's where nothing is written.
        region "region": Region = optional,
        /// Whether replaced and deleted objects are kept. It can be suspended, never removed.
        versioning "versioning": bool = default "false",
        /// How long replaced and deleted objects are kept, with `versioning`.
        keep_versions "keepVersions": Duration = optional,
        /// When current objects are deleted. Refused where backups, logs or state are written.
        expire "expire": Duration = optional,
        /// Which browsers' pages may use it.
        cors "cors": List<Cors> = default "[]",
        /// Whether a content delivery network stands in front of it.
        cdn "cdn": bool = default "false",
        /// A second bucket that objects are copied to.
        copy_to "copyTo": CopyTo = optional,
    }
}

section! {
    /// A rule for browsers' pages.
    pub struct Cors {
        /// The pages' origins: `apps.<name>`, a host at the environment's domain, or a whole origin.
        origins "origins": List<CorsOrigin> = required,
        /// What they may do.
        methods "methods": List<CorsMethod> = required,
        /// The headers that they may send.
        headers "headers": List<Text> = default "[]",
        /// How long browsers remember the answer.
        max_age "maxAge": Duration = default "5m",
    }
}

choice! {
    /// A method of HTTP.
    pub enum CorsMethod {
        /// Reads.
        Get = "GET",
        /// Reads the headers.
        Head = "HEAD",
        /// Writes.
        Put = "PUT",
        /// Writes by a form.
        Post = "POST",
        /// Deletes.
        Delete = "DELETE",
    }
}

section! {
    /// Where objects are copied to.
    pub struct CopyTo {
        /// The other region.
        region "region": Region = required,
    }
}

fn versioned(bucket: &Bucket, node: &Node, cx: &mut Cx) {
    if bucket.keep_versions.is_some() && !*bucket.versioning {
        let place = node.get("keepVersions").unwrap_or(node);
        let message = format!("{}: `keepVersions` keeps replaced objects, and without `versioning` there are none", cx.subject());
        cx.error(codes::CONTRADICTION, place, message, "add `versioning: true`, or remove `keepVersions`");
    }
}
