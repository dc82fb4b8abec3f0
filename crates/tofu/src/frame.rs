//! What every stack begins with: versions of the tool and of its providers, where the state is kept, and how it is encrypted.

use crate::{
    Part,
    hcl::{Body, Expr},
    kinds,
};

/// The oldest release of either tool that does all that the stacks use: locks in a bucket without a table.
pub const TOOL: &str = ">= 1.10.0";

/// A provider of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// Its short name, as blocks name it.
    pub name: &'static str,
    /// Its address at the registries of OpenTofu and Terraform.
    pub source: &'static str,
    /// The release that the stacks are written for.
    pub version: &'static str,
}

/// Of what is made at DigitalOcean.
pub const DIGITALOCEAN: Provider = Provider { name: "digitalocean", source: kinds::SOURCE, version: kinds::VERSION };
/// Of what is installed in a cluster: charts, and objects as charts. Its schema is that of protocol 6.
pub const HELM: Provider = Provider { name: "helm", source: "hashicorp/helm", version: "3.1.1" };
/// All of them.
pub const PROVIDERS: &[Provider] = &[DIGITALOCEAN, HELM];

/// `required_version` and `required_providers`, as a stack and a module have them. A module leaves the version to its stack,
/// so that one line decides.
pub fn requirements(providers: &[Provider], pinned: bool) -> Body {
    let one = |body: Body, p: &Provider| {
        let version = pinned.then(|| ("version".to_owned(), p.version.into()));
        let entries = [("source".to_owned(), p.source.into())].into_iter().chain(version);
        body.set(p.name, Expr::Map(entries.collect()))
    };
    let body = if providers.is_empty() {
        Body::new()
    } else {
        Body::new().block("required_providers", &[], providers.iter().fold(Body::new(), one))
    };
    Body::new().set("required_version", TOOL).and(body)
}

/// `terraform.tf` of a stack.
pub fn terraform(part: &Part<'_>, stack: &str, providers: &[Provider]) -> Body {
    Body::new().block("terraform", &[], requirements(providers, true).and(part.backend.block(&part.scope, stack)))
}

/// What OpenTofu reads, in place of `encryption.tf`. `reads` is the stack whose outputs are read: its state is encrypted the same
/// way.
pub fn encryption(holds: &str, reads: Option<&str>) -> Body {
    let variable = Body::new()
        .set("description", "What the state is encrypted with: at least 16 characters, from the secret store.")
        .set("type", Expr::path("string"))
        .set("sensitive", true);
    let method = |inside: Body| Body::new().set("method", Expr::path("method.aes_gcm.main")).and(inside);
    let enforced = || method(Body::new().set("enforced", true));
    let mut inside = Body::new()
        .block("key_provider", &["pbkdf2", "passphrase"], Body::new().set("passphrase", Expr::path("var.state_passphrase")))
        .block("method", &["aes_gcm", "main"], Body::new().set("keys", Expr::path("key_provider.pbkdf2.passphrase")))
        .block("state", &[], enforced())
        .block("plan", &[], enforced());
    if let Some(name) = reads {
        let source = Body::new().block("remote_state_data_source", &[name], method(Body::new()));
        inside = inside.block("remote_state_data_sources", &[], source);
    }
    Body::new()
        .comment(format!("The state holds {holds}: OpenTofu encrypts it, and plans, before they leave this computer."))
        .block("variable", &["state_passphrase"], variable)
        .block("terraform", &[], Body::new().block("encryption", &[], inside))
}

/// What Terraform reads, which knows no encryption of the state: OpenTofu reads `encryption.tofu` in its place.
pub fn readable(holds: &str) -> Body {
    let message = format!(
        "Terraform keeps {holds} readable in the state. Use OpenTofu, or accept it by name: -var accept_readable_state=true"
    );
    let validation = Body::new().set("condition", Expr::path("var.accept_readable_state")).set("error_message", message);
    let variable = Body::new()
        .set("description", "Whether whoever can read the state may read the passwords in it.")
        .set("type", Expr::path("bool"))
        .set("default", false)
        .block("validation", &[], validation);
    Body::new()
        .comment("Read by Terraform alone, which cannot encrypt a state; OpenTofu reads encryption.tofu in its place.")
        .block("variable", &["accept_readable_state"], variable)
}
