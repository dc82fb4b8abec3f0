//! The stack `1-infra`: everything that the engine makes at DigitalOcean, as files.

use crate::{
    Part, Tree, folder,
    hcl::{Body, Expr},
    kinds::{self, SOURCE, VERSION},
    readme,
    scene::Scene,
};
use std::collections::BTreeMap;

/// The stack's name.
pub const INFRA: &str = "1-infra";
/// The oldest release of either tool that does all that the stacks use: locks in a bucket without a table.
const TOOL: &str = ">= 1.10.0";

/// The blocks of a scope by file.
type Files = BTreeMap<kinds::Part, Body>;

/// Writes the stack of a scope.
pub fn infra(part: &Part<'_>, tree: &mut Tree) {
    let scene = Scene::new(part.platform, &part.scope);
    let mut files = Files::new();
    for resource in scene.resources() {
        let Some((file, kind, body)) = kinds::write(&scene, resource) else { continue };
        let mut block = Body::new();
        if !resource.origin.path.is_empty() {
            block = block.comment(format!("platform.yaml: {}", resource.origin.path));
        }
        let block = block.block("resource", &[kind, scene.name(&resource.address)], body);
        let all = files.remove(&file).unwrap_or_else(|| kinds::before(&scene, file));
        files.insert(file, all.and(block));
    }
    if files.is_empty() {
        tree.left_out.extend(scene.into_left_out());
        return;
    }
    let at = format!("{}/{INFRA}", folder(&part.scope));
    let mut write = |name: &str, text: String| tree.files.insert(format!("{at}/{name}"), text);
    for (file, body) in &files {
        write(file.file(), body.text());
    }
    write("terraform.tf", terraform(part).text());
    write("providers.tf", providers(&files).text());
    write("encryption.tofu", encryption().text());
    write("encryption.tf", readable().text());
    let outputs = kinds::outputs(&scene);
    if outputs != Body::new() {
        write("outputs.tf", outputs.text());
    }
    let left_out = scene.into_left_out();
    let text = readme::infra(part, &files.keys().copied().collect::<Vec<_>>(), &left_out);
    write("README.md", text);
    tree.left_out.extend(left_out);
}

fn terraform(part: &Part<'_>) -> Body {
    let provider = Expr::Map(vec![("source".into(), SOURCE.into()), ("version".into(), VERSION.into())]);
    let providers = Body::new().set("digitalocean", provider);
    let body = Body::new().set("required_version", TOOL).block("required_providers", &[], providers);
    Body::new().block("terraform", &[], body.and(part.backend.block(&part.scope, INFRA)))
}

fn providers(files: &Files) -> Body {
    let keys = if files.contains_key(&kinds::Part::Buckets) {
        "\nBuckets want a key of Spaces with full access: SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY."
    } else {
        ""
    };
    Body::new().comment(format!("The token is read from DIGITALOCEAN_TOKEN: it never stands in a file.{keys}")).block(
        "provider",
        &["digitalocean"],
        Body::new(),
    )
}

/// What OpenTofu reads, in place of `encryption.tf`.
fn encryption() -> Body {
    let variable = Body::new()
        .set("description", "What the state is encrypted with: at least 16 characters, from the secret store.")
        .set("type", Expr::path("string"))
        .set("sensitive", true);
    let method = |inside: Body| Body::new().set("method", Expr::path("method.aes_gcm.main")).and(inside);
    let enforced = || method(Body::new().set("enforced", true));
    let inside = Body::new()
        .block("key_provider", &["pbkdf2", "passphrase"], Body::new().set("passphrase", Expr::path("var.state_passphrase")))
        .block("method", &["aes_gcm", "main"], Body::new().set("keys", Expr::path("key_provider.pbkdf2.passphrase")))
        .block("state", &[], enforced())
        .block("plan", &[], enforced());
    Body::new()
        .comment("The state holds passwords and a kubeconfig: OpenTofu encrypts it, and plans, before they leave this computer.")
        .block("variable", &["state_passphrase"], variable)
        .block("terraform", &[], Body::new().block("encryption", &[], inside))
}

/// What Terraform reads, which knows no encryption of the state: OpenTofu reads `encryption.tofu` in its place.
fn readable() -> Body {
    let message = "Terraform keeps passwords and a kubeconfig readable in the state. Use OpenTofu, or accept it by name: \
                   -var accept_readable_state=true";
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
