//! Where the state of the stacks is kept.

use crate::hcl::{Body, Expr};
use pontoon_catalog::names::outside;
use pontoon_core::address::Scope;

/// Where a state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// In the stack's own folder.
    Local,
    /// In a bucket of Spaces.
    Spaces {
        /// The bucket's name.
        bucket: String,
        /// Its region.
        region: String,
    },
    /// In a bucket of S3.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// Its region.
        region: String,
    },
    /// In a workspace of HCP Terraform, which keeps and locks it.
    Hcp {
        /// The organization.
        organization: String,
        /// What the workspaces' names begin with.
        platform: String,
    },
}

/// The name of the bucket for states: a platform's, or one environment's.
pub fn bucket(platform: &str, environment: &str) -> String {
    outside("spaces.bucket", platform, environment, "tofu-state").unwrap_or_else(|| format!("{platform}-tofu-state"))
}

impl Backend {
    /// The block inside of `terraform`.
    pub(crate) fn block(&self, scope: &Scope, stack: &str) -> Body {
        match self {
            Backend::Local => Body::new().block("backend", &["local"], Body::new()),
            Backend::Spaces { .. } | Backend::S3 { .. } => Body::new().block("backend", &["s3"], self.settings(scope, stack)),
            Backend::Hcp { organization, platform } => {
                let workspace = Body::new().set("name", format!("{platform}-{scope}-{stack}"));
                Body::new().block(
                    "cloud",
                    &[],
                    Body::new().set("organization", organization.as_str()).block("workspaces", &[], workspace),
                )
            }
        }
    }

    /// How another stack reads the outputs of one: the arguments of `terraform_remote_state`.
    pub(crate) fn reader(&self, scope: &Scope, stack: &str) -> Body {
        let (backend, config) = match self {
            Backend::Local => ("local", vec![("path".to_owned(), Expr::from(format!("../{stack}/terraform.tfstate")))]),
            Backend::Spaces { .. } | Backend::S3 { .. } => ("s3", self.settings(scope, stack).entries(&["use_lockfile"])),
            Backend::Hcp { organization, platform } => {
                let workspace = vec![("name".to_owned(), Expr::from(format!("{platform}-{scope}-{stack}")))];
                let organization = ("organization".to_owned(), organization.as_str().into());
                ("remote", vec![organization, ("workspaces".to_owned(), Expr::Map(workspace))])
            }
        };
        Body::new().set("backend", backend).set("config", Expr::Map(config))
    }

    /// The settings of the bucket, as a backend's block has them. `skip_…`: Spaces has none of what is asked for there.
    fn settings(&self, scope: &Scope, stack: &str) -> Body {
        let key = Expr::from(format!("{scope}/{stack}.tfstate"));
        match self {
            Backend::Spaces { bucket, region } => {
                let endpoint = Expr::from(format!("https://{region}.digitaloceanspaces.com"));
                Body::new()
                    .set("bucket", bucket.as_str())
                    .set("key", key)
                    .set("endpoints", Expr::Map(vec![("s3".into(), endpoint)]))
                    .comment("Spaces takes any region of S3's; the endpoint says where the bucket is.")
                    .set("region", "us-east-1")
                    .comment("Holds only where the bucket refuses a second writer (If-None-Match): see README.md.")
                    .set("use_lockfile", true)
                    .gap()
                    .set("skip_credentials_validation", true)
                    .set("skip_metadata_api_check", true)
                    .set("skip_region_validation", true)
                    .set("skip_requesting_account_id", true)
                    .set("skip_s3_checksum", true)
            }
            Backend::S3 { bucket, region } => Body::new()
                .set("bucket", bucket.as_str())
                .set("key", key)
                .set("region", region.as_str())
                .set("use_lockfile", true)
                .set("encrypt", true),
            Backend::Local | Backend::Hcp { .. } => Body::new(),
        }
    }
}
