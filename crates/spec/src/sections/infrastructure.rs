//! What makes the infrastructure, and where it is remembered.

use crate::{
    codes,
    decode::Cx,
    section::{choice, section},
    tree::Node,
    types::Slug,
};

section! {
    /// What makes the infrastructure, and where it is remembered, for all environments.
    pub struct Infrastructure validate complete {
        /// What makes it.
        engine "engine": EngineKind = default "native",
        /// Where it is remembered.
        state "state": State = default "{}",
    }
}

choice! {
    /// What makes the infrastructure.
    pub enum EngineKind {
        /// Pontoon's own engine.
        Native = "native",
        /// OpenTofu, over rendered stacks.
        Opentofu = "opentofu",
        /// HCP Terraform, over rendered stacks.
        HcpTerraform = "hcp-terraform",
    }
}

section! {
    /// Where the infrastructure is remembered.
    pub struct State {
        /// What keeps it; HCP Terraform keeps its own.
        provider "provider": StateProvider = default "local",
        /// Its region; the first environment's where nothing is written.
        region "region": Slug = optional,
        /// Whether each environment has a place of its own.
        per_environment "perEnvironment": bool = default "false",
        /// Whether it is encrypted before it leaves.
        encryption "encryption": StateEncryption = default "none",
        /// The organization at HCP Terraform.
        organization "organization": Slug = optional,
    }
}

choice! {
    /// What keeps the state.
    pub enum StateProvider {
        /// A folder beside the document.
        Local = "local",
        /// A bucket of Spaces.
        Spaces = "spaces",
        /// A bucket of S3.
        S3 = "s3",
    }
}

choice! {
    /// Whether the state is encrypted before it leaves.
    pub enum StateEncryption {
        /// No; the store's own encryption is all there is.
        None = "none",
        /// With a key that only the client has.
        Client = "client",
    }
}

fn complete(infrastructure: &Infrastructure, node: &Node, cx: &mut Cx) {
    let state = node.get("state").unwrap_or(node);
    let organization = infrastructure.state.organization.is_some();
    match (*infrastructure.engine, *infrastructure.state.provider) {
        (EngineKind::HcpTerraform, _) if !organization => {
            cx.error(
                codes::MISSING,
                state,
                "HCP Terraform keeps its state in an organization, and none is given",
                "add `state: { organization: example-org }`",
            );
        }
        (EngineKind::HcpTerraform, StateProvider::Spaces | StateProvider::S3) => {
            cx.error(
                codes::CONTRADICTION,
                state.get("provider").unwrap_or(state),
                "HCP Terraform keeps its own state",
                "remove `provider`",
            );
        }
        (engine, _) if organization && engine != EngineKind::HcpTerraform => {
            cx.error(
                codes::CONTRADICTION,
                state.get("organization").unwrap_or(state),
                format!("`organization` belongs to HCP Terraform, and the engine is {engine}"),
                "remove it, or write `engine: hcp-terraform`",
            );
        }
        (_, StateProvider::S3) if infrastructure.state.region.is_none() => {
            cx.error(codes::MISSING, state, "a bucket of S3 has a region", "add `region: us-east-1`");
        }
        _ => {}
    }
}
