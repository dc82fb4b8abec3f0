//! The README of a stack: what it is, how it is used, what it does not do. True for this stack, or not there.

mod inside;

pub use inside::{fixed_module, module, stack as inside};

use crate::{
    Backend, LeftOut, Part,
    kinds::{self, VERSION},
    stack::INFRA,
};
use pontoon_core::address::Address;
use std::collections::BTreeSet;

/// Of `1-infra`.
pub fn infra(part: &Part<'_>, files: &[kinds::Part], left_out: &BTreeSet<LeftOut>) -> String {
    let (platform, scope) = (&part.platform.name, &part.scope);
    let mut text = if scope.is_shared() {
        format!(
            "# {platform}: what exists once\n\nWhat all environments share, at DigitalOcean. Applied before any environment's own stack.\n"
        )
    } else {
        format!(
            "# {platform}, {scope}: {INFRA}\n\nEverything of {scope} at DigitalOcean: the same resources that `pontoon up {scope}` makes.\n"
        )
    };
    text.push_str(
        "\nWritten by `pontoon render` from `platform.yaml`. Edits stay: the next render names them and leaves them alone.\n",
    );
    text.push_str("\n| file | holds |\n| --- | --- |\n");
    for file in files {
        text.push_str(&format!("| `{}` | {} |\n", file.file(), file.text()));
    }
    text.push_str(&format!(
        "| `terraform.tf`, `providers.tf` | versions (the provider is pinned to {VERSION}), and where the state is kept |\n"
    ));
    text.push_str("| `encryption.tofu` | for OpenTofu: the state and plans are encrypted |\n");
    text.push_str(
        "| `encryption.tf` | for Terraform, which cannot encrypt a state: refuses to run until that is accepted by name |\n",
    );
    text.push_str(&usage(part, files));
    text.push_str(&state(part));
    if files.contains(&kinds::Part::Cluster) {
        text.push_str(&cluster(part));
    }
    if part.record.is_some() {
        text.push_str(TAKEN_OVER);
    }
    text.push_str("\n## What is protected\n\n`prevent_destroy` stands on everything that holds data. To remove such a thing on purpose, take the line out, apply, \
                   then remove the block.\n");
    text.push_str("\n## What this stack does not do\n\n");
    if left_out.is_empty() {
        text.push_str("Nothing that `pontoon up` makes at DigitalOcean is missing.");
    }
    for one in left_out {
        text.push_str(&format!("- `{}`: {}\n", one.path, one.what));
    }
    if !scope.is_shared() {
        text.push_str(INSIDE);
    }
    text.trim_end().to_owned() + "\n"
}

const TAKEN_OVER: &str = "
## Taking over what exists

`imports.tf` names what is there already, so the first apply takes it into the state and makes nothing of it anew. Before it:

1. Give the first pool of the cluster the tag `terraform:default-node-pool`, by which the provider finds it: `doctl kubernetes cluster node-pool \
update`.
2. Look at `tofu plan`: no block is destroyed or replaced. The tags by which Pontoon's engine knows its own go, in place.
3. Apply, remove `imports.tf`, and let the record go without touching anything: `pontoon forget ADDRESS …`.
";

const INSIDE: &str = "
What runs in the cluster is the business of `2-cluster`. The marks by which Pontoon's own engine knows its resources again are not
written either, so the engine does not take these for its own: use this stack or `pontoon up` on an account, not both.
";

/// How every stack is run.
const RUN: &str = "export TF_VAR_state_passphrase=…                           # 16 characters or more; lost, the state is lost
tofu init
tofu plan -out plan
tofu apply plan
```

Commit `.terraform.lock.hcl`, which pins the providers by their hashes. With Terraform 1.11 or later the same, without the passphrase, and \
with `-var accept_readable_state=true`.
";

fn usage(part: &Part<'_>, files: &[kinds::Part]) -> String {
    let buckets = files.contains(&kinds::Part::Buckets);
    let mut text = String::from("\n## Use\n\n```console\nexport DIGITALOCEAN_TOKEN=…\n");
    if buckets {
        text.push_str("export SPACES_ACCESS_KEY_ID=… SPACES_SECRET_ACCESS_KEY=…   # full access: it makes buckets\n");
    }
    if matches!(part.backend, Backend::Spaces { .. } | Backend::S3 { .. }) {
        text.push_str("export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…         # of the bucket that keeps the state\n");
    }
    text.push_str(RUN);
    if let Some(shared) = part.platform.resources.keys().find(|a| needs_shared(part, a)) {
        text.push_str(&format!("\n`infra/shared/{INFRA}` comes first: {shared} uses what it makes.\n"));
    }
    text
}

/// Whether a resource of this scope needs something that exists once.
fn needs_shared(part: &Part<'_>, address: &Address) -> bool {
    let own = *address.scope() == part.scope && !part.scope.is_shared();
    let resource = part.platform.resources.get(address);
    own && resource.is_some_and(|r| r.dependencies().iter().any(|d| d.scope().is_shared()))
}

fn state(part: &Part<'_>) -> String {
    let bucket = |bucket: &str, region: &str, who: &str| {
        format!(
            "\n## State\n\nIn the bucket `{bucket}` ({who}, {region}). It must exist before `tofu init`, with versioning, and is nobody's but the stacks'.\n"
        )
    };
    match &part.backend {
        Backend::Local => "\n## State\n\nIn this folder: keep it, and keep it from others. `infrastructure.state` of `platform.yaml` names a bucket \
                           instead.\n"
            .to_owned(),
        Backend::S3 { bucket: name, region } => bucket(name, region, "S3"),
        Backend::Hcp { organization, .. } => {
            format!("\n## State\n\nIn a workspace of the organization `{organization}` at HCP Terraform, which locks it.\n")
        }
        Backend::Spaces { bucket: name, region } => {
            let probe = format!(
                "aws s3api put-object --endpoint-url https://{region}.digitaloceanspaces.com --bucket {name} --key probe --if-none-match '*'"
            );
            bucket(name, region, "Spaces")
                + &format!(
                    "\nThe lock is a file that is written only where none is (`If-None-Match`), which Spaces does not document. Try it, twice:\n\n\
                     ```console\n{probe}\n```\n\nWhere the second one is not refused (412), the lock does not hold: let one runner at a time apply, \
                     such as a workflow with a concurrency group.\n"
                )
        }
    }
}

fn cluster(part: &Part<'_>) -> String {
    let exact = part
        .platform
        .resources
        .values()
        .filter(|r| r.address.scope() == &part.scope && r.address.kind() == "digitalocean.cluster")
        .any(|r| r.attributes.get("version").and_then(|v| v.as_text()).is_some_and(|v| v.contains("-do.")));
    let version = if exact {
        "The version is exact. One that is older than what runs replaces the cluster, which `prevent_destroy` refuses: with automatic patches, \
         raise it to what runs before the next apply.\n"
    } else {
        "The version is the newest patch of the minor. A newer patch shows as a change in place, which replaces the nodes one after another; \
         where patches are installed automatically, the vendor does that in the maintenance window and nothing shows.\n"
    };
    format!(
        "\n## The cluster's first pool\n\nThe provider makes one pool with the cluster, inside of its block. Its `size` cannot change without another \
         cluster, and `prevent_destroy` refuses that. To change it:\n\n\
         1. Add a pool of the new size to `platform.yaml` under another name, render, apply.\n\
         2. Give the new pool the tag `terraform:default-node-pool`, and take it from the old one: `doctl kubernetes cluster node-pool update`.\n\
         3. `tofu state rm` the new pool's own block, and `tofu import` the old one as `digitalocean_kubernetes_node_pool`.\n\
         4. Let the new pool be the one inside of the cluster's block and the old one a block of its own; `tofu plan` shows no change.\n\
         5. Drain the old pool's nodes, remove its block, apply.\n\n{version}\n\
         Removing the cluster leaves the load balancers and volumes that Kubernetes made; `destroy_all_associated_resources` takes all of them along.\n"
    )
}
