//! The stack `1-infra`: everything that the engine makes at DigitalOcean, as files.

use crate::{
    Part, Tree, folder,
    frame::{self, DIGITALOCEAN},
    hcl::Body,
    imports, kinds, readme,
    scene::Scene,
};
use std::collections::BTreeMap;

/// The stack's name.
pub const INFRA: &str = "1-infra";
/// What its state holds that nobody else may read.
const HOLDS: &str = "passwords and a kubeconfig";

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
    write("terraform.tf", frame::terraform(part, INFRA, &[DIGITALOCEAN]).text());
    write("providers.tf", providers(&files).text());
    write("encryption.tofu", frame::encryption(HOLDS, None).text());
    write("encryption.tf", frame::readable(HOLDS).text());
    let outputs = kinds::outputs(&scene);
    if outputs != Body::new() {
        write("outputs.tf", outputs.text());
    }
    let imports = part.record.map(|record| imports::blocks(&scene, record)).unwrap_or_default();
    if imports != Body::new() {
        write(imports::FILE, imports.text());
    }
    let left_out = scene.into_left_out();
    let text = readme::infra(part, &files.keys().copied().collect::<Vec<_>>(), &left_out);
    write("README.md", text);
    tree.left_out.extend(left_out);
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
